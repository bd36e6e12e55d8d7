import datetime
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.apps import apps
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from kombu.exceptions import OperationalError

from accounts.models import User
from mailings.models import Mail
from mailings.tasks import drain_outbox
from registrations.models import Consent, Invitation, Participant
from registrations.services import invitations, replies
from registrations.services.replies import Substitute
from registrations.views import links
from tests.factories import (
    ConferenceFactory,
    DelegationFactory,
    InvitationFactory,
    MemberStateDelegationFactory,
    UserFactory,
    person,
)
from tests.registrations.reply_data import PERSON, SECOND, link_to, reply

pytestmark = pytest.mark.django_db


@pytest.fixture
def invitation() -> Invitation:
    return InvitationFactory(delegation__city__name="Aarhus")


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def messages_of(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def everything_stored() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the project's own tables and of the sessions."""
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values_list())
        for model in apps.get_models()
        if model._meta.app_label in {"accounts", "conference", "mailings", "registrations", "sessions", "account"}
    }


class TestLooking:
    def test_says_what_when_where_who_and_until_when(self, client, invitation):
        invitation.conference.reimbursement = "Travel is reimbursed for one person."
        invitation.conference.save()

        text = text_of(client.get(link_to(invitation)))

        for words in [
            "Will Aarhus take part?",
            "Two seats are kept for you until",
            "EU Cities Against Radicalisation",
            "European Committee of the Regions",
            "2 of 2 free",
            "kept for you",
            "Travel is reimbursed for one person.",
            "English, French",
            "conference@organiser.example",
            "privacy statement, version 1",
        ]:
            assert words in text

    @pytest.mark.parametrize("method", ["get", "head"])
    @pytest.mark.parametrize("page", ["invitation", "invitation_decline"])
    @pytest.mark.parametrize("state", ["sent", "declined", "accepted", "overdue"])
    def test_changes_nothing(self, client, invitation, method, page, state):
        address = link_to(invitation, page)
        if state == "declined":
            replies.decline(invitation, by=None)
        elif state == "accepted":
            replies.accept(invitation, [person()], by=None)
        elif state == "overdue":
            Invitation.objects.update(reply_by=timezone.localdate() - datetime.timedelta(days=1))
        before = everything_stored()

        getattr(client, method)(address)

        assert everything_stored() == before

    def test_is_neither_kept_nor_found_nor_told_to_others(self, client, invitation):
        headers = client.get(link_to(invitation)).headers

        assert "no-store" in headers["Cache-Control"]
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["X-Robots-Tag"] == "noindex, nofollow"

    def test_no_consent_is_ticked_beforehand(self, client, invitation):
        text = text_of(client.get(link_to(invitation)))

        assert re.findall(r'id="id_([^"]+)"[^>]* checked', text) == ["people-0-role_0"]

    def test_one_seat_asks_for_one_person(self, client):
        invitation = InvitationFactory(delegation=MemberStateDelegationFactory(code="DE"))

        text = text_of(client.get(link_to(invitation)))

        assert "One seat is kept for you" in text
        assert "Register a second person" not in text

    def test_says_when_the_seats_are_no_longer_kept(self, client, invitation):
        address = link_to(invitation)
        replies.decline(invitation, by=None)
        other = InvitationFactory(delegation=invitation.delegation)
        replies.accept(other, [person(1), person(2)], by=None)

        text = text_of(client.get(f"{address}?again"))

        assert "The 2 seats of Aarhus are taken. If you accept, you come on the waiting list." in text
        assert "0 of 2 free" in text


class TestOpened:
    def test_a_sign_of_life_counts_once(self, client, invitation):
        address = link_to(invitation, "invitation_opened")

        with time_machine.travel(timezone.now(), tick=False):
            assert client.post(address).status_code == 204
            first = Invitation.objects.get().opened_at
        with time_machine.travel(timezone.now() + datetime.timedelta(hours=1)):
            client.post(address)

        assert first is not None
        assert Invitation.objects.get().opened_at == first

    def test_needs_a_post(self, client, invitation):
        assert client.get(link_to(invitation, "invitation_opened")).status_code == 405

    def test_needs_the_token_against_forged_requests(self, invitation):
        response = Client(enforce_csrf_checks=True).post(link_to(invitation, "invitation_opened"))

        assert response.status_code == 403
        assert "This page was open for too long" in text_of(response)

    def test_any_post_counts(self, client, invitation):
        client.post(link_to(invitation), reply({}))

        assert Invitation.objects.get().opened_at is not None


