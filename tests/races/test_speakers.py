"""Two clicks at the same instant are one reply; many workers remind once."""

import datetime
from collections import Counter

import pytest
from django.utils import timezone

from agenda.models import Speaker
from agenda.states import SpeakerStatus
from mailings.models import Mail
from tests.factories import AppearanceFactory, ConferenceFactory, PlanFactory
from tests.processes import race
from tests.races import speaker_jobs

pytestmark = [pytest.mark.databases, pytest.mark.django_db(transaction=True)]


def asked(number: int) -> list[Speaker]:
    """Speakers asked ten days ago, whose reminder is due."""
    conference = ConferenceFactory()
    PlanFactory(conference=conference, speakers_reply_by=conference.today + datetime.timedelta(days=1))
    found = [AppearanceFactory(session__conference=conference).speaker for _number in range(number)]
    Speaker.objects.update(status=SpeakerStatus.ASKED, asked_at=timezone.now() - datetime.timedelta(days=10))
    return found


def test_an_acceptance_sent_by_ten_clicks_arrives_once(tmp_path):
    (speaker,) = asked(1)

    result = race(speaker_jobs.reply, [(speaker.pk, "accept")] * 10, folder=tmp_path)

    assert Counter(result.values) == {"accept": 1, "already replied": 9}
    assert Mail.objects.filter(kind="speaker_confirmed").count() == 1


def test_of_an_acceptance_and_a_refusal_the_later_stands(tmp_path):
    (speaker,) = asked(1)

    result = race(speaker_jobs.reply, [(speaker.pk, "accept"), (speaker.pk, "decline")], folder=tmp_path)

    # Whichever came second is the last word; neither is lost, and neither is an error.
    assert sorted(result.values) == ["accept", "decline"]
    assert Speaker.objects.get().status in {SpeakerStatus.ACCEPTED, SpeakerStatus.DECLINED}


def test_ten_workers_remind_each_speaker_once(tmp_path):
    asked(5)

    result = race(speaker_jobs.remind, [()] * 10, folder=tmp_path)

    assert sum(result.values) == 5
    assert Mail.objects.filter(kind="speaker_reminder").count() == 5
