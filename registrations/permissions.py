"""Who may do what. What a state allows stands in the services."""

from accounts.models import User


def can_see_special_needs(user: User) -> bool:
    """Dietary and access needs are sensitive: only organisers with the permission see them."""
    return user.is_staff and user.has_perm("registrations.view_special_needs")
