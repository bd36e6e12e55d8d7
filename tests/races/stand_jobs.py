"""What racing processes do to the market place. Each answers with a word."""

from accounts.models import User
from marketplace.models import HallPlace, Stand, StandApplication
from marketplace.services import applications, hall, selection
from marketplace.services.applications import ApplicationRefused
from marketplace.services.hall import PlaceRefused
from marketplace.services.selection import SelectionRefused
from marketplace.services.stands import NoStandFree


def decide(application: int, by: int) -> str:
    """An organiser gives this application a stand."""
    try:
        selection.accept(StandApplication.objects.get(pk=application), by=User.objects.get(pk=by))
    except NoStandFree:
        return "full"
    except SelectionRefused:
        return "decided"
    return "stand"


def decide_or_withdraw(application: int, by: int, what: str) -> str:
    """Gives a stand, or the delegation goes, at the same instant."""
    if what == "accept":
        return decide(application, by)
    try:
        applications.withdraw(StandApplication.objects.get(pk=application), by=User.objects.get(pk=by))
    except ApplicationRefused:
        return "decided"
    return "withdrawn"


def put(stand: int, place: int, by: int) -> str:
    """An organiser puts this stand on this place."""
    try:
        hall.give_place(
            Stand.objects.select_related("call").get(pk=stand),
            HallPlace.objects.get(pk=place),
            by=User.objects.get(pk=by),
        )
    except PlaceRefused:
        return "taken"
    return "placed"