class TestAccepting:
    def test_two_people(self, client, invitation):
        first = {**PERSON, "consent_list": "on", "role": "deputy", "email": invitation.email}

        response = client.post(
            link_to(invitation),
            reply(first, SECOND, assistant_name="Ann", assistant_email=" Ann@City.example ", message="Gladly"),
        )

        one, two = Participant.objects.order_by("pk")
        assert (response.status_code, response.url) == (302, one.get_absolute_url())
        assert [(p.full_name, p.role, p.status, p.seat_no) for p in (one, two)] == [
            ("Jana Štěpánková", "deputy", "confirmed", 1),
            ("Владимир Παπαδόπουλος", "companion", "confirmed", 2),
        ]
        assert (one.title, one.function, one.language, one.departure_city) == ("Ms", "Mayor", "fr", "Brno")
        assert one.dietary_needs == "no nuts"
        invitation.refresh_from_db()
        assert (invitation.assistant_name, invitation.assistant_email) == ("Ann", "ann@city.example")
        assert invitation.message == "Gladly"
        assert sorted(Consent.objects.filter(participant=one).values_list("purpose", "given")) == [
            ("contact", False),
            ("future", False),
            ("list", True),
            ("needs", True),
            ("photos", False),
        ]

    def test_one_person_where_the_second_is_left_empty(self, client, invitation):
        client.post(link_to(invitation), reply(PERSON))

        assert Participant.objects.count() == 1

    def test_shows_the_registration_and_signs_nobody_in(self, client, invitation):
        response = client.post(link_to(invitation), reply(PERSON), follow=True)

        assert not response.wsgi_request.user.is_authenticated
        assert "Jana Štěpánková is registered" in text_of(response)
        assert messages_of(response) == ["1 person is registered."]

    def test_who_waits_is_told_why(self, client, invitation):
        conference = invitation.conference
        conference.target = conference.hard_limit = 1
        conference.save()

        response = client.post(link_to(invitation), reply(PERSON, SECOND), follow=True)

        text = text_of(response)
        assert "1 person is registered. 1 person is on the waiting list." in text
        assert "All places of the conference are taken. Number 1 on the waiting list." in text

    def test_the_same_reply_twice_lands_calmly_on_the_same_page(self, client, invitation):
        address = link_to(invitation)
        first = client.post(address, reply(PERSON))
        mails = Mail.objects.count()

        second = client.post(address, reply(PERSON))

        assert second.url == first.url
        assert messages_of(second)[-1] == "Your reply has already arrived."
        assert (Participant.objects.count(), Mail.objects.count()) == (1, mails)

    def test_a_reply_that_another_request_overtook(self, client, invitation, monkeypatch):
        address = link_to(invitation)
        accept = replies.accept

        def accept_after_the_other(invitation, *args, **kwargs):
            accept(Invitation.objects.get(), [person()], by=None)
            return accept(invitation, *args, **kwargs)

        monkeypatch.setattr(replies, "accept", accept_after_the_other)

        response = client.post(address, reply(PERSON), follow=True)

        assert "Your reply has already arrived." in text_of(response)
        assert "Aarhus has accepted" in text_of(response)
        assert Participant.objects.count() == 1

    def test_coming_back_shows_the_state_and_no_form(self, client, invitation):
        address = link_to(invitation)
        client.post(address, reply(PERSON))

        text = text_of(client.get(address))

        assert "Aarhus has accepted" in text
        assert "Confirm" not in text

    def test_without_a_privacy_statement_no_consent_is_asked(self, client):
        conference = ConferenceFactory(privacy_statement=False)
        invitation = InvitationFactory(delegation__conference=conference)
        address = link_to(invitation)

        assert "consent_list" not in text_of(client.get(address))
        client.post(address, reply({**PERSON, "consent_list": "on"}))

        assert (Participant.objects.count(), Consent.objects.count()) == (1, 0)

    def test_a_broker_that_is_down_does_not_matter(
        self, client, invitation, monkeypatch, django_capture_on_commit_callbacks
    ):
        def refuse(*_args, **_kwargs):
            raise OperationalError("connection refused")

        monkeypatch.setattr(drain_outbox, "apply_async", refuse)
        with django_capture_on_commit_callbacks(execute=True):
            response = client.post(link_to(invitation), reply(PERSON))

        assert response.status_code == 302
        assert Mail.objects.filter(kind="confirmation", status="queued").count() == 1

    def test_two_people_may_share_an_address(self, client, invitation):
        client.post(link_to(invitation), reply(PERSON, {**SECOND, "email": PERSON["email"]}))

        assert list(Participant.objects.values_list("email", flat=True)) == [PERSON["email"]] * 2
        assert Mail.objects.filter(kind="confirmation").count() == 2


