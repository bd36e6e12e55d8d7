"""Handing out an uploaded document to whom it may concern: always as a file to save, never to be shown by a browser."""

import logging

from django.http import FileResponse

from agenda.models import Document

logger = logging.getLogger(__name__)

# Should a browser show the file all the same, nothing in it may run, load, or know where it came from.
POLICY = "default-src 'none'; sandbox"


class DocumentUnreadable(Exception):
    """The store does not give the file out (just now)."""


def attachment(document: Document) -> FileResponse:
    """The file for one person, kept by nobody on the way. Raises DocumentUnreadable where it cannot be read."""
    try:
        file = document.file.open("rb")
    # A missing file, a store that does not answer: each storage backend has errors of its own.
    except Exception as error:
        logger.exception("A document could not be read.")
        raise DocumentUnreadable from error
    charset = "; charset=utf-8" if document.content_type.startswith("text/") else ""
    response = FileResponse(
        file, as_attachment=True, filename=document.name, content_type=document.content_type + charset
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = POLICY
    response["Cache-Control"] = "private, no-store"
    return response
