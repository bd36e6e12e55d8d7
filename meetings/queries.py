"""When people are free, and how many requests and meetings they have left."""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterator

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from conference.models import Conference
from meetings.models import Absence, Meeting, MeetingRequest, MeetingRules, MeetingSeat, Refusal, Slot, Table
from registrations import commitments
from registrations.commitments import Commitment
from registrations.models import Consent, Participant

Span = tuple[datetime.datetime, datetime.datetime]


def rules_of(conference_id: int) -> MeetingRules:
    """The conference's rules; unsaved ones, under which booking is closed, where the organiser set none."""
    return MeetingRules.objects.filter(conference=conference_id).first() or MeetingRules(conference_id=conference_id)


def engagements(conference: Conference, participants: Collection[int]) -> Iterator[Commitment]:
    """When each of these people cannot meet whatever the placer would like, and why, in words for themselves: what
    they said themselves, and what other apps know: own talks, duties at a stand.

    The number of queries does not depend on how many people are asked for.
    """
    for absence in Absence.objects.filter(participant__in=participants):
        what = absence.reason or _("You are absent")
        yield Commitment(absence.participant_id, absence.starts_at, absence.ends_at, what)
    yield from commitments.of(conference, people=participants, without="meetings")


def busy_spans(conference: Conference, participants: Collection[int]) -> dict[int, list[Span]]:
    """The `engagements` of each of these people, without the reasons."""
    spans: dict[int, list[Span]] = defaultdict(list)
    for engagement in engagements(conference, participants):
        spans[engagement.participant].append((engagement.starts_at, engagement.ends_at))
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


def slots_with_tables(slots: Collection[Slot]) -> list[Slot]:
    """Those of the slots at which a table is free that is not kept spare. Two queries, however many slots."""
    if not slots:
        return []
    conference = next(iter(slots)).block.conference_id
    numbers = dict(Table.objects.bookable().filter(conference=conference).values_list("pk", "number"))
    taken: dict[int, set[int]] = defaultdict(set)
    for slot, table in Meeting.objects.placed().filter(slot__in=slots).values_list("slot", "table"):
        taken[slot].add(table)
    return [
        slot
        for slot in slots
        if any(number <= slot.block.table_count and table not in taken[slot.pk] for table, number in numbers.items())
    ]


def common_slots(one: Participant, other: Participant, *, now: datetime.datetime) -> list[Slot]:
    """The times that these two can agree on now: both are free, neither has too many in the break, a table is left."""
    people = [one.pk, other.pk]
    free = free_slots(one.conference, people, now=now)
    limit = rules_of(one.conference_id).meetings_per_block
    full: set[int] = set()
    if limit is not None:
        seats = MeetingSeat.objects.filter(participant__in=people, slot__isnull=False).order_by()
        counted = seats.values("participant", "slot__block").annotate(number=Count("pk"))
        full = {row["slot__block"] for row in counted if row["number"] >= limit}
    both = set(free[one.pk]) & set(free[other.pk])
    return slots_with_tables([slot for slot in free[one.pk] if slot in both and slot.block_id not in full])


def free_table(slot: Slot) -> Table | None:
    """The first table of the slot's block that nobody has, without the spare ones."""
    taken = Meeting.objects.placed().filter(slot=slot).values("table")
    tables = Table.objects.bookable().filter(conference=slot.block.conference_id, number__lte=slot.block.table_count)
    return tables.exclude(pk__in=taken).order_by("number").first()


def requests_left(rules: MeetingRules, participant: Participant, *, free: int) -> int:
    """How many more requests they may send while `free` of their slots are free.

    Each meeting that is agreed without a time will take one of these slots, so it counts as taken already.
    """
    asked = MeetingRequest.objects.pending().filter(asker=participant).count()
    agreed = Meeting.objects.unplaced().of(participant).count()
    return left_of(rules, free=free, asked=asked, agreed=agreed)


def left_of(rules: MeetingRules, *, free: int, asked: int, agreed: int) -> int:
    """The same of numbers: `asked` are open requests, `agreed` meetings without a time."""
    return max(0, rules.pending_factor * max(0, free - agreed) - asked)


def meetings_in(block_id: int, participant: Participant) -> int:
    """How many seats they have or hold in the block."""
    return MeetingSeat.objects.filter(participant=participant, slot__block=block_id).count()


def shares_contact(participant: Participant) -> bool:
    """Whether their last word was that other participants may have their contact details."""
    asked = participant.consents.filter(purpose=Consent.Purpose.CONTACT_SHARING)
    return asked.order_by("-at", "-pk").values_list("given", flat=True).first() is True


def refuse_each_other(one: Participant, other: Participant) -> bool:
    """Whether either said “no thanks” to the other."""
    return Refusal.objects.filter(Q(participant=one, refused=other) | Q(participant=other, refused=one)).exists()
