"""Organisers' pages of the delegations."""

import datetime
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
from registrations.models import Category, Delegation, Invitation, Wave
from registrations.services import invitations, replies
from registrations.states import InvitationStatus
from tests.factories import ConferenceFactory, DelegationFactory, InvitationFactory, WaveFactory, person

pytestmark = pytest.mark.django_db

LIST = "/admin/registrations/delegation/"
ADD_TO_WAVE = "admin:registrations_delegation_add_to_wave"


def change_url(delegation: Delegation) -> str:
    return reverse("admin:registrations_delegation_change", args=[delegation.pk])


def said(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def typed(delegation: Delegation, **changes: object) -> dict[str, object]:
    """The change form as the browser sends it."""
    return {
        "name": delegation.name,
        "seats": delegation.seats,
        "salutation": delegation.salutation,
        "contact_function": delegation.contact_function,
        "email": delegation.email,
        "copy_to": ", ".join(delegation.copy_to),
        "language": delegation.language,
        "remarks": delegation.remarks,
        **changes,
    }


def test_the_list_says_how_each_stands(organiser_client: Client, conference: Conference) -> None:
    invitation = InvitationFactory(delegation__conference=conference, delegation__name="Gent")
    replies.accept(invitation, [person(1), person(2)], by=None)
    replies.add_person(invitation, person(3), by=None)
    invitations.mark_bounced(InvitationFactory(delegation__conference=conference, delegation__name="Brno"), by=None)
    DelegationFactory(conference=conference, name="Nice")

    page = organiser_client.get(LIST).content.decode()

    for words in ["2, 1 waiting", "accepted", "mail came back", "never invited"]:
        assert words in page


def test_the_list_takes_as_many_queries_for_one_row_as_for_three(
    organiser_client: Client, conference: Conference
) -> None:
    counts = []
    for number in (1, 2):
        for _number in range(number):
            invitation = InvitationFactory(delegation__conference=conference)
            replies.accept(invitation, [person(1)], by=None)
        with CaptureQueriesContext(connection) as queries:
            assert organiser_client.get(LIST).status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_rows_keep_the_filters_in_their_address(organiser_client: Client, conference: Conference) -> None:
    delegation = DelegationFactory(conference=conference)

    page = organiser_client.get(LIST, {"state": "never"}).content.decode()

    assert f'href="{change_url(delegation)}?_changelist_filters=state%3Dnever"' in page


@pytest.mark.parametrize(
    ("address", "names"),
    [
        ("?state=never", {"Gent"}),
        ("?state=open", {"Brno"}),
        ("?category__exact=city", {"Gent", "Brno"}),
        ("?category__exact=organisation", set()),
        ("?q=gent", {"Gent"}),
        ("?q=brno@city.example", {"Brno"}),
        ("?member_state__code__exact=BE", {"Gent", "Brno"}),
        ("?member_state__code__exact=FR", set()),
    ],
)
def test_filters_and_search(organiser_client: Client, conference: Conference, address: str, names: set[str]) -> None:
    DelegationFactory(conference=conference, name="Gent")
    InvitationFactory(
        delegation=DelegationFactory(conference=conference, name="Brno", email="brno@city.example"),
    )

    listed = organiser_client.get(LIST + address).context["cl"].result_list

    assert {delegation.name for delegation in listed} == names


def test_a_name_with_markup_is_text(organiser_client: Client, conference: Conference) -> None:
    delegation = DelegationFactory(conference=conference, name="<script>alert(1)</script>")
    InvitationFactory(delegation=delegation)

    for url in [LIST, change_url(delegation), f"{reverse(ADD_TO_WAVE)}?ids={delegation.pk}", "/admin/"]:
        page = organiser_client.get(url).content.decode()
        assert "<script>alert" not in page


def test_a_city_is_added_by_its_name(organiser_client: Client, conference: Conference, organiser: User) -> None:
    response = organiser_client.post(
        f"{LIST}add/",
        {
            "conference": conference.pk,
            "category": Category.CITY,
            "name": "Gent",
            "member_state": "BE",
            "kind": "network",
            "seats": "",
            "language": "en",
            "copy_to": "a@gent.example, b@gent.example",
        },
    )

    assert response.status_code == 302
    delegation = Delegation.objects.get()
    assert (delegation.name, delegation.seats, delegation.copy_to) == ("Gent", 2, ["a@gent.example", "b@gent.example"])
    assert history.of(delegation).get().by == organiser


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"member_state": ""}, "member_state"),
        ({"copy_to": "nonsense"}, "copy_to"),
        ({"category": "member_state", "seats": "2"}, "seats"),
        ({"name": "Taken"}, "name"),
    ],
)
def test_errors_of_a_new_delegation_stand_at_the_field(
    organiser_client: Client, conference: Conference, changes: dict[str, str], field: str
) -> None:
    DelegationFactory(conference=conference, city__name="Taken")
    data = {
        "conference": conference.pk,
        "category": Category.CITY,
        "name": "Gent",
        "member_state": "BE",
        "kind": "network",
        "language": "en",
        **changes,
    }

    response = organiser_client.post(f"{LIST}add/", data)

    assert list(response.context["adminform"].form.errors) == [field]
    assert Delegation.objects.count() == 1


