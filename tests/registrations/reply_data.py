"""What browsers send from the pages of a reply."""

import secrets
from typing import Any

from django.urls import reverse

from registrations.models import Invitation, InvitationLink
from registrations.services import invitations

PERSON = {
    "title": "Ms",
    "given_name": "Jana",
    "family_name": "Štěpánková",
    "function": "Mayor",
    "email": "jana@city.example",
    "language": "fr",
    "departure_city": "Brno",
    "dietary_needs": "no nuts",
    "access_needs": "",
    "needs_agreed": "on",
}
SECOND = {**PERSON, "given_name": "Владимир", "family_name": "Παπαδόπουλος", "email": "second@city.example"}


def link_to(invitation: Invitation, page: str = "invitation") -> str:
    """The address of a page behind a new personal link."""
    token = secrets.token_urlsafe(32)
    InvitationLink.objects.create(
        invitation=invitation, purpose=InvitationLink.Purpose.INVITATION, token_sha256=invitations.hash_token(token)
    )
    return reverse(f"registrations:{page}", args=[token])


def reply(*people: dict[str, str], seats: int = 2, **others: str) -> dict[str, Any]:
    """The whole form of the reply page; the first person is the principal."""
    data = {"people-TOTAL_FORMS": str(seats), "people-INITIAL_FORMS": "0", "people-0-role": "principal", **others}
    for number in range(seats):
        data[f"people-{number}-language"] = "en"
    for number, fields in enumerate(people):
        data |= {f"people-{number}-{name}": value for name, value in fields.items()}
    return data
