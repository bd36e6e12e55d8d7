"""The net below the meetings: each named constraint of their tables, broken on purpose."""

import datetime
import uuid

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from meetings.models import (
    Absence,
    Assistant,
    Meeting,
    MeetingSeat,
    Paper,
    Placement,
    Profile,
    ProfileTerm,
    Refusal,
    Slot,
    Table,
    Term,
)
from tests.factories import ConferenceFactory
from tests.meetings.factories import block, guest, meeting, request, rules
from tests.races.test_constraints import changed

pytestmark = [pytest.mark.databases, pytest.mark.django_db]

NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


def a_guest():
    return guest(ConferenceFactory())


def a_block(**fields):
    return block(ConferenceFactory(), **fields)


def a_slot():
    return a_block().slots.first()


def a_table():
    return a_block() and Table.objects.order_by("-pk").first()


def a_profile():
    return a_guest().meeting_profile


def a_tick():
    profile = a_profile()
    term = Term.objects.create(conference_id=profile.conference_id, kind="topic", name="Schools")
    return ProfileTerm.objects.create(profile=profile, term=term, sense="seeks")


def a_placement(**fields):
    return Placement.objects.create(**{"conference": ConferenceFactory(), **fields})


def a_seat():
    return meeting().seats.first()


def a_placed_meeting():
    asked = request()
    own = block(asked.conference)
    return meeting(asked, slot=own.slots.first(), table=Table.objects.get(conference=asked.conference, number=1))


def twice_in_a_session():
    first = a_block(session_guid=uuid.UUID(int=1))
    block(first.conference, session_guid=first.session_guid)


def one_slot_number_twice():
    slot = a_slot()
    Slot.objects.create(block=slot.block, number=slot.number, starts_at=slot.starts_at, ends_at=slot.ends_at)


def one_table_number_twice():
    table = a_table()
    Table.objects.create(conference=table.conference, number=table.number, row=9)


def two_tables_on_a_spot():
    table = a_table()
    Table.objects.create(conference=table.conference, number=99, row=table.row, place=table.place)


def one_term_twice():
    conference = ConferenceFactory()
    for _number in range(2):
        Term.objects.create(conference=conference, kind="topic", name="Schools")


def one_tick_twice():
    tick = a_tick()
    ProfileTerm.objects.create(profile=tick.profile, term=tick.term, sense=tick.sense)


def one_assistant_twice():
    participant = a_guest()
    for _number in range(2):
        Assistant.objects.create(participant=participant, email="a@city.example")


def an_absence():
    return Absence.objects.create(participant=a_guest(), starts_at=NOW, ends_at=NOW + datetime.timedelta(hours=1))


def asked_back_while_open():
    first = request()
    request(first.asked, first.asker)


def asked_of_oneself():
    participant = a_guest()
    request(participant, participant)


def refused_twice():
    one = a_guest()
    other = guest(one.conference)
    for _number in range(2):
        Refusal.objects.create(participant=one, refused=other)


def refused_oneself():
    one = a_guest()
    Refusal.objects.create(participant=one, refused=one)


def two_at_a_table():
    first = a_placed_meeting()
    others = request(guest(first.conference), guest(first.conference))
    meeting(others, slot=first.slot, table=first.table)


def two_meetings_at_a_time():
    first = a_placed_meeting()
    second = request(first.request.asker, guest(first.conference))
    meeting(second, slot=first.slot, table=Table.objects.get(conference=first.conference, number=2))


def two_seats_in_a_meeting():
    seat = a_seat()
    MeetingSeat.objects.create(meeting=seat.meeting, participant=seat.participant)


def two_seats_for_a_request():
    first = request()
    for slot in block(first.conference).slots.all():
        MeetingSeat.objects.create(request=first, participant=first.asker, slot=slot)


def two_at_work():
    a_placement(conference=a_placement().conference)


def a_paper(**fields):
    return Paper.objects.create(**{"conference": ConferenceFactory(), "kind": "schedules", **fields})


def one_paper_twice():
    a_paper(conference=a_paper().conference)