def test_changes_are_saved_and_named_in_the_history(organiser_client: Client, conference: Conference) -> None:
    delegation = DelegationFactory(conference=conference)

    organiser_client.post(change_url(delegation), typed(delegation, salutation="Dear Mayor,", language="fr"))

    delegation.refresh_from_db()
    assert (delegation.salutation, delegation.language) == ("Dear Mayor,", "fr")
    assert history.of(delegation).get().detail == "salutation, language of mails"


def test_more_seats_move_the_waiting_list_up(organiser_client: Client, conference: Conference) -> None:
    invitation = InvitationFactory(delegation__conference=conference)
    replies.accept(invitation, [person(1), person(2)], by=None)
    waiting = replies.add_person(invitation, person(3), by=None)

    organiser_client.post(change_url(invitation.delegation), typed(invitation.delegation, seats=3))

    waiting.refresh_from_db()
    assert waiting.status == "confirmed"


def test_fewer_seats_than_are_taken_are_refused_at_the_field(organiser_client: Client, conference: Conference) -> None:
    invitation = InvitationFactory(delegation__conference=conference)

    response = organiser_client.post(
        change_url(invitation.delegation), typed(invitation.delegation, seats=1, remarks="typed")
    )

    assert response.context["adminform"].form.errors["seats"] == [
        "2 seats are occupied or held by open invitations; there cannot be fewer."
    ]


