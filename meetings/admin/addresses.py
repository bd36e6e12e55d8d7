"""Where the organisers' pages of a conference's meetings are."""

from urllib.parse import urlencode

from django.urls import reverse

from conference.models import Conference


def address(name: str, conference: Conference, *more: object, **query: object) -> str:
    """A page of the conference's meetings in the admin: `admin:meetings_meetingrules_<name>`."""
    found = reverse(f"admin:meetings_meetingrules_{name}", args=[conference.pk, *more])
    return f"{found}?{urlencode(query)}" if query else found


def home_address(conference: Conference) -> str:
    return address("home", conference)
