"""Those who want meetings, to look through, filter and search; and the page of each."""

from collections.abc import Iterable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import formats, timezone
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from conference.languages import OFFICIAL_LANGUAGES, language_name
from meetings import directory as finding
from meetings import kept as keeping
from meetings.acting import acting
from meetings.directory import Filters
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
    context = {
        "filters": filters,
        "page": found,
        "free_at": filters.time(kept),
        # Looked up once, not for each row.
        "words": {"offers": _("Offers"), "seeks": _("Seeks")},
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
    why = reasons_for(participant, [found], {other: likeness_to(other, me=participant)})
    slots = common_slots(participant, profile.participant, now=timezone.now())
    context = {
        "found": found,
        "category": Category(found.category).label,
        "text": profile.text,
        "languages": [language_name(code) for code in profile.languages],
        "why": why[other],
        "slots": slots,
        "wanted": next((slot for slot in slots if str(slot.pk) == request.GET.get("slot")), None),
        "email": profile.participant.email if found.standing.is_agreed and shares_contact(profile.participant) else "",
        "rules": rules_of(participant.conference_id),
    }
    return render_for(request, "meetings/person.html", participant, here="directory", **context)


def is_listed(participant: Participant) -> bool:
    """Whoever looks for others can be found by them."""
    profile = getattr(participant, "meeting_profile", None)
    return profile is not None and profile.opted_in and not profile.no_meetings


def render_for(request: HttpRequest, template: str, participant: Participant, **context: Any) -> HttpResponse:
    return render(request, template, {"conference": participant.conference, "me": participant, **context})


def times(time: Time, zone: Any) -> str:
    """“10.30–10.42”, at the venue."""
    return "–".join(formats.time_format(timezone.localtime(at, zone)) for at in (time.starts_at, time.ends_at))


def _selects(filters: Filters, kept: Kept, zone: Any) -> list[dict[str, Any]]:
    """The choices beside the search. Their options are written here: a template takes ten times as long."""
    languages = sorted(((code, str(name)) for code, name in OFFICIAL_LANGUAGES.items()), key=lambda item: item[1])
    slots = [(str(time.pk), times(time, zone)) for time in kept.times_after(timezone.now())]
    offered = [
        ("offers", _("They offer"), kept.topics),
        ("seeks", _("They seek"), kept.topics),
        ("challenge", _("They work on"), kept.challenges),
        ("category", _("Category"), Category.choices),
        ("country", _("Country"), kept.countries),
        ("language", _("Language"), languages),
        ("free", _("Free at"), slots),
    ]
    return [
        {"name": name, "label": label, "options": _options(options, getattr(filters, name))}
        for name, label, options in offered
        if options
    ]


def _options(options: Iterable[tuple[str, Any]], chosen: str) -> SafeString:
    lines = [f'<option value="">{escape(_("any"))}</option>']
    for value, label in options:
        selected = " selected" if value == chosen else ""
        lines.append(f'<option value="{escape(value)}"{selected}>{escape(label)}</option>')
    # Each part is escaped.
    return SafeString("".join(lines))
