"""What one racer does. Each returns a word for the outcomes that are foreseen; anything else is an error."""

from accounts.models import User
from registrations.models import Invitation, Participant
from registrations.services import arrivals, invitations, replies, waves
from tests.factories import person


def accept(invitation: int, *numbers: int) -> str:
    """Replies by the personal link for the persons of these numbers; says what each became."""
    return _accept(invitation, numbers, by=None)


def _accept(invitation: int, numbers: tuple[int, ...], *, by: User | None) -> str:
    try:
        people = replies.accept(Invitation.objects.get(pk=invitation), [person(number) for number in numbers], by=by)
    except replies.AlreadyReplied:
        return "already replied"
    return ", ".join(participant.status for participant in people)


def accept_or_withdraw(invitation: int, number: int, participant: int) -> str:
    """Withdraws the participant where one is given (a number above 0), else accepts for one person."""
    if not participant:
        return accept(invitation, number)
    replies.withdraw(Participant.objects.get(pk=participant), by=None)
    return "withdrawn"


def add_person(invitation: int, number: int) -> str:
    return replies.add_person(Invitation.objects.get(pk=invitation), person(number), by=None).status


def accept_late_or_lapse(invitation: int, number: int, conference: int, organiser: int) -> str:
    """Lapses what is due where a conference is given, else records the late reply that the organiser was told."""
    if conference:
        invitations.lapse(conference)
        return "lapsed"
    return _accept(invitation, (number,), by=User.objects.get(pk=organiser))


def issue(wave: int) -> int:
    """Issues a whole wave in small batches; how many invitations were this racer's."""
    issued = 0
    while batch := waves.issue_next(wave, batch=5):
        issued += batch
    return issued


def check_in(participant: int, organiser: int) -> str:
    """Taps “Check in”; when they came, as the page then says."""
    found = Participant.objects.get(pk=participant)
    return str(arrivals.check_in(found, by=User.objects.get(pk=organiser)).checked_in_at)


def check_in_or_withdraw(participant: int, organiser: int, leaves: bool) -> str:
    try:
        if not leaves:
            return "here" if check_in(participant, organiser) else ""
        replies.withdraw(Participant.objects.get(pk=participant), by=None)
    except (arrivals.CheckInRefused, replies.ReplyRefused):
        return "refused"
    return "withdrawn"
