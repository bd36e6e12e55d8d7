"""The day of the meetings as organisers follow it: now, next, who is late, what did not take place. Reads only."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from conference.models import Conference
from meetings.models import Block, Meeting, MeetingSeat, Slot, Table
from meetings.obstacles import at_table


@dataclass(frozen=True)
class SlotNow:
    """One slot of the day: its meetings, the tables that are free, spare ones among them."""

    slot: Slot
    meetings: list[Meeting]
    free: list[Table]

    @property
    def free_in_words(self) -> str:
        """“3, 7 (spare), 12”."""
        names = [f"{table.number} ({_('spare')})" if table.is_spare else f"{table.number}" for table in self.free]
        return ", ".join(names) or _("none")


@dataclass(frozen=True)
class Today:
    """What organisers look at during a break: the slot of now, the next one, and what went otherwise."""

    now: SlotNow | None
    next: SlotNow | None
    late: list[MeetingSeat]
    not_held: list[MeetingSeat]
    over: bool


def read_today(conference: Conference, *, now: datetime.datetime) -> Today:
    """The number of queries does not grow with tables and meetings."""
    slots = list(
        Slot.objects.of(conference)
        .exclude(block__status=Block.Status.DRAFT)
        .select_related("block__conference")
        .order_by("starts_at", "pk")
    )
    present = next((slot for slot in slots if slot.starts_at <= now < slot.ends_at), None)
    coming = next((slot for slot in slots if slot.starts_at > now), None)
    wanted = [slot for slot in (present, coming) if slot]
    meetings = list(
        Meeting.objects.placed()
        .filter(slot__in=wanted)
        .with_people()
        .order_by("table__number")
        .prefetch_related("seats")
    )
    tables = list(Table.objects.filter(conference=conference).order_by("number"))
    seats = MeetingSeat.objects.filter(meeting__conference=conference).select_related(
        "participant__delegation", "meeting__slot__block__conference", "meeting__table", "meeting__request"
    )
    return Today(
        now=_slot_now(present, meetings, tables),
        next=_slot_now(coming, meetings, tables),
        late=list(seats.filter(late_at__isnull=False, slot__ends_at__gt=now).order_by("slot__starts_at", "pk")),
        not_held=list(seats.filter(says_held=False).order_by("slot__starts_at", "meeting__table__number", "pk")),
        over=bool(slots) and not wanted,
    )


def _slot_now(slot: Slot | None, meetings: Iterable[Meeting], tables: Iterable[Table]) -> SlotNow | None:
    if slot is None:
        return None
    here = [meeting for meeting in meetings if meeting.slot_id == slot.pk]
    taken = {meeting.table_id for meeting in here}
    free = [table for table in tables if table.pk not in taken and not at_table(slot, table)]
    return SlotNow(slot, here, free)
