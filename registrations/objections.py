"""Objections of people whose address somebody else gave us, as a line among the organisers' decisions."""

from collections.abc import Iterator

from django.utils.translation import ngettext

from accounts.models import User
from conference.models import Conference
from conference.organiser_admin import list_address
from registrations import start_page
from registrations.models import AddressNotice
from registrations.start_page import Coming, ToDecide


def connect() -> None:
    start_page.register("registrations", entries)


def entries(conference: Conference, user: User) -> Iterator[Coming | ToDecide]:
    if not user.has_perm("registrations.view_addressnotice"):
        return
    number = AddressNotice.objects.to_settle().filter(conference=conference).count()
    if number:
        words = ngettext(
            "%d person objects to being registered or listed by somebody else.",
            "%d people object to being registered or listed by somebody else.",
            number,
        )
        address = list_address(AddressNotice, conference__id__exact=conference.pk, objection="open")
        yield ToDecide(words % number, address)
