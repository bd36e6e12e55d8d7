"""Answers that are the same for everybody who may read them: conditional, compressed, without a session."""

import datetime

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import http_date
from django.utils.translation import get_language

from agenda import published
from agenda.published import Edition, Rendered, Standing


def is_stranger(request: HttpRequest) -> bool:
    """Whether nothing is known of the visitor: no session and no message that waits to be shown."""
    return settings.SESSION_COOKIE_NAME not in request.COOKIES and CookieStorage.cookie_name not in request.COOKIES


def published_or_404(slug: str) -> tuple[Standing, Edition]:
    """What there is to read, in one query. Raises Http404 before the first release."""
    now = published.standing(slug)
    edition = published.edition(now) if now else None
    if now is None or edition is None:
        raise Http404
    return now, edition


def answer(
    request: HttpRequest,
    rendered: Rendered,
    *,
    content_type: str = "text/html; charset=utf-8",
    last_modified: datetime.datetime | None = None,
    filename: str = "",
    status: int = 200,
) -> HttpResponse:
    """200 with the body, compressed for who takes that; 304 for who has it already.

    `last_modified` only where nothing but the release decides about the bytes: a page also holds the conference's
    name and links, whose changes no date tells.
    """
    changed = int(last_modified.timestamp()) if last_modified else None
    response: HttpResponse | None = None
    if status == 200:
        response = get_conditional_response(request, etag=rendered.etag, last_modified=changed)
    if response is None:
        response = _whole(request, rendered, content_type, status)
        if filename:
            response["Content-Disposition"] = f'inline; filename="{filename}"'
    response["ETag"] = rendered.etag
    if changed is not None:
        response["Last-Modified"] = http_date(changed)
    # Kept by browsers and proxies, but asked for again each time: a new release is read at once.
    response["Cache-Control"] = "no-cache"
    vary = ["Accept-Encoding"]
    if content_type.startswith("text/html"):
        vary.append("Cookie")
    if len(settings.LANGUAGES) > 1:
        vary.append("Accept-Language")
    patch_vary_headers(response, vary)
    return response


def _whole(request: HttpRequest, rendered: Rendered, content_type: str, status: int) -> HttpResponse:
    compressed = rendered.compressed and "gzip" in request.META.get("HTTP_ACCEPT_ENCODING", "")
    body = rendered.compressed if compressed else rendered.body
    # Servers differ in whether they keep the body of an answer to HEAD from going out.
    response = HttpResponse(b"" if request.method == "HEAD" else body, content_type=content_type, status=status)
    response["Content-Length"] = len(body)
    response["Content-Language"] = get_language()
    if compressed:
        response["Content-Encoding"] = "gzip"
    return response
