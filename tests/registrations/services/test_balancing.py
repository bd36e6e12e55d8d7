"""Proposals: made from the database, edited, turned into a wave."""

import datetime
from dataclasses import replace

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from conference import history
from conference.models import Conference, MemberState
from registrations.models import BalanceDimension, BalanceGroup, BalanceSettings, Category, Proposal, Wave
from registrations.services import arrivals, balance_targets, balancing
from registrations.services.balance_facts import facts_of
from registrations.services.balance_targets import Limits
from registrations.services.replies import accept
from registrations.states import InvitationStatus
from tests.factories import (
    CityFactory,
    ConferenceFactory,
    DelegationFactory,
    InvitationFactory,
    MemberStateDelegationFactory,
    person,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def conference() -> Conference:
    return ConferenceFactory(target=20, hard_limit=20)


def city(conference: Conference, name: str, state: str = "DE", population: int | None = 80_000, **more: object):
    place = CityFactory(name=name, member_state=MemberState.objects.get(code=state), population=population)
    return DelegationFactory(conference=conference, city=place, **more)


def test_the_choice_is_read_from_guests_and_replies(conference) -> None:
    MemberStateDelegationFactory(conference=conference, code="DE")
    free = city(conference, "Łódź", "PL", None, has_strategy=True, has_evaluation=True, language="pl")
    asked = InvitationFactory(delegation=city(conference, "Gent", "BE")).delegation
    InvitationFactory(delegation=city(conference, "Brno", "CZ"), status=InvitationStatus.DECLINED, holds_seats=False)
    city(conference, "Silent", email="")

    choice = balancing.choice_of(conference)

    assert [one.key for one in choice.candidates] == [str(free.pk)]
    places = dict(choice.candidates[0].places)
    assert (places["state"], places["experience"], places["visits"]) == ("PL", "developing", "first")
    assert "size" not in places
    assert [(one.key, round(one.chance, 3)) for one in choice.held] == [(str(asked.pk), round(4 / 11, 3))]
    assert (choice.room, choice.seats) == (19, 18)
    assert sum(group.target for group in choice.dimensions[0].groups) == pytest.approx(19)
    assert set(choice.coverage.values()) == {0.7}


def test_reading_costs_the_same_for_many_cities(conference) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            balancing.choice_of(conference)
        return len(captured)

    InvitationFactory(delegation=city(conference, "Gent", "BE"))
    with_one = queries()
    for number in range(3):
        InvitationFactory(delegation=city(conference, f"City {number}", "FR"))

    assert queries() == with_one


def test_a_city_that_comes_with_one_and_may_come_with_two_counts_as_both(conference) -> None:
    gent = city(conference, "Gent", "BE")
    invitation = InvitationFactory(delegation=gent)
    accept(invitation, [person()], by=None)
    InvitationFactory(delegation=gent, email="second@city.example", seats=1)

    held = facts_of(conference).seen("expected")

    assert [(one.seats, one.chance == 1.0) for one in held] == [(1, True), (1, False)]


def test_who_is_seen_depends_on_the_view(conference) -> None:
    gent, brno = city(conference, "Gent", "BE"), city(conference, "Brno", "CZ")
    invitation = InvitationFactory(delegation=gent)
    InvitationFactory(delegation=brno)
    accept(invitation, [person()], by=None)

    facts = facts_of(conference)

    seats = {view: {one.name: one.seats for one in facts.seen(view)} for view in ("invited", "accepted", "confirmed")}
    assert seats == {"invited": {"Gent": 2, "Brno": 2}, "accepted": {"Gent": 1}, "confirmed": {"Gent": 1}}
    assert not facts.attendance_is_known


def test_who_attended_is_known_once_somebody_is_checked_in(conference) -> None:
    gent = accept(InvitationFactory(delegation=city(conference, "Gent", "BE")), [person(1), person(2)], by=None)
    accept(InvitationFactory(delegation=city(conference, "Brno", "CZ")), [person(3)], by=None)
    conference.held_on = conference.today
    conference.save()
    assert not facts_of(conference).attendance_is_known

    arrivals.check_in(gent[0], by=None)

    facts = facts_of(conference)
    assert facts.attendance_is_known
    assert [(one.name, one.seats) for one in facts.seen("attended")] == [("Gent", 1)]


def test_chances_are_estimated_for_each_category_unless_they_are_set(conference) -> None:
    InvitationFactory(delegation=city(conference, "Brno", "CZ"), status=InvitationStatus.DECLINED, holds_seats=False)
    settings = BalanceSettings(conference=conference, acceptance_member_state=0.9)
    balance_targets.save_settings(settings, changed=["acceptance_member_state"], by=None)

    estimates = facts_of(conference).estimates

    assert estimates[Category.CITY].chance == pytest.approx(4 / 11)
    assert estimates[Category.ORGANISATION].chance == pytest.approx(0.4)
    assert (estimates[Category.MEMBER_STATE].chance, estimates[Category.MEMBER_STATE].is_set) == (0.9, True)


def test_the_organiser_s_word_goes_before_what_is_known(conference) -> None:
    free = city(conference, "Gent", "BE", experience="advanced", took_part_before=True, tags=["port", "border region"])

    places = balancing.choice_of(conference).candidates[0].places

    assert free.pk
    assert {("experience", "advanced"), ("visits", "returning"), ("tags", "port")} <= set(places)


def test_a_city_confirmed_at_an_earlier_conference_returns(conference) -> None:
    earlier = ConferenceFactory(held_on=conference.held_on - datetime.timedelta(days=20))
    place = CityFactory(name="Gent", member_state=MemberState.objects.get(code="BE"))
    accept(InvitationFactory(delegation=DelegationFactory(conference=earlier, city=place)), [person()], by=None)
    DelegationFactory(conference=conference, city=place)

    assert ("visits", "returning") in balancing.choice_of(conference).candidates[0].places


def test_the_organiser_s_targets_count(conference) -> None:
    city(conference, "Gent", "BE", tags=["port"])
    city(conference, "Łódź", "PL", tags=["border region", "port"])
    settings = BalanceSettings(conference=conference, acceptance_city=0.8, host_state_id="BE", size_bounds=[100_000])
    typed = {one.key: one for one in balance_targets.settings_in_use(conference, settings)}
    limits = {"port": Limits(share=3.0, floor=1.0), "border region": Limits(share=1.0, ceiling=4.0)}
    tags = replace(typed["tags"], weight=2.0, rule="typed", limits=limits)
    states = replace(typed["state"], rule="equal")

    balance_targets.save_targets(settings, [tags, states], changed=["acceptance_city"], by=None)

    choice = balancing.choice_of(conference)
    by_key = {one.key: one for one in choice.dimensions}
    assert [one.chance for one in choice.candidates] == [0.8, 0.8]
    assert [(one.key, one.target, one.floor, one.ceiling) for one in by_key["tags"].groups] == [
        ("border region", 5.0, 0.0, 4.0),
        ("port", 15.0, 1.0, float("inf")),
    ]
    assert by_key["tags"].weight == 2.0
    assert len({group.target for group in by_key["state"].groups}) == 1
    assert [group.label for group in by_key["size"].groups] == ["below 100,000", "100,000 and more"]
    assert [round(group.target, 6) for group in by_key["host"].groups] == [2.0, 18.0]
    detail = history.of(conference).get().detail
    assert "Own groups" in detail
    assert "Member State" in detail


def test_targets_whose_floor_is_above_their_ceiling_are_refused(conference) -> None:
    setting = balance_targets.settings_in_use(conference)[0]
    typed = replace(setting, limits={"MT": Limits(floor=3.0, ceiling=2.0)})

    with pytest.raises(balance_targets.TargetsRefused, match="Malta: the floor"):
        balance_targets.save_targets(BalanceSettings(conference=conference), [typed], changed=[], by=None)


def test_a_proposal_keeps_its_locks_and_says_how_it_was_made(conference) -> None:
    cities = [city(conference, f"City {number}", code) for number, code in enumerate(["DE", "FR", "MT", "PL"] * 3)]

    proposal = balancing.make_proposal(
        conference, seats=4, by=None, must=[cities[5].pk], never=[cities[0].pk], seconds=0
    )

    assert cities[5].pk in proposal.chosen
    assert cities[0].pk not in proposal.chosen
    assert proposal.log["candidates"] == 12
    assert history.of(proposal).get().action == "proposed"


def test_without_candidates_or_seats_there_is_no_proposal(conference) -> None:
    with pytest.raises(balancing.ProposalRefused, match="no city"):
        balancing.make_proposal(conference, seats=4, by=None)
    with pytest.raises(balancing.ProposalRefused, match="one seat"):
        balancing.make_proposal(conference, seats=0, by=None)


def test_a_city_goes_out_and_comes_in(conference) -> None:
    first, second = city(conference, "Gent", "BE"), city(conference, "Brno", "CZ")
    proposal = Proposal.objects.create(conference=conference, seats=4, seed=1, chosen=[first.pk])

    balancing.toggle(proposal, first.pk, by=None)
    changed = balancing.toggle(proposal, second.pk, by=None)

    assert changed.chosen == [second.pk]
    assert [entry.detail for entry in history.of(proposal)] == ["Brno", "Gent"]
    with pytest.raises(balancing.ProposalRefused, match="cannot be invited"):
        balancing.toggle(proposal, 0, by=None)


def test_a_proposal_becomes_a_wave_once(conference) -> None:
    chosen = city(conference, "Gent", "BE")
    proposal = Proposal.objects.create(conference=conference, seats=4, seed=1, chosen=[chosen.pk])
    reply_by = conference.today + datetime.timedelta(days=14)

    wave = balancing.turn_into_wave(proposal, name="Wave 1", reply_by=reply_by, by=None)

    assert [invitation.delegation for invitation in wave.invitations.all()] == [chosen]
    with pytest.raises(balancing.ProposalRefused, match="has become a wave"):
        balancing.turn_into_wave(proposal, name="Wave 2", reply_by=reply_by, by=None)
    with pytest.raises(balancing.ProposalRefused, match="has become a wave"):
        balancing.toggle(proposal, chosen.pk, by=None)


@pytest.mark.parametrize(
    ("name", "days", "chosen", "reason"),
    [
        ("Wave 1", 14, True, "of this name"),
        ("Wave 2", -1, True, "from today on"),
        ("Wave 2", 14, False, "one city at least"),
    ],
)
def test_what_is_no_wave_leaves_nothing_behind(conference, name, days, chosen, reason) -> None:
    Wave.objects.create(conference=conference, name="Wave 1", reply_by=conference.held_on)
    delegation = city(conference, "Gent", "BE")
    proposal = Proposal.objects.create(conference=conference, seats=4, seed=1, chosen=[delegation.pk] if chosen else [])
    reply_by = conference.today + datetime.timedelta(days=days)

    with pytest.raises(balancing.ProposalRefused, match=reason):
        balancing.turn_into_wave(proposal, name=name, reply_by=reply_by, by=None)

    assert Wave.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"acceptance_city": 1.5}, "balance_acceptance_city_is_a_probability"),
        ({"acceptance_organisation": -1}, "balance_acceptance_organisation_is_a_probability"),
        ({"acceptance_institution": 1.5}, "balance_acceptance_institution_is_a_probability"),
        ({"acceptance_member_state": 1.5}, "balance_acceptance_member_state_is_a_probability"),
        ({"overflow_risk": 2}, "balance_risk_is_a_probability"),
        ({"coverage": 1}, "balance_coverage_is_no_certainty"),
        ({"promotion_days": 0}, "balance_promotion_leaves_a_day"),
    ],
)
def test_settings_out_of_range_are_refused(conference, changes, name) -> None:
    with pytest.raises(IntegrityError, match=name):
        BalanceSettings.objects.create(conference=conference, **changes)


