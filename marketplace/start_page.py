"""What the market place puts onto the organisers' start page: the end of the call, and what is open after it."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from conference.models import Conference
from marketplace.models import Call, HallPlace, StandApplication
from marketplace.queries import live_stands
from marketplace.states import ApplicationStatus
from registrations import start_page
from registrations.start_page import Area, Coming, ToDecide

UNDECIDED = (ApplicationStatus.SUBMITTED, ApplicationStatus.SHORTLISTED)


def connect() -> None:
    start_page.register("marketplace", entries)
    start_page.register_area(
        "marketplace",
        Area(gettext_lazy("Market place"), "admin:marketplace_call_of", "marketplace.view_call", position=2),
    )


def entries(conference: Conference, user: User) -> Iterator[Coming | ToDecide]:
    """Nothing of a conference without a call, of one that is over, and for who may not see calls."""
    call = Call.objects.filter(conference=conference).first()
    if call is None or not user.has_perm("marketplace.view_call") or conference.today > conference.held_on:
        return
    now = timezone.now()
    if call.closes_at > now:
        day = call.closes_at.astimezone(conference.zone).date()
        yield Coming(day, _("Market place: last day for applications"), _page("change", call))
        return
    undecided = StandApplication.objects.filter(call=call, status__in=UNDECIDED).count()
    if undecided:
        words = ngettext(
            "%d application for a stand waits for a decision.",
            "%d applications for a stand wait for a decision.",
            undecided,
        )
        yield ToDecide(words % undecided, _page("decide", call))
    nowhere = live_stands(call).filter(place=None).count()
    if nowhere and HallPlace.objects.filter(conference=conference).exists():
        words = ngettext("%d stand has no place in the hall.", "%d stands have no place in the hall.", nowhere)
        yield ToDecide(words % nowhere, _page("hall", call))


def _page(name: str, call: Call) -> str:
    return reverse(f"admin:marketplace_call_{name}", args=[call.pk])
