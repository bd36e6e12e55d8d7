"""Slots matched anew where the walk stalls: never worse, the best of a slot, and nothing that may not be."""

import random
import sys
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks._instances import SIX
from meetings.scheduling import matching, programme
from meetings.scheduling.checking import faults
from meetings.scheduling.greedy import place_greedily
from meetings.scheduling.index import NOWHERE, Index, Placement
from meetings.scheduling.keeping import locked_in, staying
from meetings.scheduling.problem import Place, Request
from meetings.scheduling.search import Search
from meetings.scheduling.solving import place, repair
from meetings.scheduling.tables import give_tables
from meetings.scheduling.walking import walk

from .scheduling_problems import problem, problems, shared_problem

same_examples = settings(derandomize=True, deadline=None, max_examples=50)


def quick() -> Search:
    return Search(limit=60, patience=300, seed=1)


def key(placement: Placement) -> tuple[int, int]:
    return placement.value, placement.unchanged


def best_of_slot(placement: Placement, slot: int) -> tuple[int, int]:
    """The best key that the placement can have when only this slot changes, by trying everything."""
    candidates = [request for request in placement.index.in_slot[slot] if placement.slot_of[request] in {NOWHERE, slot}]
    others = [NOWHERE if chosen == slot else chosen for chosen in placement.slot_of]
    best = (0, 0)
    for number in range(len(candidates) + 1):
        for choice in combinations(candidates, number):
            tried = Placement(placement.index, others)
            for request in choice:
                if not tried.fits(request, slot):
                    break
                tried.put(request, slot)
            else:
                best = max(best, key(tried))
    return best


@given(problems(max_persons=6, max_requests=8), st.randoms(use_true_random=False))
@same_examples
def test_a_slot_is_filled_in_the_best_way_where_tables_are_enough(any_problem, chance):
    index = Index(any_problem)
    placement = place_greedily(index, seed=1)
    for slot, tables in enumerate(index.tables):
        before, best = key(placement), best_of_slot(placement, slot)

        matching.match_slot(placement, slot, chance)

        assert before <= key(placement) <= best
        if tables >= len(any_problem.persons) // 2:
            assert key(placement) == best


@given(problems())
@same_examples
def test_walking_and_matching_loses_nothing_and_breaks_no_rule(any_problem):
    index = Index(any_problem)
    start = place_greedily(index, seed=1)

    found = matching.walk_and_match(start, quick(), share=1, enough=(10**6, 0), dear=())

    assert key(found) >= key(walk(place_greedily(index, seed=1), quick(), patience=300))
    assert faults(any_problem, give_tables(index, found.slot_of)) == []


@given(problems())
@same_examples
def test_what_is_locked_or_promised_keeps_a_place(any_problem):
    kept = staying(any_problem)
    for index in (Index(locked_in(any_problem, kept)), Index(any_problem, kept)):
        placement = place_greedily(index, seed=1)

        matching.match_slots(placement, quick(), random.Random(1))

        for number, request in enumerate(any_problem.requests):
            if request.id in kept:
                places = {index.before[number]} if index.locked[number] else index.slots[number]
                assert placement.slot_of[number] in places


def test_two_for_one_in_a_single_step():
    # The walk would have to lose first: one meeting of weight 3 against two of 2 that each need one of its people.
    rivals = problem(
        [Request(0, 0, 1, weight=3), Request(1, 0, 2, weight=2), Request(2, 1, 3, weight=2)], free=(0,), slots=1
    )
    placement = Placement(Index(rivals), [0, NOWHERE, NOWHERE])

    matching.match_slot(placement, 0, random.Random(1))

    assert placement.slot_of == [NOWHERE, 0, 0]


def test_a_first_meeting_of_either_counts():
    # Person 3 has met 2 already; whoever of the pair comes second, it is 1 who has met nobody.
    for pair in ((0, 1), (1, 0)):
        rivals = problem([(2, 3), (0, 3), pair], slots=2, free=(0, 1), first_meeting=2)
        for seed in range(20):
            placement = Placement(Index(rivals), [1, 0, NOWHERE])

            matching.match_slot(placement, 0, random.Random(seed))

            assert placement.slot_of == [1, NOWHERE, 0]


def test_among_equals_who_has_the_slot_stays():
    equals = problem([Request(0, 0, 1, previous=Place(0, 1)), Request(1, 0, 2), Request(2, 1, 2)], free=(0,), slots=1)
    index = Index(equals)
    for seed in range(20):
        placement = Placement(index, [NOWHERE, 0, NOWHERE])

        matching.match_slot(placement, 0, random.Random(seed))

        assert placement.slot_of == [0, NOWHERE, NOWHERE]


def test_it_brings_more_than_the_walk_that_stalls():
    shared, _ = shared_problem(SIX[3], weighted=True, first_meeting=2)
    index = Index(shared)
    walked = walk(place_greedily(index, seed=1), Search(limit=60, seed=1), patience=20_000)

    search = Search(limit=60, patience=20_000, seed=1)
    found = matching.walk_and_match(place_greedily(index, seed=1), search, share=1, enough=(10**6, 0), dear=())

    assert found.value > walked.value


@pytest.mark.parametrize("is_installed", [True, False])
def test_without_highs_small_problems_are_placed_with_it_and_without(monkeypatch, is_installed):
    monkeypatch.setattr(programme, "available", lambda: False)
    if not is_installed:
        monkeypatch.setitem(sys.modules, "rustworkx", None)
    assert matching.available() is is_installed
    rivals = problem([Request(0, 0, 1, previous=Place(0, 1)), Request(1, 0, 2, weight=5)], free=(0,))

    assert place(rivals, quick()).placed.keys() == {1}
    assert repair(rivals, quick()).placed == {0: Place(0, 1)}


def test_it_stops_when_asked():
    shared, _ = shared_problem(SIX[0])
    stopped = Search(limit=60, seed=1, stop=lambda: True)
    start = place_greedily(Index(shared), seed=1)

    found = matching.walk_and_match(start, stopped, share=1, enough=(10**6, 0), dear=())

    assert found.value == start.value
