"""The net below the planning: each named constraint of the programme's tables, broken on purpose."""

import datetime
import uuid

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from agenda.models import DismissedWarning, ProgrammeImport, Reader, Release, Speaker, Star
from registrations.models import Participant
from tests.factories import (
    AppearanceFactory,
    ConferenceFactory,
    DelegationFactory,
    PresentationFactory,
    SessionFactory,
    SpeakerFactory,
    UserFactory,
    person,
)
from tests.races.test_constraints import changed, file_unlike_its_status

pytestmark = [pytest.mark.databases, pytest.mark.django_db]


def two_sessions(**same: object) -> None:
    conference = ConferenceFactory()
    for number in (1, 2):
        SessionFactory(**{"conference": conference, "number": number, **same})


def two_speakers(**same: object) -> None:
    conference = ConferenceFactory()
    for _number in range(2):
        SpeakerFactory(conference=conference, **same)


def one_participant_twice() -> None:
    delegation = DelegationFactory()
    participant = Participant.objects.create(
        conference=delegation.conference,
        delegation=delegation,
        category=delegation.category,
        status="confirmed",
        seat_no=1,
        place_no=1,
        **person().fields(),
    )
    for _number in range(2):
        Speaker.objects.create(conference=delegation.conference, participant=participant)


def one_speaker_twice_in_a_session() -> None:
    first = AppearanceFactory()
    AppearanceFactory(session=first.session, speaker=first.speaker)


def two_presentations_of_one_guid() -> None:
    first = PresentationFactory()
    PresentationFactory(session=first.session, guid=first.guid)


def release(**fields: object) -> Release:
    known = {"number": 1, "content": {}, "working_copy": []}
    return Release.objects.create(**{"conference": ConferenceFactory(), **known, **fields})


def two_releases_of_one_number() -> None:
    release(conference=release().conference)


def dismissed(**fields: object) -> DismissedWarning:
    known = {"key": "k", "text": "t", "reason": "r"}
    return DismissedWarning.objects.create(**{"conference": ConferenceFactory(), **known, **fields})


def one_warning_dismissed_twice() -> None:
    dismissed(conference=dismissed().conference)


def reader() -> Reader:
    return Reader.objects.create(user=UserFactory(), conference=ConferenceFactory())


def one_reader_twice() -> None:
    first = reader()
    Reader.objects.create(user=first.user, conference=first.conference)


def one_star_twice() -> None:
    guid, of = uuid.uuid4(), reader()
    for _number in range(2):
        Star.objects.create(reader=of, session_guid=guid)


def programme() -> ProgrammeImport:
    return ProgrammeImport.objects.create(conference=ConferenceFactory(), name="p")


BROKEN = {
    "speaker_unique_code": [lambda: two_speakers(code="AAAAAA")],
    "speaker_unique_guid": [lambda: two_speakers(guid=uuid.UUID(int=1))],
    "speaker_unique_participant": [one_participant_twice],
    "speaker_is_participant_or_named_guest": [changed(SpeakerFactory, family_name="")],
    "session_unique_guid": [lambda: two_sessions(guid=uuid.UUID(int=1))],
    "session_unique_code": [lambda: two_sessions(code="AAAAAA")],
    "session_unique_number": [lambda: two_sessions(number=1)],
    "session_lasts_between_a_minute_and_a_day": [
        changed(SessionFactory, minutes=0),
        changed(SessionFactory, minutes=24 * 60 + 1),
    ],
    "session_number_is_positive": [changed(SessionFactory, number=0)],
    "appearance_once_a_session": [one_speaker_twice_in_a_session],
    "presentation_unique_guid": [two_presentations_of_one_guid],
    "presentation_lasts_a_minute": [changed(PresentationFactory, minutes=0)],
    "release_unique_number": [two_releases_of_one_number],
    "release_number_is_positive": [changed(release, number=0)],
    "dismissed_warning_once": [one_warning_dismissed_twice],
    "dismissed_warning_has_a_reason": [changed(dismissed, reason="")],
    "reader_once_a_conference": [one_reader_twice],
    "reader_feed_and_its_time_both_or_neither": [
        changed(reader, feed_sha256="0" * 64),
        changed(reader, feed_made_at=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)),
    ],
    "star_once_a_session": [one_star_twice],
    "programme_import_file_only_while_read": file_unlike_its_status(programme),
}
CASES = [pytest.param(name, breaks, id=f"{name}-{n}") for name, many in BROKEN.items() for n, breaks in enumerate(many)]


@pytest.mark.parametrize(("name", "breaks"), CASES)
def test_the_database_refuses(name, breaks):
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        breaks()

    # SQLite names the columns of a unique constraint, not the constraint.
    assert name in str(refused.value) or (
        connection.vendor == "sqlite" and "UNIQUE constraint failed" in str(refused.value)
    )


def test_no_constraint_is_left_out():
    models = apps.get_app_config("agenda").get_models()

    assert {constraint.name for model in models for constraint in model._meta.constraints} == set(BROKEN)
