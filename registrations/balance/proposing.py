"""A proposal for the next wave with its reasons, what contradicts itself, and who may stand in for whom."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from math import floor

from registrations.balance.chances import overflow
from registrations.balance.rows import EPSILON, Rows, rows_of
from registrations.balance.solving import Solution, greedy, programme, swaps
from registrations.balance.values import Candidate, Choice, Place, expected_seats, imbalance

# How much K is lowered at once while the room may overflow, in expected seats.
STEP = 1.0


@dataclass(frozen=True)
class Effect:
    """What held and chosen cities come to together."""

    seats: float
    imbalance: float
    expected: dict[Place, float]
    # Chance that more seats are taken than there are; None where there is no limit.
    overflow: float | None


@dataclass(frozen=True)
class Mended:
    """By so many seats a city brings a group nearer to its target."""

    place: Place
    seats: float


@dataclass(frozen=True)
class Reason:
    """Why a city is in: what it mends, the imbalance without it, and the city that could best come in its place."""

    candidate: Candidate
    mends: tuple[Mended, ...]
    without: float
    swap: Candidate | None
    with_swap: float


@dataclass(frozen=True)
class Proposal:
    chosen: tuple[Candidate, ...]
    effect: Effect
    # How many expected seats were asked for in the end, after overflow was looked at.
    seats: float
    solver: str
    gap: float | None
    proven: bool
    seed: int


@dataclass(frozen=True)
class Contradiction:
    """What cannot hold together, and where. `kind` is one of the names below; numbers are seats."""

    kind: str
    dimension: str = ""
    groups: tuple[str, ...] = ()
    has: float = 0.0
    wants: float = 0.0


def effect(choice: Choice, chosen: Iterable[str]) -> Effect:
    """What a choice made by hand or machine comes to."""
    cities = [*choice.held, *choice.of(chosen)]
    return Effect(
        seats=sum(city.expected for city in cities),
        imbalance=imbalance(choice.dimensions, cities),
        expected=expected_seats(cities),
        overflow=None if choice.room is None else overflow(cities, choice.room),
    )


def propose(choice: Choice, *, seconds: float = 0.0) -> Proposal:
    """The best wave found: greedy and swaps, then the programme where it is given `seconds`.

    Where more seats than there is room for would be taken with a probability above `risk`, fewer expected seats are
    asked for and all is solved again. Must-have cities stay, whatever the overflow.
    """
    if choice.room is not None:
        # More than the room holds is never right, whatever was asked for.
        left = choice.room - sum(city.expected for city in choice.held)
        choice = choice.with_seats(max(0.0, min(choice.seats, left)))
    while True:
        rows = rows_of(choice)
        found = swaps(rows, seed=choice.seed)
        if _fits(choice, rows, found) or choice.seats <= 0:
            break
        choice = choice.with_seats(max(0.0, choice.seats - STEP))
    while seconds > 0:
        better = programme(rows, start=found, seconds=seconds, seed=choice.seed)
        if _fits(choice, rows, better) or better.chosen == found.chosen:
            found = better
            break
        choice = choice.with_seats(max(0.0, choice.seats - STEP))
        rows = rows_of(choice)
        found = swaps(rows, seed=choice.seed)
    chosen = tuple(rows.candidates[number] for number in found.chosen)
    return Proposal(
        chosen=chosen,
        effect=effect(choice, [city.key for city in chosen]),
        seats=choice.seats,
        solver=found.solver,
        gap=found.gap,
        proven=found.proven,
        seed=choice.seed,
    )


def _fits(choice: Choice, rows: Rows, found: Solution) -> bool:
    if choice.room is None:
        return True
    cities = [*choice.held, *(rows.candidates[number] for number in found.chosen)]
    return overflow(cities, choice.room) <= choice.risk


def reasons(choice: Choice, chosen: Collection[str]) -> list[Reason]:
    """The reasons for each chosen city, in the order of the candidates."""
    rows = rows_of(choice)
    number_of = {candidate.key: number for number, candidate in enumerate(rows.candidates)}
    numbers = sorted(number_of[key] for key in chosen if key in number_of)
    sums = rows.sums(numbers)
    targets = {(one.key, group.key): group.target for one in choice.dimensions for group in one.groups}
    expected = expected_seats([*choice.held, *(rows.candidates[number] for number in numbers)])
    free = rows.allowed.copy()
    free[numbers] = False
    found = []
    for number in numbers:
        city = rows.candidates[number]
        rest = sums.copy()
        rest[rows.index[number]] -= rows.value[number]
        swap, with_swap = None, 0.0
        open_to = (free & rows.fits(rest)).nonzero()[0].tolist()
        if open_to and not rows.must[number]:
            changes = rows.changes(rest)
            best = min(open_to, key=lambda other: (changes[other], other))
            swapped = rest.copy()
            swapped[rows.index[best]] += rows.value[best]
            swap, with_swap = rows.candidates[best], rows.imbalance(swapped)
        mends = []
        for place, seats in sorted(expected_seats([city]).items()):
            if place not in targets:
                continue
            off = expected[place] - targets[place]
            nearer = abs(off - seats) - abs(off)
            if nearer > EPSILON:
                mends.append(Mended(place, nearer))
        found.append(Reason(city, tuple(mends), rows.imbalance(rest), swap, with_swap))
    order = {candidate.key: position for position, candidate in enumerate(choice.candidates)}
    return sorted(found, key=lambda reason: order[reason.candidate.key])


def replacements(choice: Choice, gone: Candidate, *, number: int = 5) -> list[Reason]:
    """Who may come in the place of a city that declined, best first; of equals, who shares more groups with it.

    `gone` must no longer be among the held. In each reason, `without` is the imbalance as it stands, `with_swap` as it
    would be, and `mends` what the newcomer mends.
    """
    stands = imbalance(choice.dimensions, choice.held)
    ranked = []
    for city in choice.candidates:
        if city.key in choice.never or city.key == gone.key:
            continue
        then = imbalance(choice.dimensions, [*choice.held, city])
        ranked.append((round(then, 6), -len(set(city.places) & set(gone.places)), city.key, city, then))
    found = []
    for *_order, city, then in sorted(ranked, key=lambda one: one[:3])[:number]:
        (reason,) = reasons(replace(choice, candidates=(city,), must=frozenset()), [city.key])
        found.append(replace(reason, without=stands, with_swap=then))
    return found


def contradictions(choice: Choice) -> list[Contradiction]:
    """What of targets, floors, ceilings and locks cannot hold together, or cannot be had from these candidates."""
    found: list[Contradiction] = []
    by_key = {candidate.key: candidate for candidate in choice.candidates}
    both = sorted(choice.must & choice.never)
    if both:
        names = tuple(by_key[key].name for key in both if key in by_key)
        found.append(Contradiction("must and never", groups=names))
    held = sum(city.expected for city in choice.held)
    whole = held + choice.seats
    must = choice.of(choice.must - choice.never)
    locked = sum(city.expected for city in must)
    if locked > choice.seats + EPSILON:
        found.append(Contradiction("must above seats", has=locked, wants=choice.seats))
    reach = expected_seats([*choice.held, *(city for city in choice.candidates if city.key not in choice.never)])
    certain = expected_seats([*choice.held, *must])
    for dimension in choice.dimensions:
        floors = sum(group.floor for group in dimension.groups)
        ceilings = sum(group.ceiling for group in dimension.groups)
        targets = sum(group.target for group in dimension.groups)
        if floors > whole + EPSILON:
            found.append(Contradiction("floors above seats", dimension.key, has=whole, wants=floors))
        if ceilings < floor(whole) - choice.slack:
            found.append(Contradiction("ceilings below seats", dimension.key, has=whole, wants=ceilings))
        if choice.room is not None and targets > choice.room + 0.5:
            found.append(Contradiction("targets above room", dimension.key, has=choice.room, wants=targets))
        empty = []
        for group in dimension.groups:
            place = (dimension.key, group.key)
            if group.floor > group.ceiling:
                found.append(
                    Contradiction("floor above ceiling", dimension.key, (group.key,), group.ceiling, group.floor)
                )
            if certain.get(place, 0.0) > group.ceiling + EPSILON:
                found.append(
                    Contradiction("locks above ceiling", dimension.key, (group.key,), certain[place], group.ceiling)
                )
            if place not in reach and max(group.target, group.floor) > 0:
                empty.append(group.key)
            elif reach.get(place, 0.0) < group.floor - EPSILON:
                found.append(
                    Contradiction("floor out of reach", dimension.key, (group.key,), reach[place], group.floor)
                )
        if empty:
            found.append(Contradiction("no candidates", dimension.key, tuple(empty)))
    return found


def first_come(choice: Choice, order: Iterable[str]) -> list[str]:
    """Keys in this order as long as their expected seats fit: how a wave is filled without looking at balance."""
    by_key = {candidate.key: candidate for candidate in choice.candidates}
    chosen, seats = [], 0.0
    for key in order:
        if key not in choice.never and seats + by_key[key].expected <= choice.seats + EPSILON:
            chosen.append(key)
            seats += by_key[key].expected
    return chosen


def quick(choice: Choice) -> list[str]:
    """Keys of the greedy choice alone: a few milliseconds, for the many runs of a simulation."""
    rows = rows_of(choice)
    return [rows.candidates[number].key for number in greedy(rows).chosen]
