"""The catalogue: cards with search and filters, a page for each initiative, its picture; searches that find nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from conference.languages import language_name
from conference.requests import MOST_PAGES, whole_number
from marketplace import kept, search
from marketplace.catalogue import Catalogue, Entry, Filter, Option, Related, Selection
from marketplace.listing import remembered_by
from marketplace.models import ContactLeft, Stage, StandApplication, StandKind
from marketplace.reasons import reason_in_words
from marketplace.services import interest
from marketplace.views.access import Admission, live_stand, open_to_its_audience
from registrations.states import ParticipantStatus


@dataclass(frozen=True)
class _Asked:
    """What the address of the catalogue says."""

    words: str
    chosen: Mapping[str, Sequence[str]]
    page: int

    def address(self, *, without: tuple[str, str] | None = None, words: bool = True, page: int = 1) -> str:
        """The query of an address that asks the same, or less."""
        pairs = [("q", self.words)] if self.words and words else []
        pairs += [(name, value) for name, values in self.chosen.items() for value in values if (name, value) != without]
        return "?" + urlencode([*pairs, *([("page", str(page))] if page > 1 else [])])


def _asked(request: HttpRequest, catalogue: Catalogue) -> _Asked:
    """Values that no filter offers are passed over, so that an address from elsewhere or from before still works."""
    chosen = {}
    for facet in catalogue.facets:
        values = [value for value in dict.fromkeys(request.GET.getlist(facet.name)) if value in facet.values]
        if values:
            chosen[facet.name] = values
    number = whole_number(request.GET.get("page"), most=MOST_PAGES) or 1
    return _Asked(request.GET.get("q", "").strip()[: search.MOST_LETTERS].strip(), chosen, number)


@open_to_its_audience
@require_safe
def catalogue(request: HttpRequest, admission: Admission) -> HttpResponse:
    """All initiatives, or those that were searched for and pass the filters; for htmx the part below the search."""
    held = kept.catalogue_of(admission.call)
    asked = _asked(request, held.catalogue)
    words = search.asked_words(asked.words)
    found = held.search(tuple(words)) if asked.words else None
    selection = held.catalogue.select(asked.chosen, found=found, page=asked.page)
    remembered = remembered_by(admission.visitor) if admission.visitor else set()
    state = "" if admission.visitor is None else "no"
    cards = [
        _card(admission, held, entry, "yes" if entry.stand in remembered else state) for entry in selection.entries
    ]
    context = {
        "conference": admission.conference,
        "call": admission.call,
        "visitor": admission.visitor,
        "is_archive": admission.is_archive,
        "is_empty": not held.catalogue.entries,
        "asked": asked,
        "is_filtered": bool(selection.chosen),
        "words_mean_nothing": bool(asked.words) and not words,
        "is_missed": bool(words) and not selection.unfiltered,
        "selection": selection,
        "filters": _filters(held, selection),
        "cards": mark_safe("".join(cards)),  # noqa: S308
        "chips": [
            (facet.label, option.label, asked.address(without=(facet.name, option.value)))
            for facet, option in selection.chosen
        ],
        "without_filters": _Asked(asked.words, {}, 1).address(),
        "without_words": asked.address(words=False),
        "page_links": _pages(asked, selection),
        "remembered": remembered,
    }
    # Who goes back in the browser needs the whole page, which is asked for anew: what is remembered may have changed.
    if request.htmx and not request.htmx.history_restore_request:
        return render(request, "marketplace/catalogue.html#found", context)
    by_delegation = held.catalogue.by_delegation
    context |= {
        "others": admission.others,
        "own": [by_delegation[key] for key in admission.delegations if key in by_delegation],
    }
    return render(request, "marketplace/catalogue.html", context)


def _card(admission: Admission, held: kept.Kept, entry: Entry, state: str) -> str:
    """The card as it was rendered before. `state` is whether the visitor remembers it; empty for who cannot."""
    key = (entry.stand, state)
    card = held.cards.get(key)
    if card is None:
        words = held.catalogue.words
        card = render_to_string(
            "marketplace/card.html",
            {
                "slug": admission.conference.slug,
                "entry": entry,
                "kind": StandKind(entry.kind).label,
                "country": _label(held.catalogue, "country", entry.country),
                "topics": [words[topic] for topic in entry.topics],
                "stage": Stage(entry.stage).label if entry.stage else "",
                "state": state,
                "is_archive": admission.is_archive,
            },
        )
        held.cards[key] = card
    return card


# Where the number of an option stands in what was rendered of it before. No label can look like this: it is escaped.
_NUMBER = "<!--number-->"


def _filters(held: kept.Kept, selection: Selection) -> list[tuple[Filter, SafeString]]:
    """Each filter with its options as they were rendered before: there may be a hundred, on every page."""
    return [
        (found, mark_safe("".join(_option(held, found.facet.name, option) for option in found.options)))  # noqa: S308
        for found in selection.filters
        if found.options
    ]


def _option(held: kept.Kept, facet: str, option: Option) -> str:
    key = (facet, option.value, option.is_chosen, bool(option.count))
    rendered = held.options.get(key)
    if rendered is None:
        context = {"facet": facet, "option": option, "number": mark_safe(_NUMBER)}  # noqa: S308
        rendered = held.options[key] = render_to_string("marketplace/option.html", context)
    return rendered.replace(_NUMBER, str(option.count))


def _label(catalogue: Catalogue, facet: str, value: str) -> str:
    return next((found.values.get(value, "") for found in catalogue.facets if found.name == facet), "")


def _pages(asked: _Asked, selection: Selection) -> list[tuple[int, str]]:
    """Numbers and addresses of the first and the last page and of those around this one; 0 where some are left out."""
    if selection.pages == 1:
        return []
    shown = sorted(
        {1, selection.pages, *range(max(1, selection.page - 1), min(selection.pages, selection.page + 1) + 1)}
    )
    result: list[tuple[int, str]] = []
    for number in shown:
        if result and number - result[-1][0] > 1:
            result.append((0, ""))
        result.append((number, asked.address(page=number)))
    return result


@open_to_its_audience
@require_safe
def entry(request: HttpRequest, admission: Admission, stand: int) -> HttpResponse:
    """All of one initiative, with what a visitor can do about it. Where a stand's QR code leads."""
    found = live_stand(admission.call, stand)
    said = found.application
    held = kept.catalogue_of(admission.call)
    visitor = admission.visitor
    context = {
        "conference": admission.conference,
        "call": admission.call,
        "visitor": visitor,
        "others": admission.others,
        "is_archive": admission.is_archive,
        "stand": found,
        "said": said,
        "kind": StandKind(found.kind).label,
        "languages": [language_name(code) for code in said.languages],
        "topics": _words(said.topics.all(), "topic"),
        "groups": _words(said.target_groups.all(), "group"),
        "sought": said.sought.all(),
        "offered": said.offered.all(),
        "links": said.links.all(),
        "related": _related(held, found.pk),
        "is_remembered": bool(visitor) and found.remembered.filter(participant=visitor).exists(),
        "contact_left": visitor
        and ContactLeft.objects.filter(stand=found, participant=visitor, revoked_at=None).first(),
        "is_own": said.delegation_id in admission.delegations,
        "meeting": _meeting_address(admission, said),
    }
    return render(request, "marketplace/entry.html", context)


