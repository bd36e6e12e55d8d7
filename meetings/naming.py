"""How somebody is called to those whom they may meet: by name once a meeting is agreed, or where they allow it."""

from django.utils.translation import gettext as _

from accounts.models import User
from meetings.identity import heading_of, line_of
from registrations.models import Participant


def shows_name(participant: Participant, *, agreed: bool) -> bool:
    """Whether the other one reads the name: without a profile that allows it, not before a meeting is agreed."""
    profile = getattr(participant, "meeting_profile", None)
    return agreed or (profile is not None and profile.names_shown)


def called(participant: Participant, *, agreed: bool) -> str:
    """“Ms Jana Štěpánková, Mayor, Brno, Czechia”, or without the name. Never contact details."""
    named = shows_name(participant, agreed=agreed)
    return f"{heading_of(participant, named=named)}, {line_of(participant, named=named)}"


def is_on_behalf(participant: Participant, by: User | None) -> bool:
    """Whether `by` is somebody else who acts for the participant."""
    return by is not None and by.pk != participant.user_id


def acted_for(participant: Participant, by: User | None) -> str:
    """What the history adds where somebody acted for the participant; empty where they did so themselves."""
    return _("on behalf of %(name)s") % {"name": participant.full_name} if is_on_behalf(participant, by) else ""
