"""The organisers' page of an uploaded file until a worker has read it, and what it says where that failed."""

from typing import Any

from django.db import models
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from conference.incoming import IncomingFile
from conference.organiser_admin import page


def incoming_page(
    request: HttpRequest, model: type[models.Model], file: IncomingFile, *, progress_url: str, **words: Any
) -> HttpResponse:
    """Shows that the file is being read, or why it could not be. It polls, and works by reloading as well.

    `words` are the page's title, the `name` of the file, and the addresses `again` (another upload) and `back`.
    """
    return page(request, "admin/incoming.html", model, file=file, progress_url=progress_url, **words)


def incoming_progress(request: HttpRequest, file: IncomingFile, progress_url: str) -> HttpResponse:
    """The part of the page that polls; once the file was read, the page loads again."""
    if not file.is_being_read:
        return HttpResponse(headers={"HX-Refresh": "true"})
    context = {"file": file, "progress_url": progress_url}
    return HttpResponse(render_to_string("admin/incoming_progress.html", context, request))
