"""For whom a user may act, and how they come to the right person's pages."""

import datetime
import re

import pytest
import time_machine
from django.urls import reverse
from django.utils.html import strip_tags

from meetings.models import Assistant
from meetings.services import requests as services
from tests.factories import ConferenceFactory, UserFactory
from tests.meetings import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def me(conference):
    factories.rules(conference)
    return factories.guest(conference)


def entry(conference):
    return reverse("meetings:entry", args=[conference.slug])


def text_of(response) -> str:
    return re.sub(r"\s+", " ", strip_tags(response.content.decode()))


def directory(participant):
    return reverse("meetings:directory", args=[participant.pk])


def test_the_way_in_leads_to_the_only_person(client, conference, me):
    client.force_login(me.user)

    assert client.get(entry(conference)).url == directory(me)


def test_the_way_in_leads_to_the_meetings_once_there_is_something_to_answer(client, conference, me):
    factories.block(conference)
    services.ask(factories.guest(conference), me, by=None)
    client.force_login(me.user)

    assert client.get(entry(conference)).url == reverse("meetings:mine", args=[me.pk])


def test_each_page_says_how_many_requests_wait_for_an_answer(client, conference, me):
    factories.block(conference)
    request = services.ask(factories.guest(conference), me, by=None)
    client.force_login(me.user)

    waiting = text_of(client.get(directory(me)))
    with time_machine.travel(request.expires_at + datetime.timedelta(seconds=1), tick=False):
        expired = text_of(client.get(directory(me)))

    assert "My meetings 1 to answer" in waiting
    assert "to answer" not in expired


def test_who_looks_after_two_people_is_asked_for_whom(client, conference, me):
    other = factories.guest(conference)
    Assistant.objects.create(participant=other, email=me.user.email.upper())
    client.force_login(me.user)

    page = client.get(entry(conference)).content.decode()

    assert directory(me) in page
    assert directory(other) in page


def test_a_stranger_is_told_that_meetings_are_for_participants(client, conference, me):
    client.force_login(UserFactory())

    assert "Nobody is registered under this address" in client.get(entry(conference)).content.decode()


def test_a_conference_without_rules_has_no_meetings(client, conference):
    client.force_login(UserFactory())

    assert client.get(entry(ConferenceFactory())).status_code == 404


def test_nobody_acts_for_somebody_else(client, me):
    client.force_login(factories.guest(me.conference).user)

    assert client.get(directory(me)).status_code == 404


def test_a_named_assistant_acts_for_a_participant(client, me):
    assistant = UserFactory()
    Assistant.objects.create(participant=me, email=assistant.email)
    client.force_login(assistant)

    assert client.get(directory(me)).status_code == 200


@pytest.mark.parametrize("gone", [{"status": "withdrawn", "withdrawn_at": "2026-01-01T00:00Z"}, {"status": "replaced"}])
def test_who_no_longer_comes_has_no_pages(client, me, gone):
    type(me).objects.filter(pk=me.pk).update(seat_no=None, place_no=None, **gone)
    client.force_login(me.user)

    assert client.get(directory(me)).status_code == 404


def test_the_conference_names_its_meetings_once_it_has_rules(client, conference):
    before = client.get(conference.get_absolute_url()).content.decode()
    factories.rules(conference)
    after = client.get(conference.get_absolute_url()).content.decode()

    assert (entry(conference) in before, entry(conference) in after) == (False, True)
