import sys
import threading
from collections import Counter
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks._instances import SIX
from meetings.scheduling.bound import certified_value, upper_bound, value_bound
from meetings.scheduling.checking import faults
from meetings.scheduling.explaining import Why, why_unplaced
from meetings.scheduling.greedy import place_greedily
from meetings.scheduling.index import Index, Placement, gaps_in, unchanged_in, value_of
from meetings.scheduling.keeping import locked_in, staying, untouched
from meetings.scheduling.problem import Person, Place, Request, Result
from meetings.scheduling.search import Search
from meetings.scheduling.settling import settle
from meetings.scheduling.solving import freeze, place, repair
from meetings.scheduling.tables import give_tables
from meetings.scheduling.walking import walk

from .scheduling_problems import problem, problems, shared_problem

same_examples = settings(derandomize=True, deadline=None, max_examples=30)


def quick():
    """A search that no small problem exhausts, and that gives up soon where nothing is to be found."""
    return Search(limit=60, patience=3_000, seed=1)


def slots_in(any_problem, result):
    return [result.placed[request.id].slot if request.id in result.placed else -1 for request in any_problem.requests]


def aims(any_problem, result):
    """Worth, unchanged meetings and gaps of a result, counted again; more is better."""
    index, slots = Index(any_problem), slots_in(any_problem, result)
    return value_of(index, slots), unchanged_in(index, slots), -gaps_in(index, slots)


def best_by_trying_everything(any_problem):
    index = Index(any_problem)
    best = (0, 0, 0)
    for choice in product(*[(-1, *slots) for slots in index.slots]):
        placement = Placement(index)
        for request, slot in enumerate(choice):
            if slot >= 0:
                if not placement.fits(request, slot):
                    break
                placement.put(request, slot)
        else:
            best = max(best, (value_of(index, choice), unchanged_in(index, choice), -gaps_in(index, choice)))
    return best


# Against everything there is ------------------------------------------------------------------


@given(problems(max_persons=5, max_requests=5))
@same_examples
def test_small_problems_are_solved_to_the_best_in_all_aims(any_problem):
    result = place(any_problem, quick())
    assert faults(any_problem, result.placed) == []
    assert aims(any_problem, result) == best_by_trying_everything(any_problem)
    assert [stage.proven for stage in result.stages[:3]] == [True, True, True]


@given(problems(max_persons=5, max_requests=6), st.randoms(use_true_random=False))
@same_examples
def test_the_order_of_people_and_requests_changes_no_value(any_problem, chance):
    persons, requests = list(any_problem.persons), list(any_problem.requests)
    chance.shuffle(persons)
    chance.shuffle(requests)
    shuffled = replace(any_problem, persons=tuple(persons), requests=tuple(requests))
    assert aims(shuffled, place(shuffled, quick())) == aims(any_problem, place(any_problem, quick()))


@given(problems())
@same_examples
def test_every_way_is_without_fault_and_tells_true_values(any_problem):
    index = Index(any_problem)
    bound, prices = upper_bound(index)
    for way in (place, freeze, repair):
        result = way(any_problem, quick())
        assert faults(any_problem, result.placed) == []
        assert len(result.placed) <= result.bound == bound
        value, unchanged, gaps = aims(any_problem, result)
        assert [stage.value for stage in result.stages[:3]] == [value, unchanged, -gaps]
        assert value <= value_bound(index, prices)[0]


@given(problems())
@same_examples
def test_nothing_is_worse_than_greedy(any_problem):
    placement = place_greedily(Index(any_problem), seed=1)
    assert aims(any_problem, place(any_problem, quick()))[0] >= placement.value


@given(problems())
@same_examples
def test_the_bound_of_the_worth_follows_from_its_prices(any_problem):
    index = Index(any_problem)
    bound, prices = value_bound(index, upper_bound(index)[1])
    assert bound == certified_value(index, prices)


# What stays -----------------------------------------------------------------------------------


@given(problems())
@same_examples
def test_freezing_moves_nothing_that_can_stay(any_problem):
    stay = staying(any_problem)
    result = freeze(any_problem, quick())
    assert {request.id: request.previous for request in any_problem.requests if request.id in stay} == {
        number: spot for number, spot in result.placed.items() if number in stay
    }


@given(problems())
@same_examples
def test_repairing_drops_nothing_that_can_stay_and_leaves_strangers_alone(any_problem):
    stay = staying(any_problem)
    result = repair(any_problem, quick())
    assert stay <= result.placed.keys()
    previous = {request.id: request.previous for request in any_problem.requests}
    for number in untouched(any_problem, stay):
        assert result.placed[number] == previous[number]


