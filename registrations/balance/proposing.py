"""A proposal for the next wave with its reasons, what contradicts itself, and who may stand in for whom."""

import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from math import floor

import numpy as np

from registrations.balance.chances import overflow
from registrations.balance.rows import EPSILON, Rows, rows_of
from registrations.balance.solving import Solution, greedy, programme, swaps
from registrations.balance.values import Candidate, Choice, Place, expected_seats, imbalance

# How much K is lowered at once while the room may overflow, in expected seats.
STEP = 1.0
# Greedy may have lowered K too far: so many times it is raised again at most.
MOST_STEPS_UP = 6


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
    wanted = choice.seats
    # Greedy says in a moment where about the limit is; swaps find it.
    while choice.seats > 0 and not _fits(choice, rows_of(choice), greedy(rows_of(choice))):
        choice = choice.with_seats(max(0.0, choice.seats - STEP))
    rows = rows_of(choice)
    found = swaps(rows, seed=choice.seed)
    while choice.seats > 0 and not _fits(choice, rows, found):
        choice = choice.with_seats(max(0.0, choice.seats - STEP))
        rows = rows_of(choice)
        found = swaps(rows, seed=choice.seed)
    for _step in range(MOST_STEPS_UP):
        if choice.seats >= wanted:
            break
        higher = choice.with_seats(min(wanted, choice.seats + STEP))
        more = rows_of(higher)
        better = swaps(more, seed=choice.seed)
        if not _fits(higher, more, better):
            break
        choice, rows, found = higher, more, better
    if seconds > 0:
        ends = time.monotonic() + seconds
        better = programme(rows, start=found, seconds=seconds, seed=choice.seed)
        left = ends - time.monotonic()
        if _fits(choice, rows, better):
            found = better
        elif choice.seats > STEP and left > seconds / 4:
            lower = choice.with_seats(choice.seats - STEP)
            fewer = rows_of(lower)
            better = programme(fewer, start=swaps(fewer, seed=choice.seed), seconds=left, seed=choice.seed)
            if _fits(lower, fewer, better):
                choice, rows, found = lower, fewer, better
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


def reasons(choice: Choice, chosen: Collection[str], *, rows: Rows | None = None) -> list[Reason]:
    """The reasons for each chosen city, in the order of the candidates. `rows` are those of the choice, where known."""
    rows = rows or rows_of(choice)
    number_of = {candidate.key: number for number, candidate in enumerate(rows.candidates)}
    numbers = sorted(number_of[key] for key in chosen if key in number_of)
    sums = rows.sums(numbers)
    expected = expected_seats([*choice.held, *(rows.candidates[number] for number in numbers)])
    targets = _targets(choice)
    free = rows.allowed.copy()
    free[numbers] = False
    others, inside = np.flatnonzero(free), np.array(numbers, dtype=int)
    # One line of sums for each chosen city, without it.
    rests = np.repeat(sums[None, :], len(numbers), axis=0)
    rests[np.arange(len(numbers))[:, None], rows.index[inside]] -= rows.value[inside]
    gains = rows.gains(rests, others) if len(others) and numbers else np.full((len(numbers), 1), np.inf)
    found = []
    for line, number in enumerate(numbers):
        city, rest = rows.candidates[number], rests[line]
        swap, with_swap = None, 0.0
        best = int(gains[line].argmin())
        if gains[line, best] < np.inf and not rows.must[number]:
            other = int(others[best])
            swapped = rest.copy()
            swapped[rows.index[other]] += rows.value[other]
            swap, with_swap = rows.candidates[other], rows.imbalance(swapped)
        mends = _mended_by(targets, city, expected, sign=-1)
        found.append(Reason(city, mends, rows.imbalance(rest), swap, with_swap))
    order = {candidate.key: position for position, candidate in enumerate(choice.candidates)}
    return sorted(found, key=lambda reason: order[reason.candidate.key])


def additions(
    choice: Choice,
    chosen: Collection[str],
    *,
    number: int,
    among: Collection[str] | None = None,
    rows: Rows | None = None,
) -> tuple[list[Reason], int]:
    """The first `number` of those who may come in besides the chosen, best first, and how many there are.

    `without` is the imbalance as it stands, `with_swap` with them. Only those `among` are looked at, where that is
    given.
    """
    rows = rows or rows_of(choice)
    inside = np.array([candidate.key in chosen for candidate in rows.candidates], dtype=bool)
    sums = rows.sums(np.flatnonzero(inside).tolist())
    stands = rows.imbalance(sums)
    wanted = ~inside & np.array([candidate.key not in choice.never for candidate in rows.candidates], dtype=bool)
    if among is not None:
        wanted &= np.array([candidate.key in among for candidate in rows.candidates], dtype=bool)
    numbers = np.flatnonzero(wanted)
    expected = expected_seats([*choice.held, *(rows.candidates[number] for number in np.flatnonzero(inside))])
    changes = rows.group_changes(sums, numbers)
    targets = _targets(choice)
    order = np.argsort(changes.round(6), kind="stable")[:number]
    best = [
        Reason(
            rows.candidates[numbers[one]],
            _mended_by(targets, rows.candidates[numbers[one]], expected, sign=1),
            stands,
            None,
            stands + float(changes[one]),
        )
        for one in order
    ]
    return best, len(numbers)


def _targets(choice: Choice) -> dict[Place, float]:
    return {(one.key, group.key): group.target for one in choice.dimensions for group in one.groups}


def _mended_by(
    targets: Mapping[Place, float], city: Candidate, expected: Mapping[Place, float], *, sign: int
) -> tuple[Mended, ...]:
    """Which groups a city that is counted already (-1) or is not yet (1) brings nearer to their targets."""
    found = []
    for place, seats in sorted(expected_seats([city]).items()):
        if place not in targets:
            continue
        off = expected.get(place, 0.0) - targets[place]
        nearer = sign * (abs(off) - abs(off + sign * seats))
        if nearer > EPSILON:
            found.append(Mended(place, nearer))
    return tuple(found)


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
