"""Organisers' pages of balance."""

import datetime

import pytest
from django.urls import reverse

from conference.models import MemberState
from registrations.models import Proposal, Wave
from registrations.states import InvitationStatus
from tests.factories import CityFactory, DelegationFactory, InvitationFactory

pytestmark = pytest.mark.django_db


def url(name, pk):
    return reverse(f"admin:registrations_balancesettings_{name}", args=[pk])


@pytest.fixture
def cities(conference):
    return [
        DelegationFactory(
            conference=conference,
            city=CityFactory(name=f"Ville {code}", member_state=MemberState.objects.get(code=code), population=70_000),
        )
        for code in ("BE", "DE", "FR", "MT")
    ]


def test_the_standing_says_what_is_missing(organiser_client, conference, cities) -> None:
    page = organiser_client.get(url("standing", conference.pk))

    assert page.status_code == 200
    assert "none: Belgium, Bulgaria" in page.content.decode()
    assert "No city can be invited from: Bulgaria" in page.content.decode()


def test_from_the_gaps_to_a_wave(organiser_client, conference, cities) -> None:
    made = organiser_client.post(url("propose", conference.pk), {"seats": "3"})
    proposal = Proposal.objects.get()
    assert made.url == url("proposal", proposal.pk)
    assert organiser_client.get(made.url).status_code == 200
    first = proposal.chosen[0]

    part = organiser_client.post(url("toggle", proposal.pk), {"city": first}, headers={"HX-Request": "true"})
    plain = organiser_client.post(url("toggle", proposal.pk), {"city": first})
    reply_by = conference.today + datetime.timedelta(days=14)
    organiser_client.post(url("to_wave", proposal.pk), {"name": "First", "reply_by": reply_by})

    assert part.content.decode().lstrip().startswith('<div id="proposal">')
    assert plain.url == url("proposal", proposal.pk)
    wave = Wave.objects.get()
    assert sorted(wave.invitations.values_list("delegation", flat=True)) == sorted(proposal.chosen)
    page = organiser_client.get(url("proposal", proposal.pk))
    assert "To the wave made of it" in page.content.decode()


@pytest.mark.parametrize("seats", ["", "0", "many"])
def test_seats_are_a_whole_number(organiser_client, conference, seats) -> None:
    organiser_client.post(url("propose", conference.pk), {"seats": seats})

    assert not Proposal.objects.exists()


def test_a_look_changes_nothing_and_the_pages_need_permission(client, organiser_client, conference) -> None:
    assert organiser_client.get(url("propose", conference.pk)).status_code == 405
    assert client.get(url("standing", conference.pk)).status_code == 302


def test_the_settings_are_kept(organiser_client, conference) -> None:
    organiser_client.post(
        reverse("admin:registrations_balancesettings_add"),
        {
            "conference": conference.pk,
            "state_shares": "root",
            "state_weight": "2",
            "size_weight": "1",
            "experience_weight": "1",
            "host_share": "0.1",
            "overflow_risk": "0.05",
        },
    )

    conference.refresh_from_db()
    assert conference.balance_settings.state_shares == "root"


def test_who_declined_is_replaced_by_who_is_like_it(organiser_client, conference, cities) -> None:
    twin = DelegationFactory(
        conference=conference,
        city=CityFactory(name="Mdina", member_state=MemberState.objects.get(code="MT"), population=70_000),
    )
    InvitationFactory(delegation=cities[3], status=InvitationStatus.DECLINED, holds_seats=False)
    lapsed_but_asked_again = InvitationFactory(
        delegation=cities[0], status=InvitationStatus.DECLINED, holds_seats=False
    )
    InvitationFactory(delegation=lapsed_but_asked_again.delegation, email="other@city.example")

    standing = organiser_client.get(url("standing", conference.pk))
    page = organiser_client.get(url("stand_ins", cities[3].pk))
    organiser_client.post(url("propose", conference.pk), {"seats": "1", "must": twin.pk})

    assert [delegation for delegation, _url in standing.context["gone"]] == [cities[3]]
    assert {city.name for city, *_rest in page.context["lines"]} == {"Ville DE", "Ville FR", "Mdina"}
    assert twin.pk in Proposal.objects.get().chosen
