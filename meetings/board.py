"""The grid of slots and tables as organisers see it, and where a chosen meeting could go. Reads only."""

import datetime
from dataclasses import dataclass, field
from functools import cached_property

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from conference.models import Conference
from meetings import reasons
from meetings.conflicts import Conflict, among
from meetings.models import Block, Meeting, MeetingSeat, Profile, Slot, Table
from meetings.obstacles import Obstacles, at_table
from meetings.states import AHEAD, OVER, MeetingStatus
from registrations.models import Participant


@dataclass(frozen=True)
class Target:
    """What happens if the chosen meeting goes to a cell: `why` says why not; `swaps`: with the one that sits there."""

    why: str = ""
    swaps: bool = False


@dataclass
class Cell:
    """A table in a slot. `is_there` is false where the block has fewer tables."""

    slot: Slot
    table: Table
    is_there: bool
    meeting: Meeting | None = None
    conflicts: list[Conflict] = field(default_factory=list)
    target: Target | None = None
    is_chosen: bool = False
    is_found: bool = False
    # The head of its column says why nothing can come here.
    is_closed: bool = False


@dataclass
class Board:
    """All slots of blocks that are open or closed, by time, and all tables of the largest of them."""

    conference: Conference
    slots: list[Slot]
    tables: list[Table]
    cells: dict[tuple[int, int], Cell]
    unplaced: list[tuple[Meeting, str]]
    chosen: Meeting | None = None
    # Of the chosen meeting: why its two people cannot meet in a slot at all, by the slot's primary key.
    closed: dict[int, str] = field(default_factory=dict)

    @property
    def rows(self) -> list[tuple[Table, list[Cell]]]:
        return [(table, [self.cells[slot.pk, table.pk] for slot in self.slots]) for table in self.tables]

    @property
    def columns(self) -> list[tuple[Slot, str]]:
        """Each slot, with why the chosen meeting cannot be in it."""
        return [(slot, self.closed.get(slot.pk, "")) for slot in self.slots]

    @property
    def blocks(self) -> list[tuple[Block, int]]:
        """Each block with how many slots it has, in the order of the columns."""
        found: dict[int, tuple[Block, int]] = {}
        for slot in self.slots:
            found[slot.block_id] = (slot.block, found.get(slot.block_id, (slot.block, 0))[1] + 1)
        return list(found.values())

    @property
    def meetings(self) -> list[Meeting]:
        return [cell.meeting for cell in self.cells.values() if cell.meeting]

    @property
    def in_conflict(self) -> list[Cell]:
        return [cell for cell in self.cells.values() if cell.conflicts]

    @property
    def by_hand(self) -> int:
        """How many were placed by organisers and not published."""
        return sum(meeting.status == MeetingStatus.PROVISIONAL for meeting in self.meetings)

    @cached_property
    def targets(self) -> list[Cell]:
        """Where the chosen meeting could go."""
        return [cell for cell in self.cells.values() if cell.target and not cell.target.why]


def read_board(conference: Conference, *, chosen: int | None = None, search: str = "") -> Board:
    """The number of queries does not depend on how many tables, slots and meetings there are.

    `chosen` is the primary key of the meeting that is to be moved, `search` part of a name, city or organisation.
    """
    now = timezone.now()
    slots = list(
        Slot.objects.of(conference)
        .exclude(block__status=Block.Status.DRAFT)
        .select_related("block__conference")
        .order_by("starts_at", "pk")
    )
    most = max((slot.block.table_count for slot in slots), default=0)
    meetings = list(
        Meeting.objects.filter(conference=conference, status__in=AHEAD | OVER).with_people().order_by("agreed_at", "pk")
    )
    placed = [meeting for meeting in meetings if meeting.slot_id]
    used = {meeting.table_id for meeting in placed}
    tables = [
        table
        for table in Table.objects.filter(conference=conference).order_by("number")
        if table.number <= most or table.pk in used
    ]
    cells = {
        (slot.pk, table.pk): Cell(slot, table, is_there=not at_table(slot, table)) for slot in slots for table in tables
    }
    for meeting in placed:
        # A block that is being prepared again has none: it may be so only while nobody meets in it.
        cell = cells.get((meeting.slot_id or 0, meeting.table_id or 0))
        if cell:
            cell.meeting = meeting
            cell.is_found = bool(search) and matches(meeting, search)
    ahead = [
        (meeting, (meeting.slot.starts_at, meeting.slot.ends_at))
        for meeting in placed
        if meeting.slot and meeting.status in AHEAD and meeting.slot.ends_at > now
    ]
    for conflict in among(conference, ahead):
        cells[conflict.meeting.slot_id or 0, conflict.meeting.table_id or 0].conflicts.append(conflict)
    waiting = [meeting for meeting in meetings if meeting.status == MeetingStatus.UNPLACED]
    why = reasons.published_reasons(conference) if waiting else {}
    board = Board(conference, slots, tables, cells, reasons.unplaced_with_reasons(waiting, why))
    selected = next((meeting for meeting in meetings if meeting.pk == chosen and meeting.status in AHEAD), None)
    if selected:
        _mark_targets(board, selected, now)
    return board