@given(problems(), st.integers(0, 2**32))
@same_examples
def test_locked_meetings_stay(any_problem, which):
    stay = sorted(staying(any_problem))
    locked = {number for position, number in enumerate(stay) if which >> position & 1}
    with_locks = locked_in(any_problem, locked)
    for way in (place, freeze, repair):
        result = way(with_locks, quick())
        assert faults(with_locks, result.placed) == []
        assert all(
            result.placed[request.id] == request.previous for request in with_locks.requests if request.id in locked
        )


@pytest.mark.parametrize("highs", [True, False])
def test_a_locked_meeting_stays_against_a_dearer_one(monkeypatch, highs):
    monkeypatch.setattr("meetings.scheduling.programme.available", lambda: highs)
    rivals = problem([Request(0, 0, 1, previous=Place(0, 1), locked=True), Request(1, 0, 2, weight=5)], free=(0,))
    assert place(rivals, quick()).placed == {0: Place(0, 1)}


@pytest.mark.parametrize("highs", [True, False])
def test_repairing_keeps_a_promise_against_a_dearer_request(monkeypatch, highs):
    monkeypatch.setattr("meetings.scheduling.programme.available", lambda: highs)
    rivals = problem([Request(0, 0, 1, previous=Place(0, 1)), Request(1, 0, 2, weight=5)], free=(0,))
    assert repair(rivals, quick()).placed == {0: Place(0, 1)}
    assert place(rivals, quick()).placed.keys() == {1}


@given(problems())
@same_examples
def test_without_highs_no_aim_is_lost_for_a_later_one(any_problem):
    index = Index(any_problem)
    walked = walk(place_greedily(index, seed=1), quick(), patience=3_000)
    settled = settle(index, walked.slot_of, quick(), steps=2_000)
    assert value_of(index, settled) == walked.value
    assert (unchanged_in(index, settled), -gaps_in(index, settled)) >= (
        walked.unchanged,
        -gaps_in(index, walked.slot_of),
    )
    assert faults(any_problem, give_tables(index, settled)) == []


def test_chains_take_out_most_gaps():
    shared, _ = shared_problem(SIX[0])
    index = Index(shared)
    placement = place_greedily(index, seed=1)
    settled = settle(index, placement.slot_of, Search(limit=600, seed=1), steps=60_000)
    assert value_of(index, settled) == placement.value
    assert gaps_in(index, settled) * 3 < gaps_in(index, placement.slot_of)


def test_of_two_that_hinder_each_other_the_published_one_stays():
    clash = problem(
        [
            Request(1, 0, 1, previous=Place(0, 1)),
            Request(2, 0, 2, previous=Place(0, 2), published=True),
            Request(3, 1, 3, previous=Place(0, 2)),
        ]
    )
    assert staying(clash) == {2}


def test_a_table_that_is_gone_moves_only_its_meeting():
    before = problem(
        [Request(1, 0, 1, previous=Place(0, 9)), Request(2, 2, 3, previous=Place(0, 1), published=True)], free=(0,)
    )
    assert freeze(before, quick()).placed == {1: Place(0, 2), 2: Place(0, 1)}


def test_a_published_meeting_goes_before_two_new_ones():
    rivals = problem([Request(0, 0, 1, previous=Place(0, 1), published=True), (0, 2), (1, 3)], free=(0,))
    assert place(rivals, quick()).placed == {0: Place(0, 1)}


def test_somebody_without_a_meeting_goes_before_another_meeting():
    # One seat: 0 and 1 met already; 2 and 3 met nobody.
    unfair = problem(
        [Request(0, 0, 1, previous=Place(0, 1), locked=True), (0, 1), (2, 3)],
        free=(0, 1),
        slots=2,
        tables=1,
        first_meeting=2,
    )
    assert set(place(unfair, quick()).placed) == {0, 2}


# Bounded from outside -------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_placement():
    shared, _ = shared_problem(SIX[0], weighted=True, first_meeting=2)
    shared = replace(shared, requests=shared.requests[:200])
    first, second = (place(shared, Search(limit=300, seed=5)) for _ in range(2))
    assert first == second


def test_a_stopped_search_hands_over_what_it_has():
    shared, _ = shared_problem(SIX[3])
    asked = Counter()

    def stop():
        asked[threading.current_thread()] += 1
        return True

    result = place(shared, Search(limit=300, stop=stop))
    assert faults(shared, result.placed) == []
    assert len(result.placed) > 200
    assert set(asked) == {threading.current_thread()}


