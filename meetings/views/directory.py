"""Those who want meetings, to look through, filter and search; and the page of each."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from conference.clock import clock
from conference.fragments import fragment
from conference.languages import language_name, languages_by_name
from meetings import directory as finding
from meetings import kept as keeping
from meetings.acting import acting
from meetings.directory import Filters, Found
from meetings.kept import Kept, Time
from meetings.models import Profile
from meetings.queries import common_slots, rules_of, shares_contact
from meetings.relations import standings
from meetings.suggestions import likeness_to, reasons_for
from registrations.models import Category, Participant


@never_cache
@require_safe
def directory(request: HttpRequest, me: int) -> HttpResponse:
    """A page of those whom the filters in the address leave; to htmx the found ones alone."""
    participant = acting(request, me)
    kept = keeping.of(participant.conference)
    if not is_listed(participant):
        return render_for(request, "meetings/not_listed.html", participant, here="directory")
    filters = Filters.of(request.GET)
    found = finding.search(participant, filters, kept, known=standings(participant), page=request.GET.get("page", ""))
    free_at = filters.time(kept)
    context = {
        "filters": filters,
        "page": found,
        "people": _rows(found.people, _carried(filters, found.number, free_at)),
        "free_at": free_at,
    }
    if request.htmx and not request.htmx.history_restore_request:
        return render_for(request, "meetings/directory.html#answer", participant, here="directory", **context)
    context["selects"] = _selects(filters, kept, participant.conference.zone)
    return render_for(request, "meetings/directory.html", participant, here="directory", **context)


@never_cache
@require_safe
def person(request: HttpRequest, me: int, other: int) -> HttpResponse:
    """What somebody seeks and offers, when both are free, and why they might meet. 404 for whoever cannot be found."""
    participant = acting(request, me)
    kept = keeping.of(participant.conference)
    if not is_listed(participant):
        return render_for(request, "meetings/not_listed.html", participant, here="directory")
    found = finding.partner(participant, other, kept, known=standings(participant))
    if found is None:
        raise Http404
    profile = Profile.objects.select_related("participant__conference").get(pk=found.profile)
    why = reasons_for(participant, found, likeness_to(other, me=participant))
    slots = common_slots(participant, profile.participant, now=timezone.now())
    context = {
        "found": found,
        "category": Category(found.category).label,
        "text": profile.text,
        "languages": [language_name(code) for code in profile.languages],
        "why": why,
        "slots": slots,
        "wanted": next((slot for slot in slots if str(slot.pk) == request.GET.get("slot")), None),
        "email": profile.participant.email if found.standing.is_agreed and shares_contact(profile.participant) else "",
        "rules": rules_of(participant.conference_id),
        "back": _carried(Filters.of(request.GET), finding.page_number(request.GET.get("page", ""))),
    }
    return render_for(request, "meetings/person.html", participant, here="directory", **context)


def is_listed(participant: Participant) -> bool:
    """Whoever looks for others can be found by them."""
    profile = getattr(participant, "meeting_profile", None)
    return profile is not None and profile.opted_in and not profile.no_meetings


def render_for(request: HttpRequest, template: str, participant: Participant, **context: Any) -> HttpResponse:
    return render(request, template, {"conference": participant.conference, "me": participant, **context})


def _carried(filters: Filters, page: int, free_at: Time | None = None) -> str:
    """The end of an address that keeps the filters and the page, so that the way back leads to the same people."""
    more = {"page": page} if page > 1 else {}
    if free_at:
        more["slot"] = free_at.pk
    return (filters.address + urlencode(more)).rstrip("?&")


# Where an address goes on with what it carries. No text can look like this: it is escaped.
_CARRIED = "<carried>"


def _rows(people: Iterable[Found], carried: str) -> SafeString:
    # What was asked is put in afterwards: the rows are the same for everything that finds these people.
    return SafeString("".join(map(_row, people)).replace(_CARRIED, escape(carried)))


def _row(found: Found) -> SafeString:
    return fragment(
        "meetings/directory_person.html",
        address=SafeString(found.address + _CARRIED),
        heading=found.heading,
        line=found.line,
        offers=found.offers,
        seeks=found.seeks,
        tag=str(found.standing.tag),
        tint=found.standing.tint,
    )


def _selects(filters: Filters, kept: Kept, zone: ZoneInfo) -> list[SafeString]:
    """The choices beside the search."""
    slots = tuple(
        (str(time.pk), f"{clock(time.starts_at, zone)}–{clock(time.ends_at, zone)}")
        for time in kept.times_after(timezone.now())
    )
    offered = [
        ("offers", _("They offer"), kept.topics),
        ("seeks", _("They seek"), kept.topics),
        ("challenge", _("They work on"), kept.challenges),
        ("category", _("Category"), tuple((value, str(label)) for value, label in Category.choices)),
        ("country", _("Country"), kept.countries),
        ("language", _("Language"), languages_by_name()),
        ("free", _("Free at"), slots),
    ]
    return [
        fragment("meetings/filter.html", name=name, label=label, options=options, chosen=getattr(filters, name))
        for name, label, options in offered
        if options
    ]