def test_a_dimension_stands_once_and_weighs_something(conference) -> None:
    BalanceDimension.objects.create(conference=conference, key="state")
    with pytest.raises(IntegrityError, match=r"balance_dimension_once|conference_id"), transaction.atomic():
        BalanceDimension.objects.create(conference=conference, key="state")
    with pytest.raises(IntegrityError, match="balance_weight_not_negative"), transaction.atomic():
        BalanceDimension.objects.create(conference=conference, key="size", weight=-1)


def test_a_group_stands_once_with_limits_in_order(conference) -> None:
    states = BalanceDimension.objects.create(conference=conference, key="state")
    BalanceGroup.objects.create(dimension=states, key="MT")
    with pytest.raises(IntegrityError, match=r"balance_group_once|dimension_id"), transaction.atomic():
        BalanceGroup.objects.create(dimension=states, key="MT")
    with pytest.raises(IntegrityError, match="balance_share_not_negative"), transaction.atomic():
        BalanceGroup.objects.create(dimension=states, key="DE", share=-1)
    with pytest.raises(IntegrityError, match="balance_floor_not_above_ceiling"), transaction.atomic():
        BalanceGroup.objects.create(dimension=states, key="FR", floor=2, ceiling=1)


def test_a_lock_takes_in_or_keeps_out(conference) -> None:
    first, second = city(conference, "Gent", "BE"), city(conference, "Brno", "CZ")
    proposal = Proposal.objects.create(conference=conference, seats=4, seed=1, chosen=[first.pk])

    balancing.set_lock(proposal, second.pk, "must", by=None)
    locked = balancing.set_lock(proposal, first.pk, "never", by=None)

    assert (locked.must, locked.never, locked.chosen) == ([second.pk], [first.pk], [second.pk])
    freed = balancing.set_lock(proposal, second.pk, "free", by=None)
    assert (freed.must, freed.chosen) == ([], [second.pk])
    with pytest.raises(balancing.ProposalRefused, match="cannot be invited"):
        balancing.set_lock(proposal, 0, "must", by=None)
    with pytest.raises(balancing.ProposalRefused, match="cannot be invited"):
        balancing.set_lock(proposal, first.pk, "perhaps", by=None)


