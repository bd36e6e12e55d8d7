"""A link is not an account: what a browser reaches after a first reply by personal link, and what it does not."""

import datetime
import re
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import reach
from accounts.models import User
from conference.models import HistoryEntry
from mailings.models import Mail
from registrations.models import Invitation, Participant
from registrations.services import invitations, replies
from tests.factories import InvitationFactory, SessionFactory, UserFactory, person
from tests.registrations.reply_data import PERSON, SECOND, link_to, reply
from tests.routes import Route, routes

pytestmark = pytest.mark.django_db

WITHOUT_SIGNING_IN = (*(way for way in reach.WAYS if not way.signed_in and way is not reach.LINK_GRANT),)
SIGN_IN_PAGES = (reverse("account_login"), reverse("admin:login"))


@pytest.fixture
def invitation() -> Invitation:
    return InvitationFactory(delegation__city__name="Aarhus", email="mayor@city.example")


@pytest.fixture
def link(invitation) -> str:
    return link_to(invitation)


@pytest.fixture
def registered(client, link) -> Participant:
    """The browser of `client` has just sent the first reply."""
    client.post(link, reply(PERSON))
    return Participant.objects.get()


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def is_closed(response: Any) -> bool:
    if response.status_code == 404:
        return True
    return response.status_code == 302 and response.url.startswith(SIGN_IN_PAGES)


def addresses(registered: Participant) -> dict[str, str]:
    own = {
        name: reverse(name, args=[registered.pk])
        for name in reach.LINK_GRANT.opens
        if name not in {"registrations:mine", "registrations:add_person"}
    }
    return {
        **own,
        "registrations:mine": reverse("registrations:mine"),
        "registrations:add_person": reverse("registrations:add_person", args=[registered.invitation_id]),
    }


class TestWhatItOpens:
    @pytest.mark.parametrize("name", reach.LINK_GRANT.opens)
    def test_each_page_of_the_registration(self, client, registered, name):
        # Sending a mail again has no page of its own.
        expected = 405 if name == "registrations:participant_address" else 200

        assert client.get(addresses(registered)[name]).status_code == expected

    def test_nobody_is_signed_in(self, client, registered):
        response = client.get(registered.get_absolute_url())

        assert not response.wsgi_request.user.is_authenticated
        assert "_auth_user_id" not in client.session

    def test_nothing_is_proven_by_it(self, client, registered, invitation):
        assert EmailAddress.objects.get(email=invitation.email).verified is False

    def test_corrections_are_in_the_history_as_those_of_the_link(self, client, registered, invitation):
        client.post(
            reverse("registrations:participant_change", args=[registered.pk]),
            {**PERSON, "role": "principal", "family_name": "Nováková"},
        )
        client.post(reverse("registrations:add_person", args=[invitation.pk]), {**SECOND, "role": "companion"})
        client.post(reverse("registrations:participant_withdraw", args=[registered.pk]))

        entries = HistoryEntry.objects.filter(
            action__in=["changed", "registered", "withdrawn"], subject_type__model="participant"
        )
        assert set(entries.values_list("action", "by", "by_label")) == {
            (action, None, "personal link of mayor@city.example") for action in ("changed", "registered", "withdrawn")
        }

    def test_consents_are_for_the_person_after_signing_in(self, client, registered):
        client.post(registered.get_absolute_url(), {"consent_photos": "on"})

        assert not registered.consents.filter(purpose="photos", given=True).exists()
        assert not HistoryEntry.objects.filter(action="consents changed").exists()

    def test_whoever_is_added_or_sent_instead_is_in_reach_too(self, client, registered):
        client.post(reverse("registrations:add_person", args=[registered.invitation_id]), SECOND)
        second = Participant.objects.get(given_name="Владимир")
        client.post(
            reverse("registrations:participant_replace", args=[registered.pk]),
            {**PERSON, "given_name": "Deputy", "role": "deputy"},
        )
        deputy = Participant.objects.get(replaces=registered)

        for participant in (second, deputy):
            assert client.get(participant.get_absolute_url()).status_code == 200

    def test_offers_to_sign_in_with_the_address_filled_in(self, client, registered):
        text = text_of(client.get(registered.get_absolute_url()))

        assert 'value="jana@city.example"' in text
        assert "one-to-one meetings" in text
        client.post(
            reverse("account_request_login_code"), {"email": PERSON["email"], "next": registered.get_absolute_url()}
        )
        (code,) = re.findall(r"^\s*([A-Z0-9-]{6,12})\s*$", Mail.objects.get(kind="account").opened_text(), re.MULTILINE)
        response = client.post(
            reverse("account_confirm_login_code"), {"code": code, "next": registered.get_absolute_url()}, follow=True
        )
        assert response.redirect_chain[-1][0] == registered.get_absolute_url()
        assert "Sign in to do more" not in text_of(response)

    def test_nothing_of_the_apps_above_is_shown(self, client, registered):
        client.get(registered.get_absolute_url())
        response = client.get(registered.get_absolute_url())

        assert (response.context["panels"], response.context["offers"]) == ([], [])


