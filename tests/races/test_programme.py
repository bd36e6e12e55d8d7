"""Organisers who change and publish one programme at the same instant."""

import datetime
import itertools
from collections import Counter

import pytest

from agenda.models import Release, Session
from mailings.models import Mail
from tests.factories import AppearanceFactory, ConferenceFactory, PlanFactory, SessionFactory, SpeakerFactory
from tests.processes import race
from tests.races import agenda_jobs

pytestmark = [pytest.mark.databases, pytest.mark.django_db(transaction=True)]


def test_of_two_who_save_one_session_one_saves_and_the_other_is_told(tmp_path):
    session = SessionFactory(title="Panel 1")
    work = [(session.pk, session.version, f"Title {number}") for number in range(10)]

    result = race(agenda_jobs.save_title, work, folder=tmp_path)

    session.refresh_from_db()
    assert Counter(result.values) == {"saved": 1, "told": 9}
    assert session.title == f"Title {result.values.index('saved')}"
    assert session.version == 2


def test_ten_clicks_publish_once_and_tell_each_speaker_once(tmp_path):
    session = SessionFactory()
    AppearanceFactory(session=session, speaker=SpeakerFactory(conference=session.conference, status="accepted"))

    result = race(agenda_jobs.publish, [(session.conference_id,)] * 10, folder=tmp_path)

    assert Counter(result.values) == {"1": 1, "nothing new": 9}
    assert Release.objects.count() == 1
    assert Mail.objects.count() == 1


def test_a_release_never_holds_half_of_a_move(tmp_path):
    """All sessions follow each other without a pause; a release in which they do not would be a mixture."""
    conference = ConferenceFactory()
    sessions = [SessionFactory(conference=conference, at=f"{hour:02}:00") for hour in range(9, 15)]
    PlanFactory(conference=conference)
    work = [(conference.pk, sessions[0].pk if number % 2 else 0) for number in range(10)]

    result = race(agenda_jobs.publish_or_move, work, folder=tmp_path)

    outcomes = Counter(result.values)
    assert outcomes["moved"] >= 1
    for release in Release.objects.all():
        starts = [session.starts_at for session in release.programme.sessions]
        assert {later - earlier for earlier, later in itertools.pairwise(starts)} == {datetime.timedelta(hours=1)}
    assert Session.objects.count() == 6