class TestWhoIsSignedIn:
    def signed_in(self, client: Client) -> User | None:
        user_id = client.session.get("_auth_user_id")
        return User.objects.get(pk=user_id) if user_id else None

    def test_staff_never_by_a_link(self, client, invitation):
        UserFactory(email=invitation.email, is_staff=True)

        response = client.post(link_to(invitation), reply(PERSON), follow=True)

        assert self.signed_in(client) is None
        assert "Jana Štěpánková is registered" in text_of(response)

    def test_inactive_accounts_are_not(self, client, invitation):
        UserFactory(email=invitation.email, is_active=False)

        client.post(link_to(invitation), reply(PERSON))

        assert self.signed_in(client) is None

    def test_a_link_opens_no_other_registration_of_the_address(self, client, invitation):
        replies.accept(InvitationFactory(email=invitation.email), [person()], by=None)

        response = client.post(link_to(invitation), reply(PERSON), follow=True)

        assert self.signed_in(client) is None
        assert "Jana Štěpánková" in text_of(response)
        for secret in ["Given1", "guest1@city.example", invitation.email]:
            assert secret not in text_of(response)
            assert secret not in text_of(client.get(reverse("registrations:mine")))

    def test_nor_earlier_people_of_the_same_invitation(self, client, invitation):
        (registered,) = replies.accept(invitation, [person()], by=None)
        replies.withdraw(registered, by=None)

        client.post(link_to(invitation), reply(PERSON))

        assert self.signed_in(client) is None
        assert client.get(registered.get_absolute_url()).url.startswith(reverse("account_login"))

    def test_somebody_else_stays_who_they_are(self, client, invitation):
        other = UserFactory()
        client.force_login(other)
        address = link_to(invitation)

        response = client.post(address, reply(PERSON))

        assert response.url == address
        assert self.signed_in(client) == other

    def test_a_code_by_mail_leads_to_the_registration(self, client, invitation):
        replies.accept(invitation, [person()], by=None)
        (way_in,) = re.findall(r'href="([^"]+)">Sign in to change', text_of(client.get(link_to(invitation))))
        following = parse_qs(urlsplit(way_in).query)["next"][0]

        client.post(reverse("account_request_login_code"), {"email": "guest1@city.example", "next": following})
        (code,) = re.findall(r"^\s*([A-Z0-9-]{6,12})\s*$", Mail.objects.get(kind="account").opened_text(), re.MULTILINE)
        response = client.post(reverse("account_confirm_login_code"), {"code": code, "next": following}, follow=True)

        assert response.redirect_chain[-1] == (reverse("registrations:mine"), 302)
        assert "Given1 Family1" in text_of(response)

    def test_who_is_signed_in_already_sees_the_registration(self, client, invitation):
        client.force_login(UserFactory(email=invitation.email))

        response = client.post(link_to(invitation), reply(PERSON))

        assert response.url == Participant.objects.get().get_absolute_url()


class TestErrors:
    def test_stand_at_the_field_and_in_the_summary(self, client, invitation):
        response = client.post(link_to(invitation), reply({**PERSON, "email": "nobody"}, {"given_name": "Владимир"}))

        text = text_of(response)
        assert response.status_code == 200
        assert "data-error-summary" in text
        assert 'href="#id_people-0-email"' in text
        assert "Enter an e-mail address, such as name@city.eu." in text
        assert 'href="#id_people-1-family_name"' in text
        assert "Person 2, Family name: Enter the family name as it should stand on the badge." in text
        assert Participant.objects.count() == 0
        # The second person's part is open: an error must not hide.
        assert "<details data-person open>" in text

    def test_a_broken_management_form_is_an_error_not_a_crash(self, client, invitation):
        response = client.post(link_to(invitation), {"people-0-given_name": "Jana"})

        assert response.status_code == 200
        assert Participant.objects.count() == 0

    def test_more_people_than_seats_are_not_registered(self, client, invitation):
        third = {**PERSON, "given_name": "Third", "email": "third@city.example"}

        client.post(link_to(invitation), reply(PERSON, SECOND, third, seats=3))

        assert Participant.objects.filter(given_name="Third").count() == 0


