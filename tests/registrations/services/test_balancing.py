"""Proposals: made from the database, edited, turned into a wave."""

import datetime

import pytest
from django.db import IntegrityError

from conference import history
from conference.models import Conference, MemberState
from registrations.models import BalanceSettings, Category, Proposal, Wave
from registrations.services import balancing
from registrations.states import InvitationStatus
from tests.factories import (
    CityFactory,
    ConferenceFactory,
    DelegationFactory,
    InvitationFactory,
    MemberStateDelegationFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def conference() -> Conference:
    return ConferenceFactory(target=20, hard_limit=20)


def city(conference: Conference, name: str, state: str = "DE", population: int | None = 80_000, **more: object):
    place = CityFactory(name=name, member_state=MemberState.objects.get(code=state), population=population)
    return DelegationFactory(conference=conference, city=place, **more)


def test_the_choice_is_read_from_guests_and_replies(conference, django_assert_num_queries) -> None:
    MemberStateDelegationFactory(conference=conference, code="DE")
    free = city(conference, "Łódź", "PL", None, has_strategy=True, has_evaluation=True)
    asked = InvitationFactory(delegation=city(conference, "Gent", "BE")).delegation
    InvitationFactory(delegation=city(conference, "Brno", "CZ"), status=InvitationStatus.DECLINED, holds_seats=False)
    city(conference, "Silent", email="")

    with django_assert_num_queries(5):
        choice = balancing.choice_of(conference)

    assert [one.key for one in choice.candidates] == [str(free.pk)]
    assert choice.candidates[0].places == (("state", "PL"), ("experience", "developing"))
    assert [(one.key, round(one.chance, 3)) for one in choice.held] == [(str(asked.pk), round(4 / 11, 3))]
    assert (choice.room, choice.seats) == (19, 18)
    assert sum(group.target for group in choice.dimensions[0].groups) == pytest.approx(19)


def test_the_organiser_s_settings_count(conference) -> None:
    free = city(conference, "Gent", "BE")
    settings = BalanceSettings(conference=conference, acceptance=0.8, host_state_id="BE", state_shares="equal")
    balancing.save_settings(settings, changed=["acceptance"], by=None)

    choice = balancing.choice_of(conference)

    assert choice.candidates[0].chance == 0.8
    assert ("host", "host") in choice.candidates[0].places
    assert len({group.target for group in choice.dimensions[0].groups}) == 1
    assert choice.candidates[0].key == str(free.pk)
    assert history.of(conference).get().action == "balance settings changed"


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
        ({"state_weight": -1}, "balance_weights_not_negative"),
        ({"acceptance": 1.5}, "balance_acceptance_is_a_probability"),
        ({"overflow_risk": 2}, "balance_risk_is_a_probability"),
        ({"host_share": 2}, "balance_host_share_is_a_share"),
    ],
)
def test_settings_out_of_range_are_refused(conference, changes, name) -> None:
    with pytest.raises(IntegrityError, match=name):
        BalanceSettings.objects.create(conference=conference, **changes)


def test_a_proposal_asks_for_seats(conference) -> None:
    with pytest.raises(IntegrityError, match="proposal_asks_for_seats"):
        Proposal.objects.create(conference=conference, seats=0, seed=1)


def test_places_for_cities_are_what_the_others_leave(conference) -> None:
    MemberStateDelegationFactory(conference=conference, code="DE")

    assert balancing.places_for_cities(conference) == 19
    assert conference.delegations.get().category == Category.MEMBER_STATE
