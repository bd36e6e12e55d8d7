"""What is for the owner of a registration alone: the visiting list, and the contacts that were left at stands."""

from django.utils import timezone

from accounts.models import User
from marketplace.models import ContactLeft, Duty, Mark, Remembered, StandApplication
from registrations import owners
from registrations.models import Participant


def connect() -> None:
    owners.declare(Remembered, owners=("stand", "created_at"), staying=("participant",), forget=_forget_list)
    owners.declare(
        ContactLeft,
        owners=("stand", "notice", "consented_at", "revoked_at"),
        staying=("participant",),
        forget=_revoke_contacts,
    )
    owners.declare_staying(Duty, "on the stand's rota, which all of the delegation see")
    owners.declare_staying(StandApplication, "of the delegation")
    owners.declare_staying(Mark, "work of reviewers; names the account that did it")
    owners.declare_moving(_move_applications)


def _forget_list(participant: Participant) -> None:
    participant.remembered_stands.all().delete()


def _revoke_contacts(participant: Participant) -> None:
    """The consent was another person's: no stand keeps the contact of whoever takes over."""
    participant.contacts_left.filter(revoked_at=None).update(revoked_at=timezone.now())


def _move_applications(participant: Participant, old: User, new: User) -> None:
    """Mails about the application go to the account that wrote it."""
    StandApplication.objects.filter(applicant=old, delegation=participant.delegation_id).update(applicant=new)
