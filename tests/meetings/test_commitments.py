"""Programme, meetings and market place know of each other's people, though none of them imports the others' rules."""

import datetime

import pytest

from agenda import warnings
from agenda.kinds import SessionKind
from agenda.models import Session, Speaker
from agenda.states import SpeakerStatus
from conference.models import Conference
from marketplace.models import Duty
from meetings.models import Absence
from meetings.queries import busy_spans
from meetings.services import requests
from registrations import commitments
from registrations.models import Participant
from tests.factories import AppearanceFactory, SessionFactory, SpeakerFactory
from tests.marketplace.factories import call, stand
from tests.meetings import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def speaker(conference: Conference) -> Participant:
    return factories.guest(conference)


def debate(participant: Participant, starts_at) -> Session:
    """In which the participant speaks, who has accepted."""
    session = SessionFactory(
        conference=participant.conference, kind=SessionKind.DEBATE, title="Final open debate", starts_at=starts_at
    )
    known = Speaker.objects.filter(participant=participant).first()
    nameless = {"given_name": "", "family_name": "", "email": ""}
    speaker = known or SpeakerFactory(
        conference=participant.conference, participant=participant, status=SpeakerStatus.ACCEPTED, **nameless
    )
    AppearanceFactory(session=session, speaker=speaker)
    return session


def told(conference: Conference) -> list[str]:
    return [warning.text for warning in warnings.find(conference) if warning.rule == "commitment"]


def test_a_speaker_who_sits_in_a_meeting_is_a_warning_of_the_programme(conference, speaker):
    factories.rules(conference)
    slot = factories.block(conference, slots=2, tables=1).slots.first()
    other = factories.guest(conference)
    requests.accept(requests.ask(speaker, other, slot=slot, by=speaker.user), by=other.user)
    assert told(conference) == []

    debate(speaker, slot.starts_at)

    (text,) = told(conference)
    assert text.startswith(f"{speaker} has something else at ")
    assert text.endswith(f"a meeting with {other.delegation.name}, table 1.")


def test_a_speaker_who_stands_at_a_stand_is_a_warning_of_the_programme(conference, speaker):
    session = debate(speaker, conference.starts_at)
    own = stand(call(conference, stands_from=session.starts_at, stands_until=session.ends_at))
    Duty.objects.create(stand=own, participant=speaker, starts_at=session.starts_at, ends_at=session.ends_at)

    (text,) = told(conference)

    assert f"duty at stand {own.place.number}" in text


def test_who_speaks_is_busy_for_meetings(conference, speaker):
    session = debate(speaker, conference.starts_at)

    assert set(busy_spans(conference, [speaker.pk])[speaker.pk]) == {(session.starts_at, session.ends_at)}


def test_a_booking_reads_four_queries_whatever_the_programme_holds(conference, speaker, django_assert_num_queries):
    own = stand(call(conference))
    for hour in range(3):
        begins = conference.starts_at + datetime.timedelta(hours=hour)
        ends = begins + datetime.timedelta(minutes=30)
        other = factories.guest(conference)
        session = debate(speaker, begins)
        debate(other, begins)
        for one in (speaker, other):
            Duty.objects.create(stand=own, participant=one, starts_at=begins, ends_at=ends)
            Absence.objects.create(participant=one, starts_at=begins, ends_at=ends)

        # Absences, roles, presentations, duties.
        with django_assert_num_queries(4):
            spans = busy_spans(conference, [speaker.pk])

        assert set(spans) == {speaker.pk}
        assert len(spans[speaker.pk]) == 3 * (hour + 1)
        assert (session.starts_at, session.ends_at) in spans[speaker.pk]


def test_of_some_people_only_their_meetings_bind(conference):
    slot = factories.block(conference, slots=2, tables=2).slots.first()
    one, other, third, fourth = (factories.guest(conference) for _number in range(4))
    for pair, table in zip(((one, other), (third, fourth)), conference.meeting_tables.all(), strict=True):
        factories.meeting(factories.request(*pair), slot=slot, table=table)

    assert [bound.participant for bound in commitments.of(conference, people=[other.pk])] == [other.pk]
    assert len(commitments.of(conference)) == 4
