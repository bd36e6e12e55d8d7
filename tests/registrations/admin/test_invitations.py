"""Organisers' pages of the invitations: each button does its one thing."""

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
from mailings.models import Mail
from registrations.models import Consent, Invitation, InvitationLink, Participant
from registrations.services import invitations, replies, waves
from registrations.services.replies import Substitute
from registrations.states import InvitationStatus
from tests.factories import DelegationFactory, InvitationFactory, WaveFactory, person

pytestmark = pytest.mark.django_db

LIST = "/admin/registrations/invitation/"


def url(name: str, invitation: Invitation) -> str:
    return reverse(f"admin:registrations_invitation_{name}", args=[invitation.pk])


def said(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def labels(client: Client, invitation: Invitation) -> list[str]:
    return [button.label for button in client.get(url("change", invitation)).context["buttons"]]


@pytest.fixture
def invitation(conference: Conference) -> Invitation:
    """Sent, without an answer."""
    return InvitationFactory(delegation__conference=conference, delegation__name="Brno")


def test_the_list_tells_what_became_of_each(organiser_client: Client, conference: Conference) -> None:
    wave = WaveFactory(conference=conference)
    (selected,) = waves.add_to_wave(wave, [DelegationFactory(conference=conference)], by=None).added
    invitations.send_one(selected, by=None)
    Mail.objects.update(status="sent", sent_at=datetime.datetime(2026, 11, 23, 10, 5, tzinfo=datetime.UTC))

    (row,) = organiser_client.get(LIST).context["cl"].result_list

    assert row.last_sent == datetime.datetime(2026, 11, 23, 10, 5, tzinfo=datetime.UTC)


def test_the_list_takes_as_many_queries_for_one_row_as_for_three(
    organiser_client: Client, conference: Conference
) -> None:
    counts = []
    for number in (1, 2):
        for _number in range(number):
            InvitationFactory(delegation__conference=conference, wave=WaveFactory(conference=conference))
        with CaptureQueriesContext(connection) as queries:
            organiser_client.get(LIST)
        counts.append(len(queries))

    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"needs": "address"}, "bounced"),
        ({"needs": "decision"}, "proposal"),
        ({"needs": "reminder"}, "ending"),
        ({"status__exact": "declined"}, "proposal"),
        ({"category": "organisation"}, None),
        ({"q": "ending"}, "ending"),
    ],
)
def test_filters(
    organiser_client: Client, conference: Conference, filters: dict[str, str], expected: str | None
) -> None:
    bounced = InvitationFactory(delegation__conference=conference, delegation__name="bounced")
    invitations.mark_bounced(bounced, by=None)
    proposal = InvitationFactory(delegation__conference=conference, delegation__name="proposal")
    replies.decline(proposal, by=None, substitute=Substitute(name="Ms Deputy"))
    InvitationFactory(
        delegation__conference=conference,
        delegation__name="ending",
        reply_by=conference.today + datetime.timedelta(days=2),
    )

    found = organiser_client.get(LIST, filters).context["cl"].result_list

    assert [invitation.delegation.name for invitation in found] == ([expected] if expected else [])


def test_the_page_shows_facts_without_tokens(organiser_client: Client, conference: Conference) -> None:
    wave = WaveFactory(conference=conference)
    (invitation,) = waves.add_to_wave(wave, [DelegationFactory(conference=conference)], by=None).added
    invitations.send_one(invitation, by=None)

    page = organiser_client.get(url("change", invitation))

    assert [link.purpose for link in page.context["links"]] == ["invitation"]
    assert [mail.kind for mail in page.context["mails"]] == ["invitation"]
    assert InvitationLink.objects.get().token_sha256 not in page.content.decode()


def test_only_the_note_is_typed(organiser_client: Client, invitation: Invitation, organiser: User) -> None:
    organiser_client.post(
        url("change", invitation), {"note": "Called on Monday", "status": "accepted", "email": "x@y.z"}
    )

    before = invitation.email
    invitation.refresh_from_db()
    assert (invitation.note, invitation.status, invitation.email) == ("Called on Monday", "sent", before)
    assert history.of(invitation).get().by == organiser


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (InvitationStatus.SELECTED, ["Send now"]),
        (
            InvitationStatus.SENT,
            [
                "Record an acceptance",
                "Record a refusal",
                "Remind",
                "Send again",
                "Extend",
                "The mail came back",
                "Link to pass on",
                "Revoke",
            ],
        ),
        (InvitationStatus.ACCEPTED, ["Link to pass on"]),
        (InvitationStatus.DECLINED, ["Record an acceptance", "Link to pass on"]),
        (InvitationStatus.LAPSED, ["Record an acceptance", "Record a refusal", "Extend", "Link to pass on"]),
        (InvitationStatus.WITHDRAWN, ["Record an acceptance", "Link to pass on"]),
        (InvitationStatus.REVOKED, []),
    ],
)
def test_the_buttons_are_those_that_the_status_allows(
    organiser_client: Client, conference: Conference, status: str, expected: list[str]
) -> None:
    invitation = InvitationFactory(
        delegation__conference=conference,
        status=status,
        holds_seats=status == InvitationStatus.SENT,
        lapsed_at=conference.starts_at if status == InvitationStatus.LAPSED else None,
    )

    assert labels(organiser_client, invitation) == expected


