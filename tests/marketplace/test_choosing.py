"""The proposed shortlist: within the numbers, by marks, and cities spread."""

import pytest

from marketplace.choosing import Candidate, propose


def city(key, mark, state, size="3"):
    return Candidate(key, "city", mark, state, size)


def network(key, mark):
    return Candidate(key, "network", mark)


def keys(choices):
    return [choice.candidate.key for choice in choices]


def test_the_best_marks_within_the_number_of_a_kind():
    candidates = [network(1, 3.0), network(2, 4.0), network(3, 5.0)]

    proposal = propose(candidates, stands=10, limits={"network": 2})

    assert keys(proposal.chosen) == [3, 2]
    assert [(left.candidate.key, left.full, left.rank) for left in proposal.left] == [(1, "network", 3)]


def test_the_number_in_all_is_kept_over_the_kinds():
    candidates = [network(1, 4.5), city(2, 4.0, "DE"), city(3, 3.0, "FR"), network(4, 2.0)]

    proposal = propose(candidates, stands=2, limits={})

    assert keys(proposal.chosen) == [1, 2]
    assert [left.full for left in proposal.left] == ["", ""]


def test_a_second_city_of_a_state_comes_after_a_first_that_is_not_much_worse():
    candidates = [city(1, 4.8, "DE"), city(2, 4.6, "DE"), city(3, 3.9, "PT"), city(4, 3.0, "SI")]

    proposal = propose(candidates, stands=3, limits={})

    assert keys(proposal.chosen) == [1, 3, 2]
    assert keys([proposal.chosen[1]]) == [3]
    assert [one.key for one in proposal.chosen[1].passed] == [2]
    assert proposal.chosen[2].of_state == 1


def test_a_much_better_second_city_of_a_state_comes_in():
    candidates = [city(1, 4.8, "DE"), city(2, 4.6, "DE"), city(3, 2.0, "PT")]

    assert keys(propose(candidates, stands=2, limits={}).chosen) == [1, 2]


def test_sizes_are_spread_among_equals():
    candidates = [city(1, 4.0, "DE", "5"), city(2, 4.0, "FR", "5"), city(3, 3.9, "PT", "0")]

    assert keys(propose(candidates, stands=2, limits={}).chosen) == [1, 3]


def test_what_is_given_counts():
    given = [city(100, None, "DE")]
    candidates = [city(1, 4.0, "DE"), city(2, 3.5, "FR"), city(3, 3.4, "IT")]

    proposal = propose(candidates, stands=3, limits={"city": 3}, given=given)

    assert keys(proposal.chosen) == [2, 3]
    assert proposal.left[0].of_state == 1


def test_without_marks_comes_last_and_in_order_of_submission():
    candidates = [network(1, None), network(2, None), network(3, 1.0)]

    assert keys(propose(candidates, stands=2, limits={}).chosen) == [3, 1]


@pytest.mark.parametrize("stands", [0, 1, 7, 30])
def test_never_more_than_there_are(stands):
    candidates = [city(number, number % 5 + 0.5, f"S{number % 6}", str(number % 4)) for number in range(40)]

    proposal = propose(candidates, stands=stands, limits={"city": 20})

    assert len(proposal.chosen) == min(stands, 20)
    assert len(proposal.chosen) + len(proposal.left) == 40