class TestWhatItLeavesClosed:
    @pytest.mark.parametrize("method", ["get", "post"])
    def test_every_address_of_the_site_that_the_table_does_not_open(self, client, registered, method):
        opened = []
        for route in routes():
            if route.view_name in reach.LINK_GRANT.opens or any(
                way.allows(route.view_name) for way in WITHOUT_SIGNING_IN
            ):
                continue
            if not is_closed(getattr(client, method)(route.address(registered))):
                opened.append(route.view_name)

        assert opened == []

    def test_no_password_address_or_second_factor_can_be_set(self, client, registered, invitation):
        owner = User.objects.get(email=invitation.email)
        posts = {
            "account_set_password": {"password1": "a long enough passphrase", "password2": "a long enough passphrase"},
            "account_change_password": {"oldpassword": "", "password1": "x" * 20, "password2": "x" * 20},
            "account_email": {"action_add": "", "email": "thief@elsewhere.example"},
            "mfa_activate_totp": {"code": "123456"},
            "mfa_add_webauthn": {"name": "key", "credential": "{}"},
            "mfa_generate_recovery_codes": {},
        }

        statuses = {name: client.post(reverse(name), data).status_code for name, data in posts.items()}

        assert set(statuses.values()) == {404}
        owner.refresh_from_db()
        assert not owner.has_usable_password()
        assert not EmailAddress.objects.filter(email__contains="thief").exists()
        assert not Authenticator.objects.exists()

    def test_what_others_entered_before(self, client, invitation, link):
        (earlier,) = replies.accept(invitation, [person(dietary_needs="no nuts", access_needs="a lift")], by=None)
        replies.withdraw(earlier, by=None)

        client.post(link, reply(SECOND))

        later = Participant.objects.get(given_name="Владимир")
        assert client.get(later.get_absolute_url()).status_code == 200
        assert is_closed(client.get(earlier.get_absolute_url()))
        for address in (later.get_absolute_url(), reverse("registrations:mine")):
            assert "Given1" not in text_of(client.get(address))

    def test_people_whom_somebody_else_adds_meanwhile(self, client, registered, invitation):
        added = replies.add_person(invitation, person(2), by=UserFactory())

        assert is_closed(client.get(added.get_absolute_url()))
        assert "Given2" not in text_of(client.get(registered.get_absolute_url()))

    def test_other_registrations_of_the_same_address(self, client, invitation, link):
        (other,) = replies.accept(InvitationFactory(email=invitation.email), [person()], by=None)

        client.post(link, reply(PERSON))

        assert is_closed(client.get(other.get_absolute_url()))
        assert is_closed(client.get(reverse("registrations:add_person", args=[other.invitation_id])))


