"""What pages read of the market place."""

from marketplace.models import Call, StandApplication
from marketplace.states import ApplicationStatus
from registrations.models import Delegation


def newest_application(call: Call, delegation: Delegation) -> StandApplication | None:
    """The delegation's present application; one that was withdrawn only where there is no other."""
    found = StandApplication.objects.filter(call=call, delegation=delegation).order_by("-created_at", "-pk")
    present = found.exclude(status=ApplicationStatus.WITHDRAWN).first()
    return present or found.first()
