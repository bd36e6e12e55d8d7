"""What is for the owner of a registration alone: nothing of the programme, but stars follow one person's account."""

from accounts.models import User
from agenda.models import DismissedWarning, Plan, ProgrammeImport, Reader, Release, Speaker, Star
from registrations import owners
from registrations.models import Participant

_ORGANISERS = "work of organisers; names the account that did it"


def connect() -> None:
    owners.declare_staying(Reader, "of the account, not of the registration: whoever takes over has another account")
    owners.declare_staying(Star, "with its reader")
    owners.declare_staying(Speaker, "published, or for organisers; behind a personal link of its own")
    for model in (ProgrammeImport, Plan, DismissedWarning, Release):
        owners.declare_staying(model, _ORGANISERS)
    owners.declare_moving(move_reader)
    owners.declare_of_account(lambda user: Reader.objects.filter(user=user).delete())


def move_reader(participant: Participant, old: User, new: User) -> None:
    """Stars, the wish for mails and the calendar address, unless the new account has its own already."""
    if not Reader.objects.filter(user=new, conference=participant.conference_id).exists():
        Reader.objects.filter(user=old, conference=participant.conference_id).update(user=new)
