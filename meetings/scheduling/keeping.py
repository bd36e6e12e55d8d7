"""Which meetings of the last placement can stay where they are, all together."""

from collections import Counter
from dataclasses import replace

from meetings.scheduling.problem import Place, Problem, Request, pair


def staying(problem: Problem) -> set[int]:
    """The ids of requests that can stay, slot and table, beside each other.

    Where two hinder each other (a cap was lowered, a table was given twice) the locked one stays, then the published
    one, then the one that is worth more, then the older one.
    """
    kept: set[int] = set()
    seats: set[tuple[int, int]] = set()
    places: set[Place] = set()
    counts: Counter[int] = Counter()
    counts_per_break: Counter[tuple[int, int]] = Counter()
    candidates = [request for request in problem.requests if problem.can_stay(request)]
    for request in sorted(candidates, key=lambda one: (not one.locked, not one.published, -one.weight, one.id)):
        place = request.previous
        assert place is not None  # noqa: S101 - can_stay has seen it
        number = problem.break_of[place.slot]
        persons = [problem.by_id[who] for who in pair(request)]
        room = all(
            (person.id, place.slot) not in seats
            and (person.cap is None or counts[person.id] < person.cap)
            and (person.cap_per_break is None or counts_per_break[person.id, number] < person.cap_per_break)
            for person in persons
        )
        if not room or place in places:
            continue
        kept.add(request.id)
        places.add(place)
        for person in persons:
            seats.add((person.id, place.slot))
            counts[person.id] += 1
            counts_per_break[person.id, number] += 1
    return kept


def untouched(problem: Problem, kept: set[int]) -> set[int]:
    """Of the meetings that can stay, those that share no person with a request that still needs a place."""
    touched = {who for request in problem.requests if request.id not in kept for who in pair(request)}
    return {
        request.id
        for request in problem.requests
        if request.id in kept and (request.locked or not touched & set(pair(request)))
    }


def locked_in(problem: Problem, ids: set[int]) -> Problem:
    """The same problem with these requests locked where they are."""
    return replace(problem, requests=tuple(_locked(request, request.id in ids) for request in problem.requests))


def _locked(request: Request, lock: bool) -> Request:
    return replace(request, locked=True) if lock and not request.locked else request