def test_sending_one(organiser_client: Client, conference: Conference) -> None:
    invitation = InvitationFactory(
        delegation__conference=conference, status=InvitationStatus.SELECTED, holds_seats=False
    )

    organiser_client.post(url("send", invitation))

    invitation.refresh_from_db()
    assert invitation.status == InvitationStatus.SENT
    assert Mail.objects.get().kind == "invitation"


def test_sending_again_to_a_corrected_address(organiser_client: Client, invitation: Invitation) -> None:
    organiser_client.post(url("resend", invitation), {"email": "Right@City.example"})

    invitation.refresh_from_db()
    assert invitation.email == "right@city.example"
    assert Mail.objects.get().to == ["right@city.example"]


def test_a_wrong_address_is_an_error_at_the_field(organiser_client: Client, invitation: Invitation) -> None:
    response = organiser_client.post(url("resend", invitation), {"email": "nonsense"})

    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["email"]
    assert not Mail.objects.exists()


def test_sending_an_answered_one_again_is_refused(organiser_client: Client, invitation: Invitation) -> None:
    replies.decline(invitation, by=None)

    response = organiser_client.post(url("resend", invitation), {"email": invitation.email})

    assert response.context["form"].non_field_errors() == ["Only an invitation without an answer can be sent again."]


def test_revoking_asks_first(organiser_client: Client, invitation: Invitation) -> None:
    assert "Revoke this invitation?" in organiser_client.get(url("revoke", invitation)).content.decode()
    invitation.refresh_from_db()
    assert invitation.status == InvitationStatus.SENT

    organiser_client.post(url("revoke", invitation))

    invitation.refresh_from_db()
    assert (invitation.status, invitation.holds_seats) == (InvitationStatus.REVOKED, False)


def test_extending(organiser_client: Client, invitation: Invitation) -> None:
    later = invitation.reply_by + datetime.timedelta(days=5)

    organiser_client.post(url("extend", invitation), {"reply_by": later})

    invitation.refresh_from_db()
    assert invitation.reply_by == later


def test_extending_beyond_the_conference_is_refused(organiser_client: Client, invitation: Invitation) -> None:
    response = organiser_client.post(url("extend", invitation), {"reply_by": invitation.conference.held_on})

    assert response.context["form"].non_field_errors() == ["The reply-by date must lie before the conference."]


def test_noting_that_the_mail_came_back(organiser_client: Client, invitation: Invitation) -> None:
    organiser_client.post(url("bounced", invitation))

    invitation.refresh_from_db()
    assert invitation.bounced_at
    assert history.of(invitation).get().detail == "noted by hand"


def test_reminding(organiser_client: Client, invitation: Invitation) -> None:
    assert said(organiser_client.post(url("remind", invitation))) == ["1 reminder is queued."]
    assert Mail.objects.get().kind == "reminder"


def test_reminding_many_from_the_list(organiser_client: Client, conference: Conference) -> None:
    chosen = [InvitationFactory(delegation__conference=conference) for _number in range(2)]
    InvitationFactory(delegation__conference=conference)

    organiser_client.post(LIST, {"action": "remind_chosen", "_selected_action": [one.pk for one in chosen]})

    assert sorted(mail.to[0] for mail in Mail.objects.all()) == sorted(one.email for one in chosen)


def acceptance(*names: str, **changes: str) -> dict[str, str]:
    """What an organiser types while on the telephone."""
    data = {
        "channel": "phone",
        "people-TOTAL_FORMS": "2",
        "people-INITIAL_FORMS": "0",
        "people-0-role": "principal",
        "people-0-language": "en",
        "people-1-language": "en",
    }
    for number, name in enumerate(names):
        data |= {
            f"people-{number}-given_name": name,
            f"people-{number}-family_name": "Family",
            f"people-{number}-function": "Mayor",
            f"people-{number}-email": f"{name}@city.example".lower(),
        }
    return {**data, **changes}


def test_recording_an_acceptance(organiser_client: Client, invitation: Invitation, organiser: User) -> None:
    response = organiser_client.post(url("accept", invitation), acceptance("Jana", "Petr", message="By telephone"))

    assert said(response) == ["The acceptance is recorded, and those named get a mail."]
    invitation.refresh_from_db()
    assert (invitation.status, invitation.reply_channel, invitation.message) == ("accepted", "phone", "By telephone")
    assert [participant.given_name for participant in Participant.objects.order_by("pk")] == ["Jana", "Petr"]
    assert not Consent.objects.exists()
    assert history.of(invitation).get(action="accepted").by == organiser


