"""What meetings and market place are told of those who speak."""

import pytest

from agenda.commitments import commitments_at
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


def test_of_some_people_only_theirs_are_read(panel):
    one, other, third = (participant(panel.conference, number) for number in (1, 2, 3))
    AppearanceFactory(session=panel, speaker__participant=one, **NAMELESS_SPEAKER)
    presents = SpeakerFactory(conference=panel.conference, participant=other, **NAMELESS)
    PresentationFactory(session=panel, speaker=presents)

    found = commitments.of(panel.conference, people=[other.pk, third.pk])

    assert [bound.participant for bound in found] == [other.pk]
    assert commitments.of(panel.conference, people=[]) == []


def test_two_queries_whatever_the_number_of_sessions(conference, django_assert_num_queries):
    for number in (1, 3):
        for position in range(number):
            session = SessionFactory(conference=conference)
            one = participant(conference, number * 10 + position)
            speaker = AppearanceFactory(session=session, speaker__participant=one, **NAMELESS_SPEAKER).speaker
            PresentationFactory(session=session, speaker=speaker)

        with django_assert_num_queries(2):
            found = list(commitments_at(conference, None))
        with django_assert_num_queries(2):
            assert list(commitments_at(conference, [one.pk])) == [found[-1]]