def test_a_refusal_of_the_service_is_a_message(
    organiser_client: Client, conference: Conference, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another organiser was faster between the check of the form and the service."""
    delegation = DelegationFactory(conference=conference)
    InvitationFactory(delegation=delegation)
    monkeypatch.setattr("registrations.admin.delegations.DelegationForm.clean_seats", lambda self: 1)

    response = organiser_client.post(change_url(delegation), typed(delegation, seats=1))

    assert response.status_code == 302
    assert "there cannot be fewer" in said(response)[0]


def test_the_page_shows_invitations_people_and_history(organiser_client: Client, conference: Conference) -> None:
    invitation = InvitationFactory(delegation__conference=conference)
    replies.accept(invitation, [person(1)], by=None)
    history.record(invitation.delegation, "changed", by=None, detail="salutation")

    page = organiser_client.get(change_url(invitation.delegation)).content.decode()

    for words in [invitation.email, "Given1 Family1", "salutation"]:
        assert words in page


def test_what_was_invited_cannot_be_deleted(organiser_client: Client, conference: Conference) -> None:
    invited = InvitationFactory(delegation__conference=conference).delegation
    fresh = DelegationFactory(conference=conference)

    refused = organiser_client.post(
        reverse("admin:registrations_delegation_delete", args=[invited.pk]), {"post": "yes"}
    )
    organiser_client.post(reverse("admin:registrations_delegation_delete", args=[fresh.pk]), {"post": "yes"})

    assert refused.status_code == 403
    assert list(Delegation.objects.all()) == [invited]


def test_many_are_not_deleted_at_once(organiser_client: Client, conference: Conference) -> None:
    DelegationFactory(conference=conference)

    assert "delete_selected" not in organiser_client.get(LIST).content.decode()


def test_ticked_delegations_travel_to_the_question(organiser_client: Client, conference: Conference) -> None:
    chosen = [DelegationFactory(conference=conference) for _number in range(2)]
    DelegationFactory(conference=conference)

    response = organiser_client.post(
        LIST, {"action": "choose_for_wave", "_selected_action": [delegation.pk for delegation in chosen]}
    )

    question = organiser_client.get(response.url)
    assert question.context["number"] == 2


def test_all_that_match_travel_by_their_filter(organiser_client: Client, conference: Conference) -> None:
    for _number in range(3):
        DelegationFactory(conference=conference)
    InvitationFactory(delegation__conference=conference)
    first = Delegation.objects.order_by("pk").first()

    response = organiser_client.post(
        f"{LIST}?state=never",
        {"action": "choose_for_wave", "_selected_action": [first.pk], "select_across": "1"},
    )

    assert response.url == f"{reverse(ADD_TO_WAVE)}?state=never"
    assert organiser_client.get(response.url).context["number"] == 3


def test_a_new_wave_is_made_with_who_was_chosen(
    organiser_client: Client, conference: Conference, organiser: User
) -> None:
    DelegationFactory(conference=conference, name="Gent")
    DelegationFactory(conference=conference, name="Nowhere", email="")
    reply_by = conference.today + datetime.timedelta(days=14)

    response = organiser_client.post(
        f"{reverse(ADD_TO_WAVE)}?state=never", {"wave": "new", "name": "Wave 1", "reply_by": reply_by}
    )

    wave = Wave.objects.get()
    assert response.url == reverse("admin:registrations_wave_change", args=[wave.pk])
    assert said(response) == ["1 delegation added.", "1 left out, no e-mail address: Nowhere"]
    invitation = Invitation.objects.get()
    assert (invitation.delegation.name, invitation.reply_by, invitation.status) == (
        "Gent",
        reply_by,
        InvitationStatus.SELECTED,
    )
    assert history.of(invitation).get().by == organiser


def test_a_present_wave_takes_more(organiser_client: Client, conference: Conference) -> None:
    wave = WaveFactory(conference=conference)
    delegation = DelegationFactory(conference=conference)
    url = f"{reverse(ADD_TO_WAVE)}?ids={delegation.pk}"

    organiser_client.post(url, {"wave": wave.pk})
    again = organiser_client.post(url, {"wave": wave.pk})

    assert wave.invitations.count() == 1
    assert said(again)[-1] == f"1 left out, in this wave already: {delegation.name}"


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"wave": ""}, "wave"),
        ({"wave": "0"}, "wave"),
        ({"wave": "new"}, "name"),
        ({"wave": "new", "name": "Wave 1"}, "reply_by"),
        ({"wave": "new", "name": "Wave 1", "reply_by": "2001-01-01"}, "reply_by"),
        ({"wave": "new", "name": "Wave 1", "reply_by": "2999-01-01"}, "reply_by"),
        ({"wave": "new", "name": "Taken", "reply_by": "2999-01-01"}, "name"),
    ],
)
def test_errors_of_a_new_wave(
    organiser_client: Client, conference: Conference, data: dict[str, str], field: str
) -> None:
    WaveFactory(conference=conference, name="Taken")
    delegation = DelegationFactory(conference=conference)

    response = organiser_client.post(f"{reverse(ADD_TO_WAVE)}?ids={delegation.pk}", data)

    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert not Invitation.objects.exists()


def test_delegations_of_two_conferences_do_not_fit_into_one_wave(organiser_client: Client) -> None:
    for _number in range(2):
        DelegationFactory(conference=ConferenceFactory())

    response = organiser_client.get(reverse(ADD_TO_WAVE))

    assert said(response) == ["Filter by conference first: a wave belongs to one."]


@pytest.mark.parametrize("query", ["?ids=0", "?ids=x", "?state=accepted"])
def test_an_empty_choice_leads_back(organiser_client: Client, conference: Conference, query: str) -> None:
    DelegationFactory(conference=conference)

    response = organiser_client.get(reverse(ADD_TO_WAVE) + query)

    assert response.url == LIST
    assert said(response) == ["No delegation is chosen."]


def test_an_unknown_filter_leads_back(organiser_client: Client, conference: Conference) -> None:
    assert organiser_client.get(f"{reverse(ADD_TO_WAVE)}?nonsense=1").url == LIST


def test_the_history_page_shows_what_the_services_wrote(organiser_client: Client, conference: Conference) -> None:
    delegation = DelegationFactory(conference=conference)
    organiser_client.post(change_url(delegation), typed(delegation, salutation="Dear Mayor,"))

    page = organiser_client.get(reverse("admin:registrations_delegation_history", args=[delegation.pk]))

    assert [entry.detail for entry in page.context["entries"]] == ["salutation"]
    assert organiser_client.get(reverse("admin:registrations_delegation_history", args=[0])).status_code == 404