class TestDraft:
    def test_is_saved_unchecked_and_comes_back(self, client, invitation):
        address = link_to(invitation)
        entered = reply(
            {**PERSON, "email": "half an addr", "family_name": "", "consent_photos": "on", "role": "deputy"},
            {"given_name": "Владимир"},
            assistant_name="Ann",
        )

        response = client.post(address, {**entered, "save": "1"}, follow=True)

        text = text_of(response)
        assert response.redirect_chain == [(address, 302)]
        assert "Anyone who has this link can see it, without dietary and access needs" in text
        for words in [
            'value="half an addr"',
            'value="Владимир"',
            'value="Ann"',
            "no nuts</textarea>",
            'value="fr" selected',
        ]:
            assert words in text
        ticked = re.findall(r'id="id_([^"]+)"[^>]* checked', text)
        assert ticked == ["people-0-role_1", "people-0-needs_agreed", "people-0-consent_photos"]
        assert Participant.objects.count() == 0

    def test_a_restored_second_person_can_be_left_out(self, client, invitation):
        address = link_to(invitation)
        client.post(address, {**reply(PERSON, SECOND), "save": "1"})

        client.post(address, reply(PERSON))

        assert Participant.objects.count() == 1

    def test_is_gone_after_the_reply(self, client, invitation):
        address = link_to(invitation)
        client.post(address, {**reply(PERSON), "save": "1"})

        client.post(address, reply(PERSON))

        assert Invitation.objects.get().draft == {}

    def test_keeps_no_endless_text_and_nothing_that_a_database_refuses(self, client, invitation):
        client.post(link_to(invitation), {**reply({"given_name": "a\0b", "function": "x" * 9000}), "save": "1"})

        (first, *_rest) = Invitation.objects.get().draft["people"]
        assert (first["given_name"], len(first["function"])) == ("ab", 5000)


class TestTooLate:
    def yesterday(self) -> None:
        Invitation.objects.update(reply_by=timezone.localdate() - datetime.timedelta(days=1))

    def test_a_deadline_that_passes_while_the_form_is_open_loses_nothing(self, client, invitation):
        address = link_to(invitation)
        self.yesterday()

        response = client.post(address, reply(PERSON), follow=True)

        assert response.status_code == 410
        assert "The reply-by date has passed while this page was open. Your entries are saved." in text_of(response)
        assert "What you had entered is kept" in text_of(response)
        assert Invitation.objects.get().draft["people"][0]["given_name"] == "Jana"
        assert Participant.objects.count() == 0

    def test_nor_between_the_look_and_the_lock(self, client, invitation, monkeypatch):
        address = link_to(invitation)
        monkeypatch.setattr(links, "_closed_because", lambda _invitation: None)
        self.yesterday()

        response = client.post(address, reply(PERSON))

        assert messages_of(response) == [
            "The reply-by date has passed and the seats are no longer kept. Your entries are saved."
        ]
        assert Invitation.objects.get().draft["people"][0]["given_name"] == "Jana"

    def test_more_time_brings_the_entries_back(self, client, invitation, organiser):
        address = link_to(invitation)
        self.yesterday()
        client.post(address, reply(PERSON))
        invitations.extend(invitation, timezone.localdate() + datetime.timedelta(days=5), by=organiser)

        assert 'value="Štěpánková"' in text_of(client.get(address))

    def test_a_refusal_keeps_its_entries_too(self, client, invitation):
        address = link_to(invitation, "invitation_decline")
        self.yesterday()

        client.post(address, {"message": "Sorry"})

        assert Invitation.objects.get().draft["decline"] == {"message": "Sorry"}
        assert Invitation.objects.get().status == "sent"

    @pytest.mark.parametrize("lapsed", [False, True])
    def test_the_page_says_until_when_it_was_and_whom_to_ask(self, client, invitation, lapsed):
        address = link_to(invitation)
        self.yesterday()
        if lapsed:
            invitations.lapse_due()

        response = client.get(address)

        assert response.status_code == 410
        assert "The reply-by date has passed" in text_of(response)
        assert "mailto:conference@organiser.example" in text_of(response)

    def test_after_the_conference(self, client, invitation):
        address = link_to(invitation)
        with time_machine.travel(timezone.now() + datetime.timedelta(days=70)):
            response = client.get(address)

        assert response.status_code == 410
        assert "The conference is over" in text_of(response)


