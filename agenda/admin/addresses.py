"""Where the organisers' pages of a programme are."""

from urllib.parse import urlencode

from django.urls import reverse

from conference.models import Conference


def plan_address(name: str, conference: Conference, *more: object, **query: object) -> str:
    """A page of the conference's programme in the admin: `admin:agenda_plan_<name>`."""
    address = reverse(f"admin:agenda_plan_{name}", args=[conference.pk, *more])
    return f"{address}?{urlencode(query)}" if query else address


def board_address(conference: Conference) -> str:
    return plan_address("board", conference)
