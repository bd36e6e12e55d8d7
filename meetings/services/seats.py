"""The one place that writes seats, and the locks that every booking takes: people in ascending order, then the slot."""

from collections.abc import Collection, Mapping

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from meetings.models import Meeting, MeetingRequest, MeetingSeat, Slot, Table
from meetings.queries import free_slots, free_table, meetings_in, rules_of
from registrations.models import Participant
from registrations.states import ParticipantStatus


class MeetingRefused(Exception):
    """The change is not possible; the message is fit for the user."""


class TimeTaken(MeetingRefused):
    """The time that was chosen is gone; another one may do."""


def lock_people(*participants: int) -> dict[int, Participant]:
    """Locks these rows, always in ascending order, so that two bookings never wait for each other."""
    rows = Participant.objects.filter(pk__in=participants).order_by("pk").select_for_update(no_key=True, of=("self",))
    return {row.pk: row for row in rows.select_related("conference")}


def check_still_take_part(*people: Participant) -> None:
    """Raises MeetingRefused where one of them has withdrawn."""
    if any(participant.status != ParticipantStatus.CONFIRMED for participant in people):
        raise MeetingRefused(_("One of you no longer takes part in the conference."))


def check_free(slot: Slot, *people: Participant) -> None:
    """Raises TimeTaken where the slot is not open to all of them, or is one too many of its block."""
    free = free_slots(slot.block.conference, [person.pk for person in people], now=timezone.now())
    if any(slot not in free[person.pk] for person in people):
        raise TimeTaken(_("This time is no longer free for both of you. Choose another one."))
    limit = rules_of(slot.block.conference_id).meetings_per_block
    if limit is not None and any(meetings_in(slot.block_id, person) >= limit for person in people):
        raise TimeTaken(_("One of you has as many meetings in this break as the organiser allows."))


def check_table(slot: Slot) -> None:
    """Raises TimeTaken where no table is free now. Holds none: that is for whoever agrees first."""
    if free_table(slot) is None:
        raise TimeTaken(_("All tables are taken at this time. Choose another one."))


def hold(request: MeetingRequest, slot: Slot) -> None:
    """Keeps the slot for both until the request is answered. Needs the lock on both."""
    _create([MeetingSeat(request=request, participant_id=pk, slot=slot) for pk in _pair(request)])


def let_go(request: MeetingRequest) -> None:
    MeetingSeat.objects.filter(request=request).delete()


def seat(meeting: Meeting, slot: Slot | None) -> None:
    """Gives both a seat in a new meeting. Needs the lock on both."""
    _create([MeetingSeat(meeting=meeting, participant_id=pk, slot=slot) for pk in _pair(meeting.request)])


def free(meeting: Meeting) -> None:
    """The slot is free for others at once; what both said and noted stays."""
    MeetingSeat.objects.filter(meeting=meeting).update(slot=None)


def put(meeting: Meeting, slot: Slot) -> None:
    """Both seats of a meeting go to this slot; who was late for another one is not late for this.

    Needs the lock on both. Raises MeetingRefused where one is taken.
    """
    try:
        with transaction.atomic():
            MeetingSeat.objects.filter(meeting=meeting).update(slot=slot, late_at=None)
    except IntegrityError as error:
        raise MeetingRefused(_("This time is no longer free for both of you. Choose another one.")) from error


def put_many(places: Mapping[int, int]) -> None:
    """The seats of each meeting, by its primary key, go to the slot with that one. Needs the locks on all people, and
    that the seats are free of other slots."""
    by_slot: dict[int, list[int]] = {}
    for meeting, slot in places.items():
        by_slot.setdefault(slot, []).append(meeting)
    for slot, meetings in by_slot.items():
        MeetingSeat.objects.filter(meeting__in=meetings).update(slot=slot, late_at=None)


def free_many(meetings: Collection[int]) -> None:
    """Like `free`, by primary keys."""
    MeetingSeat.objects.filter(meeting__in=meetings).update(slot=None)


def table_at(slot: Slot) -> Table:
    """A free table, with the slot locked until the commit. Raises TimeTaken where there is none."""
    Slot.objects.select_for_update(no_key=True).get(pk=slot.pk)
    table = free_table(slot)
    if table is None:
        raise TimeTaken(_("All tables are taken at this time. Choose another one."))
    return table


def _pair(request: MeetingRequest) -> list[int]:
    return sorted([request.asker_id, request.asked_id])


def _create(seats: list[MeetingSeat]) -> None:
    try:
        with transaction.atomic():
            MeetingSeat.objects.bulk_create(seats)
    except IntegrityError as error:
        raise TimeTaken(_("This time is no longer free for both of you. Choose another one.")) from error
