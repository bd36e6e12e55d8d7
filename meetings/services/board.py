"""What organisers do with single meetings on the board. Each looks at the version that they saw: of two who move the
same meeting the second is told, and nothing is lost."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from conference import history
from conference.models import Conference
from conference.transitions import TransitionRefused, move, move_many
from meetings.models import Meeting, Slot, Table
from meetings.obstacles import Obstacles, at_table
from meetings.services import blocks, meetings, news, seats
from meetings.services.news import Was
from meetings.services.seats import MeetingRefused
from meetings.states import AHEAD, MEETING_TRANSITIONS, MeetingStatus


class MovedMeanwhile(MeetingRefused):
    """Somebody else changed the meeting since it was looked at. Nothing was done."""


@transaction.atomic
def place(meeting: Meeting, slot: Slot, table: Table, *, seen: int, by: User | None) -> Meeting:
    """Moves a meeting to a slot and a table. One that both know of stays so, and both are told; one without a time is
    provisional until organisers publish it. Spare tables may be given.

    Raises MovedMeanwhile, or MeetingRefused with what is in the way.
    """
    (fresh,) = _locked([meeting], seen=[seen], slots=[slot])
    _check_may_move(fresh)
    slot = Slot.objects.select_related("block__conference").get(pk=slot.pk)
    obstacles = Obstacles.of(fresh.conference, [person.pk for person in fresh.people], now=timezone.now())
    if why := obstacles.at_time(fresh, slot) or at_table(slot, table):
        raise MeetingRefused(why)
    if Meeting.objects.placed().filter(slot=slot, table=table).exclude(pk=fresh.pk).exists():
        raise MeetingRefused(_("Table %(number)d is taken at this time.") % {"number": table.number})
    known = {fresh.pk: Was.of(fresh)} if fresh.is_shown else {}
    seats.free(fresh)
    _put(fresh, slot, table, by=by)
    news.tell(moved=known)
    return fresh


@transaction.atomic
def swap(one: Meeting, other: Meeting, *, seen: tuple[int, int], by: User | None) -> None:
    """Two placed meetings change places. Raises MovedMeanwhile, or MeetingRefused with what is in the way."""
    one, other = _locked([one, other], seen=seen, slots=[])
    for meeting in (one, other):
        _check_may_move(meeting)
    first, second = (one.slot, one.table), (other.slot, other.table)
    if first[0] is None or first[1] is None or second[0] is None or second[1] is None:
        raise MeetingRefused(_("Only two meetings that have a time can be swapped."))
    obstacles = Obstacles.of(one.conference, [person.pk for person in (*one.people, *other.people)], now=timezone.now())
    for meeting, (slot, table) in ((one, (second[0], second[1])), (other, (first[0], first[1]))):
        if why := obstacles.at_time(meeting, slot, leaving=[one, other]) or at_table(slot, table):
            raise MeetingRefused(why)
    known = {meeting.pk: Was.of(meeting) for meeting in (one, other) if meeting.is_shown}
    # Each constraint holds at each moment: the second waits outside while the first takes its place.
    was = other.status
    move(other, MeetingStatus.UNPLACED, **_steps("taken out to be swapped", by), slot=None, table=None)
    for meeting in (one, other):
        seats.free(meeting)
    _put(one, second[0], second[1], by=by)
    _put(other, first[0], first[1], by=by, to=was)
    news.tell(moved=known)


@transaction.atomic
def set_lock(meeting: Meeting, *, locked: bool, seen: int, by: User | None) -> None:
    """A locked meeting stays where it is, whatever is placed or moved. Raises MovedMeanwhile, or MeetingRefused for a
    meeting without a place."""
    (fresh,) = _locked([meeting], seen=[seen], slots=[])
    if fresh.slot is None or fresh.status not in AHEAD:
        raise MeetingRefused(_("Only a meeting with a time can be locked."))
    Meeting.objects.filter(pk=fresh.pk).update(is_locked=locked, version=fresh.version + 1)
    history.record(fresh, "locked" if locked else "unlocked", by=by)


@transaction.atomic
def take_off(meeting: Meeting, *, seen: int, by: User | None) -> None:
    """The meeting stays agreed and waits for another time; both are told where they knew of one. Raises MovedMeanwhile,
    or MeetingRefused."""
    (fresh,) = _locked([meeting], seen=[seen], slots=[])
    _check_may_move(fresh)
    known = {fresh.pk: Was.of(fresh)} if fresh.is_shown else {}
    try:
        blocks.take_time_away(fresh, why=_("by an organiser"), by=by)
    except TransitionRefused as error:
        raise MeetingRefused(str(error)) from error
    news.tell(dropped=known, why=_("The organiser looks for another time."))


@transaction.atomic
def cancel(meeting: Meeting, *, reason: str, seen: int, by: User | None) -> None:
    """Both are told, with the reason. Raises MovedMeanwhile, or MeetingRefused where it is over or cancelled."""
    (fresh,) = _locked([meeting], seen=[seen], slots=[])
    meetings.cancel(fresh, person=None, by=by, reason=reason)


@transaction.atomic
def publish_by_hand(conference: Conference, *, by: User | None) -> int:
    """Tells both people of each meeting that organisers placed by hand. Returns how many meetings."""
    rows = Meeting.objects.filter(conference=conference, status=MeetingStatus.PROVISIONAL).order_by("pk")
    found = list(rows.select_for_update(no_key=True, of=("self",)))
    for meeting in found:
        meeting.version += 1
    move_many(
        found,
        MeetingStatus.PUBLISHED,
        transitions=MEETING_TRANSITIONS,
        action="published",
        by=by,
        fields=["version"],
    )
    news.tell(placed=[meeting.pk for meeting in found])
    return len(found)


def _locked(meetings: Sequence[Meeting], *, seen: Sequence[int], slots: Sequence[Slot]) -> list[Meeting]:
    """The meetings as they are, with people, slots and rows locked in the order of all bookings. Raises MovedMeanwhile
    where one is not at the version that was seen."""
    people = {pk for meeting in meetings for pk in (meeting.request.asker_id, meeting.request.asked_id)}
    seats.lock_people(*people)
    numbers = {slot.pk for slot in slots} | {meeting.slot_id for meeting in meetings if meeting.slot_id}
    list(Slot.objects.filter(pk__in=numbers).order_by("pk").select_for_update(no_key=True))
    rows = Meeting.objects.filter(pk__in=[meeting.pk for meeting in meetings]).order_by("pk")
    list(rows.select_for_update(no_key=True, of=("self",)))
    fresh = rows.with_people().in_bulk()
    for meeting, version in zip(meetings, seen, strict=True):
        if fresh[meeting.pk].version != version:
            raise MovedMeanwhile(_changed_words(fresh[meeting.pk]))
    return [fresh[meeting.pk] for meeting in meetings]


def _changed_words(meeting: Meeting) -> str:
    entry = history.of(meeting).first()
    words = {"meeting": meeting, "who": entry.by_label if entry else _("somebody else")}
    if meeting.status == MeetingStatus.CANCELLED:
        return _("%(meeting)s was cancelled meanwhile by %(who)s. Nothing was done.") % words
    return _("%(meeting)s was changed meanwhile by %(who)s. Look where it is now; nothing was done.") % words


def _check_may_move(meeting: Meeting) -> None:
    if meeting.status not in AHEAD:
        raise MeetingRefused(_("This meeting is over or was cancelled."))
    if meeting.is_locked:
        raise MeetingRefused(_("%(meeting)s is locked. Unlock it first.") % {"meeting": meeting})
    seats.check_still_take_part(*meeting.people)


def _put(meeting: Meeting, slot: Slot, table: Table, *, by: User | None, to: str = "") -> None:
    """Needs free seats. `to` is the status of a meeting that waits outside; else a known one stays known."""
    places: dict[str, Any] = {"slot": slot, "table": table, "version": meeting.version + 1}
    if meeting.status == MeetingStatus.UNPLACED:
        move(meeting, to or MeetingStatus.PROVISIONAL, **_steps("placed by hand", by), **places)
    else:
        Meeting.objects.filter(pk=meeting.pk).update(**places)
        history.record(meeting, "moved", by=by, detail=f"{slot}, {table.number}")
    seats.put(meeting, slot)


def _steps(action: str, by: User | None) -> dict[str, Any]:
    return {"transitions": MEETING_TRANSITIONS, "action": action, "by": by}
