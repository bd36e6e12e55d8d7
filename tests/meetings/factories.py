"""Test data for meetings that says only what matters to a test."""

import datetime
import itertools

from django.utils import timezone

from conference.models import Conference
from meetings.models import Block, Meeting, MeetingRequest, MeetingRules, MeetingSeat, Profile, Slot, Table
from registrations.models import Participant
from tests.factories import ConferenceFactory, DelegationFactory, UserFactory, person

_numbers = itertools.count(1)


def guest(conference: Conference, **profile: object) -> Participant:
    """A confirmed participant of an own city, with an account and a profile that wants meetings."""
    number = next(_numbers)
    delegation = DelegationFactory(conference=conference)
    fields = person(number).fields()
    participant = Participant.objects.create(
        conference=conference,
        delegation=delegation,
        category=delegation.category,
        status="confirmed",
        seat_no=1,
        place_no=number,
        user=UserFactory(email=fields["email"]),
        **fields,
    )
    known = {"opted_in": True, "opted_in_at": timezone.now(), "languages": ["en"]}
    Profile.objects.create(participant=participant, **{**known, **profile})
    return participant


def rules(conference: Conference, **fields: object) -> MeetingRules:
    """Booking is open."""
    known = {"opens_at": timezone.now() - datetime.timedelta(days=1)}
    return MeetingRules.objects.create(conference=conference, **{**known, **fields})


def block(conference: Conference, *, slots: int = 2, tables: int = 3, hour: int = 10, **fields: object) -> Block:
    """An open block with its slots, and the conference's tables."""
    begin = datetime.datetime.combine(conference.held_on, datetime.time(hour, 30), conference.zone)
    known = {"title": "Coffee break", "starts_at": begin, "minutes": 15 * slots, "status": "open"}
    made = Block.objects.create(conference=conference, table_count=tables, **{**known, **fields})
    for number, (starts_at, ends_at) in enumerate(made.slot_times, start=1):
        Slot.objects.create(block=made, number=number, starts_at=starts_at, ends_at=ends_at)
    for number in range(1, tables + 1):
        Table.objects.get_or_create(conference=conference, number=number, defaults={"place": number})
    return made


def request(asker: Participant | None = None, asked: Participant | None = None, **fields: object) -> MeetingRequest:
    asker = asker or guest(ConferenceFactory())
    known = {"expires_at": timezone.now() + datetime.timedelta(days=3)}
    return MeetingRequest.objects.create(
        conference=asker.conference, asker=asker, asked=asked or guest(asker.conference), **{**known, **fields}
    )


def meeting(of: MeetingRequest | None = None, **fields: object) -> Meeting:
    """Agreed, without a time; or where `slot` and `table` say, with both seats."""
    of = of or request()
    MeetingRequest.objects.filter(pk=of.pk).update(status="accepted", closed_at=timezone.now())
    if fields.get("slot"):
        fields.setdefault("status", "published")
    made = Meeting.objects.create(conference=of.conference, request=of, **fields)
    for participant in (of.asker, of.asked):
        MeetingSeat.objects.create(meeting=made, participant=participant, slot=made.slot)
    return made
