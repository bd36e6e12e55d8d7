"""Who may act for whom. What a state allows stays in the services."""

from django.db.models import Exists, OuterRef, Q

from accounts.models import User
from meetings.models import Assistant
from registrations.models import Participant, ParticipantQuerySet


def represented_by(user: User) -> ParticipantQuerySet:
    """Whom this user may act for: themselves, people of invitations they received or assist, and those who named
    them as an assistant."""
    named = Assistant.objects.of(user).filter(participant=OuterRef("pk"))
    return Participant.objects.filter(
        Q(user=user) | Q(invitation__contact=user) | Q(invitation__assistant=user) | Exists(named)
    )


def can_act_for(user: User, participant: Participant) -> bool:
    return represented_by(user).filter(pk=participant.pk).exists()


def can_name_assistants(user: User, participant: Participant) -> bool:
    """An assistant does not name further ones."""
    return Participant.objects.managed_by(user).filter(pk=participant.pk).exists()
