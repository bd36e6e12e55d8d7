"""Blocks of meetings in the programme's breaks. A change that costs meetings their slot is previewed, never silent."""

import datetime
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import User
from conference import history
from conference.transitions import TransitionRefused, move
from meetings import conflicts
from meetings.models import Block, Meeting, MeetingRequest, MeetingSeat, Slot, Table
from meetings.services import news, seats
from meetings.services.news import Was
from meetings.services.places import PlacesRefused, lock_rules, set_tables
from meetings.states import BLOCK_TRANSITIONS, MEETING_TRANSITIONS, OVER, BlockStatus, MeetingStatus

Times = tuple[datetime.datetime, datetime.datetime]
# Of a hall for which no tables were set yet.
IN_A_ROW = 5


@dataclass(frozen=True)
class Change:
    """What saving a block would mean. `digest` says what was looked at, to be given back to `save`."""

    # Slots that stay, with their new times; meetings keep slot and table.
    kept: list[tuple[Slot, Times]] = field(default_factory=list)
    added: list[tuple[int, Times]] = field(default_factory=list)
    lost: list[Slot] = field(default_factory=list)
    shifted: list[Meeting] = field(default_factory=list)
    unplaced: list[Meeting] = field(default_factory=list)
    # Pending, for a time that goes: they stay open, without a time.
    loosened: list[MeetingRequest] = field(default_factory=list)
    # Of the meetings that stay: where somebody could not be at the new time.
    arising: list[conflicts.Conflict] = field(default_factory=list)

    @property
    def touches_somebody(self) -> bool:
        return bool(self.shifted or self.unplaced or self.loosened)

    @property
    def digest(self) -> str:
        facts = (
            [(slot.pk, *times) for slot, times in self.kept],
            self.added,
            [(meeting.pk, meeting.version) for meeting in self.shifted],
            [(meeting.pk, meeting.version) for meeting in self.unplaced],
            [request.pk for request in self.loosened],
        )
        return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def preview(block: Block) -> Change:
    """What saving `block`, as it is filled in now, would mean for its slots and meetings. Changes nothing."""
    slots = {slot.number: slot for slot in Slot.objects.filter(block=block.pk)} if block.pk else {}
    times = dict(enumerate(block.slot_times, start=1))
    kept = [(slot, times[number]) for number, slot in slots.items() if number in times]
    lost = [slot for number, slot in slots.items() if number not in times]
    meetings = list(Meeting.objects.ahead().placed().filter(slot__in=list(slots.values())).with_people())
    unplaced = [meeting for meeting in meetings if _loses_its_place(meeting, lost, block)]
    new_times = {slot.pk: span for slot, span in kept}
    shifted = [
        (meeting, new_times[meeting.slot.pk])
        for meeting in meetings
        if meeting not in unplaced and meeting.slot and new_times[meeting.slot.pk] != _span(meeting.slot)
    ]
    return Change(
        kept=kept,
        added=[(number, span) for number, span in times.items() if number not in slots],
        lost=lost,
        shifted=[meeting for meeting, _times in shifted],
        unplaced=unplaced,
        loosened=list(MeetingRequest.objects.pending().filter(slot__in=lost).with_people()),
        arising=conflicts.among(block.conference, shifted),
    )


@transaction.atomic
def save(block: Block, *, seen: str | None, changed: Sequence[str], by: User | None) -> Change:
    """Saves a new block or a change of one, with its slots, and makes the tables that it needs.

    Meetings of slots that stay keep slot and table; those of others are agreed without a time again. Both people are
    told. `seen` is the digest of the preview that the organiser looked at; None where nobody looked and nothing may be
    lost. Raises PlacesRefused where another block runs at the time, or the preview is out of date.
    """
    lock_rules(block.conference)
    _lock_slots(block)
    check_alone(block)
    change = preview(block)
    if seen is None and (change.unplaced or change.loosened):
        raise PlacesRefused(_("This would cost meetings their time."))
    if Meeting.objects.filter(slot__in=change.lost, status__in=OVER).exists():
        raise PlacesRefused(_("Meetings took place at a time that would go. It stays."))
    if seen is not None and change.touches_somebody and seen != change.digest:
        raise PlacesRefused(_("The meetings have changed since this preview. Look at it again, then save."))
    is_new = block.pk is None
    block.save()
    history.record(block, "created" if is_new else "changed", by=by, detail=history.field_labels(Block, changed))
    _make_tables(block, by=by)
    dropped = {meeting.pk: Was.of(meeting) for meeting in change.unplaced if meeting.is_shown}
    try:
        for meeting in change.unplaced:
            take_time_away(meeting, why=_("its time or table went"), by=by)
    except TransitionRefused as error:
        raise PlacesRefused(_("The meetings have changed since this preview. Look at it again, then save.")) from error
    for request in change.loosened:
        seats.let_go(request)
    _save_slots(block, change)
    moved = {meeting.pk: Was.of(meeting) for meeting in change.shifted if meeting.is_shown}
    Meeting.objects.filter(pk__in=[meeting.pk for meeting in change.shifted]).update(version=F("version") + 1)
    history.record_many(change.shifted, "moved with its break", by=by, detail=str(block))
    news.tell(moved=moved, dropped=dropped, why=_("The times of the break have changed."))
    return change