def test_two_cities_change_places(conference) -> None:
    first, second = city(conference, "Gent", "BE"), city(conference, "Brno", "CZ")
    proposal = Proposal.objects.create(conference=conference, seats=4, seed=1, chosen=[first.pk], must=[first.pk])

    changed = balancing.toggle(proposal, second.pk, instead_of=first.pk, by=None)

    assert (changed.chosen, changed.must) == ([second.pk], [])


def test_a_choice_by_hand_is_weighed_like_any_other(conference) -> None:
    first, asked = city(conference, "Gent", "BE"), city(conference, "Brno", "CZ")
    InvitationFactory(delegation=asked)

    proposal = balancing.start_by_hand(conference, [first, asked], by=None)

    assert (proposal.chosen, proposal.log["solver"], proposal.seats) == ([first.pk], "by hand", 1)
    with pytest.raises(balancing.ProposalRefused, match="None of these"):
        balancing.start_by_hand(conference, [asked], by=None)


def test_a_proposal_asks_for_seats(conference) -> None:
    with pytest.raises(IntegrityError, match="proposal_asks_for_seats"):
        Proposal.objects.create(conference=conference, seats=0, seed=1)


def test_places_for_cities_are_what_the_others_leave(conference) -> None:
    MemberStateDelegationFactory(conference=conference, code="DE")

    assert balance_targets.places_for_cities(conference) == 19
    assert conference.delegations.get().category == Category.MEMBER_STATE
