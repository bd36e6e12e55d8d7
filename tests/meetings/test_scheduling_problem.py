from itertools import product

import pytest
from hypothesis import given, settings

from benchmarks._instances import SIX
from meetings.scheduling.bound import MILLION, Prices, certified, upper_bound
from meetings.scheduling.checking import faults
from meetings.scheduling.greedy import place_greedily
from meetings.scheduling.index import Index, Placement, gaps_of
from meetings.scheduling.problem import InvalidProblem, Person, Place, Problem, Request, Result
from meetings.scheduling.tables import give_tables, moves_between_tables

from .scheduling_problems import problem, problems, shared_problem

same_examples = settings(derandomize=True, deadline=None, max_examples=60)


def most_meetings(any_problem):
    """The most meetings that can be placed, by trying everything."""
    index = Index(any_problem)
    best = 0
    for choice in product(*[(None, *slots) for slots in index.slots]):
        placement = Placement(index)
        for request, slot in enumerate(choice):
            if slot is None:
                continue
            if not placement.fits(request, slot):
                break
            placement.put(request, slot)
        else:
            best = max(best, sum(slot is not None for slot in choice))
    return best


@pytest.mark.parametrize(
    ("requests", "complaint"),
    [
        ([(0, 0)], "Request 0: nobody meets themselves."),
        ([(0, 9)], "Request 0 names a person who is not there."),
        ([Request(0, 0, 1, weight=0)], "Request 0 must weigh at least 1."),
        ([Request(7, 0, 1), Request(7, 2, 3)], "Twice the same request: 7"),
        ([Request(0, 0, 1, locked=True)], "Request 0 is locked where it cannot be."),
        ([Request(0, 0, 1, previous=Place(0, 9), locked=True)], "Request 0 is locked where it cannot be."),
        ([Request(0, 0, 1, previous=Place(8, 1), locked=True)], "Request 0 is locked where it cannot be."),
        (
            [Request(n, *who, previous=Place(0, 1), locked=True) for n, who in enumerate([(0, 1), (2, 3)])],
            "Twice the same place of locked meetings: Place(slot=0, table=1)",
        ),
        (
            [Request(n, 0, n + 1, previous=Place(0, n + 1), locked=True) for n in (0, 1)],
            "Twice the same seat of locked meetings (person, slot): (0, 0)",
        ),
    ],
)
def test_a_problem_that_contradicts_itself_is_refused(requests, complaint):
    with pytest.raises(InvalidProblem) as refused:
        problem(requests)
    assert str(refused.value) == complaint


@pytest.mark.parametrize("cap", [{"cap": 1}, {"cap_per_break": 1}])
def test_locked_meetings_above_a_cap_are_refused(cap):
    locked = [Request(n, 0, n + 1, previous=Place(n, 1), locked=True) for n in (0, 1)]
    with pytest.raises(InvalidProblem):
        problem(locked, who={0: Person(0, frozenset({0, 1, 2}), **cap)})


def test_slots_must_lie_in_one_break_each():
    with pytest.raises(InvalidProblem):
        Problem(persons=(), requests=(), tables=((1,), (1,)), breaks=((0,), (0, 1)))


def test_the_checker_names_every_fault():
    one = problem(
        [(0, 1), Request(1, 0, 2, allowed=frozenset({1})), Request(2, 2, 3, previous=Place(2, 1), locked=True)],
        who={0: Person(0, frozenset({0, 1}), cap=1, cap_per_break=1), 3: Person(3, frozenset({2}))},
    )
    placed = {0: Place(0, 1), 1: Place(0, 1), 2: Place(1, 5), 9: Place(0, 2)}
    assert faults(one, placed) == [
        "Request 1 is in slot 0, on which they did not agree.",
        "Request 2 is at a table that is not there: Place(slot=1, table=5).",
        "Person 3 is not free in slot 1.",
        "Request 9 is placed and was never made.",
        "Person 0 has 2 meetings in slot 0.",
        "2 meetings at Place(slot=0, table=1).",
        "Request 2 is locked and did not stay.",
        "Person 0 has 2 meetings, more than 1.",
        "Person 0 has 2 meetings in a break, more than 1.",
    ]


@given(problems())
@same_examples
def test_greedy_places_without_fault_and_leaves_nothing_that_fits(any_problem):
    index = Index(any_problem)
    placement = place_greedily(index, seed=3)
    assert faults(any_problem, give_tables(index, placement.slot_of)) == []
    assert not [
        (request, slot)
        for request, slots in enumerate(index.slots)
        for slot in slots
        if placement.slot_of[request] == -1 and placement.fits(request, slot)
    ]
    assert place_greedily(index, seed=3).slot_of == placement.slot_of


@given(problems(max_persons=5, max_requests=5))
@same_examples
def test_no_placement_is_above_the_bound(any_problem):
    index = Index(any_problem)
    bound, prices = upper_bound(index)
    assert most_meetings(any_problem) <= bound == certified(index, prices)


def test_any_prices_prove_a_bound_but_not_negative_ones():
    index = Index(problem([(0, 1), (0, 2), (0, 3)], free=(0,)))
    assert certified(index, Prices((0, 0, 0, 0), 0)) == 3
    assert certified(index, Prices((MILLION, 0, 0, 0), 0)) == 1
    with pytest.raises(ValueError, match="negative"):
        certified(index, Prices((-1, 0, 0, 0), 0))


def test_the_bound_without_a_solver_is_close(monkeypatch):
    index = Index(problem([(0, 1), (0, 2), (0, 3)], free=(0,)))
    monkeypatch.setattr("meetings.scheduling.bound._solved_prices", lambda *rows: None)
    assert upper_bound(index)[0] == 1


@pytest.mark.parametrize("name", SIX)
def test_the_bound_holds_for_proven_instances(name):
    shared, proven = shared_problem(name)
    index = Index(shared)
    bound, prices = upper_bound(index)
    assert len([slot for slot in place_greedily(index).slot_of if slot != -1]) <= proven <= bound
    assert bound == certified(index, prices)


def test_a_result_says_how_much_of_what_is_possible():
    assert str(Result(dict.fromkeys(range(223), Place(0, 1)), 223)) == "placed 223 of at most 223"


@pytest.mark.parametrize(
    ("used", "gaps"), [(set(), 0), ({0, 1}, 0), ({0, 2}, 1), ({0, 3}, 1), ({0, 2, 4}, 2), ({4}, 0)]
)
def test_a_gap_is_one_run_of_waiting(used, gaps):
    assert gaps_of(range(5), used) == gaps


def test_people_stay_at_their_table():
    index = Index(problem([(0, 1), (2, 3), (0, 2), (1, 3), (0, 3), (1, 2)]))
    places = give_tables(index, [0, 0, 1, 1, 2, 2])
    assert moves_between_tables(index, places) == 4


def test_a_published_table_goes_before_where_somebody_sits():
    index = Index(
        problem([Request(0, 0, 1, previous=Place(0, 2)), Request(1, 0, 2, previous=Place(1, 1), published=True)])
    )
    assert give_tables(index, [0, 1]) == {0: Place(0, 2), 1: Place(1, 1)}
