"""What happens to a meeting after it was agreed: cancelled, late, held or not, and a partner who no longer comes."""

import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from conference import history
from conference.transitions import TransitionRefused, move
from meetings import emails
from meetings.models import Meeting, MeetingRequest, MeetingSeat
from meetings.naming import acted_for
from meetings.services import seats
from meetings.services.seats import MeetingRefused
from meetings.states import MEETING_TRANSITIONS, REQUEST_TRANSITIONS, MeetingStatus, RequestStatus
from registrations.models import Participant

# How long before it begins somebody can say that they will be late.
LATE_FROM = datetime.timedelta(hours=1)


@transaction.atomic
def cancel(meeting: Meeting, *, person: Participant | None, by: User | None, reason: str = "") -> None:
    """Slot and table are free for others at once, and both are told. `person` is the one of the two who cancels, None
    an organiser.

    Raises MeetingRefused where it is cancelled or over already.
    """
    seats.lock_people(meeting.request.asker_id, meeting.request.asked_id)
    fresh = Meeting.objects.with_people().get(pk=meeting.pk)
    if fresh.is_over_at(timezone.now()):
        raise MeetingRefused(_("This meeting is over. Say instead whether it took place."))
    _cancel(fresh, person=person, by=by, reason=reason)


@transaction.atomic
def say_late(meeting: Meeting, *, person: Participant, by: User | None) -> None:
    """The partner reads it on their page. Said twice, the first time stays.

    Raises MeetingRefused for a meeting without a time, long before it, and after it.
    """
    seat = _seat(meeting, person)
    meeting = Meeting.objects.select_related("slot").get(pk=meeting.pk)
    now = timezone.now()
    if meeting.status != MeetingStatus.PUBLISHED or meeting.slot is None:
        raise MeetingRefused(_("This meeting has no time at present."))
    if meeting.slot.ends_at <= now:
        raise MeetingRefused(_("This meeting is over."))
    if meeting.slot.starts_at - LATE_FROM > now:
        raise MeetingRefused(_("You can say so from an hour before the meeting. If you cannot come, cancel it."))
    if MeetingSeat.objects.filter(pk=seat.pk, late_at=None).update(late_at=now):
        history.record(meeting, "said to be late", by=by, detail=acted_for(person, by))


@transaction.atomic
def say_held(meeting: Meeting, *, person: Participant, held: bool, by: User | None) -> None:
    """What one of the two says once it has begun. It counts as held unless one of them says that it was not.

    Raises MeetingRefused before it begins.
    """
    # Both words change one status: the row is locked, so that the second one sees the first.
    meeting = Meeting.objects.select_for_update(no_key=True, of=("self",)).select_related("slot").get(pk=meeting.pk)
    if not meeting.is_shown or meeting.slot is None or meeting.slot.starts_at > timezone.now():
        raise MeetingRefused(_("This can be said once the meeting has begun."))
    MeetingSeat.objects.filter(pk=_seat(meeting, person).pk).update(says_held=held, said_at=timezone.now())
    words = MeetingSeat.objects.filter(meeting=meeting, says_held__isnull=False).values_list("says_held", flat=True)
    status = MeetingStatus.HELD if all(words) else MeetingStatus.NOT_HELD
    if meeting.status != status:
        action = "said to be held" if held else "said not to be held"
        _move(meeting, status, action=action, by=by, detail=acted_for(person, by))


@transaction.atomic
def write_note(meeting: Meeting, *, person: Participant, note: str) -> None:
    """Read by its writer alone; the history does not tell of it."""
    MeetingSeat.objects.filter(pk=_seat(meeting, person).pk).update(note=note)


@transaction.atomic
def withdraw_with(participant: Participant, *, by: User | None) -> None:
    """Who no longer takes part meets nobody: requests are closed, meetings still to come cancelled, their slots and
    tables free, the partners told.

    The registration's service holds the lock on `participant`. The partners are not locked: a booking of theirs waits
    for this row and then finds it withdrawn.
    """
    close_requests(participant, action="no longer takes part", by=by)
    reason = _("No longer takes part in the conference.")
    for meeting in Meeting.objects.still_to_come(timezone.now()).of(participant).with_people():
        _cancel(meeting, person=participant, by=by, reason=reason)


@transaction.atomic
def close_requests(participant: Participant, *, action: str, by: User | None) -> None:
    """Ends all open requests of and to somebody who no longer wants or may have meetings, and tells the others.

    Locks nobody: whoever calls it holds the lock on `participant`, which every answer needs.
    """
    requests = MeetingRequest.objects.pending().filter(Q(asker=participant) | Q(asked=participant)).with_people()
    for request in requests.order_by("pk"):
        seats.let_go(request)
        move(
            request,
            RequestStatus.CANCELLED,
            transitions=REQUEST_TRANSITIONS,
            action=action,
            by=by,
            closed_at=timezone.now(),
        )
        emails.queue_not_possible(request, gone=participant)


def _seat(meeting: Meeting, person: Participant) -> MeetingSeat:
    """Raises MeetingRefused for somebody who is not one of the two."""
    seat = MeetingSeat.objects.filter(meeting=meeting, participant=person).first()
    if seat is None:
        raise MeetingRefused(_("This is not your meeting."))
    return seat


def _cancel(meeting: Meeting, *, person: Participant | None, by: User | None, reason: str) -> None:
    was_shown = meeting.is_shown
    _move(
        meeting,
        MeetingStatus.CANCELLED,
        action="cancelled",
        by=by,
        detail=acted_for(person, by) if person else "",
        cancelled_at=timezone.now(),
        cancelled_by=person,
        reason=reason,
        version=meeting.version + 1,
    )
    seats.free(meeting)
    emails.queue_cancelled(meeting, was_shown=was_shown, by=by)


def _move(meeting: Meeting, to: str, *, action: str, by: User | None, detail: str = "", **changes: Any) -> None:
    try:
        move(meeting, to, transitions=MEETING_TRANSITIONS, action=action, by=by, detail=detail, **changes)
    except TransitionRefused as error:
        raise MeetingRefused(str(error)) from error
