"""What is to be placed and what was placed, in plain values.

Slots are counted from 0 in the order of time; persons, requests and tables carry whatever numbers their owner
gives them.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

PUBLISHED_WEIGHS = 3
FIRST_MEETING = 2


class InvalidProblem(ValueError):
    """The problem contradicts itself; the text says where."""


class Place(NamedTuple):
    """Where a meeting takes place."""

    slot: int
    table: int


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who meets others; `free` are the slots without talks, duties and absence.

    `cap` and `cap_per_break` limit the meetings in all and in one break; None is no limit.
    """

    id: int
    free: frozenset[int]
    cap: int | None = None
    cap_per_break: int | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """An accepted request of two persons.

    `allowed` are the slots they agreed on (None: any). `previous` is where the meeting stands in the last placement,
    and `published` whether that was told to both. A `locked` meeting stays there, slot and table.
    """

    id: int
    first: int
    second: int
    weight: int = 1
    allowed: frozenset[int] | None = None
    previous: Place | None = None
    published: bool = False
    locked: bool = False


@dataclass(frozen=True)
class Problem:
    """All that the placer knows. `tables[t]` are the tables of slot t, `breaks` the slots of each break in order.

    `first_meeting` is what it is worth, in weights, that somebody gets a meeting at all.
    Raises InvalidProblem for unknown or equal persons, doubled ids, weights below 1 and locked meetings that collide.
    """

    persons: tuple[Person, ...]
    requests: tuple[Request, ...]
    tables: tuple[tuple[int, ...], ...]
    breaks: tuple[tuple[int, ...], ...]
    first_meeting: int = FIRST_MEETING

    def __post_init__(self) -> None:
        _refuse_doubled((person.id for person in self.persons), "person")
        _refuse_doubled((request.id for request in self.requests), "request")
        if sorted(slot for slots in self.breaks for slot in slots) != list(range(len(self.tables))):
            raise InvalidProblem("Each slot must lie in exactly one break.")
        if self.first_meeting < 0:
            raise InvalidProblem("A first meeting cannot be worth less than nothing.")
        for request in self.requests:
            self._refuse_impossible(request)
        locked = [request for request in self.requests if request.locked]
        seats = [(person, request.previous.slot) for request in locked if request.previous for person in pair(request)]
        _refuse_doubled(seats, "seat of locked meetings (person, slot)")
        _refuse_doubled((request.previous for request in locked), "place of locked meetings")
        counts = Counter(person for person, _ in seats)
        counts_per_break = Counter((person, self.break_of[slot]) for person, slot in seats)
        for person in self.persons:
            if person.cap is not None and counts[person.id] > person.cap:
                raise InvalidProblem(f"Person {person.id} has more locked meetings than the cap allows.")
            most = max((counts_per_break[person.id, number] for number in range(len(self.breaks))), default=0)
            if person.cap_per_break is not None and most > person.cap_per_break:
                raise InvalidProblem(f"Person {person.id} has more locked meetings in a break than the cap allows.")

    def _refuse_impossible(self, request: Request) -> None:
        if request.first == request.second:
            raise InvalidProblem(f"Request {request.id}: nobody meets themselves.")
        if not self.by_id.keys() >= {request.first, request.second}:
            raise InvalidProblem(f"Request {request.id} names a person who is not there.")
        if request.weight < 1:
            raise InvalidProblem(f"Request {request.id} must weigh at least 1.")
        if request.locked and not self.can_stay(request):
            raise InvalidProblem(f"Request {request.id} is locked where it cannot be.")

    @cached_property
    def by_id(self) -> dict[int, Person]:
        """Each person by id."""
        return {person.id: person for person in self.persons}

    @cached_property
    def break_of(self) -> dict[int, int]:
        """The number of the break in which a slot lies."""
        return {slot: number for number, slots in enumerate(self.breaks) for slot in slots}

    def slots_of(self, request: Request) -> frozenset[int]:
        """The slots in which the request could take place if nothing else did: both free, agreed on, a table there."""
        if request.locked and request.previous:
            return frozenset({request.previous.slot})
        return self._common(request)

    def _common(self, request: Request) -> frozenset[int]:
        slots = self.by_id[request.first].free & self.by_id[request.second].free
        if request.allowed is not None:
            slots &= request.allowed
        return frozenset(slot for slot in slots if 0 <= slot < len(self.tables) and self.tables[slot])

    def can_stay(self, request: Request) -> bool:
        """Whether the previous place still exists and suits both persons, whatever else is placed."""
        place = request.previous
        return place is not None and place.slot in self._common(request) and place.table in self.tables[place.slot]

    def capacity(self, person: Person) -> int:
        """How many meetings the person can have at most."""
        per_break = Counter(self.break_of[slot] for slot in person.free if slot in self.break_of)
        limit = person.cap_per_break
        total = sum(count if limit is None else min(count, limit) for count in per_break.values())
        return total if person.cap is None else min(total, person.cap)

    @cached_property
    def seats(self) -> int:
        """How many meetings fit into all slots, by tables and by people who are free."""
        free = Counter(slot for person in self.persons for slot in person.free)
        return sum(min(len(tables), free[slot] // 2) for slot, tables in enumerate(self.tables))

    def worth(self, request: Request) -> int:
        """The weight of the request; a meeting that was published weighs three times."""
        return request.weight * (PUBLISHED_WEIGHS if request.published else 1)


@dataclass(frozen=True, slots=True)
class Stage:
    """How one aim came out: its value, and whether it is proven that no better one exists."""

    name: str
    value: int
    proven: bool


@dataclass(frozen=True)
class Result:
    """A placement: the place of each placed request by its id; `bound` is how many could be placed at most."""

    placed: dict[int, Place]
    bound: int
    stages: tuple[Stage, ...] = field(default=())

    def __str__(self) -> str:
        return f"placed {len(self.placed)} of at most {self.bound}"


def pair(request: Request) -> tuple[int, int]:
    """Both persons of a request."""
    return request.first, request.second


def _refuse_doubled(values: Iterable[object], what: str) -> None:
    doubled = [value for value, count in Counter(values).items() if count > 1]
    if doubled:
        raise InvalidProblem(f"Twice the same {what}: {doubled[0]}")