def matches(meeting: Meeting, search: str) -> bool:
    """Whether one of the two is meant: by name, city or organisation, whatever the case."""
    return any(search.casefold() in words_of(person) for person in meeting.people)


def words_of(person: Participant) -> str:
    """What a search on the board looks through."""
    return f"{person.full_name} {person.delegation.name}".casefold()


def _mark_targets(board: Board, chosen: Meeting, now: datetime.datetime) -> None:
    board.chosen = chosen
    if chosen.slot_id:
        board.cells[chosen.slot_id, chosen.table_id or 0].is_chosen = True
    people = {person.pk for meeting in [chosen, *board.meetings] for person in meeting.people}
    obstacles = Obstacles.of(board.conference, people, now=now)
    at_time = {slot.pk: obstacles.at_time(chosen, slot) for slot in board.slots}
    board.closed = {pk: why for pk, why in at_time.items() if why}
    for cell in board.cells.values():
        if not cell.is_chosen:
            cell.target = _target(chosen, cell, at_time[cell.slot.pk], obstacles)
            cell.is_closed = bool(cell.target.why) and cell.target.why == board.closed.get(cell.slot.pk)


def _target(chosen: Meeting, cell: Cell, at_time: str, obstacles: Obstacles) -> Target:
    if chosen.is_locked:
        return Target(_("The meeting is locked."))
    if not cell.is_there:
        return Target(at_table(cell.slot, cell.table))
    if cell.meeting is None:
        return Target(at_time)
    other = cell.meeting
    if other.status not in AHEAD or other.is_locked:
        return Target(_("Taken, and locked.") if other.is_locked else _("Taken."))
    if chosen.slot is None:
        return Target(at_time or _("Taken."))
    both = [chosen, other]
    why = obstacles.at_time(chosen, cell.slot, leaving=both) or obstacles.at_time(other, chosen.slot, leaving=both)
    if not why and chosen.table:
        why = at_table(chosen.slot, chosen.table)
    return Target(why, swaps=True)


# Who needs a look ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wanted:
    """Somebody whom others want to meet: requests received, of which are open, and meetings with and without a time."""

    person: Participant
    received: int
    pending: int
    placed: int
    waiting: int


def idle(conference: Conference) -> list[Participant]:
    """Who wants meetings and has none agreed. One query."""
    ahead = MeetingSeat.objects.filter(meeting__status__in=AHEAD | OVER).values("participant")
    listed = Profile.objects.listed().of(conference).exclude(participant__in=ahead)
    found = Participant.objects.filter(pk__in=listed.values("participant")).select_related("delegation")
    return list(
        found.annotate(
            sent=Count("requests_made", filter=Q(requests_made__status="pending"), distinct=True),
            received=Count("requests_received", filter=Q(requests_received__status="pending"), distinct=True),
        ).order_by("delegation__name", "family_name", "pk")
    )


def most_wanted(conference: Conference, *, at_most: int = 20) -> list[Wanted]:
    """Whom most have asked, the most wanted first. Two queries."""
    asked = Participant.objects.filter(requests_received__conference=conference).select_related("delegation")
    found = list(
        asked.annotate(
            received=Count("requests_received", distinct=True),
            pending=Count("requests_received", filter=Q(requests_received__status="pending"), distinct=True),
        ).order_by("-received", "family_name", "pk")[:at_most]
    )
    seats = MeetingSeat.objects.filter(participant__in=found, meeting__status__in=AHEAD | OVER)
    counts = {
        row["participant"]: (row["placed"], row["waiting"])
        for row in seats.order_by()
        .values("participant")
        .annotate(
            placed=Count("pk", filter=Q(slot__isnull=False)),
            waiting=Count("pk", filter=Q(meeting__status=MeetingStatus.UNPLACED)),
        )
    }
    return [
        Wanted(person, person.received, person.pending, *counts.get(person.pk, (0, 0)))  # type: ignore[attr-defined]
        for person in found
    ]


def conflict_in_words(conflict: Conflict) -> str:
    """“Brno, Jana Štěpánková: Panel 2”."""
    return capfirst(f"{conflict.participant.full_name}, {conflict.participant.delegation.name}: {conflict.busy.what}")
