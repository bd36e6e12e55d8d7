"""What one racer does with a meeting. Returns a word for the outcomes that are foreseen; anything else is an error."""

from meetings.models import MeetingRequest, Slot
from meetings.services import requests
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
