"""The engine of balance: whatever the candidates and wishes are, what it promises holds."""

import itertools
import sys
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registrations.balance import solving, targets
from registrations.balance.chances import (
    acceptance,
    at_least_one,
    cautious_seats,
    fullness,
    overflow,
    seat_distribution,
)
from registrations.balance.proposing import contradictions, effect, propose, reasons, replacements
from registrations.balance.rows import EPSILON, rows_of
from registrations.balance.simulating import STRATEGIES, Supposed, simulate
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


@given(st.lists(st.tuples(chances, st.integers(0, 3), st.sampled_from([1.0, 0.5])), max_size=6), st.integers(0, 12))
def test_convolution_equals_trying_all_outcomes(triples, room):
    cities = [
        Candidate(str(key), "", chance, seats, (), size=seats * share)
        for key, (chance, seats, share) in enumerate(triples)
    ]
    above = 0.0
    for outcome in itertools.product(*(city.outcomes for city in cities)):
        probability, seats = 1.0, 0
        for taken, chance in outcome:
            probability *= chance
            seats += taken
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
    populations = {one.key: 100 - number for number, one in enumerate(cities)}

    outcomes = {way: simulate(choice, way, Supposed(), populations=populations) for way in STRATEGIES}

    assert outcomes["proposed"].uncovered < outcomes["biggest"].uncovered
    assert outcomes["proposed"].imbalance < outcomes["biggest"].imbalance
    assert simulate(choice, "proposed", Supposed()).imbalance == outcomes["proposed"].imbalance
    assert imbalance(choice.dimensions, ()) == 12.0


def test_simulated_runs_agree_with_what_can_be_computed():
    cities = tuple(city(f"c{number}", "DE", 0.5) for number in range(6))
    held = (city("held", "MT", 0.5), city("sure", "SI", 1.0))
    choice = Choice(by_state(DE=4, MT=1, SI=2), cities, 6.0, room=9, held=held, seed=5)

    outcome = simulate(choice, "first", Supposed(waves=1, overbooking=5.0, runs=4_000))

    assert outcome.seats.mean() == pytest.approx(2 + 1 + 6, abs=0.15)
    assert outcome.overflow == pytest.approx(overflow([*held, *cities], 9), abs=0.03)
    assert outcome.missing.mean() == pytest.approx(0.5 + 0.5**6, abs=0.03)


@pytest.mark.parametrize("way", STRATEGIES)
def test_the_reserve_list_fills_the_house_and_never_more_than_that(way):
    uneven = [
        replace(one, size=1.5) for one in (city(f"c{number:02}", STATES[number % 3], 0.4) for number in range(60))
    ]
    choice = Choice(by_state(DE=4, MT=4, SI=4), tuple(uneven), 12.0, room=12, seed=3)

    without, with_reserve = (simulate(choice, way, Supposed(reserve=times)) for times in (0, 6))

    assert with_reserve.full > without.full
    assert with_reserve.overflow == without.overflow
    assert (with_reserve.seats >= without.seats).all()


def test_a_delegation_of_uncertain_size_takes_one_of_the_numbers_around_it():
    some = replace(city("gent", "BE", 0.5, 2), size=1.5)

    assert some.outcomes == ((0, 0.5), (1, 0.25), (2, 0.25))
    assert some.expected == pytest.approx(0.75)
    assert seat_distribution([some]).tolist() == pytest.approx([0.5, 0.25, 0.25])
    assert fullness(0, 0) == 1.0
    assert fullness(10, 20) == pytest.approx(20 / 30)


def test_without_scipy_the_swaps_stand(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy", None)
    monkeypatch.setitem(sys.modules, "scipy.optimize", None)
    cities = tuple(city(f"c{number}", STATES[number % 3], 0.5) for number in range(9))

    proposal = propose(Choice(by_state(DE=1, MT=1, SI=1), cities, 3.0), seconds=3)

    assert (proposal.solver, proposal.gap, proposal.effect.imbalance) == ("swaps", None, 0.0)


def test_a_programme_that_finds_nothing_in_its_time_leaves_the_swaps(monkeypatch):
    monkeypatch.setattr(solving, "_solve", lambda *_args, **_how: (None, None, False))
    cities = tuple(city(f"c{number}", STATES[number % 3], 0.4) for number in range(30))
    rows = rows_of(Choice(by_state(DE=2, MT=1, SI=1), cities, 4.0))
    start = swaps(rows)

    found = programme(rows, start=start, seconds=0.3)

    assert found.price <= start.price
    assert (found.bound, found.gap, found.proven) == (None, None, False)


def test_all_chances_zero_or_one_and_nobody_at_all():
    never_come = tuple(city(f"c{number}", "DE", 0.0) for number in range(5))
    always_come = tuple(city(f"d{number}", "MT", 1.0) for number in range(5))
    choice = Choice(by_state(DE=2, MT=4), (*never_come, *always_come), 4.0, room=4)

    proposal = propose(choice, seconds=0.5)

    assert sorted(one.key for one in proposal.chosen) == ["d0", "d1"]
    assert proposal.effect.overflow == 0.0
    assert propose(Choice(by_state(DE=1), (), 1.0), seconds=0.5).chosen == ()


def test_a_group_that_nobody_can_fill_does_not_disturb_the_others():
    cities = tuple(city(f"c{number}", "DE", 0.5) for number in range(5))

    proposal = propose(Choice(by_state(DE=3, MT=3), cities, 3.0), seconds=0.5)

    assert len(proposal.chosen) == 3
    assert proposal.effect.imbalance == pytest.approx(3.0)


def test_fifteen_hundred_candidates_are_no_obstacle():
    cities = tuple(city(f"c{number:04}", STATES[number % 3], 0.3 + number % 7 / 20) for number in range(1_500))

    proposal = propose(Choice(by_state(DE=40, MT=20, SI=30), cities, 90.0, room=100), seconds=0.5)

    assert proposal.effect.imbalance < 10
    assert proposal.effect.overflow <= 0.05
