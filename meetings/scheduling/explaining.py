"""Why a request has no place, in one word that both persons can be told."""

from collections import Counter
from enum import Enum

from meetings.scheduling.problem import Person, Problem, Request, Result, pair


class Why(Enum):
    """The first and the second are those of the request."""

    FIRST_FULL = "first_full"
    SECOND_FULL = "second_full"
    NO_COMMON_SLOT = "no_common_slot"
    NO_TABLE = "no_table"


def why_unplaced(problem: Problem, result: Result) -> dict[int, Why]:
    """The reason for each request that the result does not place, by its id.

    Full is who has no slot left in which the caps allow another meeting; where both are full, the first is named. No
    table: in each slot that would suit both, every table is taken or there is none. Else they have slots left, but none
    in common on which they agreed.
    """
    room = _Room(problem, result)
    return {request.id: room.why(request) for request in problem.requests if request.id not in result.placed}


class _Room:
    """What the placement leaves of everybody's slots."""

    def __init__(self, problem: Problem, result: Result) -> None:
        self.problem = problem
        self.taken: dict[int, set[int]] = {person.id: set() for person in problem.persons}
        for request in problem.requests:
            if request.id in result.placed:
                for who in pair(request):
                    self.taken[who].add(result.placed[request.id].slot)

    def left(self, person: Person) -> frozenset[int]:
        """The slots in which the person could have another meeting."""
        taken, break_of = self.taken[person.id], self.problem.break_of
        if person.cap is not None and len(taken) >= person.cap:
            return frozenset()
        limit = len(self.problem.tables) if person.cap_per_break is None else person.cap_per_break
        counts = Counter(break_of[slot] for slot in taken)
        return frozenset(slot for slot in person.free - taken if slot in break_of and counts[break_of[slot]] < limit)

    def why(self, request: Request) -> Why:
        first, second = (self.problem.by_id[who] for who in pair(request))
        lefts = self.left(first), self.left(second)
        agreed = frozenset(self.problem.break_of) if request.allowed is None else request.allowed
        if not first.free & second.free & agreed:
            return Why.NO_COMMON_SLOT
        if not lefts[0]:
            return Why.FIRST_FULL
        if not lefts[1]:
            return Why.SECOND_FULL
        return Why.NO_TABLE if lefts[0] & lefts[1] & agreed else Why.NO_COMMON_SLOT
