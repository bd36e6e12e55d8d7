"""Reminding speakers of their reply and of what they send."""

import datetime

import pytest
import time_machine
from django.utils import timezone

from agenda.kinds import Role
from agenda.models import Plan, Speaker
from agenda.services import reminders, speakers
from conference import history
from mailings.models import Mail
from tests.factories import AppearanceFactory, PlanFactory, PresentationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def speaker(conference) -> Speaker:
    """A guest from outside who moderates a panel and was not asked yet."""
    return AppearanceFactory(session__conference=conference, session__title="Panel 1", role=Role.MODERATOR).speaker


def kinds_of_mails() -> list[str]:
    return list(Mail.objects.order_by("pk").values_list("kind", flat=True))


def actions_of(speaker: Speaker) -> list[tuple[str, str]]:
    """What the history tells, oldest first: what, and who."""
    return [(entry.action, entry.by_label) for entry in reversed(history.of(speaker))]


@pytest.fixture
def plan(conference) -> Plan:
    """Replies by in three days, documents due in three weeks, each reminded of three days before."""
    today = conference.today
    return PlanFactory(
        conference=conference,
        speakers_reply_by=today + datetime.timedelta(days=3),
        documents_due_on=today + datetime.timedelta(weeks=3),
        remind_days_before=3,
    )


@pytest.fixture
def asked(speaker, organiser) -> Speaker:
    speakers.ask(speaker, by=organiser)
    Speaker.objects.update(asked_at=timezone.now() - datetime.timedelta(days=10))
    return speaker


def test_who_has_not_replied_is_reminded_once(plan, asked):
    assert (reminders.remind_due(), reminders.remind_due()) == (1, 0)
    assert kinds_of_mails() == ["speaker_request", "speaker_reminder"]
    assert actions_of(asked)[-1] == ("reminded", "system")


def test_not_before_the_day(plan, asked):
    Plan.objects.update(remind_days_before=2)

    assert reminders.remind_due() == 0


def test_not_after_the_deadline(plan, asked, conference):
    with time_machine.travel(conference.end_of(plan.speakers_reply_by) + datetime.timedelta(hours=1), tick=False):
        assert reminders.remind_due() == 0


def test_not_where_the_organisers_want_no_reminders(plan, asked):
    Plan.objects.update(remind_days_before=None)

    assert reminders.remind_due() == 0


def test_not_who_was_asked_today(plan, speaker, organiser):
    speakers.ask(speaker, by=organiser)

    assert reminders.remind_due() == 0


def test_not_who_has_replied(plan, asked):
    speakers.decline(asked, by=None)

    assert reminders.remind_due() == 0


def test_who_accepted_is_reminded_of_what_is_missing(plan, asked, conference):
    talk = PresentationFactory(session__conference=conference, speaker=asked, title="Ħaż-Żebbuġ")
    speakers.accept(asked, by=None)

    with time_machine.travel(timezone.now() + datetime.timedelta(days=18), tick=False):
        assert (reminders.remind_due(), reminders.remind_due()) == (1, 0)

    mail = Mail.objects.get(kind="documents_reminder")
    assert talk.title == "Ħaż-Żebbuġ"
    assert "– slides for “Ħaż-Żebbuġ”\n– biography\n– photograph" in mail.text


def test_by_hand_as_often_as_wanted(asked, organiser):
    reminders.remind(asked, by=organiser)
    reminders.remind(asked, by=organiser)

    assert kinds_of_mails() == ["speaker_request", "speaker_reminder", "speaker_reminder"]
