"""What the organisers' start page tells of the programme."""

import datetime

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from agenda.states import SpeakerStatus
from conference.models import Conference
from registrations import start_page
from registrations.services import replies
from registrations.start_page import Coming, ToDecide
from tests.factories import (
    AppearanceFactory,
    DelegationFactory,
    InvitationFactory,
    PlanFactory,
    PresentationFactory,
    SessionFactory,
    UserFactory,
    person,
)

pytestmark = pytest.mark.django_db

# A participant's name is that of the registration.
NAMELESS = {"speaker__given_name": "", "speaker__family_name": "", "speaker__email": ""}


@pytest.fixture
def planned(conference: Conference) -> Conference:
    PlanFactory(
        conference=conference,
        speakers_reply_by=conference.today + datetime.timedelta(days=2),
        documents_due_on=conference.today + datetime.timedelta(days=9),
    )
    return conference


def dates(conference: Conference, user: User) -> list[tuple[int, str]]:
    found = [item for item in start_page.of(conference, user) if isinstance(item, Coming)]
    return [(item.days_from(conference.today), item.words) for item in found]


def decisions(conference: Conference, user: User) -> list[str]:
    return [item.words for item in start_page.of(conference, user) if isinstance(item, ToDecide)]


def test_the_dates_of_the_speakers(planned, organiser):
    session = SessionFactory(conference=planned)
    for status in (SpeakerStatus.ASKED, SpeakerStatus.ASKED, SpeakerStatus.ACCEPTED):
        AppearanceFactory(session=session, speaker__status=status)

    assert dates(planned, organiser) == [
        (2, "Speakers: last day for 2 replies that are open"),
        (9, "Slides and speeches are due: one speaker has not sent everything"),
    ]


def test_without_speakers_the_dates_stand_alone(planned, organiser):
    assert dates(planned, organiser) == [
        (2, "Speakers: last day for their replies"),
        (9, "Slides and speeches are due"),
    ]


def test_dates_that_have_passed_are_left_out(planned, organiser):
    with time_machine.travel(planned.starts_at - datetime.timedelta(days=1), tick=False):
        assert dates(planned, organiser) == []


def test_who_was_not_asked_and_who_leaves_a_gap(planned, organiser):
    session = SessionFactory(conference=planned)
    invitation = InvitationFactory(delegation=DelegationFactory(conference=planned))
    participant = replies.accept(invitation, [person(1)], by=None)[0]
    # Two roles are one speaker.
    twice = AppearanceFactory(session=session).speaker
    PresentationFactory(session=session, speaker=twice)
    AppearanceFactory(session=session, speaker__participant=participant, **NAMELESS)
    AppearanceFactory(session=session, speaker__status=SpeakerStatus.DECLINED)
    AppearanceFactory(session=session, speaker__status=SpeakerStatus.ACCEPTED)
    assert decisions(planned, organiser) == [
        "1 speaker of the programme no longer comes: somebody else is needed.",
        "2 speakers of the programme have not been asked yet.",
    ]

    replies.withdraw(participant, by=None)

    assert decisions(planned, organiser) == [
        "2 speakers of the programme no longer come: others are needed.",
        "1 speaker of the programme has not been asked yet.",
    ]


def test_once_all_is_over_nothing_is_to_be_done(planned, organiser):
    AppearanceFactory(session=SessionFactory(conference=planned))
    with time_machine.travel(planned.ends_at + datetime.timedelta(hours=5), tick=False):
        assert start_page.of(planned, organiser) == []


def test_who_may_not_see_speakers_is_told_nothing(planned):
    AppearanceFactory(session=SessionFactory(conference=planned))

    assert start_page.of(planned, UserFactory(is_staff=True)) == []


def test_the_page_shows_both_with_their_links(organiser_client, planned):
    AppearanceFactory(session=SessionFactory(conference=planned))

    text = organiser_client.get(reverse("admin:index"), {"conference": planned.slug}).content.decode()

    assert "1 speaker of the programme has not been asked yet." in text
    assert "Speakers: last day for their replies</a>" in text
    assert f"{reverse('admin:agenda_speaker_changelist')}?conference__id__exact={planned.pk}" in text


def test_the_number_of_queries_does_not_grow(planned, organiser):
    counts = []
    for number in (1, 3):
        for _position in range(number):
            session = SessionFactory(conference=planned)
            accepted = AppearanceFactory(session=session, speaker__status=SpeakerStatus.ACCEPTED).speaker
            PresentationFactory(session=session, speaker=accepted)
        with CaptureQueriesContext(connection) as queries:
            start_page.of(planned, User.objects.get(pk=organiser.pk))
        counts.append(len(queries))

    assert counts[0] == counts[1]
