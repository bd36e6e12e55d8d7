"""Who may do what. What a state allows stands in the services."""

from accounts.models import User
from registrations.models import Participant


def can_see_special_needs(user: User) -> bool:
    """Dietary and access needs are sensitive: only organisers with the permission see them."""
    return user.is_staff and user.has_perm("registrations.view_special_needs")


def can_decide_consents(user: User, participant: Participant) -> bool:
    """Consent is the person's own act: nobody who manages the registration gives or withdraws it for them."""
    return user.is_authenticated and participant.user_id == user.pk
