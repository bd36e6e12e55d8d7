"""The pages behind the links about addresses: looking changes nothing, one button each."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from conference.models import HistoryEntry
from mailings.models import Mail
from registrations import start_page
from registrations.models import AddressChange, AddressNotice, Participant
from registrations.services import notices, replies
from tests.factories import InvitationFactory, UserFactory, person
from tests.registrations.reply_data import PERSON

pytestmark = pytest.mark.django_db


@pytest.fixture
def participant() -> Participant:
    """Somebody whom the invited address registered."""
    invitation = InvitationFactory(delegation__city__name="Aarhus", email="mayor@city.example")
    return replies.accept(invitation, [person(1)], by=None)[0]


def link_in(kind: str) -> str:
    """The personal link in the newest mail of this kind."""
    return urlsplit(Mail.objects.filter(kind=kind).latest("pk").secrets()["address_link"]).path


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


class TestNotice:
    def test_looking_changes_nothing(self, client, participant):
        text = text_of(client.get(link_in("address_notice")))

        assert "Is guest1@city.example your address?" in text
        assert "The person invited for Aarhus has registered you for the conference" in text
        assert AddressNotice.objects.filter(confirmed_at=None, objected_at=None).count() == 1

    def test_one_button_confirms(self, client, participant):
        response = client.post(link_in("address_notice"), {"confirm": "1"}, follow=True)

        assert "Your address is confirmed" in text_of(response)
        assert Mail.objects.filter(kind="confirmation", to=["guest1@city.example"]).count() == 1

    def test_one_button_objects_and_the_organisers_read_so(self, client, participant, organiser):
        response = client.post(link_in("address_notice"), {"object": "1"}, follow=True)

        assert "We send no more mails to your address." in text_of(response)
        [line] = start_page.of(participant.conference, organiser)
        assert line.words == "1 person objects to being registered or listed by somebody else."
        assert HistoryEntry.objects.filter(action="person objected", by_label="guest1@city.example").exists()

    def test_an_organiser_deals_with_it(self, client, participant, organiser_client, organiser):
        client.post(link_in("address_notice"), {"object": "1"})
        [line] = start_page.of(participant.conference, organiser)
        notice = AddressNotice.objects.get()

        listed = organiser_client.get(line.url)
        page = organiser_client.get(reverse("admin:registrations_addressnotice_change", args=[notice.pk]))
        organiser_client.post(reverse("admin:registrations_addressnotice_settle", args=[notice.pk]))

        assert "guest1@city.example" in text_of(listed)
        assert "Dealt with" in text_of(page)
        assert start_page.of(participant.conference, organiser) == []
        organiser_client.post(reverse("admin:registrations_addressnotice_lift", args=[notice.pk]))
        notice.refresh_from_db()
        assert notice.objected_at is None

    @pytest.mark.parametrize("page", ["address_notice", "address_change", "address_keep"])
    def test_a_wrong_link(self, client, db, page):
        assert client.get(reverse(f"registrations:{page}", args=["wrong"])).status_code == 404

    def test_the_address_of_the_page_is_kept_secret(self, client, participant):
        response = client.get(link_in("address_notice"))

        assert response["Referrer-Policy"] == "same-origin"
        assert "noindex" in response["X-Robots-Tag"]
        assert "no-store" in response["Cache-Control"]

    def test_the_contact_sees_who_has_not_confirmed_and_asks_again(self, client, participant):
        client.force_login(participant.invitation.contact)

        before = text_of(client.get(participant.get_absolute_url()))
        client.post(reverse("registrations:participant_address", args=[participant.pk]), {"again": "1"})
        notices.prove(participant.email)
        after = text_of(client.get(participant.get_absolute_url()))

        assert "Given1 Family1 has not confirmed the address yet" in before
        assert Mail.objects.filter(kind="address_notice").count() == 2
        assert "has not confirmed" not in after


class TestChange:
    @pytest.fixture
    def change(self, client, participant) -> AddressChange:
        """The person asks for another address."""
        notices.prove(participant.email)
        client.force_login(participant.user)
        client.post(reverse("registrations:participant_change", args=[participant.pk]), {**PERSON, "role": "principal"})
        client.logout()
        return AddressChange.objects.get()

    def test_looking_changes_nothing(self, client, change):
        new, old = (text_of(client.get(link_in(kind))) for kind in ("address_change", "address_leaving"))

        assert "Is jana@city.example your address?" in new
        assert "guest1@city.example has asked us to use jana@city.example instead of guest1@city.example." in old
        assert AddressChange.objects.open().count() == 1

    def test_the_new_address_confirms(self, client, change):
        response = client.post(link_in("address_change"), {"confirm": "1"}, follow=True)

        assert "The registration now uses jana@city.example." in text_of(response)
        assert Participant.objects.get().email == "jana@city.example"

    def test_the_new_address_refuses(self, client, change):
        response = client.post(link_in("address_change"), {"object": "1"}, follow=True)

        assert "This change is no longer possible" in text_of(response)

    def test_the_old_address_keeps(self, client, change):
        response = client.post(link_in("address_leaving"), {"keep": "1"}, follow=True)
        late = client.post(link_in("address_change"), {"confirm": "1"})

        assert "You keep your address" in text_of(response)
        assert "no longer possible" in str(list(get_messages(late.wsgi_request))[-1])
        assert Participant.objects.get().email == "guest1@city.example"

    def test_whoever_asked_cancels(self, client, participant, change):
        client.force_login(participant.user)
        before = text_of(client.get(participant.get_absolute_url()))

        client.post(reverse("registrations:participant_address", args=[participant.pk]), {"cancel": "1"})

        assert "The new address is not confirmed yet" in before
        assert AddressChange.objects.get().ended_as == AddressChange.Ending.CANCELLED

    def test_strangers_cancel_nothing(self, client, participant, change):
        client.force_login(UserFactory())

        response = client.post(reverse("registrations:participant_address", args=[participant.pk]), {"cancel": "1"})

        assert response.status_code == 404


def test_too_much_in_a_day_keeps_what_was_typed(client, participant, settings):
    settings.NEW_ADDRESSES_PER_DAY = 0
    client.force_login(participant.invitation.contact)
    # The invitation is for two people: as many addresses may be new.
    second = replies.replace(participant, person(2), by=participant.invitation.contact)

    response = client.post(
        reverse("registrations:participant_replace", args=[second.pk]),
        {**PERSON, "role": "deputy"},
    )

    text = text_of(response)
    assert "At most 2 new e-mail addresses a day are possible." in text
    assert "conference@organiser.example" in text
    assert 'value="Štěpánková"' in text


def test_names_hold_no_addresses(client, participant):
    client.force_login(participant.invitation.contact)

    response = client.post(
        reverse("registrations:participant_change", args=[participant.pk]),
        {**PERSON, "given_name": "Pay your fee at http://fees.example", "role": "principal"},
    )

    assert "Names and functions cannot contain web addresses or e-mail addresses." in text_of(response)
