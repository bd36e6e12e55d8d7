"""Who may see and do what at the market place. What a state allows stands in the services."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import User
from marketplace.models import Call
from registrations.models import Delegation, Invitation, Participant
from registrations.states import InvitationStatus


def delegations_managed_by(user: User) -> QuerySet[Delegation]:
    """Whose stand the user may apply for and look after: those of people and invitations that they manage."""
    people = Participant.objects.managed_by(user).active().filter(delegation=OuterRef("pk"))
    invitations = Invitation.objects.managed_by(user).filter(delegation=OuterRef("pk"))
    return Delegation.objects.filter(Exists(people) | Exists(invitations.filter(status=InvitationStatus.ACCEPTED)))


def can_see_catalogue(user: User | AnonymousUser, call: Call) -> bool:
    """Everybody where the call says so; else participants of the conference, who manages them, and organisers."""
    if call.audience == Call.Audience.PUBLIC:
        return True
    if not user.is_authenticated:
        return False
    return user.is_staff or Participant.objects.managed_by(user).active().filter(conference=call.conference_id).exists()
