"""Fifty processes want the same person and the same table; some change their mind at the same instant."""

from collections import Counter

import pytest
from django.db.models import Count, F

from meetings.models import Meeting, MeetingRequest, MeetingSeat
from tests.factories import ConferenceFactory
from tests.meetings import factories
from tests.processes import race
from tests.races import meeting_jobs

pytestmark = [pytest.mark.databases, pytest.mark.django_db(transaction=True)]


def doubled() -> tuple[int, int, int]:
    """Persons twice in a slot, tables twice in a slot, seats that are not where their meeting is: must be none."""
    seats = MeetingSeat.objects.filter(slot__isnull=False)
    tables = Meeting.objects.placed().values("table", "slot").annotate(times=Count("pk"))
    return (
        seats.values("participant", "slot").annotate(times=Count("pk")).filter(times__gt=1).count(),
        tables.filter(times__gt=1).count(),
        MeetingSeat.objects.filter(meeting__in=Meeting.objects.placed()).exclude(slot=F("meeting__slot")).count(),
    )


def test_1500_bookings_of_the_same_person_and_table(tmp_path):
    """One star, thirty who ask the star, and 1,470 requests among them all for two slots and one table each."""
    conference = ConferenceFactory(target=150, hard_limit=150)
    factories.rules(conference)
    slots = list(factories.block(conference, slots=2, tables=1).slots.all())
    people = [factories.guest(conference) for _number in range(56)]
    pairs = [(one, other) for number, one in enumerate(people) for other in people[number + 1 :]][:1500]
    work = [(factories.request(*pair).pk, slots[number % 2].pk) for number, pair in enumerate(pairs)]

    result = race(meeting_jobs.accept, work, folder=tmp_path)

    assert Counter(result.values) == {"booked": 2, "refused": 1498}
    assert doubled() == (0, 0, 0)


def test_a_double_click_of_fifty_makes_one_meeting(tmp_path):
    asked = factories.request()
    slot = factories.block(asked.conference, tables=9).slots.first()

    result = race(meeting_jobs.accept, [(asked.pk, slot.pk)] * 50, folder=tmp_path)

    assert Counter(result.values) == {"booked": 1, "refused": 49}
    assert doubled() == (0, 0, 0)


def test_whoever_withdraws_while_others_accept_keeps_no_meeting(tmp_path):
    star = factories.guest(ConferenceFactory())
    slots = list(factories.block(star.conference, slots=4, tables=60).slots.all())
    asked = [factories.request(factories.guest(star.conference), star).pk for _number in range(49)]
    work = [(request, slots[number % 4].pk, 0) for number, request in enumerate(asked)]

    result = race(meeting_jobs.accept_or_withdraw, [*work[:24], (0, 0, star.pk), *work[24:]], folder=tmp_path)

    outcomes = Counter(result.values)
    assert outcomes["withdrawn"] == 1
    assert outcomes["booked"] <= 4
    assert Meeting.objects.ahead().count() == 0
    assert MeetingRequest.objects.pending().count() == 0
    assert MeetingSeat.objects.filter(slot__isnull=False).count() == 0
