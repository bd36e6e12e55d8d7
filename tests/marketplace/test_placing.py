"""Proposed places: power where it is needed, topics together."""

from marketplace.halls import neighbours, read
from marketplace.placing import Placeable, propose


def test_who_needs_power_gets_it():
    spots = read("opop")
    stands = [Placeable(1), Placeable(2), Placeable(3, needs_power=True), Placeable(4, needs_power=True)]

    proposal = propose(spots, stands)

    assert {proposal.places[3], proposal.places[4]} == {2, 4}
    assert {proposal.places[1], proposal.places[2]} == {1, 3}


def test_power_that_is_not_there_is_told():
    proposal = propose(read("po"), [Placeable(1, needs_power=True), Placeable(2, needs_power=True)])

    assert proposal.places == {1: 1}
    assert proposal.without_power == [2]


def test_more_stands_than_places_are_told():
    proposal = propose(read("oo"), [Placeable(number) for number in range(1, 4)])

    assert len(proposal.places) == 2
    assert len(proposal.left_out) == 1


def test_others_take_places_with_power_only_where_no_other_is_left():
    proposal = propose(read("po"), [Placeable(1)])

    assert proposal.places == {1: 2}


def test_the_same_topic_stands_together():
    spots = read("oooo\n\noooo")
    stands = [Placeable(number, [number % 2]) for number in range(8)]

    proposal = propose(spots, stands)

    assert proposal.together == 8
    beside = neighbours(spots)
    by_place = {place: key for key, place in proposal.places.items()}
    for place, key in by_place.items():
        assert any(by_place[near] % 2 == key % 2 for near in beside[place])


def test_swapping_brings_together_what_power_has_parted():
    # Two topics; one of each needs power, and both places with power are beside each other.
    spots = read("ppoo")
    stands = [
        Placeable(1, [1], needs_power=True),
        Placeable(2, [2], needs_power=True),
        Placeable(3, [1]),
        Placeable(4, [2]),
    ]

    proposal = propose(spots, stands)

    assert {proposal.places[1], proposal.places[2]} == {1, 2}
    assert proposal.together == 2


def test_who_has_a_place_keeps_it_and_draws_its_topic_near():
    spots = read("oooooo")
    stands = [Placeable(1, [7], place=6), Placeable(2, [8]), Placeable(3, [7]), Placeable(4, [8]), Placeable(5, [8])]

    proposal = propose(spots, stands)

    assert 1 not in proposal.places
    assert set(proposal.places.values()) <= {1, 2, 3, 4, 5}


def test_five_hundred_stands_are_placed_once_each():
    spots = read("\n".join(["o" * 25] * 20))
    stands = [Placeable(number, [number % 12, number % 7 + 20]) for number in range(500)]

    proposal = propose(spots, stands)

    assert sorted(proposal.places.values()) == list(range(1, 501))
    assert proposal.together > 480
