"""How somebody is called to those whom they may meet: by name once a meeting is agreed, or where they allow it."""

from accounts.models import User
from meetings.models import Profile
from registrations.models import Participant


def shows_name(participant: Participant, *, agreed: bool) -> bool:
    """Whether the other one reads the name. Needs `meeting_profile` at hand to cost no query."""
    return agreed or Profile.objects.filter(participant=participant, names_shown=True).exists()


def called(participant: Participant, *, agreed: bool) -> str:
    """“Ms Jana Štěpánková, Mayor, Brno”, or without the name, “Mayor, Brno”. Never contact details."""
    name = participant.addressed_name if shows_name(participant, agreed=agreed) else ""
    return ", ".join(part for part in (name, participant.function, participant.delegation.name) if part)


def is_on_behalf(participant: Participant, by: User | None) -> bool:
    """Whether `by` is somebody else who acts for the participant."""
    return by is not None and by.pk != participant.user_id
