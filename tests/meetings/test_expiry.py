"""Requests that nobody answers: the reminder before, and the end."""

import datetime

import pytest
from django.conf import settings

from config.celery import app
from mailings.models import Mail
from meetings import tasks
from meetings.models import MeetingRequest, MeetingSeat
from meetings.services import requests
from tests.factories import ConferenceFactory
from tests.meetings import factories

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2027, 2, 1, 12, tzinfo=datetime.UTC)
HOUR = datetime.timedelta(hours=1)


@pytest.fixture
def conference(db, time_machine):
    time_machine.move_to(NOW, tick=False)
    conference = ConferenceFactory(held_on=datetime.date(2027, 2, 26))
    factories.rules(conference)
    return conference


@pytest.fixture
def slots(conference):
    return list(factories.block(conference, slots=2).slots.all())


@pytest.fixture
def one(conference):
    return factories.guest(conference)


@pytest.fixture
def other(conference):
    return factories.guest(conference)


def mails(kind):
    return Mail.objects.filter(kind=kind)


def test_after_three_days_it_expires_and_the_asker_is_told(slots, one, other, time_machine):
    made = requests.ask(one, other, slot=slots[0], by=None)
    time_machine.move_to(NOW + 72 * HOUR - HOUR / 60, tick=False)
    tasks.expire_requests()
    before = MeetingRequest.objects.get(pk=made.pk).status
    time_machine.move_to(NOW + 72 * HOUR, tick=False)
    tasks.expire_requests()
    tasks.expire_requests()

    assert (before, MeetingRequest.objects.get(pk=made.pk).status) == ("pending", "expired")
    assert MeetingSeat.objects.count() == 0
    assert [mail.to for mail in mails("meeting_expired")] == [[one.email]]


def test_a_day_before_whoever_was_asked_is_reminded_once(slots, one, other, time_machine):
    requests.ask(one, other, message="Schools?", by=None)
    time_machine.move_to(NOW + 47 * HOUR, tick=False)
    tasks.remind_of_requests()
    too_early = mails("meeting_reminder").count()
    time_machine.move_to(NOW + 48 * HOUR, tick=False)
    for _time in range(2):
        tasks.remind_of_requests()

    (mail,) = mails("meeting_reminder")
    assert (too_early, mail.to) == (0, [other.email])
    assert "Thursday 4 February 2027, 13.00" in mail.text


def test_who_has_answered_is_not_reminded(slots, one, other, time_machine):
    requests.accept(requests.ask(one, other, by=None), by=None)
    time_machine.move_to(NOW + 60 * HOUR, tick=False)
    tasks.remind_of_requests()

    assert mails("meeting_reminder").count() == 0


@pytest.mark.parametrize(
    ("hours_before", "life", "reminded_after"),
    [(24 * 20, 72, 48), (48, 24, 16), (12, 6, 4), (4, 2, None)],
)
def test_near_the_day_requests_live_shorter_and_are_reminded_later(
    slots, one, other, conference, time_machine, hours_before, life, reminded_after
):
    time_machine.move_to(conference.starts_at - hours_before * HOUR, tick=False)
    made = requests.ask(one, other, by=None)
    asked_at = made.created_at
    reminders = []
    for quarter in range(life * 4):
        moment = asked_at + quarter * HOUR / 4
        if requests.remind_due(moment):
            reminders.append((moment - asked_at) / HOUR)

    assert made.expires_at == asked_at + life * HOUR
    assert reminders == ([reminded_after] if reminded_after else [])


def test_on_the_day_a_request_lives_until_half_of_what_is_left(slots, one, other, time_machine):
    time_machine.move_to(slots[1].starts_at - HOUR, tick=False)
    without_a_slot = requests.ask(one, other, by=None)
    with_a_slot = requests.ask(factories.guest(one.conference), other, slot=slots[1], by=None)

    assert without_a_slot.expires_at == with_a_slot.expires_at == slots[1].starts_at - HOUR / 2


def test_what_should_have_expired_does_not_stand_in_the_way(slots, one, other, time_machine):
    """The job that closes requests may be late."""
    made = requests.ask(one, other, by=None)
    time_machine.move_to(made.expires_at, tick=False)

    again = requests.ask(other, one, by=None)

    assert MeetingRequest.objects.get(pk=made.pk).status == "expired"
    assert again.is_pending


def test_beat_knows_both_jobs():
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}

    assert {tasks.expire_requests.name, tasks.remind_of_requests.name} <= scheduled & set(app.tasks)
