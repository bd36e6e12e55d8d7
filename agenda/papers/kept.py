"""The printed programme of each release, laid out once for all processes of a site and kept in its file storage."""

import contextlib
import hashlib
import logging
import threading
import time
from pathlib import Path

from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import get_language

from agenda import published
from agenda.papers.programme import programme_pdf
from agenda.programme import Programme
from conference import pdf
from conference.models import Conference

logger = logging.getLogger(__name__)

# Seconds. Who lays out a programme of 300 sessions needs ten; one who was killed must not hold up the others for long.
_LOCKED_FOR = 60
_WAIT = 25
_LOOK_AGAIN = 0.2

_MADE_OF = (
    "pdf/base.html",
    "pdf/style.css",
    "pdf/agenda/base.html",
    "pdf/agenda/style.css",
    "pdf/agenda/programme.html",
    "pdf/agenda/programme.css",
    "pdf/agenda/several_days.css",
)

_in_this_process = threading.Lock()


def programme_of_release(conference: int, release: int, programme: Programme) -> bytes:
    """The PDF of this release of the conference (primary keys): from the storage, else made now and put there.

    While one process lays it out the others wait for it, at most `_WAIT` seconds. Where the storage fails, each makes
    its own. Only the newest is kept. Raises conference.pdf.PdfUnavailable without Pango.
    """
    folder = f"programmes/{conference}"
    name = f"{release}-{_fingerprint(programme)}.pdf"
    lock = f"programme-pdf-{conference}-{name}"
    give_up = time.monotonic() + _WAIT
    with _in_this_process:
        while True:
            if (found := _read(f"{folder}/{name}")) is not None:
                return found
            if cache.add(lock, 1, timeout=_LOCKED_FOR) or time.monotonic() > give_up:
                break
            time.sleep(_LOOK_AGAIN)
        try:
            made = programme_pdf(programme)
            _keep(folder, name, made, release=release)
        finally:
            cache.delete(lock)
    return made


def make_ready(conference_id: int) -> None:
    """Lays out and keeps the newest release's PDF, so that its first reader finds it.

    Nothing happens for a conference that is gone or that nobody can read, and on a machine without Pango.
    """
    slug = Conference.objects.filter(pk=conference_id).values_list("slug", flat=True).first()
    now = published.standing(slug) if slug else None
    edition = published.edition(now) if now else None
    if now is None or now.release is None or edition is None:
        return
    # Readers are told what is missing on the page that they ask for.
    with contextlib.suppress(pdf.PdfUnavailable):
        programme_of_release(now.conference, now.release, edition.programme)


def _fingerprint(programme: Programme) -> str:
    """Of all that decides about the bytes beside the release: another look after an update must not find the old."""
    parts = (pdf.look(_MADE_OF, Path(__file__).parent), get_language() or "", programme.slug, programme.url)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:20]


def _read(path: str) -> bytes | None:
    """None where it is not there, or cannot be read just now."""
    try:
        if not default_storage.exists(path):
            return None
        with default_storage.open(path) as file:
            return bytes(file.read())
    # A store that does not answer: each storage backend has errors of its own.
    except Exception:
        logger.exception("A kept programme could not be read.")
        return None


def _keep(folder: str, name: str, made: bytes, *, release: int) -> None:
    """Stores it and drops those of earlier releases. Not being able to costs time later, never the answer now."""
    try:
        if not default_storage.exists(f"{folder}/{name}"):
            default_storage.save(f"{folder}/{name}", ContentFile(made))
        _folders, files = default_storage.listdir(folder)
        for other in files:
            # A slow process must not take away what belongs to a newer release.
            if other != name and int(other.partition("-")[0]) <= release:
                default_storage.delete(f"{folder}/{other}")
    except Exception:
        logger.exception("A programme could not be kept.")
