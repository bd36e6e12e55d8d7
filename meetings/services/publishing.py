"""A reviewed placement becomes what people read: in one transaction, with everything looked at again under locks."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.models import User
from conference.transitions import TransitionRefused, move, move_many
from meetings import emails
from meetings.comparing import Kind, kind_of, outdated
from meetings.models import Meeting, Placement, Slot, Table
from meetings.placing import Case, Row, read_case
from meetings.reasons import reasons_of
from meetings.scheduling.problem import Place, pair
from meetings.services import news, placements, seats
from meetings.services.news import Was
from meetings.services.placements import PlacementRefused
from meetings.services.places import lock_rules
from meetings.states import MEETING_TRANSITIONS, PLACEMENT_TRANSITIONS, MeetingStatus, PlacementStatus


@dataclass
class Published:
    """What a publication did: primary keys of meetings, and why some were left as they are."""

    new: list[int] = field(default_factory=list)
    moved: list[int] = field(default_factory=list)
    dropped: list[int] = field(default_factory=list)
    kept: list[int] = field(default_factory=list)
    left_out: dict[int, str] = field(default_factory=dict)


@transaction.atomic
def publish(placement: Placement, *, by: User | None) -> Published:
    """Gives all meetings their places, and writes to both people of each that is new, moved or dropped.

    What changed since the placement was computed is left as it is now and told in `left_out`: a meeting that was
    cancelled or moved by hand, a person who is no longer free, a table that is taken. Other placements that wait to be
    published are discarded. Raises PlacementRefused where this one is not reviewed, or was published a moment ago.
    """
    lock_rules(placement.conference)
    placement = Placement.objects.select_for_update(no_key=True, of=("self",)).get(pk=placement.pk)
    if placement.status != PlacementStatus.REVIEWED:
        raise PlacementRefused(
            _("This is not possible any more: the status is “%(status)s”.") % {"status": placement.get_status_display()}
        )
    meetings = _locked(placement)
    case = read_case(placement.conference, now=timezone.now())
    steps = _Steps(placement, meetings, case)
    done = Published(left_out=steps.left_out)
    changes = steps.changes()
    known = {pk: Was.of(meetings[pk]) for pk in changes if meetings[pk].is_shown}
    _write(meetings, changes, case, done, by=by)
    news.tell(
        placed=done.new,
        moved={pk: known[pk] for pk in done.moved},
        dropped={pk: known[pk] for pk in done.dropped},
        why=_("The programme or the wishes of others have changed."),
    )
    _tell_why_not(placement, changes, done)
    _move_placement(placement, done, by=by)
    _discard_others(placement, by=by)
    return done


def _discard_others(placement: Placement, *, by: User | None) -> None:
    """What else was computed compares with meetings that are no longer so."""
    waiting = [PlacementStatus.PROVISIONAL, PlacementStatus.REVIEWED]
    for other in Placement.objects.filter(conference=placement.conference_id, status__in=waiting):
        placements.discard(other, by=by)


def _tell_why_not(placement: Placement, changes: Mapping[int, Place | None], done: Published) -> None:
    """To both of a meeting that had no time and finds none; who loses one is told with that."""
    why = reasons_of(placement)
    nowhere = [pk for pk, at in changes.items() if at is None and pk in why and pk not in done.dropped]
    found = Meeting.objects.unplaced().filter(pk__in=nowhere).with_people().order_by("pk")
    emails.queue_unplaced({meeting: why[meeting.pk] for meeting in found})


def _locked(placement: Placement) -> dict[int, Meeting]:
    """All meetings of the placement, with the people, slots and rows that publishing looks at locked in this order:
    whoever books locks people, then the slot."""
    numbers = [row["meeting"] for row in placement.result]
    pairs = Meeting.objects.filter(pk__in=numbers).values_list("request__asker", "request__asked")
    seats.lock_people(*{person for people in pairs for person in people})
    slots = Slot.objects.of(placement.conference).order_by("pk")
    list(slots.select_for_update(no_key=True, of=("self",)))
    rows = Meeting.objects.filter(pk__in=numbers).order_by("pk").select_for_update(no_key=True, of=("self",))
    return {meeting.pk: meeting for meeting in rows.select_related("request", "slot", "table")}


class _Steps:
    """Which of the placement's words can be followed as things are now."""

    def __init__(self, placement: Placement, meetings: Mapping[int, Meeting], case: Case) -> None:
        self.case = case
        self.meetings = meetings
        self.left_out: dict[int, str] = {}
        self.requests = {request.id: request for request in case.problem.requests}
        self.position = {slot.pk: number for number, slot in enumerate(case.slots)}
        slots = {slot.pk: slot for slot in case.slots}
        tables = Table.objects.in_bulk({row["table"] for row in placement.result} - {None})
        self.wanted: dict[int, Place | None] = {}
        for row in placement.result:
            number = row["meeting"]
            if number not in meetings:
                continue
            why = outdated(meetings[number], row, slots, tables)
            if not why and number not in self.requests:
                why = capfirst(case.set_aside.get(number, _("it is no longer to be placed"))) + "."
            if why:
                self.left_out[number] = why
            else:
                self.wanted[number] = self._place(row)

    def _place(self, row: Row) -> Place | None:
        if row["slot"] is None or row["table"] is None:
            return None
        return Place(self.position[row["slot"]], row["table"])

    def changes(self) -> dict[int, Place | None]:
        """Where each meeting goes. Those that cannot go there any more stay where they are, which may be in the way of
        others: so this is repeated until nothing is."""
        while refused := self._refused():
            self.left_out |= refused
            for number in refused:
                del self.wanted[number]
        return self.wanted

    def _refused(self) -> dict[int, str]:
        problem = self.case.problem
        final = {number: self.wanted.get(number, request.previous) for number, request in self.requests.items()}
        seated = Counter((who, at.slot) for number, at in final.items() if at for who in pair(self.requests[number]))
        tables = Counter(at for at in final.values() if at)
        blocks = Counter(
            (who, problem.break_of[at.slot])
            for number, at in final.items()
            if at
            for who in pair(self.requests[number])
        )
        refused = {}
        for number, at in self.wanted.items():
            if at is None or at == self.requests[number].previous:
                continue
            people = [problem.by_id[who] for who in pair(self.requests[number])]
            if any(at.slot not in person.free or seated[person.id, at.slot] > 1 for person in people):
                refused[number] = _("One of the two is no longer free at this time.")
            elif tables[at] > 1 or at.table not in problem.tables[at.slot]:
                refused[number] = _("Its table is taken or no longer offered.")
            elif any(
                person.cap_per_break is not None and blocks[person.id, problem.break_of[at.slot]] > person.cap_per_break
                for person in people
            ):
                refused[number] = _("One of the two would have more meetings in this break than the rules allow.")
        return refused


