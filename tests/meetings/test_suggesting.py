"""Scores, and lists in which nobody is left out."""

import random
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from meetings.suggesting import pair
from meetings.suggesting.crowd import LEAST, SHOWN, Crowd, suggest, suggest_one
from meetings.suggesting.person import Person

ME = Person(1, delegation=1, category="city", country="BE", languages=frozenset({"en"}), free=frozenset({1}))
OTHER = Person(2, delegation=2, category="city", country="BE", languages=frozenset({"en"}), free=frozenset({1}))


def crowd(size: int, *, seed: int = 1, **fixed: object) -> list[Person]:
    """People as they may be: some say much, some nothing."""
    chance = random.Random(seed)
    words = ["prevention", "schools", "youth", "police", "families", "mentoring", "training", "prison", "exit"]

    def some(of: range, most: int) -> frozenset[int]:
        return frozenset(chance.sample(of, chance.randint(0, most)))

    found = []
    for key in range(1, size + 1):
        person = Person(
            key,
            delegation=key // 2,
            category=chance.choice(["city", "organisation", "institution"]),
            country=chance.choice(["BE", "DE", "EL", ""]),
            languages=frozenset(chance.sample(["en", "fr", "de"], chance.randint(1, 2))),
            free=frozenset(chance.sample(range(4), chance.randint(1, 4))),
            seeks=some(range(12), 4),
            offers=some(range(12), 4),
            challenges=some(range(20, 26), 3),
            levels={topic: chance.randint(1, 4) for topic in chance.sample(range(12), 3)},
            text=" ".join(chance.choices(words, k=chance.randint(0, 12))),
            received=chance.choice([0, 0, 1, 9]),
            capacity=4,
        )
        found.append(replace(person, **fixed))
    return found


def one(key: int, **said: object) -> Person:
    return replace(ME if key == 1 else OTHER, **said)


@pytest.mark.parametrize(
    ("mine", "theirs", "points"),
    [
        ({}, {}, 0),
        ({"seeks": frozenset({1, 2})}, {"offers": frozenset({1})}, 35 / 2),
        ({"seeks": frozenset({1})}, {"offers": frozenset({1, 2, 3})}, 35),
        ({"offers": frozenset({1})}, {"seeks": frozenset({1})}, 20),
        ({"challenges": frozenset({7, 8, 9})}, {"challenges": frozenset({7})}, 15),
        ({"challenges": frozenset({7, 8})}, {"challenges": frozenset({7, 9})}, 15 / 2),
        ({"levels": {1: 1}}, {"levels": {1: 2}}, 10),
        ({"levels": {1: 4}}, {"levels": {1: 2}}, 10),
        ({"levels": {1: 1}}, {"levels": {1: 4}}, 0),
        ({"levels": {1: 1}}, {"levels": {1: 1, 2: 2}}, 0),
        ({}, {"country": "DE"}, 5),
        ({}, {"country": ""}, 0),
        ({"seeks": frozenset({1})}, {"offers": frozenset({1}), "received": 4, "capacity": 4}, 35 / 2),
        ({"seeks": frozenset({1})}, {"offers": frozenset({1}), "received": 3, "capacity": 0}, 35 / 4),
    ],
)
def test_what_each_share_is_worth(mine, theirs, points):
    assert pair.score(one(1, **mine), one(2, **theirs)) == pytest.approx(points)


def test_a_perfect_pair_has_a_hundred():
    everything = {
        "seeks": frozenset({1}),
        "offers": frozenset({1}),
        "challenges": frozenset({7}),
    }
    me = one(1, **everything, levels={1: 1})
    other = one(2, **everything, levels={1: 2}, country="DE")

    assert pair.score(me, other, likeness=1.0) == 100