def take_time_away(meeting: Meeting, *, why: str, by: User | None) -> None:
    """Agreed without a time again: it waits for the next placement. Needs a transaction; the caller tells both.

    Raises conference.transitions.TransitionRefused where it is over or cancelled.
    """
    move(
        meeting,
        MeetingStatus.UNPLACED,
        transitions=MEETING_TRANSITIONS,
        action="lost its time",
        by=by,
        detail=why,
        slot=None,
        table=None,
        is_locked=False,
        version=meeting.version + 1,
    )
    seats.free(meeting)


@transaction.atomic
def open_block(block: Block, *, by: User | None) -> None:
    """Its times can be booked as soon as the rules allow it. Raises PlacesRefused where it is open already."""
    _move(block, BlockStatus.OPEN, action="opened", by=by)


@transaction.atomic
def close_block(block: Block, *, by: User | None) -> None:
    """Nothing more is booked or placed in it; its meetings stay."""
    _move(block, BlockStatus.CLOSED, action="closed", by=by)


@transaction.atomic
def prepare_again(block: Block, *, by: User | None) -> None:
    """Back to preparation. Raises PlacesRefused while somebody meets or holds a seat in it."""
    _lock_empty(block)
    _move(block, BlockStatus.DRAFT, action="taken back", by=by)


@transaction.atomic
def delete_block(block: Block, *, by: User | None) -> None:
    """Raises PlacesRefused while somebody meets or holds a seat in it."""
    _lock_empty(block)
    if Meeting.objects.filter(slot__block=block).exclude(status=MeetingStatus.CANCELLED).exists():
        raise PlacesRefused(_("Meetings took place in this block. It stays."))
    Meeting.objects.filter(slot__block=block).update(slot=None)
    history.record(block.conference, "block of meetings deleted", by=by, detail=str(block))
    block.delete()


def _lock_slots(block: Block) -> None:
    """Whoever books a time holds its row: from here on nobody does, until the commit."""
    if block.pk:
        list(Slot.objects.filter(block=block).order_by("pk").select_for_update(no_key=True, of=("self",)))


def _loses_its_place(meeting: Meeting, lost: Sequence[Slot], block: Block) -> bool:
    beyond = meeting.table is not None and meeting.table.number > block.table_count
    # A table above the number was given by hand, or is one of those that go with this change.
    was_within = beyond and meeting.table and meeting.slot and meeting.table.number <= meeting.slot.block.table_count
    return meeting.slot in lost or bool(was_within)


def _span(slot: Slot) -> Times:
    return slot.starts_at, slot.ends_at


def check_alone(block: Block) -> None:
    """Raises PlacesRefused where another block of the conference runs at the same time."""
    for other in Block.objects.filter(conference=block.conference).exclude(pk=block.pk):
        if other.starts_at < block.ends_at and block.starts_at < other.ends_at:
            raise PlacesRefused(
                _("“%(block)s” runs at this time. Nobody can sit at two tables at once.") % {"block": other}
            )


def _make_tables(block: Block, *, by: User | None) -> None:
    count = Table.objects.filter(conference=block.conference).count()
    if block.table_count > count:
        row = Table.objects.filter(conference=block.conference, row=1).count() or IN_A_ROW
        set_tables(block.conference, count=block.table_count, in_a_row=row, by=by)


def _save_slots(block: Block, change: Change) -> None:
    if change.lost:
        Meeting.objects.filter(slot__in=change.lost, status=MeetingStatus.CANCELLED).update(slot=None)
        Slot.objects.filter(pk__in=[slot.pk for slot in change.lost]).delete()
    for slot, (begins, ends) in change.kept:
        Slot.objects.filter(pk=slot.pk).update(starts_at=begins, ends_at=ends)
    Slot.objects.bulk_create(
        [Slot(block=block, number=number, starts_at=begins, ends_at=ends) for number, (begins, ends) in change.added]
    )


def _lock_empty(block: Block) -> None:
    _lock_slots(block)
    if (
        MeetingSeat.objects.filter(slot__block=block).exists()
        or Meeting.objects.ahead().filter(slot__block=block).exists()
    ):
        raise PlacesRefused(_("People meet in this block or were asked for one of its times. Close it instead."))


def _move(block: Block, to: str, *, action: str, by: User | None) -> None:
    try:
        move(block, to, transitions=BLOCK_TRANSITIONS, action=action, by=by)
    except TransitionRefused as error:
        raise PlacesRefused(str(error)) from error