class TestBadLinks:
    def test_revoked_ones_name_the_mailbox_and_nobody(self, client, invitation, organiser):
        address = link_to(invitation)
        invitations.revoke(invitation, by=organiser)

        for response in (client.get(address), client.post(address, reply(PERSON))):
            assert response.status_code == 410
            assert "This link is no longer valid" in text_of(response)
            assert "mailto:conference@organiser.example" in text_of(response)
            assert "Aarhus" not in text_of(response)
        assert Invitation.objects.get().opened_at is None

    def test_unknown_ones_are_404_with_the_mailboxes(self, client, invitation):
        response = client.get(reverse("registrations:invitation", args=["guessed"]))

        assert response.status_code == 404
        assert "We do not know this link" in text_of(response)
        assert "conference@organiser.example" in text_of(response)

    @pytest.mark.parametrize("page", ["invitation", "invitation_decline", "invitation_opened"])
    def test_no_page_answers_an_unknown_token(self, client, page):
        assert client.post(reverse(f"registrations:{page}", args=["guessed"])).status_code == 404

    def test_many_wrong_ones_are_stopped_and_good_ones_are_not(self, client, invitation, monkeypatch):
        monkeypatch.setattr(links, "FAILED_LOOKUPS", 3)
        wrong = reverse("registrations:invitation", args=["guessed"])

        statuses = [client.get(wrong).status_code for _attempt in range(5)]

        assert statuses == [404, 404, 404, 429, 429]
        assert client.get(link_to(invitation)).status_code == 200
        assert client.get(wrong, REMOTE_ADDR="192.0.2.7").status_code == 404


class TestDeclining:
    def test_with_a_proposal(self, client, invitation):
        address = link_to(invitation, "invitation_decline")

        response = client.post(
            address,
            {
                "message": "Council meets.",
                "substitute_name": "Per Person",
                "substitute_function": "Deputy Mayor",
                "substitute_email": "Per@City.example",
            },
            follow=True,
        )

        invitation.refresh_from_db()
        assert invitation.status == "declined"
        assert (invitation.message, invitation.substitute_email) == ("Council meets.", "per@city.example")
        assert "Aarhus has declined" in text_of(response)
        assert "We can come after all" in text_of(response)

    def test_without_a_word(self, client, invitation):
        client.post(link_to(invitation, "invitation_decline"), {})

        assert Invitation.objects.get().status == "declined"

    def test_a_proposal_needs_a_name(self, client, invitation):
        response = client.post(link_to(invitation, "invitation_decline"), {"substitute_email": "per@city.example"})

        assert "Enter the name of the person whom you propose." in text_of(response)
        assert Invitation.objects.get().status == "sent"

    def test_twice(self, client, invitation):
        address = link_to(invitation, "invitation_decline")
        client.post(address, {})

        response = client.post(address, {}, follow=True)

        assert "Your reply has already arrived." in text_of(response)
        assert Mail.objects.filter(kind="declined").count() == 1

    def test_after_accepting_it_says_what_to_do(self, client, invitation):
        replies.accept(invitation, [person()], by=None)

        response = client.post(link_to(invitation, "invitation_decline"), {}, follow=True)

        assert "You have accepted. Withdraw the registrations instead." in text_of(response)

    def test_in_time_one_may_still_accept(self, client, invitation):
        replies.decline(invitation, by=None, substitute=Substitute(name="Per Person"))
        address = link_to(invitation)

        assert "Will Aarhus take part?" in text_of(client.get(f"{address}?again"))
        client.post(f"{address}?again", reply(PERSON))

        assert Participant.objects.get().status == "confirmed"

    def test_its_page_leads_back_once_answered(self, client, invitation):
        replies.decline(invitation, by=None)

        assert client.get(link_to(invitation, "invitation_decline")).status_code == 302


class TestAfterReplies:
    def test_withdrawn(self, client, invitation):
        (registered,) = replies.accept(invitation, [person()], by=None)
        replies.withdraw(registered, by=None)

        text = text_of(client.get(link_to(invitation)))

        assert "Aarhus is no longer registered" in text
        assert "We can come after all" in text

    def test_accepted_shows_names_and_nothing_more(self, client, invitation):
        replies.accept(invitation, [person(dietary_needs="no nuts")], by=None)

        text = text_of(client.get(link_to(invitation)))

        assert "Given1 Family1" in text
        for secret in ["guest1@city.example", invitation.email, "no nuts"]:
            assert secret not in text

    def test_a_city_with_markup_in_its_name(self, client):
        invitation = InvitationFactory(delegation=DelegationFactory(name="<script>alert(1)</script>"))

        assert "<script>alert" not in text_of(client.get(link_to(invitation)))
