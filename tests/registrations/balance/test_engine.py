"""The engine of balance: whatever the candidates and wishes are, what it promises holds."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registrations.balance import targets
from registrations.balance.chances import acceptance, at_least_one, cautious_seats, overflow, seat_distribution
from registrations.balance.proposing import contradictions, effect, propose, reasons, replacements
from registrations.balance.rows import EPSILON, rows_of
from registrations.balance.simulating import Supposed, simulate, strategies
from registrations.balance.solving import greedy, programme, swaps
from registrations.balance.values import Candidate, Choice, Dimension, Group, expected_seats, imbalance

STATES = ("DE", "MT", "SI")
GRADES = ("starting", "advanced")

chances = st.sampled_from([0.0, 0.2, 0.4, 0.55, 1.0])


@st.composite
def choices(draw, most=8):
    number = draw(st.integers(0, most))
    cities = []
    for key in range(number):
        places = {("state", draw(st.sampled_from(STATES)))}
        places |= {("grade", grade) for grade in draw(st.sets(st.sampled_from(GRADES)))}
        cities.append(Candidate(f"c{key}", f"Łódź {key}", draw(chances), draw(st.integers(1, 2)), tuple(places)))
    seats = st.sampled_from([0.0, 0.5, 1.0, 2.0])
    ceilings = st.sampled_from([0.5, 1.0, 3.0, float("inf")])
    dimensions = tuple(
        Dimension(key, key, tuple(Group(group, group, draw(seats), 0.0, draw(ceilings)) for group in groups))
        for key, groups in (("state", STATES), ("grade", GRADES))
    )
    keys = [city.key for city in cities]
    must = draw(st.sets(st.sampled_from(keys), max_size=2)) if keys else set()
    never = draw(st.sets(st.sampled_from(keys), max_size=2)) - must if keys else set()
    return Choice(
        dimensions,
        tuple(cities),
        draw(st.sampled_from([1.0, 2.0, 4.0])),
        must=frozenset(must),
        never=frozenset(never),
        coverage=draw(st.sampled_from([{}, {("state", "MT"): 0.8}])),
        seed=draw(st.integers(1, 3)),
    )


def solutions(choice):
    rows = rows_of(choice)
    by_swaps = swaps(rows, seed=choice.seed)
    return rows, [greedy(rows), by_swaps, programme(rows, start=by_swaps, seconds=2)]


@given(choices())
@settings(deadline=None, max_examples=40)
def test_locks_and_caps_are_kept_and_nothing_is_worse_than_greedy(choice):
    rows, (by_greed, by_swaps, best) = solutions(choice)

    for found in (by_greed, by_swaps, best):
        chosen = {rows.candidates[number].key for number in found.chosen}
        assert choice.must <= chosen
        assert not choice.never & chosen
        assert (rows.sums(found.chosen) <= rows.cap + 10 * EPSILON).all()
    assert best.price <= by_swaps.price <= by_greed.price


@given(choices(most=7))
@settings(deadline=None, max_examples=30)
def test_the_programme_finds_what_trying_all_choices_finds(choice):
    rows, (_greedy, _swaps, best) = solutions(choice)
    possible = []
    for size in range(len(rows.candidates) + 1):
        for chosen in itertools.combinations(range(len(rows.candidates)), size):
            in_it = set(chosen)
            locked = all((number in in_it) or not rows.must[number] for number in range(len(rows.candidates)))
            allowed = all(rows.must[number] or rows.allowed[number] for number in chosen)
            if locked and allowed and (rows.sums(chosen) <= rows.cap + EPSILON).all():
                possible.append(rows.price(chosen))

    assert best.price == pytest.approx(min(possible), abs=1e-4)


@given(choices(), chances, st.sampled_from(STATES))
@settings(deadline=None, max_examples=30)
def test_one_more_candidate_never_makes_the_optimum_worse(choice, chance, state):
    more = replace(choice, candidates=(*choice.candidates, Candidate("new", "new", chance, 2, (("state", state),))))

    before, after = solutions(choice)[1][2], solutions(more)[1][2]

    assert after.price <= before.price + 1e-4


@given(choices(), st.randoms())
@settings(deadline=None, max_examples=30)
def test_the_order_of_groups_and_candidates_changes_nothing(choice, random):
    def shuffled(things):
        return tuple(random.sample(things, len(things)))

    other = replace(
        choice,
        candidates=shuffled(choice.candidates),
        dimensions=shuffled([replace(one, groups=shuffled(one.groups)) for one in choice.dimensions]),
    )

    assert [city.key for city in propose(other).chosen] == [city.key for city in propose(choice).chosen]


@given(st.lists(st.tuples(chances, st.integers(0, 3)), max_size=7), st.integers(0, 12))
def test_convolution_equals_trying_all_outcomes(pairs, room):
    cities = [Candidate(str(key), "", chance, seats, ()) for key, (chance, seats) in enumerate(pairs)]
    above = 0.0
    for outcome in itertools.product([True, False], repeat=len(cities)):
        probability, seats = 1.0, 0
        for city, comes in zip(cities, outcome, strict=True):
            probability *= city.chance if comes else 1 - city.chance
            seats += city.seats if comes else 0
        above += probability if seats > room else 0.0

    assert overflow(cities, room) == pytest.approx(above)
    assert seat_distribution(cities).sum() == pytest.approx(1)


def city(key, state, chance=0.4, seats=2, *more):
    return Candidate(key, key, chance, seats, (("state", state), *more))


def by_state(**groups):
    return (Dimension("state", "Member State", tuple(Group(key, key, target) for key, target in groups.items())),)


def test_a_city_that_is_two_things_counts_half_in_each():
    both = Candidate("a", "a", 0.5, 2, (("grade", "starting"), ("grade", "advanced"), ("state", "MT")))

    assert expected_seats([both]) == {("grade", "starting"): 0.5, ("grade", "advanced"): 0.5, ("state", "MT"): 1.0}


def test_fewer_seats_are_asked_for_until_overflow_is_unlikely():
    cities = tuple(city(f"c{number:02}", "DE") for number in range(60))
    choice = Choice(by_state(DE=30), cities, 30.0, room=30)

    proposal = propose(choice)

    assert proposal.effect.overflow <= 0.05
    assert proposal.seats < 30
    assert effect(choice, [one.key for one in proposal.chosen]) == proposal.effect


def test_certain_cities_fill_the_room_and_no_more():
    cities = tuple(city(f"c{number}", "DE", 1.0) for number in range(9))

    proposal = propose(Choice(by_state(DE=10), cities, 10.0, room=10), seconds=1)

    assert (proposal.effect.seats, proposal.effect.overflow) == (10.0, 0.0)


def test_the_same_seed_gives_the_same_proposal():
    cities = tuple(city(f"c{number:02}", STATES[number % 3], 0.3 + number % 5 / 10) for number in range(40))
    choice = Choice(by_state(DE=8, MT=2, SI=2), cities, 12.0, room=20, seed=7)

    assert propose(choice) == propose(choice)


def test_reasons_say_what_a_city_mends_and_what_would_be_without_it():
    choice = Choice(by_state(DE=1, MT=1), (city("berlin", "DE", 0.5), city("valletta", "MT", 0.5)), 2.0)

    first, second = reasons(choice, ["berlin", "valletta"])

    assert [(one.place, one.seats) for one in second.mends] == [(("state", "MT"), 1.0)]
    assert (first.without, second.without) == (1.0, 1.0)
    assert first.swap is None


def test_the_best_swap_is_the_one_with_the_least_imbalance():
    cities = (city("berlin", "DE", 0.5), city("bonn", "DE", 0.4), city("valletta", "MT", 0.5))
    choice = Choice(by_state(DE=1, MT=0), cities, 1.0)

    (reason,) = reasons(choice, ["berlin"])

    assert (reason.swap.key, reason.with_swap) == ("bonn", pytest.approx(0.2))


def test_who_is_alike_stands_in_for_who_declined():
    gone = city("valletta", "MT", 1.0)
    cities = (city("berlin", "DE"), city("mdina", "MT"), city("ljubljana", "SI"))
    choice = Choice(by_state(DE=1, MT=1, SI=0), cities, 2.0, held=(city("bonn", "DE", 0.5, 2),))

    found = replacements(choice, gone)

    assert [reason.candidate.key for reason in found] == ["mdina", "berlin", "ljubljana"]
    assert (found[0].without, round(found[0].with_swap, 6)) == (1.0, 0.2)


def test_what_contradicts_itself_is_named():
    groups = (Group("DE", "Germany", 1, floor=3, ceiling=2), Group("MT", "Malta", 1), Group("SI", "Slovenia", 1))
    cities = (city("berlin", "DE", 1.0), city("bonn", "DE", 1.0), city("maribor", "SI"))
    choice = Choice(
        (Dimension("state", "Member State", groups),),
        cities,
        2.0,
        must=frozenset({"berlin", "bonn"}),
        never=frozenset({"bonn", "maribor"}),
    )

    found = {(one.kind, one.groups) for one in contradictions(choice)}

    assert found == {
        ("must and never", ("bonn",)),
        ("floors above seats", ()),
        ("floor above ceiling", ("DE",)),
        ("floor out of reach", ("DE",)),
        ("no candidates", ("MT", "SI")),
    }


def test_target_shares_of_the_member_states():
    states = list(targets.POPULATION)

    assert sum(targets.COMMITTEE_OF_THE_REGIONS_2015.values()) == 350
    assert sum(targets.COMMITTEE_OF_THE_REGIONS_2020.values()) == 329
    assert targets.committee_of_the_regions(states)["MT"] == pytest.approx(5 / 350)
    for rule in (targets.equal, targets.root_of_population, targets.cambridge_compromise):
        assert sum(rule(states).values()) == pytest.approx(1)
    seats = {code: round(share * 751) for code, share in targets.cambridge_compromise(states).items()}
    assert (seats["DE"], seats["MT"]) == (96, 6)


def test_chances_follow_the_replies():
    assert acceptance(0, 0) == pytest.approx(0.4)
    assert acceptance(10, 0) == pytest.approx(0.7)
    assert at_least_one([0.5, 0.5]) == pytest.approx(0.75)
    assert cautious_seats(10, 1.0, 2, 0.05) == 10
    assert cautious_seats(10, 0.0, 2, 0.05) == 0
    assert [targets.size_band(number) for number in (None, 49_999, 50_000, 2_000_000)] == ["", "0", "1", "5"]


@pytest.mark.parametrize(
    ("answers", "grade"),
    [
        ((None, None, None, None), ""),
        ((False, None, None, None), "starting"),
        ((True, False, False, False), "starting"),
        ((True, True, False, False), "developing"),
        ((True, True, True, True), "advanced"),
    ],
)
def test_experience_follows_from_four_answers_unless_the_organiser_says_otherwise(answers, grade):
    assert targets.experience(answers) == grade
    assert targets.experience(answers, "advanced") == "advanced"


def test_simulated_waves_fill_the_house_better_balanced_than_by_size():
    cities = tuple(city(f"c{number:02}", STATES[number // 20], 0.4) for number in range(60))
    choice = Choice(by_state(DE=4, MT=4, SI=4), cities, 12.0, room=12, seed=3)
    ways = strategies({one.key: 100 - number for number, one in enumerate(cities)})

    outcomes = {name: simulate(choice, way, Supposed(runs=100)) for name, way in ways.items()}

    assert outcomes["proposed"].uncovered < outcomes["biggest"].uncovered
    assert outcomes["proposed"].imbalance < outcomes["biggest"].imbalance
    assert simulate(choice, ways["proposed"], Supposed(runs=100)).imbalance == outcomes["proposed"].imbalance
    assert imbalance(choice.dimensions, ()) == 12.0
