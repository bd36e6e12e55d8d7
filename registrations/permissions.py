"""Who may do what. What a state allows stands in the services."""

from collections.abc import Collection

from accounts.models import User
from registrations.models import Participant


def can_see_special_needs(user: User) -> bool:
    """Dietary and access needs are sensitive: only organisers with the permission see them."""
    return user.is_staff and user.has_perm("registrations.view_special_needs")


def can_decide_consents(user: User, participant: Participant) -> bool:
    """Consent is the person's own act: nobody who manages the registration gives or withdraws it for them."""
    return user.is_authenticated and participant.user_id == user.pk


def may_sign_in_by_link(user: User, *, registered_now: Collection[Participant]) -> bool:
    """Whether the reply alone signs its addressee in: a link can be forwarded, and must not open what it did not make.

    Organisers, and people with any other registration, sign in with a code sent to their address.
    """
    others = Participant.objects.managed_by(user).exclude(pk__in=[participant.pk for participant in registered_now])
    return user.is_active and not user.is_staff and not user.is_superuser and not others.exists()
