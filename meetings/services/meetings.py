"""What happens to a meeting after it was agreed: cancelled, late, held or not, and a partner who no longer comes."""

from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from conference import history
from conference.transitions import TransitionRefused, move
from meetings.models import Meeting, MeetingRequest, MeetingSeat
from meetings.services import seats
from meetings.services.seats import MeetingRefused
from meetings.states import MEETING_TRANSITIONS, REQUEST_TRANSITIONS, MeetingStatus, RequestStatus
from registrations.models import Participant


@transaction.atomic
def cancel(meeting: Meeting, *, person: Participant | None, by: User | None, reason: str = "") -> None:
    """Slot and table are free for others at once. `person` is the one of the two who cancels, None an organiser.

    Raises MeetingRefused where it is cancelled or over already.
    """
    seats.lock_people(meeting.request.asker_id, meeting.request.asked_id)
    _cancel(meeting, person=person, by=by, reason=reason)


@transaction.atomic
def say_late(meeting: Meeting, *, person: Participant, by: User | None) -> None:
    """The partner reads it on their page. Said twice, the first time stays. Raises MeetingRefused without a time."""
    seat = _seat(meeting, person)
    if not meeting.is_shown:
        raise MeetingRefused(_("This meeting has no time yet."))
    if seat.late_at is None:
        seat.late_at = timezone.now()
        seat.save(update_fields=["late_at"])
        history.record(meeting, "said to be late", by=by)


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
        _move(meeting, status, action="said to be held" if held else "said not to be held", by=by)


@transaction.atomic
def write_note(meeting: Meeting, *, person: Participant, note: str) -> None:
    """Read by its writer alone; the history does not tell of it."""
    MeetingSeat.objects.filter(pk=_seat(meeting, person).pk).update(note=note)


@transaction.atomic
def withdraw_with(participant: Participant, *, by: User | None) -> None:
    """Who no longer takes part meets nobody: requests are closed, meetings cancelled, their slots and tables free.

    The registration's service holds the lock on `participant`. The partners are not locked: a booking of theirs waits
    for this row and then finds it withdrawn.
    """
    for request in MeetingRequest.objects.pending().filter(Q(asker=participant) | Q(asked=participant)):
        seats.let_go(request)
        move(
            request,
            RequestStatus.CANCELLED,
            transitions=REQUEST_TRANSITIONS,
            action="no longer takes part",
            by=by,
            closed_at=timezone.now(),
        )
    for meeting in Meeting.objects.ahead().of(participant):
        _cancel(meeting, person=participant, by=by, reason=_("No longer takes part in the conference."))


def _seat(meeting: Meeting, person: Participant) -> MeetingSeat:
    """Raises MeetingRefused for somebody who is not one of the two."""
    seat = MeetingSeat.objects.filter(meeting=meeting, participant=person).first()
    if seat is None:
        raise MeetingRefused(_("This is not your meeting."))
    return seat


def _cancel(meeting: Meeting, *, person: Participant | None, by: User | None, reason: str) -> None:
    _move(
        meeting,
        MeetingStatus.CANCELLED,
        action="cancelled",
        by=by,
        cancelled_at=timezone.now(),
        cancelled_by=person,
        reason=reason,
        version=meeting.version + 1,
    )
    seats.free(meeting)


def _move(meeting: Meeting, to: str, *, action: str, by: User | None, **changes: Any) -> None:
    try:
        move(meeting, to, transitions=MEETING_TRANSITIONS, action=action, by=by, **changes)
    except TransitionRefused as error:
        raise MeetingRefused(str(error)) from error
