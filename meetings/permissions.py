"""Who may act for whom. What a state allows stays in the services."""

from accounts.models import User
from meetings.models import Assistant
from registrations.models import Participant


def can_act_for(user: User, participant: Participant) -> bool:
    """Themselves, whoever received or assists their invitation, and the assistants they named."""
    return (
        Participant.objects.managed_by(user).filter(pk=participant.pk).exists()
        or Assistant.objects.of(user).filter(participant=participant).exists()
    )
