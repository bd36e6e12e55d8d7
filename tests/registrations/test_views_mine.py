import datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone

from conference import pdf
from conference.models import HistoryEntry, Page
from mailings.models import Mail
from registrations.models import Consent, Invitation, Participant
from registrations.services import invitations, replies
from tests.factories import InvitationFactory, UserFactory, person
from tests.registrations.reply_data import PERSON

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair() -> list[Participant]:
    """Two confirmed people of Aarhus."""
    invitation = InvitationFactory(delegation__city__name="Aarhus")
    return replies.accept(
        invitation, [person(1), person(2, role="companion")], by=None, assistant_email="assistant@city.example"
    )


@pytest.fixture
def contact(client, pair):
    """The invited address, signed in."""
    client.force_login(pair[0].invitation.contact)
    return pair[0].invitation.contact


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def messages_of(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def address(page: str, participant: Participant) -> str:
    return reverse(f"registrations:{page}", args=[participant.pk])


PAGES = [
    "participant",
    "participant_change",
    "participant_replace",
    "participant_withdraw",
    "participant_pdf",
    "participant_calendar",
]


class TestWhoSeesWhat:
    @pytest.mark.parametrize("page", PAGES)
    def test_strangers_get_404(self, client, pair, page):
        client.force_login(UserFactory())

        assert client.get(address(page, pair[0])).status_code == 404
        assert client.post(address(page, pair[0]), PERSON).status_code in {404, 405}

    @pytest.mark.parametrize("page", PAGES)
    def test_visitors_sign_in_first(self, client, pair, page):
        response = client.get(address(page, pair[0]))

        assert response.url.startswith(reverse("account_login"))

    @pytest.mark.parametrize(
        ("email", "first", "second"),
        [("guest1@city.example", 200, 404), ("guest2@city.example", 404, 200), ("assistant@city.example", 200, 200)],
    )
    def test_people_see_themselves_and_assistants_all(self, client, pair, email, first, second):
        user = next(
            candidate
            for candidate in (pair[0].user, pair[1].user, pair[0].invitation.assistant)
            if candidate.email == email
        )
        client.force_login(user)

        assert [client.get(one.get_absolute_url()).status_code for one in pair] == [first, second]

    def test_a_person_sees_no_other_person_beside_theirs(self, client, pair):
        client.force_login(pair[1].user)

        assert "Given1" not in text_of(client.get(pair[1].get_absolute_url()))

    def test_only_the_invited_and_their_assistant_add_people(self, client, pair):
        client.force_login(pair[0].user)

        response = client.get(reverse("registrations:add_person", args=[pair[0].invitation_id]))

        assert response.status_code == 404

    def test_looking_changes_nothing(self, client, pair, contact):
        before = list(Participant.objects.values()), HistoryEntry.objects.count(), Mail.objects.count()

        for page in PAGES:
            client.get(address(page, pair[0]))

        assert (list(Participant.objects.values()), HistoryEntry.objects.count(), Mail.objects.count()) == before


class TestList:
    def test_names_all_and_what_they_are(self, client, pair, contact):
        replies.withdraw(pair[1], by=contact)

        text = text_of(client.get(reverse("registrations:mine")))

        assert "EU Cities Against Radicalisation: Aarhus" in text
        assert text.index("Given1 Family1") < text.index("Given2 Family2")
        assert "Add another person" in text

    def test_says_what_to_do_where_it_is_empty(self, client, db):
        client.force_login(UserFactory())

        assert "You are not registered for any conference" in text_of(client.get(reverse("registrations:mine")))

    def test_needs_as_many_queries_for_three_people_as_for_one(
        self, client, pair, contact, django_assert_num_queries, django_assert_max_num_queries
    ):
        mine = reverse("registrations:mine")
        with django_assert_max_num_queries(8) as for_two:
            client.get(mine)
        replies.accept(InvitationFactory(email=contact.email), [person(3), person(4)], by=None)

        with django_assert_num_queries(len(for_two)):
            client.get(mine)


class TestPage:
    def test_confirmed(self, client, pair, contact):
        text = text_of(client.get(pair[0].get_absolute_url()))

        assert "Given1 Family1 is registered" in text
        assert "Also of Aarhus" in text
        assert "Given2 Family2" in text
        assert "guest1@city.example" in text

    def test_withdrawn(self, client, pair, contact):
        replies.withdraw(pair[0], by=contact)

        text = text_of(client.get(pair[0].get_absolute_url()))

        assert "Given1 Family1 is no longer registered" in text
        assert "Change details" not in text

    def test_replaced_leads_to_the_successor(self, client, pair, contact):
        successor = replies.replace(pair[0], person(3), by=contact)

        text = text_of(client.get(pair[0].get_absolute_url()))

        assert f'<a href="{successor.get_absolute_url()}">Given3 Family3</a> has taken the seat.' in text

    def test_after_the_conference_nothing_can_be_changed(self, client, pair, contact):
        with time_machine.travel(timezone.now() + datetime.timedelta(days=70)):
            client.force_login(contact)
            text = text_of(client.get(pair[0].get_absolute_url()))
            response = client.post(address("participant_withdraw", pair[0]))

        assert "The conference took place on" in text
        assert "Withdraw" not in text
        assert messages_of(response) == ["The conference is over."]
        assert Participant.objects.confirmed().count() == 2


class TestConsents:
    """Only the person decides: not even the contact who registered them."""

    @pytest.fixture
    def owner(self, client, pair):
        """The first person, signed in."""
        replies.decide_consents(pair[0], {"list": True}, by=pair[0].user)
        client.force_login(pair[0].user)
        return pair[0].user

    def test_nobody_decides_for_somebody_else(self, client, pair, contact):
        response = client.post(pair[0].get_absolute_url(), {"consent_photos": "on"}, follow=True)

        assert "Only the person can decide this." in text_of(response)
        assert "Only Given1 Family1 can decide this, after signing in." in text_of(response)
        assert not Consent.objects.filter(participant=pair[0], given=True).exists()

    def test_the_person_is_asked_after_the_first_sign_in(self, client, pair):
        client.force_login(pair[1].user)

        before = text_of(client.get(pair[1].get_absolute_url()))
        client.post(pair[1].get_absolute_url(), {"consent_photos": "on"})
        after = text_of(client.get(pair[1].get_absolute_url()))

        assert "Please decide about these consents" in before
        assert "Please decide about these consents" not in after
        assert set(pair[1].consents.filter(given=True).values_list("purpose", flat=True)) == {"photos"}

    def test_are_taken_back_at_any_time(self, client, pair, owner):
        replies.withdraw(pair[0], by=owner)

        response = client.post(pair[0].get_absolute_url(), {}, follow=True)

        assert list(
            Consent.objects.filter(participant=pair[0], purpose="list").order_by("pk").values_list("given", flat=True)
        ) == [True, False]
        assert "The consents are saved." in text_of(response)

    def test_are_given_for_the_newest_notice(self, client, pair, owner):
        newest = Page.objects.create(conference=pair[0].conference, kind=Page.Kind.PRIVACY, version=2, body="More.")

        client.post(pair[0].get_absolute_url(), {"consent_list": "on", "consent_photos": "on"})

        photographs = Consent.objects.filter(participant=pair[0], purpose="photos").order_by("-pk").first()
        assert (photographs.given, photographs.notice) == (True, newest)
        assert Consent.objects.filter(participant=pair[0], purpose="list").count() == 1

    def test_present_ones_are_shown(self, client, pair, owner):
        text = text_of(client.get(pair[0].get_absolute_url()))

        assert 'name="consent_list" id="id_consent_list" checked' in text
        assert 'name="consent_photos" id="id_consent_photos">' in text


class TestChange:
    def test_saves_and_confirms_anew(self, client, pair, contact):
        response = client.post(address("participant_change", pair[0]), {**PERSON, "role": "principal"}, follow=True)

        assert "Saved. The new address counts once it is confirmed." in text_of(response)
        assert Participant.objects.get(pk=pair[0].pk).full_name == "Jana Štěpánková"
        # The new name at once, to the present address; the new address once it is confirmed.
        assert Mail.objects.filter(kind="confirmation").count() == 3
        assert Participant.objects.get(pk=pair[0].pk).email == "guest1@city.example"
        assert "jana@city.example has a mail with a link to confirm the change" in text_of(response)

    def test_starts_with_what_is_known(self, client, pair, contact):
        text = text_of(client.get(address("participant_change", pair[0])))

        assert 'value="Given1"' in text
        assert "consent_list" not in text

    def test_keeps_a_language_that_is_no_longer_offered(self, client, pair, contact):
        Participant.objects.filter(pk=pair[0].pk).update(language="el")

        assert '<option value="el" selected>' in text_of(client.get(address("participant_change", pair[0])))

    def test_shows_errors(self, client, pair, contact):
        response = client.post(address("participant_change", pair[0]), {**PERSON, "function": " ", "role": "principal"})

        assert "Enter the function, such as Mayor." in text_of(response)


class TestReplace:
    def test_the_seat_stays(self, client, pair, contact):
        response = client.post(address("participant_replace", pair[0]), {**PERSON, "role": "deputy"}, follow=True)

        successor = Participant.objects.get(replaces=pair[0])
        assert (successor.seat_no, successor.role, successor.status) == (1, "deputy", "confirmed")
        assert "Jana Štěpánková takes the seat of Given1 Family1." in text_of(response)

    def test_twice_lands_at_the_successor(self, client, pair, contact):
        client.post(address("participant_replace", pair[0]), {**PERSON, "role": "deputy"})

        again = client.post(address("participant_replace", pair[0]), {**PERSON, "role": "deputy"})

        assert again.url == Participant.objects.get(replaces=pair[0]).get_absolute_url()
        assert Participant.objects.count() == 3

    def test_who_gives_their_own_seat_away_no_longer_sees_it(self, client, pair):
        client.force_login(pair[1].user)

        response = client.post(address("participant_replace", pair[1]), PERSON)

        assert response.url == reverse("registrations:mine")


class TestWithdraw:
    def test_asks_first(self, client, pair, contact):
        text = text_of(client.get(address("participant_withdraw", pair[0])))

        assert "Withdraw Given1 Family1?" in text
        assert Participant.objects.confirmed().count() == 2

    def test_frees_the_seat_for_who_waits(self, client, pair, contact):
        third = replies.add_person(pair[0].invitation, person(3), by=contact)

        client.post(address("participant_withdraw", pair[0]))

        third.refresh_from_db()
        assert (third.status, third.seat_no) == ("confirmed", 1)

    def test_twice_is_calm(self, client, pair, contact):
        client.post(address("participant_withdraw", pair[0]))

        response = client.post(address("participant_withdraw", pair[0]))

        assert messages_of(response)[-1] == "Given1 Family1 is no longer registered."
        assert Mail.objects.filter(kind="cancellation").count() == 1


class TestAddPerson:
    @pytest.fixture
    def add(self, pair) -> str:
        return reverse("registrations:add_person", args=[pair[0].invitation_id])

    def test_the_third_of_a_city_is_told_before_and_after(self, client, contact, add):
        before = text_of(client.get(add))
        response = client.post(add, PERSON, follow=True)

        assert "The 2 seats of Aarhus are taken." in before
        assert "Put on the waiting list" in before
        text = text_of(response)
        assert "Jana Štěpánková is on the waiting list" in text
        assert "The 2 seats of Aarhus are taken. Number 1 on the waiting list." in text
        assert Participant.objects.confirmed().count() == 2

    def test_a_free_seat_is_taken_at_once(self, client, pair, contact, add):
        replies.withdraw(pair[1], by=contact)

        assert "There is a free seat" in text_of(client.get(add))
        client.post(add, PERSON)

        assert Participant.objects.get(given_name="Jana").seat_no == 2

    def test_the_same_person_twice(self, client, contact, add):
        client.post(add, PERSON)

        response = client.post(add, PERSON)

        assert messages_of(response)[-1] == "Jana Štěpánková is registered already."
        assert Participant.objects.filter(given_name="Jana").count() == 1

    def test_without_a_principal_the_role_is_asked(self, client, pair, contact, add):
        replies.withdraw(pair[0], by=contact)

        assert "a deputy of the invited person" in text_of(client.get(add))

    def test_needs_an_accepted_invitation(self, client, contact):
        other = InvitationFactory(contact=contact)

        assert client.get(reverse("registrations:add_person", args=[other.pk])).status_code == 404


class TestCalendar:
    def test_is_a_file_for_any_calendar(self, client, pair, contact):
        response = client.get(address("participant_calendar", pair[0]))

        assert response["Content-Type"] == "text/calendar; charset=utf-8; method=PUBLISH"
        assert "METHOD:PUBLISH" in response.content.decode()
        assert "ATTENDEE" not in response.content.decode()

    @pytest.mark.parametrize("page", ["participant_calendar", "participant_pdf"])
    def test_who_waits_has_none(self, client, pair, contact, page):
        third = replies.add_person(pair[0].invitation, person(3), by=contact)

        assert client.get(address(page, third)).status_code == 404


class TestWithoutPango:
    def test_the_button_is_off_and_says_why(self, client, pair, contact, monkeypatch):
        monkeypatch.setattr(pdf, "is_available", lambda: False)

        text = text_of(client.get(pair[0].get_absolute_url()))

        assert '<button type="button" class="button" disabled aria-describedby="no-pdf">' in text
        assert "libpango-1.0-0 libpangoft2-1.0-0" in text

    def test_the_address_says_the_same(self, client, pair, contact, without_pango):
        response = client.get(address("participant_pdf", pair[0]))

        assert response.status_code == 503
        assert "libpango-1.0-0 libpangoft2-1.0-0" in text_of(response)


def test_the_link_leads_who_is_signed_in_to_their_registration(client, pair, contact, organiser):
    link = invitations.show_link(Invitation.objects.get(), by=organiser)

    text = text_of(client.get(urlsplit(link).path))

    assert f'href="{pair[0].get_absolute_url()}"' in text
    assert "See or change the registration" in text
