"""Fifty processes want the same person and the same table; some change their mind at the same instant."""

import datetime
from collections import Counter

import pytest
from django.db.models import Count, F
from django.utils import timezone

from mailings.models import Mail
from meetings.models import Meeting, MeetingRequest, MeetingSeat
from meetings.services import requests
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
    """1,500 requests among 56 people. Half are for two slots with one table: they want the same table. Half are for two
    slots with tables for all, among them all requests of one star: they want the same people."""
    conference = ConferenceFactory(target=150, hard_limit=150)
    factories.rules(conference)
    scarce = list(factories.block(conference, slots=2, tables=1).slots.all())
    plenty = list(factories.block(conference, slots=2, tables=60, hour=15).slots.all())
    star, *others = (factories.guest(conference) for _number in range(56))
    wanted = [(factories.request(star, other), plenty[number % 2]) for number, other in enumerate(others)]
    pairs = [(one, other) for number, one in enumerate(others) for other in others[number + 1 :]][:1445]
    wanted += [(factories.request(*pair), (*scarce, *plenty)[number % 4]) for number, pair in enumerate(pairs)]
    work = [(request.pk, slot.pk) for request, slot in wanted]

    result = race(meeting_jobs.accept, work, folder=tmp_path)

    assert len(work) == 1500
    assert doubled() == (0, 0, 0)
    assert set(result.values) == {"booked", "refused"}
    assert [Meeting.objects.filter(slot=slot).count() for slot in scarce] == [1, 1]
    assert MeetingSeat.objects.filter(participant=star, slot__in=plenty).count() == 2
    # And nobody was refused without need: whoever was, one of the two meets somebody else then.
    seats = set(MeetingSeat.objects.filter(slot__in=plenty).values_list("participant", "slot"))
    refused = [
        (request, slot)
        for (request, slot), outcome in zip(wanted, result.values, strict=True)
        if outcome == "refused" and slot in plenty
    ]
    assert all({(request.asker_id, slot.pk), (request.asked_id, slot.pk)} & seats for request, slot in refused)
    # Both of each meeting got its entry for the calendar, once.
    assert Mail.objects.filter(kind="meeting_placed").count() == 2 * Meeting.objects.count()


def test_a_double_click_of_fifty_makes_one_meeting(tmp_path):
    asked = factories.request()
    slot = factories.block(asked.conference, tables=9).slots.first()

    result = race(meeting_jobs.accept, [(asked.pk, slot.pk)] * 50, folder=tmp_path)

    assert Counter(result.values) == {"booked": 1, "refused": 49}
    assert doubled() == (0, 0, 0)


def test_two_who_click_fifty_times_make_one_request(tmp_path):
    """Both ask each other, each click as often as they can, with and without a time."""
    conference = ConferenceFactory()
    factories.rules(conference)
    slot = factories.block(conference, tables=9).slots.first()
    one, other = factories.guest(conference), factories.guest(conference)
    clicks = [(one.pk, other.pk, 0), (other.pk, one.pk, slot.pk)] * 25

    result = race(meeting_jobs.ask, clicks, folder=tmp_path)

    assert Counter(result.values) == {"asked": 1, "asked before": 49}
    assert MeetingRequest.objects.count() == 1
    assert Mail.objects.filter(kind="meeting_request").count() == 1


def test_whoever_asks_everybody_at_once_gets_no_further_than_the_cap(tmp_path):
    conference = ConferenceFactory(target=150, hard_limit=150)
    factories.rules(conference, pending_factor=2)
    slots = list(factories.block(conference, slots=4, tables=60).slots.all())
    keen = factories.guest(conference)
    everybody = [factories.guest(conference) for _number in range(100)]

    result = race(meeting_jobs.ask, [(keen.pk, other.pk, 0) for other in everybody], folder=tmp_path)

    assert Counter(result.values) == {"asked": 2 * len(slots), "refused": 100 - 2 * len(slots)}
    assert MeetingRequest.objects.pending().filter(asker=keen).count() == 2 * len(slots)


def test_a_time_is_kept_for_one_request_alone(tmp_path):
    """Fifty ask the same person for the same slot."""
    conference = ConferenceFactory(target=150, hard_limit=150)
    factories.rules(conference)
    slot = factories.block(conference, slots=1, tables=60).slots.get()
    star = factories.guest(conference)
    askers = [factories.guest(conference) for _number in range(50)]

    result = race(meeting_jobs.ask, [(asker.pk, star.pk, slot.pk) for asker in askers], folder=tmp_path)

    assert Counter(result.values) == {"asked": 1, "refused": 49}
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
    # Each of the others heard of it once: of the meeting that was cancelled, or of the request that ended.
    closed = Mail.objects.filter(kind="meeting_not_possible").count()
    told = Mail.objects.filter(kind="meeting_cancelled").exclude(to=[star.email]).count()
    assert (told, told + closed) == (outcomes["booked"], 49)


def test_what_is_cancelled_is_free_at_once_and_for_one_alone(tmp_path):
    """Half of the processes cancel the one meeting at the one table, half want that table for others."""
    conference = ConferenceFactory(target=150, hard_limit=150)
    factories.rules(conference)
    slot = factories.block(conference, slots=1, tables=1).slots.get()
    held = requests.accept(factories.request(factories.guest(conference)), slot=slot, by=None)
    waiting = [factories.request(factories.guest(conference), factories.guest(conference)).pk for _number in range(25)]
    work = [piece for request in waiting for piece in ((held.pk, 0, 0), (0, request, slot.pk))]

    result = race(meeting_jobs.cancel_or_accept, work, folder=tmp_path)

    outcomes = Counter(result.values)
    assert (outcomes["cancelled"], outcomes["cancelled before"]) == (1, 24)
    assert outcomes["booked"] <= 1
    assert outcomes["booked"] + outcomes["refused"] == 25
    assert Meeting.objects.placed().count() == outcomes["booked"]
    assert doubled() == (0, 0, 0)
    # A phone that asks afterwards gets the table, if nobody did.
    if not outcomes["booked"]:
        requests.accept(MeetingRequest.objects.get(pk=waiting[0]), slot=slot, by=None)


def test_reminders_ends_and_answers_at_once_happen_once(tmp_path):
    """Several workers do what beat asks for while people answer."""
    conference = ConferenceFactory(target=150, hard_limit=150)
    factories.rules(conference)
    now = timezone.now()
    day = datetime.timedelta(days=1)
    fields = {"created_at": now - 3 * day, "expires_at": now + day / 2}
    pending = [factories.request(factories.guest(conference), **fields) for _number in range(10)]
    due = {**fields, "expires_at": now - day / 24}
    expired = [factories.request(factories.guest(conference), **due) for _number in range(10)]
    answers = [(request.pk, 0) for request in (*pending, *expired)]
    sweeps = [(0, 1)] * 30

    work = [piece for pair in zip(sweeps, answers * 2, strict=False) for piece in pair]

    result = race(meeting_jobs.answer_or_sweep, work, folder=tmp_path)

    assert Counter(result.values)["booked"] == 10
    assert Counter(MeetingRequest.objects.values_list("status", flat=True)) == {"accepted": 10, "expired": 10}
    assert Mail.objects.filter(kind="meeting_expired").count() == 10
    assert Mail.objects.filter(kind="meeting_reminder").count() <= 10
    assert Mail.objects.filter(kind="meeting_accepted").count() == 10
