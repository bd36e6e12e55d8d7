"""Dietary and access needs: only with the person's explicit consent, which can be withdrawn; drafts keep them apart."""

import importlib

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from conference import history
from registrations.models import Consent, Invitation, Participant
from registrations.services import replies, special_needs
from tests.factories import ConferenceFactory, InvitationFactory, UserFactory, person
from tests.registrations.reply_data import PERSON, link_to, reply

pytestmark = pytest.mark.django_db

MESSAGE = "Tick this if the person agrees. Otherwise leave dietary and access needs empty."
WITHOUT_TICK = {name: value for name, value in PERSON.items() if name != "needs_agreed"}
NEEDS = {"dietary_needs": "no nuts", "access_needs": "ramp"}


@pytest.fixture
def invitation() -> Invitation:
    return InvitationFactory()


@pytest.fixture
def participant(invitation: Invitation) -> Participant:
    return replies.accept(invitation, [person(**NEEDS, needs_agreed=True)], by=None)[0]


def _signed_in(participant: Participant) -> Client:
    client = Client()
    client.force_login(participant.user)
    return client


def _decisions(participant: Participant) -> list[bool]:
    found = participant.consents.filter(purpose=Consent.Purpose.SPECIAL_NEEDS).order_by("at", "pk")
    return list(found.values_list("given", flat=True))


def _change(**fields: str) -> dict[str, str]:
    unchanged = {name: value for name, value in WITHOUT_TICK.items() if name != "dietary_needs"}
    return {**unchanged, "role": "principal", **fields}


class TestConsent:
    def test_a_reply_with_needs_and_no_consent_is_sent_back(self, invitation):
        response = Client().post(link_to(invitation), reply(WITHOUT_TICK))

        assert MESSAGE in response.content.decode()
        assert not Participant.objects.exists()

    def test_a_reply_without_needs_asks_for_none(self, invitation):
        Client().post(link_to(invitation), reply({**WITHOUT_TICK, "dietary_needs": ""}))

        assert _decisions(Participant.objects.get()) == []

    def test_a_reply_with_consent_records_it_with_the_privacy_statement(self, invitation):
        Client().post(link_to(invitation), reply(PERSON))

        consent = Participant.objects.get().consents.get(purpose=Consent.Purpose.SPECIAL_NEEDS)
        assert (consent.given, consent.notice) == (True, invitation.conference.pages.get(kind="privacy"))

    def test_the_page_says_how_to_tell_it_otherwise(self, invitation):
        page = Client().get(link_to(invitation)).content.decode()

        assert "tell us in another way, by e-mail to conference@organiser.example" in page
        assert page.count('name="people-0-needs_agreed"') == 1
        assert 'name="people-0-needs_agreed" checked' not in page

    @pytest.mark.parametrize("name", ["participant_change", "participant_replace"])
    def test_later_forms_ask_as_well(self, participant, name):
        special_needs.withdraw(participant, by=None)
        address = reverse(f"registrations:{name}", args=[participant.pk])

        refused = _signed_in(participant).post(address, _change(access_needs="ramp"))
        allowed = _signed_in(participant).post(address, _change(access_needs="ramp", needs_agreed="on"))

        newest = Participant.objects.order_by("pk").last()
        assert MESSAGE in refused.content.decode()
        assert (allowed.status_code, newest.access_needs) == (302, "ramp")
        assert _decisions(newest)[-1] is True

    def test_adding_a_person_asks_as_well(self, participant):
        address = reverse("registrations:add_person", args=[participant.invitation_id])
        client = Client()
        client.force_login(participant.invitation.contact)
        second = {**_change(access_needs="ramp"), "given_name": "Second", "email": "second@city.example"}

        refused = client.post(address, second)
        client.post(address, {**second, "needs_agreed": "on"})

        assert MESSAGE in refused.content.decode()
        assert _decisions(Participant.objects.get(given_name="Second")) == [True]

    def test_changing_something_else_adds_no_second_consent(self, participant):
        address = reverse("registrations:participant_change", args=[participant.pk])
        page = _signed_in(participant).get(address).content.decode()

        _signed_in(participant).post(address, _change(**NEEDS, needs_agreed="on", function="Head"))

        participant.refresh_from_db()
        assert (participant.function, _decisions(participant)) == ("Head", [True])
        assert 'name="needs_agreed"' in page and "checked" in page

    def test_organisers_who_record_a_reply_say_that_the_person_agreed(self, invitation, organiser_client):
        address = reverse("admin:registrations_invitation_accept", args=[invitation.pk])

        refused = organiser_client.post(address, {**reply(WITHOUT_TICK), "channel": "phone"})
        organiser_client.post(address, {**reply(PERSON), "channel": "phone"})

        assert MESSAGE in refused.content.decode()
        assert _decisions(Participant.objects.get()) == [True]

    def test_without_a_privacy_statement_there_is_nothing_to_consent_to(self):
        conference = ConferenceFactory(privacy_statement=False)
        invitation = InvitationFactory(delegation__conference=conference)

        registered = replies.accept(invitation, [person(**NEEDS, needs_agreed=True)], by=None)[0]

        assert _decisions(registered) == []


