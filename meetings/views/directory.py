"""Those who want meetings, to look through, filter and search; and the page of each."""

from collections.abc import Iterable
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import formats, timezone
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from conference.languages import OFFICIAL_LANGUAGES, language_name
from conference.models import MemberState
from meetings import directory as finding
from meetings.acting import acting
from meetings.directory import Choices, Filters
from meetings.models import Profile, Slot, Term
from meetings.queries import common_slots, rules_of, shares_contact
from meetings.relations import standings
from meetings.suggestions import likeness_to, reasons_for
from registrations.models import Category, Participant


@never_cache
@require_safe
def directory(request: HttpRequest, me: int) -> HttpResponse:
    """A page of those whom the filters in the address leave; to htmx the found ones alone."""
    participant = acting(request, me)
    if not is_listed(participant):
        return render_for(request, "meetings/not_listed.html", participant, here="directory")
    conference = participant.conference
    filters = Filters.of(request.GET)
    choices = finding.choices_of(conference, now=timezone.now())
    found = finding.search(participant, filters, choices)
    page = Paginator(found, finding.PAGE).get_page(request.GET.get("page"))
    people = finding.shown_to(
        participant,
        finding.with_people(page.object_list),
        rules=rules_of(conference.pk),
        known=standings(participant),
    )
    context = {
        "filters": filters,
        "page": page,
        "people": people,
        "free_at": choices.slot(filters.free),
        # Looked up once, not for each row.
        "words": {"offers": _("Offers"), "seeks": _("Seeks")},
    }
    if request.htmx and not request.htmx.history_restore_request:
        return render_for(request, "meetings/directory.html#found", participant, here="directory", **context)
    selects = _selects(filters, choices, conference.zone)
    return render_for(request, "meetings/directory.html", participant, here="directory", selects=selects, **context)


@never_cache
@require_safe
def person(request: HttpRequest, me: int, other: int) -> HttpResponse:
    """What somebody seeks and offers, when both are free, and why they might meet. 404 for whoever cannot be found."""
    participant = acting(request, me)
    if not is_listed(participant):
        return render_for(request, "meetings/not_listed.html", participant, here="directory")
    known = standings(participant)
    profiles = Profile.objects.of(participant.conference).exclude(participant=participant)
    if other not in known or not known[other].is_agreed:
        profiles = profiles.listed()
    rules = rules_of(participant.conference_id)
    profile = get_object_or_404(
        profiles.select_related("participant__delegation__member_state", "participant__conference"),
        participant=other,
    )
    found = finding.shown_to(participant, [profile], rules=rules, known=known)[0]
    slots = common_slots(participant, profile.participant, now=timezone.now())
    likeness = likeness_to(profile.participant, me=participant)
    context = {
        "found": found,
        "languages": [language_name(code) for code in profile.languages],
        "why": reasons_for(participant, [profile], {other: likeness})[other],
        "slots": slots,
        "wanted": next((slot for slot in slots if str(slot.pk) == request.GET.get("slot")), None),
        "email": profile.participant.email if found.standing.is_agreed and shares_contact(profile.participant) else "",
        "rules": rules,
    }
    return render_for(request, "meetings/person.html", participant, here="directory", **context)


def is_listed(participant: Participant) -> bool:
    """Whoever looks for others can be found by them."""
    profile = getattr(participant, "meeting_profile", None)
    return profile is not None and profile.opted_in and not profile.no_meetings


def render_for(request: HttpRequest, template: str, participant: Participant, **context: Any) -> HttpResponse:
    known = {"conference": participant.conference, "me": participant}
    return render(request, template, {**known, **context})


def times(slot: Slot, zone: Any) -> str:
    """“10.30–10.42”, at the venue."""
    return "–".join(formats.time_format(timezone.localtime(at, zone)) for at in (slot.starts_at, slot.ends_at))


def _selects(filters: Filters, choices: Choices, zone: Any) -> list[dict[str, Any]]:
    """The choices beside the search. Their options are written here: a template takes ten times as long."""
    topics = [(str(term.pk), term.name) for term in choices.terms if term.kind == Term.Kind.TOPIC]
    challenges = [(str(term.pk), term.name) for term in choices.terms if term.kind == Term.Kind.CHALLENGE]
    languages = sorted(((code, str(name)) for code, name in OFFICIAL_LANGUAGES.items()), key=lambda item: item[1])
    countries = MemberState.objects.order_by("name").values_list("code", "name")
    offered = [
        ("offers", _("They offer"), topics),
        ("seeks", _("They seek"), topics),
        ("challenge", _("They work on"), challenges),
        ("category", _("Category"), Category.choices),
        ("country", _("Country"), countries),
        ("language", _("Language"), languages),
        ("free", _("Free at"), [(str(slot.pk), times(slot, zone)) for slot in choices.slots]),
    ]
    return [
        {"name": name, "label": label, "options": _options(options, getattr(filters, name))}
        for name, label, options in offered
        if options
    ]


def _options(options: Iterable[tuple[str, Any]], chosen: str) -> SafeString:
    lines = [f'<option value="">{escape(_("any"))}</option>']
    for value, label in options:
        selected = " selected" if str(value) == chosen else ""
        lines.append(f'<option value="{escape(value)}"{selected}>{escape(label)}</option>')
    # Each part is escaped.
    return SafeString("".join(lines))
