"""What meetings and market place are told of those who speak."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agenda.models import Session
from agenda.states import SpeakerStatus
from conference.models import Conference
from registrations import commitments
from registrations.models import Participant
from registrations.services import replies
from tests.factories import (
    AppearanceFactory,
    DelegationFactory,
    InvitationFactory,
    PresentationFactory,
    SessionFactory,
    SpeakerFactory,
    person,
)

pytestmark = pytest.mark.django_db

# A participant's name is that of the registration.
NAMELESS = {"given_name": "", "family_name": "", "email": ""}
NAMELESS_SPEAKER = {f"speaker__{name}": value for name, value in NAMELESS.items()}


@pytest.fixture
def panel(conference: Conference) -> Session:
    return SessionFactory(conference=conference, title="Panel 1")


def participant(conference: Conference, number: int = 1) -> Participant:
    invitation = InvitationFactory(delegation=DelegationFactory(conference=conference))
    return replies.accept(invitation, [person(number)], by=None)[0]


def told(conference: Conference) -> list[tuple[int, str]]:
    return [(one.participant, one.what) for one in commitments.of(conference)]


def test_who_moderates_and_presents_is_bound_once(panel):
    one = participant(panel.conference)
    speaker = AppearanceFactory(session=panel, speaker__participant=one, **NAMELESS_SPEAKER).speaker
    PresentationFactory(session=panel, speaker=speaker)

    (commitment,) = commitments.of(panel.conference)

    assert commitment == commitments.Commitment(one.pk, panel.starts_at, panel.ends_at, "the session “Panel 1”")


def test_guests_from_outside_and_those_who_are_gone_are_bound_to_nothing(panel):
    AppearanceFactory(session=panel)
    gone = SpeakerFactory(
        conference=panel.conference,
        participant=participant(panel.conference),
        status=SpeakerStatus.DECLINED,
        **NAMELESS,
    )
    AppearanceFactory(session=panel, speaker=gone)

    assert told(panel.conference) == []


def test_the_programme_is_not_told_of_itself(panel):
    AppearanceFactory(session=panel, speaker__participant=participant(panel.conference), **NAMELESS_SPEAKER)

    assert commitments.of(panel.conference, without="agenda") == []


def test_the_number_of_queries_does_not_grow(conference):
    counts = []
    for number in (1, 3):
        for position in range(number):
            session = SessionFactory(conference=conference)
            one = participant(conference, number * 10 + position)
            AppearanceFactory(session=session, speaker__participant=one, **NAMELESS_SPEAKER)
        with CaptureQueriesContext(connection) as queries:
            told(conference)
        counts.append(len(queries))

    assert counts[0] == counts[1]