BROKEN = {
    "meeting_rules_close_after_they_open": [
        changed(lambda: rules(ConferenceFactory()), opens_at=NOW, closes_at=NOW - datetime.timedelta(days=1))
    ],
    "meeting_rules_leave_something_possible": [
        changed(lambda: rules(ConferenceFactory()), pending_factor=0),
        changed(lambda: rules(ConferenceFactory()), expiry_days=0),
        changed(lambda: rules(ConferenceFactory()), spare_percent=91),
        changed(lambda: rules(ConferenceFactory()), meetings_per_block=0),
    ],
    "block_one_a_session": [twice_in_a_session],
    "block_holds_a_slot_and_a_table": [
        changed(a_block, slot_minutes=0),
        changed(a_block, minutes=11),
        changed(a_block, table_count=0),
    ],
    "slot_unique_number": [one_slot_number_twice],
    "slot_ends_after_it_begins": [changed(a_slot, ends_at=NOW)],
    "table_unique_number": [one_table_number_twice],
    "table_alone_on_its_spot": [two_tables_on_a_spot],
    "table_numbers_are_positive": [
        changed(a_table, number=0),
        changed(a_table, row=0),
        changed(a_table, place=0),
    ],
    "term_unique_name": [one_term_twice],
    "profile_opted_in_exactly_with_its_time": [
        changed(a_profile, opted_in=False),
        changed(a_profile, opted_in_at=None),
    ],
    "profile_feed_and_its_time_both_or_neither": [
        changed(a_profile, feed_sha256="0" * 64),
        changed(a_profile, feed_made_at=NOW),
    ],
    "profile_term_once_a_sense": [one_tick_twice],
    "profile_term_level_is_one_to_four": [changed(a_tick, level=0), changed(a_tick, level=5)],
    "assistant_once_a_participant": [one_assistant_twice],
    "absence_ends_after_it_begins": [changed(an_absence, ends_at=NOW)],
    "request_one_open_a_pair": [asked_back_while_open],
    "request_asks_somebody_else": [asked_of_oneself],
    "request_closed_at_exactly_when_closed": [changed(request, closed_at=NOW), changed(request, status="declined")],
    "refusal_once_a_pair": [refused_twice],
    "refusal_of_somebody_else": [refused_oneself],
    "meeting_one_a_table_and_slot": [two_at_a_table],
    "meeting_placed_exactly_with_slot_and_table": [
        changed(meeting, status="published"),
        changed(a_placed_meeting, table=None),
        changed(a_placed_meeting, status="unplaced"),
    ],
    "meeting_cancelled_at_exactly_when_cancelled": [
        changed(meeting, cancelled_at=NOW),
        changed(meeting, status="cancelled"),
    ],
    "seat_one_a_person_and_slot": [two_meetings_at_a_time],
    "seat_one_a_person_and_meeting": [two_seats_in_a_meeting],
    "seat_one_a_person_and_request": [two_seats_for_a_request],
    "seat_of_a_meeting_or_a_request": [changed(a_seat, meeting=None)],
    "seat_word_and_its_time_both_or_neither": [changed(a_seat, says_held=True), changed(a_seat, said_at=NOW)],
    "placement_one_at_work": [two_at_work],
    "placement_claim_and_lease_both_or_neither": [
        changed(a_placement, claim=uuid.UUID(int=1)),
        changed(a_placement, lease_until=NOW),
    ],
    "placement_progress_is_per_cent": [changed(a_placement, progress=101)],
    "placement_published_at_exactly_when_published": [
        changed(a_placement, status="published"),
        changed(a_placement, published_at=NOW),
    ],
    "paper_one_of_each_kind": [one_paper_twice],
    "paper_claimed_only_while_asked_for": [
        changed(a_paper, asked_at=NOW, claim=uuid.UUID(int=1)),
        changed(a_paper, asked_at=NOW, lease_until=NOW),
        changed(a_paper, claim=uuid.UUID(int=1), lease_until=NOW),
    ],
    "paper_file_with_fingerprint_and_time": [
        changed(a_paper, file="papers/1/x.pdf"),
        changed(a_paper, fingerprint="0" * 64),
        changed(a_paper, made_at=NOW),
    ],
    "paper_done_at_most_all": [changed(a_paper, done=1)],
}
CASES = [pytest.param(name, breaks, id=f"{name}-{n}") for name, many in BROKEN.items() for n, breaks in enumerate(many)]


@pytest.mark.parametrize(("name", "breaks"), CASES)
def test_the_database_refuses(name, breaks):
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        breaks()

    # SQLite names the columns of a unique constraint, or its index where it stands on expressions.
    assert name in str(refused.value) or (
        connection.vendor == "sqlite" and "UNIQUE constraint failed" in str(refused.value)
    )


def test_no_constraint_is_left_out():
    models = apps.get_app_config("meetings").get_models()

    assert {constraint.name for model in models for constraint in model._meta.constraints} == set(BROKEN)


def test_a_cancelled_meeting_leaves_its_table_to_others():
    first = a_placed_meeting()
    first.seats.update(slot=None)
    Meeting.objects.filter(pk=first.pk).update(status="cancelled", cancelled_at=timezone.now())

    others = request(guest(first.conference), guest(first.conference))
    meeting(others, slot=first.slot, table=first.table)

    assert Meeting.objects.placed().count() == 1


def test_who_declined_can_be_asked_again():
    first = request(status="declined", closed_at=NOW)

    assert request(first.asked, first.asker).is_pending


def test_a_profile_that_is_listed_is_one_that_the_query_finds():
    shown = a_profile()
    guest(shown.participant.conference, no_meetings=True)
    guest(shown.participant.conference, opted_in=False, opted_in_at=None)

    assert [profile for profile in Profile.objects.all() if profile.is_listed] == list(Profile.objects.listed())
