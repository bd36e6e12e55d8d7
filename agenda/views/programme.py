"""The public pages of the programme: the list, the timeline, sessions and speakers, from the newest release."""

import datetime
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from agenda import listing, personal, published
from agenda import timeline as timelines
from agenda.exchange import structured_data
from agenda.published import Edition, Standing
from agenda.queries import speaker_codes, starred_guids
from agenda.views.answers import answer, is_stranger, published_or_404
from conference.markup import render_markdown
from conference.models import Conference

# Where the inner part of a page leaves room for a reader's star, by the session's code. No text of an organiser can
# look like this: their angle brackets are escaped.
_STAR = re.compile(r"<!--star ([0-9A-Z]{6})-->")
_BETWEEN_STARS = SafeString("<!--next star-->")


@login_not_required
@require_safe
def programme(request: HttpRequest, slug: str) -> HttpResponse:
    """The programme as a list. Before the first release it says where it will be."""
    now = published.standing(slug)
    if now is None:
        raise Http404
    edition = published.edition(now)
    if edition is None:
        return _page(request, now, None, title=_("Programme"), template="agenda/not_yet.html", context=dict)
    moment = timezone.now()
    return _page(
        request,
        now,
        edition,
        title=_("Programme"),
        template="agenda/programme.html",
        context=lambda: {**_head(edition, moment), "days": listing.days(edition.programme, moment)},
        moment=moment,
        has_stars=True,
        structured=lambda: structured_data.business_event(edition.programme),
    )


@login_not_required
@require_safe
def timeline(request: HttpRequest, slug: str) -> HttpResponse:
    """The programme as a chart: rooms beside each other, on a small screen one after the other."""
    now, edition = published_or_404(slug)
    moment = timezone.now()

    def context() -> dict[str, Any]:
        days = listing.days(edition.programme, moment)
        return {**_head(edition, moment), "days": days, "charts": [(day, timelines.chart(day.rows)) for day in days]}

    return _page(
        request,
        now,
        edition,
        title=_("Timeline"),
        template="agenda/timeline.html",
        context=context,
        moment=moment,
    )


@login_not_required
@require_safe
def session(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """All of one session; 410 for one that was dropped."""
    now, edition = published_or_404(slug)
    plan = edition.programme
    if dropped := edition.dropped.get(code):
        return _page(
            request,
            now,
            edition,
            title=dropped.title,
            template="agenda/session_dropped.html",
            context=lambda: {"row": listing.Row(plan, dropped)},
            status=410,
        )
    found = plan.session.get(code)
    if found is None:
        raise Http404
    moment = timezone.now()

    def context() -> dict[str, Any]:
        before, after = listing.neighbours(plan, found)
        return {
            "row": next(listing.rows(plan, [found], moment)),
            "abstract": render_markdown(found.abstract),
            "zone": listing.zone_in_words(plan),
            "before": before,
            "after": after,
        }

    return _page(
        request,
        now,
        edition,
        title=found.title,
        template="agenda/session.html",
        context=context,
        moment=moment,
        has_stars=not found.is_break,
    )


@login_not_required
@require_safe
def speakers(request: HttpRequest, slug: str) -> HttpResponse:
    """Everybody whom the programme names."""
    now, edition = published_or_404(slug)
    return _page(
        request,
        now,
        edition,
        title=_("Speakers"),
        template="agenda/speakers.html",
        context=lambda: {"people": edition.programme.people},
    )


@login_not_required
@require_safe
def speaker(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """One person with their sessions."""
    now, edition = published_or_404(slug)
    plan = edition.programme
    person = plan.person.get(code)
    if person is None:
        raise Http404
    return _page(
        request,
        now,
        edition,
        title=person.name,
        template="agenda/speaker.html",
        context=lambda: {"person": person, "parts": listing.parts(plan, code)},
    )


def _head(edition: Edition, moment: datetime.datetime) -> dict[str, Any]:
    """What list and timeline begin with."""
    address = edition.programme.url
    return {
        "changes": edition.changes,
        "zone": listing.zone_in_words(edition.programme),
        "now_and_next": listing.now_and_next(edition.programme, moment),
        # Calendars subscribe to an address with this scheme instead of loading a copy once.
        "subscription": f"webcal://{urlsplit(address).netloc}{urlsplit(address).path}programme.ics",
    }


def _page(
    request: HttpRequest,
    now: Standing,
    edition: Edition | None,
    *,
    title: str | Promise,
    template: str,
    context: Callable[[], dict[str, Any]],
    moment: datetime.datetime | None = None,
    has_stars: bool = False,
    structured: Callable[[], str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page as it was rendered before, or rendered now. `moment` is given where it shows what runs at present."""
    name = request.path
    if edition and moment:
        name = f"{name} {edition.interval(moment)}"

    def inner() -> str:
        zone = edition.programme.zone if edition else timezone.get_current_timezone()
        facts = {"slug": now.slug, "programme": edition.programme if edition else None, "moment": moment, **context()}
        with timezone.override(zone):
            return render_to_string(template, facts)

    def whole() -> bytes:
        conference = get_object_or_404(Conference.objects.select_related("venue"), pk=now.conference)
        body = published.inner_part(now, name, inner)
        facts = {
            "conference": conference,
            "title": title,
            "body": SafeString(_STAR.sub(_stars(request, conference, edition) if has_stars else "", body)),
            "has_stars": has_stars,
            "is_timeline": template == "agenda/timeline.html",
            "structured": SafeString(structured()) if structured else "",
        }
        return render_to_string("agenda/frame.html", facts, request).encode()

    if is_stranger(request):
        return answer(request, published.framed(now, name, whole), status=status)
    response = HttpResponse(whole(), status=status)
    response["Cache-Control"] = "private, no-cache"
    return response


def _stars(request: HttpRequest, conference: Conference, edition: Edition | None) -> Callable[[re.Match[str]], str]:
    """What stands in the place of each star: the reader's own button, nothing for who is not signed in."""
    if edition is None or not request.user.is_authenticated:
        return lambda _match: ""
    items = [
        item
        for item in personal.items_of(
            edition.programme,
            codes=speaker_codes(conference, request.user),
            stars=starred_guids(conference, request.user),
            now=timezone.now(),
        )
        if item.session
    ]
    # All in one go: one rendering is far quicker than hundreds.
    facts = {"conference": conference, "items": items, "between": _BETWEEN_STARS}
    rendered = render_to_string("agenda/stars.html", facts, request).split(_BETWEEN_STARS)
    by_code = {item.session.code: text.strip() for item, text in zip(items, rendered, strict=False) if item.session}
    return lambda match: by_code.get(match[1], "")
