"""What both kinds of pages say after people were registered."""

from collections.abc import Sequence

from django.utils.translation import ngettext

from registrations.models import Participant
from registrations.states import ParticipantStatus


def outcome(registered: Sequence[Participant]) -> str:
    """How many are registered and how many wait, in a sentence each."""
    confirmed = sum(participant.status == ParticipantStatus.CONFIRMED for participant in registered)
    waiting = len(registered) - confirmed
    parts = []
    if confirmed:
        parts.append(
            ngettext("%(number)d person is registered.", "%(number)d people are registered.", confirmed)
            % {"number": confirmed}
        )
    if waiting:
        parts.append(
            ngettext("%(number)d person is on the waiting list.", "%(number)d people are on the waiting list.", waiting)
            % {"number": waiting}
        )
    return " ".join(parts)