def test_all_scores_lie_between_0_and_100_and_both_ways_are_one_without_damping():
    people = crowd(40)
    for me in people:
        for other in people:
            assert 0 <= pair.score(me, other, 1.0) <= 100
            # What is shared is shared: challenges, levels, country and text do not depend on who asks.
            mine, theirs = pair.reasons(me, other), pair.reasons(other, me)
            assert (mine.they_offer, mine.i_offer) == (theirs.i_offer, theirs.they_offer)
            assert (mine.challenges, mine.learn, mine.other_country) == (
                theirs.challenges,
                theirs.learn,
                theirs.other_country,
            )


@pytest.mark.parametrize("received", range(1, 12))
def test_each_request_received_makes_a_star_come_later(received):
    wanted = {"offers": frozenset({1}), "capacity": 4}
    me = one(1, seeks=frozenset({1}))

    assert pair.score(me, one(2, received=received, **wanted)) < pair.score(me, one(2, received=received - 1, **wanted))


def test_the_lists_hold_the_scores_of_the_pairs():
    people = crowd(60)
    by_key = {person.key: person for person in people}

    for key, found in suggest(people).items():
        for suggestion in found[:SHOWN]:
            # Who was put in so that nobody is left out comes without the likeness of the texts.
            if suggestion.likeness:
                expected = pair.score(by_key[key], by_key[suggestion.key], suggestion.likeness)
                assert suggestion.score == pytest.approx(expected, abs=0.02)
            assert 0 <= suggestion.score <= 100


def test_each_list_is_the_best_first_and_names_nobody_twice():
    for found in suggest(crowd(60)).values():
        first = [suggestion.score for suggestion in found[:SHOWN]]
        assert first == sorted(first, reverse=True)
        assert len({suggestion.key for suggestion in found}) == len(found)


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ({"languages": frozenset({"fr"})}, {}),
        ({"free": frozenset({2})}, {}),
        ({"delegation": 2}, {}),
        ({}, {"category": "institution"}),
    ],
)
def test_who_cannot_meet_is_not_suggested(mine, theirs):
    liked = {"seeks": frozenset({1}), "offers": frozenset({1})}
    people = [one(1, **{**liked, **mine}), one(2, **{**liked, **theirs})]
    may_ask = {"city": ["city"], "institution": []}

    assert suggest(people, may_ask=may_ask) == {1: [], 2: []}


@pytest.mark.parametrize("barred", [(1, 2), (2, 1)])
def test_who_met_refused_or_asked_is_not_suggested(barred):
    liked = {"seeks": frozenset({1}), "offers": frozenset({1})}
    people = [one(1, **liked), one(2, **liked)]

    assert [len(found) for found in suggest(people).values()] == [1, 1]
    assert suggest(people, barred=[barred]) == {1: [], 2: []}


def possible(people: list[Person]) -> dict[int, int]:
    """To how many each could be suggested at all."""
    table = Crowd(people, barred=(), may_ask=None)

    scores = table.scores_of_asking(np.arange(len(people)))
    return {person.key: int((scores[:, column] >= 0).sum()) for column, person in enumerate(people)}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("size", [2, 9, 40, 150])
def test_everyone_appears_in_three_lists_where_so_many_could_ask_them(size, seed):
    people = crowd(size, seed=seed)
    appears = Counter(suggestion.key for found in suggest(people).values() for suggestion in found[: SHOWN + 1])

    for key, number in possible(people).items():
        assert appears[key] >= min(LEAST, number), key


def test_who_says_nothing_is_not_forgotten_among_stars():
    stars = crowd(30, seeks=frozenset({1}), offers=frozenset({1}), languages=frozenset({"en"}), free=frozenset({1}))
    silent = replace(ME, key=99, delegation=99)
    lists = suggest([*stars, silent])

    assert sum(silent.key in {suggestion.key for suggestion in found[:SHOWN]} for found in lists.values()) >= LEAST


def test_the_list_of_one_is_that_of_the_crowd_before_it_is_spread():
    people = crowd(30)
    table = Crowd(people, barred=(), may_ask=None)

    for number in (0, 7, 29):
        assert suggest_one(people[number].key, people) == table.best(np.array([number]))[0]


def test_nobody_at_all_and_one_alone():
    assert suggest([]) == {}
    assert suggest([ME]) == {1: []}
