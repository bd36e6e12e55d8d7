"""When people are free, and how many requests and meetings they have left."""

import datetime
from collections import defaultdict
from collections.abc import Collection

from django.db.models import Q

from agenda.models import Session
from conference.models import Conference
from meetings.models import Absence, Meeting, MeetingRequest, MeetingRules, MeetingSeat, Refusal, Slot, Table
from registrations import commitments
from registrations.models import Participant

Span = tuple[datetime.datetime, datetime.datetime]


def rules_of(conference_id: int) -> MeetingRules:
    """The conference's rules; unsaved ones, under which booking is closed, where the organiser set none."""
    return MeetingRules.objects.filter(conference=conference_id).first() or MeetingRules(conference_id=conference_id)


def busy_spans(conference: Conference, participants: Collection[int]) -> dict[int, list[Span]]:
    """When each of these people cannot meet whatever the placer would like: own talks, duties, absences.

    The number of queries does not depend on how many people are asked for.
    """
    spans: dict[int, list[Span]] = defaultdict(list)
    for absence in Absence.objects.filter(participant__in=participants):
        spans[absence.participant_id].append((absence.starts_at, absence.ends_at))
    for duty in commitments.of(conference, without="meetings"):
        if duty.participant in participants:
            spans[duty.participant].append((duty.starts_at, duty.ends_at))
    of_these = Q(appearances__speaker__participant__in=participants) | Q(
        presentations__speaker__participant__in=participants
    )
    sessions = Session.objects.filter(of_these, conference=conference).distinct()
    for session in sessions.prefetch_related("appearances__speaker", "presentations__speaker"):
        speakers = [appearance.speaker for appearance in session.appearances.all()]
        speakers += [talk.speaker for talk in session.presentations.all() if talk.speaker]
        for speaker in speakers:
            if speaker.participant_id in participants and not speaker.is_gone:
                spans[speaker.participant_id].append((session.starts_at, session.ends_at))
    return spans


def free_slots(
    conference: Conference, participants: Collection[int], *, now: datetime.datetime
) -> dict[int, list[Slot]]:
    """The open slots still to come in which each of these people is free, in the order of time."""
    slots = list(Slot.objects.of(conference).open().after(now).select_related("block__conference"))
    busy = busy_spans(conference, participants)
    seats = MeetingSeat.objects.filter(participant__in=participants, slot__isnull=False)
    taken = set(seats.values_list("participant", "slot"))
    return {
        participant: [
            slot
            for slot in slots
            if (participant, slot.pk) not in taken
            and not any(begin < slot.ends_at and slot.starts_at < end for begin, end in busy[participant])
        ]
        for participant in participants
    }


def free_table(slot: Slot) -> Table | None:
    """The first table of the slot's block that nobody has, without the spare ones."""
    taken = Meeting.objects.placed().filter(slot=slot).values("table")
    tables = Table.objects.bookable().filter(conference=slot.block.conference_id, number__lte=slot.block.table_count)
    return tables.exclude(pk__in=taken).order_by("number").first()


def requests_left(rules: MeetingRules, participant: Participant, *, free: int) -> int:
    """How many more requests they may send while `free` of their slots are free."""
    open_ones = MeetingRequest.objects.pending().filter(asker=participant).count()
    return max(0, rules.pending_factor * free - open_ones)


def meetings_in(block_id: int, participant: Participant) -> int:
    """How many seats they have or hold in the block."""
    return MeetingSeat.objects.filter(participant=participant, slot__block=block_id).count()


def refuse_each_other(one: Participant, other: Participant) -> bool:
    """Whether either said “no thanks” to the other."""
    return Refusal.objects.filter(Q(participant=one, refused=other) | Q(participant=other, refused=one)).exists()