def test_highs_is_stopped_whatever_it_is_at():
    pytest.importorskip("highspy")
    shared, _ = shared_problem(SIX[3], weighted=True, first_meeting=2)
    told = []

    def stop():
        # The first aim is behind it, and the last one takes HiGHS far longer than this.
        return any(progress.aim == "gaps" for progress in told) and search.seconds > told[-1].seconds + 0.5

    search = Search(limit=3_000, progress=told.append, stop=stop)
    result = place(shared, search)
    assert faults(shared, result.placed) == []
    assert search.seconds < 1_000
    assert {progress.aim for progress in told} >= {"weight", "gaps", "tables"}
    seconds = [progress.seconds for progress in told]
    assert seconds == sorted(seconds)
    assert all(progress.placed <= progress.bound for progress in told)


def test_without_any_time_there_is_a_placement():
    shared, _ = shared_problem(SIX[0])
    result = place(shared, Search(limit=0))
    assert faults(shared, result.placed) == []
    assert len(result.placed) > 190


def test_it_places_where_no_solver_is_installed(monkeypatch):
    for name in ("highspy", "scipy", "scipy.optimize", "scipy.sparse"):
        monkeypatch.setitem(sys.modules, name, None)
    shared, proven = shared_problem(SIX[0])
    result = place(shared, Search(limit=300, patience=100_000))
    assert faults(shared, result.placed) == []
    assert proven - 3 <= len(result.placed) <= proven <= result.bound


# The shared instances -------------------------------------------------------------------------


@pytest.mark.parametrize("name", SIX)
def test_the_proven_maximum_is_reached(name):
    shared, proven = shared_problem(name)

    def enough():
        return bool(told) and told[-1].aim != "weight"

    told = []
    result = place(shared, Search(limit=600, progress=told.append, stop=enough))
    assert faults(shared, result.placed) == []
    assert len(result.placed) == proven
    assert result.stages[0].proven


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("2000-8000-12-300-1", 3_600, 3_600),
        ("2000-8000-12-1000-1", 4_955, 4_963),
        ("5000-25000-12-2500-1", 13_780, 13_839),
    ],
)
def test_large_instances_come_close_to_their_bound(name, least, most):
    shared, _ = shared_problem(name)
    told = []
    search = Search(limit=600, progress=told.append, stop=lambda: bool(told) and told[-1].placed >= least)
    result = place(shared, search)
    assert faults(shared, result.placed) == []
    assert least <= len(result.placed) <= result.bound == most


# Why not --------------------------------------------------------------------------------------


def test_everybody_is_told_why():
    who = {
        0: Person(0, frozenset({0})),
        1: Person(1, frozenset({0, 1, 2}), cap=1),
        2: Person(2, frozenset({1})),
        3: Person(3, frozenset({0, 2})),
    }
    placed = {10: Place(0, 1), 15: Place(2, 1)}
    requests = [
        Request(10, 0, 3),
        Request(11, 0, 1),  # 0 has no slot left
        Request(12, 3, 0),  # nor has 0 as the second
        Request(13, 2, 3),  # never free together
        Request(14, 2, 4, allowed=frozenset({2})),  # not in the slot they agreed on
        Request(15, 4, 5),
        Request(16, 6, 7, allowed=frozenset({2})),  # the only table is taken
        Request(17, 4, 6),
    ]
    one = problem(requests, persons=8, tables=1, who=who)
    assert why_unplaced(one, Result(placed, 8)) == {
        11: Why.FIRST_FULL,
        12: Why.SECOND_FULL,
        13: Why.NO_COMMON_SLOT,
        14: Why.NO_COMMON_SLOT,
        16: Why.NO_TABLE,
        17: Why.NO_TABLE,
    }


def test_caps_make_somebody_full():
    capped = {0: Person(0, frozenset({0, 1, 2}), cap=1), 1: Person(1, frozenset({0, 1, 2}), cap_per_break=1)}
    one = problem([(0, 2), (0, 3), (1, 3), (2, 1)], who=capped)
    assert why_unplaced(one, Result({0: Place(0, 1), 2: Place(1, 1)}, 3)) == {
        1: Why.FIRST_FULL,
        3: Why.SECOND_FULL,
    }


@given(problems())
@same_examples
def test_no_reason_contradicts_the_placement(any_problem):
    result = place(any_problem, quick())
    reasons = why_unplaced(any_problem, result)
    assert reasons.keys() == {request.id for request in any_problem.requests} - result.placed.keys()
    meetings = Counter(
        who
        for request in any_problem.requests
        if request.id in result.placed
        for who in (request.first, request.second)
    )
    tables = Counter(spot.slot for spot in result.placed.values())
    for request in any_problem.requests:
        if reasons.get(request.id) is Why.NO_TABLE:
            common = any_problem.by_id[request.first].free & any_problem.by_id[request.second].free
            assert any(tables[slot] == len(any_problem.tables[slot]) for slot in common)
        if reasons.get(request.id) is Why.FIRST_FULL:
            person = any_problem.by_id[request.first]
            assert meetings[person.id] >= any_problem.capacity(person)