def _words(terms: QuerySet[Any], facet: str) -> list[tuple[str, str]]:
    """Each word with the query of the catalogue filtered by it."""
    return [(term.name, "?" + urlencode({facet: term.pk})) for term in terms]


def _related(held: kept.Kept, stand: int) -> list[tuple[Related, str, str]]:
    """Related initiatives with the reason in words and the country. Empty while this process has an older catalogue."""
    if stand not in held.related:
        if stand not in held.catalogue.position:
            return []
        held.related[stand] = held.catalogue.related(stand)
    return [
        (found, reason_in_words(found, held.catalogue.words), _label(held.catalogue, "country", found.entry.country))
        for found in held.related[stand]
    ]


def _meeting_address(admission: Admission, said: StandApplication) -> str:
    """Where a visitor asks the contact person for a meeting; empty where there is none or nobody to ask."""
    contact, visitor = said.contact, admission.visitor
    if contact is None or visitor is None or contact.pk == visitor.pk or admission.conference.is_over:
        return ""
    if contact.status != ParticipantStatus.CONFIRMED:
        return ""
    return reverse("meetings:with", args=[admission.conference.slug, contact.pk])


@open_to_its_audience
@require_http_methods(["GET", "HEAD", "POST"])
def missed(request: HttpRequest, admission: Admission) -> HttpResponse:
    """Counts a search that found nothing. The page of the empty result asks for it, since a GET changes nothing."""
    home = reverse("marketplace:catalogue", args=[admission.conference.slug])
    if request.method != "POST":
        return redirect(home)
    interest.count_miss(admission.call, request.POST.get("q", ""))
    if request.htmx:
        return render(request, "marketplace/missed.html")
    messages.success(request, _("The organisers will see, without your name, that this was looked for."))
    return redirect(home)
