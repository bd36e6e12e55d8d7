"""What if: many runs of the waves to come, for each way of choosing whom to invite."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from registrations.balance.chances import cautious_seats
from registrations.balance.proposing import first_come, propose, quick
from registrations.balance.values import Candidate, Choice, Place, imbalance

RUNS = 1_000
# A house with so many free places is full: one more delegation of two would not find room in it.
FULL_WITHIN = 1


@dataclass(frozen=True)
class Supposed:
    """What is supposed: all chances times `acceptance`; so many `waves`; places invited for above the room, as a share
    (`overbooking`), instead of as many as keep overflow unlikely where it is 0."""

    acceptance: float = 1.0
    waves: int = 3
    overbooking: float = 0.0
    runs: int = RUNS


@dataclass(frozen=True)
class Outcome:
    """Shares of the runs, and means over them. `imbalances`, `missing` and `seats` hold one figure a run."""

    full: float
    overflow: float
    uncovered: float
    imbalance: float
    seats: np.ndarray
    missing: np.ndarray
    imbalances: np.ndarray


Strategy = Callable[[Choice, bool], list[str]]


def strategies(populations: Mapping[str, int | None]) -> dict[str, Strategy]:
    """Biggest first, first come (in the order of the candidates), and proposed; each says whom to invite.

    The proposal uses swaps for the first wave, which is the same in all runs, and greedy for the later ones.
    """

    def biggest(choice: Choice, _first: bool) -> list[str]:
        keys = sorted((city.key for city in choice.candidates), key=lambda key: (-(populations.get(key) or 0), key))
        return first_come(choice, keys)

    def in_order(choice: Choice, _first: bool) -> list[str]:
        return first_come(choice, [city.key for city in choice.candidates])

    def proposed(choice: Choice, first: bool) -> list[str]:
        return [city.key for city in propose(choice).chosen] if first else quick(choice)

    return {"biggest": biggest, "first": in_order, "proposed": proposed}


def simulate(choice: Choice, strategy: Strategy, supposed: Supposed, *, states: str = "state") -> Outcome:
    """Runs the waves `supposed.runs` times; the seed of the choice decides who accepts.

    Each wave invites for the places that the replies so far leave; whoever declined is not asked again. `states` is
    the dimension in which a group without any seat counts as missing.
    """
    room = choice.room if choice.room is not None else round(choice.seats)
    candidates = tuple(_supposed(city, supposed) for city in choice.candidates)
    held = tuple(_supposed(city, supposed) for city in choice.held)
    wanted = {
        (one.key, group.key)
        for one in choice.dimensions
        if one.key == states
        for group in one.groups
        if group.target > 0
    }
    start = replace(choice, candidates=candidates, held=held, room=None)
    first = strategy(_wave(start, room, supposed), True)
    random = np.random.default_rng(choice.seed)
    seats, missing, imbalances = np.zeros(supposed.runs), np.zeros(supposed.runs), np.zeros(supposed.runs)
    for run in range(supposed.runs):
        come = _replies(held, random)
        left = candidates
        invited = first
        for number in range(supposed.waves):
            if number:
                now = replace(start, candidates=left, held=tuple(come), must=frozenset())
                invited = strategy(_wave(now, room, supposed), False)
            if not invited:
                break
            asked = set(invited)
            come = come + _replies([city for city in left if city.key in asked], random)
            left = tuple(city for city in left if city.key not in asked)
        present: set[Place] = {place for city in come for place in city.places}
        seats[run] = sum(city.seats for city in come)
        missing[run] = len(wanted - present)
        imbalances[run] = imbalance(choice.dimensions, come)
    return Outcome(
        full=float((seats >= room - FULL_WITHIN).mean()),
        overflow=float((seats > room).mean()),
        uncovered=float(missing.mean()),
        imbalance=float(imbalances.mean()),
        seats=seats,
        missing=missing,
        imbalances=imbalances,
    )


def _supposed(city: Candidate, supposed: Supposed) -> Candidate:
    return city if city.chance >= 1 else replace(city, chance=min(1.0, city.chance * supposed.acceptance))


def _replies(cities: list[Candidate] | tuple[Candidate, ...], random: np.random.Generator) -> list[Candidate]:
    """Those that accept; they come with certainty from then on."""
    drawn = random.random(len(cities))
    return [replace(city, chance=1.0) for city, luck in zip(cities, drawn, strict=True) if luck < city.chance]


def _wave(choice: Choice, room: int, supposed: Supposed) -> Choice:
    """The choice with as many expected seats as this wave may ask for."""
    taken = sum(city.expected for city in choice.held)
    left = max(0.0, room - taken)
    if supposed.overbooking > 0:
        return choice.with_seats(left * (1 + supposed.overbooking))
    chances = [city.chance for city in choice.candidates]
    if not chances:
        return choice.with_seats(0.0)
    typical = round(float(np.mean(chances)), 2)
    # Each wave may overflow: together no likelier than one may.
    risk = choice.risk / supposed.waves
    seats = round(float(np.mean([city.seats for city in choice.candidates])))
    return choice.with_seats(min(left, cautious_seats(int(left), typical, max(1, seats), risk)))