def _write(
    meetings: Mapping[int, Meeting],
    changes: Mapping[int, Place | None],
    case: Case,
    done: Published,
    *,
    by: User | None,
) -> None:
    """All that leave their place do so first: two that change places would collide halfway."""
    leaving, coming = [], []
    for number, at in changes.items():
        meeting = meetings[number]
        place = (case.slots[at.slot].pk, at.table) if at else (None, None)
        kind = kind_of(meeting, *place)
        for noted, kinds in ((done.new, Kind.NEW), (done.moved, Kind.MOVED), (done.dropped, Kind.DROPPED)):
            if kind == kinds:
                noted.append(number)
        done.kept += [number] if kind == Kind.KEPT else []
        if meeting.slot_id and (meeting.slot_id, meeting.table_id) != place:
            leaving.append(meeting)
        if at and kind != Kind.KEPT:
            coming.append((meeting, place))
    for meeting in leaving:
        meeting.slot = meeting.table = None
        meeting.version += 1
        meeting.is_locked = False
    _move_meetings(leaving, MeetingStatus.UNPLACED, "taken out of its place", by=by)
    seats.free_many([meeting.pk for meeting in leaving])
    for meeting, (slot, table) in coming:
        meeting.slot_id, meeting.table_id = slot, table
        meeting.version += 1
    _move_meetings([meeting for meeting, _place in coming], MeetingStatus.PUBLISHED, "placed", by=by)
    seats.put_many({meeting.pk: slot for meeting, (slot, _table) in coming if slot})


def _move_meetings(meetings: Sequence[Meeting], to: MeetingStatus, action: str, *, by: User | None) -> None:
    fields = ["slot", "table", "version", "is_locked"]
    move_many(meetings, to, transitions=MEETING_TRANSITIONS, action=action, by=by, fields=fields)


def _move_placement(placement: Placement, done: Published, *, by: User | None) -> None:
    try:
        move(
            placement,
            PlacementStatus.PUBLISHED,
            transitions=PLACEMENT_TRANSITIONS,
            action="published",
            by=by,
            published_at=timezone.now(),
            differences={
                "new": len(done.new),
                "moved": len(done.moved),
                "dropped": len(done.dropped),
                "kept": len(done.kept),
                "left_out": {str(number): why for number, why in done.left_out.items()},
            },
        )
    except TransitionRefused as error:
        raise PlacementRefused(str(error)) from error
