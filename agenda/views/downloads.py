"""What can be taken from the public programme: exchange formats, public documents, photographs."""

from collections.abc import Callable

from django.contrib.auth.decorators import login_not_required
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from agenda import published
from agenda.exchange import calendars, schedule_json, schedule_xml, tables
from agenda.models import Document
from agenda.programme import Programme
from agenda.views.answers import answer, published_or_404

_CALENDAR = "text/calendar; charset=utf-8; method=PUBLISH"


def _export(
    request: HttpRequest, slug: str, name: str, make: Callable[[Programme], bytes], content_type: str
) -> HttpResponse:
    now, edition = published_or_404(slug)
    programme = edition.programme
    return answer(
        request,
        published.of_release(now, name, lambda: make(programme)),
        content_type=content_type,
        last_modified=programme.published_at,
        filename=f"{slug}-{name}",
    )


@login_not_required
@require_safe
def xml(request: HttpRequest, slug: str) -> HttpResponse:
    return _export(request, slug, "schedule.xml", schedule_xml.render, "application/xml; charset=utf-8")


@login_not_required
@require_safe
def json(request: HttpRequest, slug: str) -> HttpResponse:
    return _export(request, slug, "schedule.json", schedule_json.render, "application/json")


@login_not_required
@require_safe
def calendar(request: HttpRequest, slug: str) -> HttpResponse:
    return _export(request, slug, "programme.ics", calendars.public_feed, _CALENDAR)


@login_not_required
@require_safe
def csv(request: HttpRequest, slug: str) -> HttpResponse:
    return _export(request, slug, "programme.csv", tables.csv_bytes, "text/csv; charset=utf-8")


@login_not_required
@require_safe
def xlsx(request: HttpRequest, slug: str) -> HttpResponse:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return _export(request, slug, "programme.xlsx", tables.xlsx_bytes, kind)


@login_not_required
@require_safe
def session_calendar(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """One session, to be put into a calendar."""
    now, edition = published_or_404(slug)
    found = edition.programme.session.get(code) or edition.dropped.get(code)
    if found is None:
        raise Http404
    return answer(
        request,
        published.of_release(now, f"{code}.ics", lambda: calendars.personal_feed(edition.programme, {found.guid})),
        content_type=_CALENDAR,
        last_modified=edition.programme.published_at,
        filename=f"{slug}-{code}.ics",
    )


@login_not_required
@require_safe
def document(request: HttpRequest, slug: str, key: str) -> HttpResponseBase:
    """Slides that the newest release offers and that are still always as a file to save."""
    _now, edition = published_or_404(slug)
    if key not in edition.documents:
        raise Http404
    # Made private again it is gone at once, not only from the next release on.
    found = Document.objects.filter(key=key, is_public=True).first()
    if found is None:
        raise Http404
    return _file(request, found, content_type=found.content_type, name=found.name)


@login_not_required
@require_safe
def photo(request: HttpRequest, slug: str, key: str) -> HttpResponseBase:
    """The photograph of somebody whom the newest release names."""
    _now, edition = published_or_404(slug)
    if key not in edition.photos:
        raise Http404
    found = Document.objects.filter(key=key, kind=Document.Kind.PHOTO).first()
    if found is None:
        raise Http404
    response = _file(request, found, content_type="image/jpeg", name="")
    # Another picture has another key. No longer than a day: who takes theirs away may expect it to vanish.
    response["Cache-Control"] = "public, max-age=86400"
    return response


def _file(request: HttpRequest, found: Document, *, content_type: str, name: str) -> HttpResponseBase:
    """The stored file, as an attachment where it has a `name`. Raises Http404 where the storage has lost it."""
    etag = f'"{found.key}"'
    response: HttpResponseBase | None = get_conditional_response(request, etag=etag)
    if response is None:
        try:
            file = default_storage.open(found.file.name)
        except FileNotFoundError as error:
            raise Http404 from error
        response = FileResponse(file, as_attachment=bool(name), filename=name, content_type=content_type)
    response["ETag"] = etag
    response["Cache-Control"] = "no-cache"
    return response
