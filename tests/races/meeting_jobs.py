"""What one racer does with a meeting. Returns a word for the outcomes that are foreseen; anything else is an error."""

from django.utils import timezone

from meetings.models import Meeting, MeetingRequest, Slot
from meetings.services import meetings, requests
from meetings.services.requests import AlreadyAsked
from meetings.services.seats import MeetingRefused
from registrations.models import Participant
from registrations.services import replies


def accept(request: int, slot: int) -> str:
    try:
        requests.accept(MeetingRequest.objects.get(pk=request), slot=Slot.objects.get(pk=slot), by=None)
    except MeetingRefused:
        return "refused"
    return "booked"


def accept_or_withdraw(request: int, slot: int, participant: int) -> str:
    """The participant no longer comes where one is given (a number above 0), else as above."""
    if not participant:
        return accept(request, slot)
    try:
        replies.withdraw(Participant.objects.get(pk=participant), by=None)
    except replies.ReplyRefused:
        return "withdrawn before"
    return "withdrawn"


def ask(asker: int, asked: int, slot: int) -> str:
    """For a slot where one is given (a number above 0)."""
    people = Participant.objects.select_related("conference").in_bulk([asker, asked])
    wanted = Slot.objects.get(pk=slot) if slot else None
    try:
        requests.ask(people[asker], people[asked], slot=wanted, by=None)
    except AlreadyAsked:
        return "asked before"
    except MeetingRefused:
        return "refused"
    return "asked"


def cancel_or_accept(meeting: int, request: int, slot: int) -> str:
    """Cancels the meeting where one is given (a number above 0), else books what it leaves."""
    if not meeting:
        return accept(request, slot)
    found = Meeting.objects.select_related("request").get(pk=meeting)
    try:
        meetings.cancel(found, person=found.request.asker, by=None)
    except MeetingRefused:
        return "cancelled before"
    return "cancelled"


def answer_or_sweep(request: int, sweep: int) -> str:
    """Accepts the request, or does what beat asks for: reminds, expires."""
    if not sweep:
        try:
            requests.accept(MeetingRequest.objects.get(pk=request), by=None)
        except MeetingRefused:
            return "refused"
        return "booked"
    now = timezone.now()
    return f"{requests.remind_due(now)} reminded, {requests.expire_due(now)} expired"
