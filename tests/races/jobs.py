"""What one racer does. Each returns a word for the outcomes that are foreseen; anything else is an error."""

from registrations.models import Invitation, Participant
from registrations.services import replies, waves
from tests.factories import person


def accept(invitation: int, *numbers: int) -> str:
    """Replies by the personal link for the persons of these numbers."""
    try:
        people = replies.accept(Invitation.objects.get(pk=invitation), [person(number) for number in numbers], by=None)
    except replies.AlreadyReplied:
        return "already replied"
    except replies.ReplyRefused as refused:
        return str(refused)
    return ", ".join(participant.status for participant in people)


def accept_or_withdraw(invitation: int, number: int, participant: int) -> str:
    """Withdraws the participant where one is named, else accepts for one person."""
    if not participant:
        return accept(invitation, number)
    try:
        replies.withdraw(Participant.objects.get(pk=participant), by=None)
    except replies.ReplyRefused as refused:
        return str(refused)
    return "withdrawn"


def accept_then_withdraw(invitation: int, number: int, withdraws: bool) -> str:
    """Accepts for one person, who then changes their mind where `withdraws`."""
    answer = accept(invitation, number)
    if withdraws:
        replies.withdraw(Participant.objects.get(invitation=invitation), by=None)
    return answer


def add_person(invitation: int, number: int) -> str:
    try:
        return replies.add_person(Invitation.objects.get(pk=invitation), person(number), by=None).status
    except replies.ReplyRefused as refused:
        return str(refused)


def accept_or_lapse(invitation: int, number: int, conference: int) -> str:
    if number:
        return accept(invitation, number)
    return f"{waves.lapse(conference)} lapsed"


def issue(wave: int) -> int:
    """Issues a whole wave in small batches; how many were this racer's."""
    issued = 0
    while batch := waves.issue_next(wave, batch=5):
        issued += batch
    return issued
