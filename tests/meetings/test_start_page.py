"""What the organisers' start page tells of one-to-one meetings."""

import datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from meetings.models import Absence, Placement
from registrations import start_page
from registrations.start_page import Coming, ToDecide
from tests.factories import UserFactory
from tests.meetings import factories

pytestmark = pytest.mark.django_db


def home(conference):
    return reverse("admin:meetings_meetingrules_home", args=[conference.pk])


def test_booking_has_two_dates_to_come(conference, organiser):
    now = timezone.now()
    factories.rules(conference, opens_at=now + datetime.timedelta(days=2), closes_at=now + datetime.timedelta(days=5))

    found = start_page.of(conference, organiser)

    assert found == [
        Coming(conference.today + datetime.timedelta(days=2), "Meetings: booking opens", home(conference)),
        Coming(conference.today + datetime.timedelta(days=5), "Meetings: booking closes", home(conference)),
    ]


@pytest.mark.parametrize(
    ("meetings", "words"),
    [
        (1, "1 meeting lies where one of the two can no longer be."),
        (2, "2 meetings lie where one of the two can no longer be."),
    ],
)
def test_meetings_at_a_time_of_absence_need_a_decision(conference, organiser, meetings, words):
    factories.rules(conference)
    slot = factories.block(conference).slots.first()
    for table in conference.meeting_tables.all()[:meetings]:
        pair = factories.request(factories.guest(conference), factories.guest(conference))
        factories.meeting(pair, slot=slot, table=table)
        Absence.objects.create(participant=pair.asker, starts_at=slot.starts_at, ends_at=slot.ends_at)

    found = [item for item in start_page.of(conference, organiser) if isinstance(item, ToDecide)]

    assert found == [ToDecide(words, home(conference))]


def test_a_computed_placement_waits_for_its_publication(conference, organiser):
    factories.rules(conference)
    computed = Placement.objects.create(conference=conference, status="provisional")

    (decision,) = start_page.of(conference, organiser)

    assert decision.words == "A placement of meetings is computed and not yet published."
    assert decision.url == reverse("admin:meetings_meetingrules_placement", args=[conference.pk, computed.pk])


def test_nothing_is_told_to_who_may_not_see_meetings(conference):
    factories.rules(conference, closes_at=timezone.now() + datetime.timedelta(days=5))

    assert start_page.of(conference, UserFactory(is_staff=True)) == []
