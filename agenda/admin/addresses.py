"""Where the pages of a programme are: its own by conference, and those of other areas by name."""

from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse

from conference.models import Conference


def plan_address(name: str, conference: Conference, *more: object, **query: object) -> str:
    """A page of the conference's programme in the admin: `admin:agenda_plan_<name>`."""
    address = reverse(f"admin:agenda_plan_{name}", args=[conference.pk, *more])
    return f"{address}?{urlencode(query)}" if query else address


def board_address(conference: Conference) -> str:
    return plan_address("board", conference)


def address_if_any(name: str, *args: object) -> str:
    """The address of a page by its name; empty where there is no such page."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