class TestWhoGetsOne:
    def test_a_second_browser_with_the_same_link_gets_none(self, registered, link):
        second = Client()

        shown = text_of(second.get(link))
        second.post(link, reply(PERSON))

        assert "Jana Štěpánková" in shown
        assert "no nuts" not in shown
        assert is_closed(second.get(registered.get_absolute_url()))
        assert is_closed(second.get(reverse("registrations:mine")))

    def test_nor_one_whose_reply_another_request_overtook(self, client, invitation, link, monkeypatch):
        accept = replies.accept

        def accept_after_the_other(invitation, *args, **kwargs):
            accept(Invitation.objects.get(), [person()], by=None)
            return accept(invitation, *args, **kwargs)

        monkeypatch.setattr(replies, "accept", accept_after_the_other)

        client.post(link, reply(PERSON))

        assert is_closed(client.get(Participant.objects.get().get_absolute_url()))

    def test_nor_who_declines_or_saves(self, client, invitation, link):
        client.post(link, {**reply(PERSON), "save": "1"})
        client.post(f"{link}decline/", {})

        assert is_closed(client.get(reverse("registrations:mine")))

    def test_nor_who_is_signed_in(self, client, link):
        client.force_login(UserFactory())

        response = client.post(link, reply(PERSON))
        client.logout()

        assert response.url == link
        assert is_closed(client.get(Participant.objects.get().get_absolute_url()))

    def test_two_invitations_answered_in_one_browser_are_both_in_reach(self, client, registered):
        client.post(link_to(InvitationFactory()), reply(SECOND))
        second = Participant.objects.get(given_name="Владимир")

        for participant in (registered, second):
            assert client.get(participant.get_absolute_url()).status_code == 200


class TestHowLong:
    def test_the_session_gets_a_new_key(self, client, link):
        session = client.session
        session["something"] = "before"
        session.save()
        before = session.session_key

        client.post(link, reply(PERSON))

        assert client.session.session_key != before
        assert client.session["something"] == "before"

    def test_two_hours(self, client, link):
        with time_machine.travel(timezone.now(), tick=False) as clock:
            client.post(link, reply(PERSON))
            address = Participant.objects.get().get_absolute_url()
            clock.shift(reach.LINK_GRANT.lifetime - datetime.timedelta(seconds=1))
            in_time = client.get(address)
            clock.shift(datetime.timedelta(seconds=1))
            late = client.get(address)

        assert reach.LINK_GRANT.lifetime == datetime.timedelta(hours=2)
        assert in_time.status_code == 200
        assert (late.status_code, late.url) == (302, f"{reverse('account_login')}?next={address}")

    def test_no_longer_than_the_link(self, client, registered, invitation):
        invitation.links.update(revoked_at=timezone.now())

        assert is_closed(client.get(registered.get_absolute_url()))

    def test_whoever_signs_in_reaches_what_is_theirs_and_no_more(self, client, registered):
        client.force_login(UserFactory())

        assert client.get(registered.get_absolute_url()).status_code == 404


class TestLinksEndWithTheConference:
    @pytest.mark.parametrize("page", ["invitation", "invitation_decline", "invitation_opened"])
    def test_thirty_days_after_it_they_answer_410_and_name_nobody(self, client, invitation, page):
        address = link_to(invitation, page)
        replies.accept(invitation, [person()], by=None)
        end = invitation.conference.ends_at + datetime.timedelta(days=30)

        with time_machine.travel(end, tick=False):
            responses = [client.get(address), client.post(address, reply(PERSON))]

        for response in responses:
            if response.status_code == 405:
                continue
            assert response.status_code == 410
            text = text_of(response)
            for word in ["Aarhus", "Given1", "Family1", "guest1@city.example", invitation.email]:
                assert word not in text

    def test_until_then_they_show_who_came(self, client, invitation, link):
        replies.accept(invitation, [person()], by=None)

        with time_machine.travel(invitation.conference.ends_at + datetime.timedelta(days=29), tick=False):
            response = client.get(link)

        assert response.status_code == 200
        assert "Given1 Family1" in text_of(response)

    def test_the_last_session_counts_as_it_does_for_speakers(self, client, invitation, link):
        conference = invitation.conference
        later = conference.ends_at + datetime.timedelta(days=2)
        SessionFactory(conference=conference, starts_at=later, minutes=60)

        with time_machine.travel(conference.ends_at + datetime.timedelta(days=31), tick=False):
            still = client.get(link)
        with time_machine.travel(later + datetime.timedelta(days=30, hours=1), tick=False):
            ended = client.get(link)

        assert "The conference is over" in text_of(still)
        assert "the links of its invitations have ended" in text_of(ended)

    def test_revoked_ones_name_nobody(self, client, invitation, link, organiser):
        invitations.revoke(invitation, by=organiser)

        text = text_of(client.get(link))

        assert "This link is no longer valid" in text
        for word in ["Aarhus", invitation.email]:
            assert word not in text


def test_routes_are_found():
    """The walk above would hold by finding nothing."""
    found = list(routes())

    assert len(found) > 200
    assert Route("account_email", "/accounts/email/") in found