class TestWithdrawing:
    def test_asks_first_and_deletes_at_once(self, participant):
        client = _signed_in(participant)
        address = reverse("registrations:needs_withdraw", args=[participant.pk])

        question = client.get(address)
        unchanged = Participant.objects.get(pk=participant.pk).dietary_needs
        response = client.post(address)

        participant.refresh_from_db()
        assert (question.status_code, unchanged, response.status_code) == (200, "no nuts", 302)
        assert (participant.dietary_needs, participant.access_needs) == ("", "")
        assert _decisions(participant) == [True, False]

    def test_the_history_says_so_without_the_needs(self, participant):
        special_needs.withdraw(participant, by=participant.user)

        entry = history.of(participant).first()
        assert (entry.action, entry.by, entry.detail) == (
            "consent to needs withdrawn, needs deleted",
            participant.user,
            "",
        )

    def test_twice_changes_nothing_more(self, participant):
        first = special_needs.withdraw(participant, by=None)
        again = special_needs.withdraw(participant, by=None)

        assert (first, again, _decisions(participant)) == (True, False, [True, False])

    def test_is_offered_where_there_are_needs(self, participant):
        page = participant.get_absolute_url()
        address = reverse("registrations:needs_withdraw", args=[participant.pk])

        before = address in _signed_in(participant).get(page).content.decode()
        special_needs.withdraw(participant, by=None)
        after = address in _signed_in(participant).get(page).content.decode()

        assert (before, after) == (True, False)

    def test_is_nothing_for_strangers(self, participant):
        client = Client()
        client.force_login(UserFactory())

        response = client.post(reverse("registrations:needs_withdraw", args=[participant.pk]))

        participant.refresh_from_db()
        assert (response.status_code, participant.dietary_needs) == (404, "no nuts")


class TestDrafts:
    @pytest.fixture
    def writer(self, invitation: Invitation) -> Client:
        """A browser that has saved a reply with needs for two people."""
        client = Client()
        second = {**PERSON, "given_name": "Second", "dietary_needs": "", "access_needs": "hearing loop"}
        client.post(link_to(invitation), {**reply(PERSON, second), "save": "1"})
        return client

    def test_show_needs_to_whoever_typed_them(self, invitation, writer):
        page = writer.get(link_to(invitation)).content.decode()

        assert "no nuts" in page
        assert "hearing loop</textarea>" in page
        assert "Dietary and access needs are kept in this browser only." in page

    def test_show_others_the_rest(self, invitation, writer):
        page = Client().get(link_to(invitation)).content.decode()

        assert "Štěpánková" in page
        assert "no nuts" not in page
        assert "hearing loop</textarea>" not in page

    def test_show_organisers_no_needs(self, invitation, writer, organiser_client):
        page = organiser_client.get(reverse("admin:registrations_invitation_accept", args=[invitation.pk]))

        assert "Štěpánková" in page.content.decode()
        assert "no nuts" not in page.content.decode()

    def test_store_no_needs_with_the_invitation_and_none_readable_in_the_session(self, invitation, writer):
        invitation.refresh_from_db()

        assert "no nuts" not in str(invitation.draft)
        assert "no nuts" not in str(dict(writer.session))

    def test_are_kept_apart_when_the_reply_came_too_late(self, invitation):
        client = Client()
        address = link_to(invitation)
        Invitation.objects.filter(pk=invitation.pk).update(reply_by="2020-01-01")

        client.post(address, reply(PERSON))

        invitation.refresh_from_db()
        assert invitation.draft["people"][0]["given_name"] == "Jana"
        assert "no nuts" not in str(invitation.draft)
        Invitation.objects.filter(pk=invitation.pk).update(reply_by=invitation.conference.held_on)
        assert "no nuts" in client.get(address).content.decode()

    def test_are_forgotten_with_the_reply(self, invitation, writer):
        writer.post(link_to(invitation), reply(PERSON))

        assert writer.session.get("needs", {}) == {}

    def test_saved_before_lose_their_needs(self, invitation):
        replies.save_draft(invitation, {"people": [{"given_name": "Jana", "dietary_needs": "no nuts"}, {}]})
        migration = importlib.import_module("registrations.migrations.0008_consent_to_special_needs")

        migration.take_needs_out_of_drafts(apps, None)

        invitation.refresh_from_db()
        assert invitation.draft == {"people": [{"given_name": "Jana"}, {}]}
