"""The programme on paper: for everybody that of the newest release, for organisers what hangs and lies about."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from agenda import published
from agenda.models import Session, Speaker
from agenda.papers import briefing, kept, run_of_show, signs
from agenda.programme import Programme
from agenda.queries import newest_release, working_programme
from agenda.views.answers import answer, published_or_404
from conference import history, pdf
from conference.models import Conference


@login_not_required
@require_safe
def programme_pdf(request: HttpRequest, slug: str) -> HttpResponse:
    """The newest release to print; without Pango the page that says so."""
    now, edition = published_or_404(slug)
    programme = edition.programme

    def make() -> bytes:
        return kept.programme_of_release(now.conference, now.release, programme)

    try:
        rendered = published.of_release(now, "programme.pdf", make)
    except pdf.PdfUnavailable:
        conference = Conference.objects.select_related("venue").get(slug=slug)
        return pdf.unavailable(request, conference, back=programme.url)
    return answer(
        request,
        rendered,
        content_type="application/pdf",
        last_modified=programme.published_at,
        filename=f"{slug}-programme.pdf",
    )


# For organisers -------------------------------------------------------------------------------


def _for_organisers(view: Callable[..., tuple[str, bytes]]) -> Callable[..., HttpResponse]:
    """A view that makes a PDF and names it, for organisers who may see sessions; for all others there is no such page.

    The view gets the conference instead of its address. It may not be published yet.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, slug: str, **more: Any) -> HttpResponse:
        if not (request.user.is_staff and request.user.has_perm("agenda.view_session")):
            raise Http404
        conference = get_object_or_404(Conference.objects.select_related("venue"), slug=slug)
        try:
            name, document = view(request, conference, **more)
        except pdf.PdfUnavailable:
            return pdf.unavailable(request, conference)
        history.record_export(conference, f"{name} (PDF)", by=request.user)
        return HttpResponse(
            document,
            content_type="application/pdf",
            headers={
                "Content-Disposition": f'inline; filename="{slug}-{name}.pdf"',
                "Cache-Control": "private, no-store",
            },
        )

    return require_safe(wrapped)


def _programme(request: HttpRequest, conference: Conference) -> Programme:
    """The working version, or the newest release where the address ends in `?of=release`. Raises Http404."""
    of = request.GET.get("of", "working")
    if of == "working":
        return working_programme(conference)
    release = newest_release(conference) if of == "release" else None
    if release is None:
        raise Http404
    return release.programme


def _session(request: HttpRequest, programme: Programme) -> str:
    """The code that the address asks for, empty for all. Raises Http404 for one that the programme does not have."""
    code = request.GET.get("session", "")
    if code and code not in programme.session:
        raise Http404
    return code


@_for_organisers
def run_of_show_pdf(request: HttpRequest, conference: Conference) -> tuple[str, bytes]:
    """Minute by minute, with the organisers' notes; of one session with `?session=CODE`."""
    programme = _programme(request, conference)
    code = _session(request, programme)
    notes = dict(Session.objects.filter(conference=conference).exclude(note="").values_list("code", "note"))
    name = f"run-of-show-{code}" if code else "run-of-show"
    return name, run_of_show.run_of_show_pdf(programme, notes=notes, session=code)


@_for_organisers
def door_signs_pdf(request: HttpRequest, conference: Conference) -> tuple[str, bytes]:
    """A page for each session, or one for `?session=CODE`."""
    programme = _programme(request, conference)
    code = _session(request, programme)
    if code:
        return f"door-sign-{code}", signs.door_signs_pdf(programme, [programme.session[code]])
    return "door-signs", signs.door_signs_pdf(programme)


@_for_organisers
def room_signs_pdf(request: HttpRequest, conference: Conference) -> tuple[str, bytes]:
    """What takes place in each room, a page for each day."""
    return "room-signs", signs.room_signs_pdf(_programme(request, conference))


@_for_organisers
def briefing_pdf(request: HttpRequest, conference: Conference, code: str) -> tuple[str, bytes]:
    """What one speaker gets."""
    speakers = Speaker.objects.with_names().filter(conference=conference).select_related("conference__venue")
    return f"briefing-{code}", briefing.briefing_pdf(get_object_or_404(speakers, code=code))
