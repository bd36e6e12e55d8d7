"""Who may do what. What a state allows stands in the services."""

from accounts.models import User
from registrations.models import Participant


def can_manage(user: User, participant: Participant) -> bool:
    """Themselves, the invited address and its assistant may change a registration."""
    invitation = participant.invitation
    owners = {participant.user_id}
    if invitation:
        owners |= {invitation.contact_id, invitation.assistant_id}
    return user.is_authenticated and user.pk in owners


def can_see_special_needs(user: User) -> bool:
    """Dietary and access needs are sensitive: only organisers with the permission see them."""
    return user.is_staff and user.has_perm("registrations.view_special_needs")