def test_a_late_acceptance_can_be_recorded(organiser_client: Client, conference: Conference) -> None:
    invitation = InvitationFactory(
        delegation__conference=conference, reply_by=conference.today - datetime.timedelta(days=1)
    )
    invitations.lapse(conference.pk)

    organiser_client.post(url("accept", invitation), acceptance("Jana", channel="letter"))

    assert Participant.objects.get().status == "confirmed"


def test_all_errors_of_an_acceptance_show_at_once(organiser_client: Client, invitation: Invitation) -> None:
    response = organiser_client.post(url("accept", invitation), acceptance("Jana", channel="", assistant_name="Ann"))

    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["channel"]
    assert list(response.context["reply"].errors) == ["assistant_email"]
    assert not Participant.objects.exists()


def test_an_acceptance_that_came_already_says_so(organiser_client: Client, invitation: Invitation) -> None:
    replies.accept(invitation, [person(1)], by=None)

    response = organiser_client.post(url("accept", invitation), acceptance("Jana"))

    assert response.context["form"].non_field_errors() == ["Your reply has already arrived."]


def test_recording_a_refusal(organiser_client: Client, invitation: Invitation) -> None:
    data = {"channel": "letter", "message": "Sorry", "substitute_name": "Ms D", "substitute_email": "d@city.example"}

    organiser_client.post(url("decline", invitation), data)

    invitation.refresh_from_db()
    assert (invitation.status, invitation.reply_channel, invitation.substitute_email) == (
        "declined",
        "letter",
        "d@city.example",
    )


def test_inviting_the_proposed_substitute(organiser_client: Client, invitation: Invitation) -> None:
    replies.decline(invitation, by=None, substitute=Substitute("Ms D", "Head of unit", "d@city.example"))
    assert "Invite the proposed person" in labels(organiser_client, invitation)
    page = organiser_client.get(url("substitute", invitation)).content.decode()
    assert "Ms D, Head of unit, at d@city.example" in page

    response = organiser_client.post(
        url("substitute", invitation), {"reply_by": invitation.conference.today + datetime.timedelta(days=9)}
    )

    made = Invitation.objects.get(email="d@city.example")
    assert response.url == url("change", made)
    assert (made.status, made.seats) == (InvitationStatus.SENT, 2)


def test_inviting_the_substitute_twice_is_refused(organiser_client: Client, invitation: Invitation) -> None:
    replies.decline(invitation, by=None, substitute=Substitute("Ms D", "", "d@city.example"))
    data = {"reply_by": invitation.conference.today + datetime.timedelta(days=9)}

    organiser_client.post(url("substitute", invitation), data)
    again = organiser_client.post(url("substitute", invitation), data)

    assert again.context["form"].non_field_errors() == ["The proposed person is invited already."]


def test_a_link_is_made_by_a_post_and_shown_once(
    organiser_client: Client, invitation: Invitation, organiser: User
) -> None:
    organiser_client.get(url("link", invitation))
    assert not InvitationLink.objects.exists()

    shown = organiser_client.post(url("link", invitation))

    address = shown.context["address"]
    assert invitations.find_link(address.rstrip("/").rpartition("/")[2]).invitation == invitation
    assert "no-store" in shown["Cache-Control"]
    assert history.of(invitation).get().by == organiser


def test_a_revoked_invitation_gives_no_link(organiser_client: Client, invitation: Invitation) -> None:
    invitations.revoke(invitation, by=None)

    response = organiser_client.post(url("link", invitation))

    assert "There is no link" in said(response)[0]


def test_needs_in_a_saved_draft_are_not_for_everybody(
    client: Client, invitation: Invitation, limited_organiser: User
) -> None:
    replies.save_draft(invitation, {"people": [{"given_name": "Jana", "dietary_needs": "vegan"}]})
    client.force_login(limited_organiser)

    page = client.get(url("accept", invitation)).content.decode()

    assert "Jana" in page
    assert "vegan" not in page


@pytest.mark.parametrize("name", ["send", "bounced", "remind"])
def test_buttons_only_post(organiser_client: Client, invitation: Invitation, name: str) -> None:
    assert organiser_client.get(url(name, invitation)).status_code == 405


def test_invitations_are_neither_added_nor_deleted_by_hand(organiser_client: Client, invitation: Invitation) -> None:
    assert organiser_client.get(f"{LIST}add/").status_code == 403
    assert organiser_client.post(url("delete", invitation), {"post": "yes"}).status_code == 403
