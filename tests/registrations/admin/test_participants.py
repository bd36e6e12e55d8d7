"""Organisers' pages of the participants."""

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from conference import history
from conference.models import Conference
from registrations.models import Invitation, Participant
from registrations.services import replies
from tests.factories import InvitationFactory, MemberStateDelegationFactory, person

pytestmark = pytest.mark.django_db

LIST = "/admin/registrations/participant/"


def url(name: str, participant: Participant) -> str:
    return reverse(f"admin:registrations_participant_{name}", args=[participant.pk])


def said(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


@pytest.fixture
def invitation(conference: Conference) -> Invitation:
    return InvitationFactory(delegation__conference=conference, delegation__name="Brno")


@pytest.fixture
def participant(invitation: Invitation) -> Participant:
    """Confirmed, with needs and consents."""
    return replies.accept(invitation, [person(1, dietary_needs="vegan", access_needs="wheelchair")], by=None)[0]


def typed(**changes: str) -> dict[str, str]:
    return {
        "role": "principal",
        "given_name": "Jana",
        "family_name": "Štěpánková",
        "function": "Mayor",
        "email": "jana@city.example",
        "language": "en",
        **changes,
    }


def test_no_link_leads_an_organiser_to_the_participants_own_page(
    organiser_client: Client, participant: Participant
) -> None:
    page = organiser_client.get(reverse("admin:registrations_participant_change", args=[participant.pk]))

    assert b"viewsitelink" not in page.content


def test_the_list_says_who_waits_for_what(organiser_client: Client, participant: Participant) -> None:
    replies.add_person(participant.invitation, person(2), by=None)
    replies.add_person(participant.invitation, person(3), by=None)

    page = organiser_client.get(LIST).content.decode()

    for words in ["Family1, Given1", "confirmed", "on the waiting list", "a seat of the delegation, 1."]:
        assert words in page


def test_the_list_takes_as_many_queries_for_few_rows_as_for_many(
    organiser_client: Client, conference: Conference
) -> None:
    counts = []
    for number in (1, 2):
        for _number in range(number):
            invitation = InvitationFactory(delegation__conference=conference)
            replies.accept(invitation, [person(1), person(2)], by=None)
            replies.add_person(invitation, person(3), by=None)
        with CaptureQueriesContext(connection) as queries:
            organiser_client.get(LIST)
        counts.append(len(queries))

    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"status__exact": "waiting"}, {"Given3"}),
        ({"category__exact": "member_state"}, {"Given4"}),
        ({"member_state": "FR"}, {"Given4"}),
        ({"member_state": "BE", "status__exact": "confirmed"}, {"Given1", "Given2"}),
        ({"waiting_for__exact": "delegation"}, {"Given3"}),
        ({"q": "brno"}, {"Given1", "Given2", "Given3"}),
        ({"q": "given4"}, {"Given4"}),
    ],
)
def test_filters_and_search(
    organiser_client: Client, conference: Conference, filters: dict[str, str], names: set[str]
) -> None:
    city = InvitationFactory(delegation__conference=conference, delegation__name="Brno")
    replies.accept(city, [person(1), person(2)], by=None)
    replies.add_person(city, person(3), by=None)
    state = InvitationFactory(delegation=MemberStateDelegationFactory(conference=conference, code="FR"))
    replies.accept(state, [person(4)], by=None)

    found = organiser_client.get(LIST, filters).context["cl"].result_list

    assert {participant.given_name for participant in found} == names


def test_the_page_shows_consents_with_the_version_of_the_notice(
    organiser_client: Client, participant: Participant
) -> None:
    replies.decide_consents(participant, person().consents, by=participant.user)

    page = organiser_client.get(url("change", participant))

    assert {consent.purpose: consent.given for consent in page.context["consents"]} == {
        "list": True,
        "contact": False,
        "photos": False,
        "future": False,
    }
    assert "version 1" in page.content.decode()


def test_needs_are_for_those_who_may_see_them(
    organiser_client: Client, client: Client, participant: Participant, limited_organiser: User
) -> None:
    client.force_login(limited_organiser)

    assert "vegan" in organiser_client.get(url("change", participant)).content.decode()
    for name in ("change", "edit"):
        page = client.get(url(name, participant))
        assert page.status_code == 200
        assert "vegan" not in page.content.decode()


def test_correcting_keeps_needs_that_the_organiser_does_not_see(
    client: Client, participant: Participant, limited_organiser: User
) -> None:
    client.force_login(limited_organiser)

    client.post(url("edit", participant), typed(dietary_needs="typed all the same"))

    participant.refresh_from_db()
    assert (participant.given_name, participant.dietary_needs) == ("Jana", "vegan")


def test_correcting(organiser_client: Client, participant: Participant, organiser: User) -> None:
    response = organiser_client.post(url("edit", participant), typed(dietary_needs="halal", needs_agreed="on"))

    assert said(response) == [
        "Saved. The new address counts once it is confirmed: jana@city.example has a mail with a link."
    ]
    participant.refresh_from_db()
    assert (participant.family_name, participant.dietary_needs) == ("Štěpánková", "halal")
    assert history.of(participant).first().by == organiser
    given = participant.consents.filter(given=True).order_by("pk")
    assert list(given.values_list("purpose", flat=True)) == ["needs"]
    assert participant.email != "jana@city.example"


def test_errors_of_a_correction_stand_at_the_field(organiser_client: Client, participant: Participant) -> None:
    response = organiser_client.post(url("edit", participant), typed(email="nonsense"))

    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["email"]


def test_replacing_keeps_the_seat(organiser_client: Client, participant: Participant) -> None:
    response = organiser_client.post(url("replace", participant), typed())

    successor = Participant.objects.get(given_name="Jana")
    assert response.url == url("change", successor)
    assert (successor.seat_no, successor.status, successor.replaces) == (1, "confirmed", participant)


def test_replacing_does_not_hand_on_needs(client: Client, participant: Participant, limited_organiser: User) -> None:
    client.force_login(limited_organiser)

    client.post(url("replace", participant), typed())

    assert Participant.objects.get(given_name="Jana").dietary_needs == ""


def test_withdrawing_asks_first(organiser_client: Client, participant: Participant) -> None:
    organiser_client.get(url("withdraw", participant))
    participant.refresh_from_db()
    assert participant.status == "confirmed"

    organiser_client.post(url("withdraw", participant))

    participant.refresh_from_db()
    assert participant.status == "withdrawn"


@pytest.mark.parametrize("name", ["edit", "replace", "withdraw"])
def test_who_has_left_is_left_alone(organiser_client: Client, participant: Participant, name: str) -> None:
    replies.withdraw(participant, by=None)

    response = organiser_client.post(url(name, participant), typed())

    refusal = "Given1 Family1 is no longer registered."
    found = said(response) if response.status_code == 302 else list(response.context["form"].non_field_errors())
    assert found == [refusal]
    assert organiser_client.get(url("change", participant)).context["buttons"] == []


def test_the_page_itself_cannot_be_posted(organiser_client: Client, participant: Participant) -> None:
    response = organiser_client.post(url("change", participant), {"status": "withdrawn"})

    assert response.status_code == 403


def test_participants_are_neither_added_nor_deleted_by_hand(organiser_client: Client, participant: Participant) -> None:
    assert organiser_client.get(f"{LIST}add/").status_code == 403
    assert organiser_client.post(url("delete", participant), {"post": "yes"}).status_code == 403
