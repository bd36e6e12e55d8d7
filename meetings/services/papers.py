"""Large documents to print: asked for, made in the background, kept, and taken away once nobody needs them.

Laying out takes a tenth of a second a page, so no request waits for it. A worker claims a paper until its lease ends,
and says how far it is; a killed worker's lease runs out, and the next look begins again. Whatever fails stays on the
organisers' page until they ask again, and so does the last one that was made.
"""

import datetime
import logging
import uuid
from collections.abc import Callable

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import User
from conference import files
from conference.models import Conference
from conference.pdf import PdfUnavailable
from mailings import services as outbox
from meetings.models import Paper
from meetings.papers.content import Content, write
from meetings.papers.schedules import schedules
from meetings.papers.tables import table_cards, table_signs

logger = logging.getLogger(__name__)

FOLDER = "papers"
# From one word of the worker to the next: ten pages laid out, or one file written.
LEASE = datetime.timedelta(minutes=2)
ATTEMPTS = 3

_CONTENTS: dict[str, Callable[[Conference], Content]] = {
    Paper.Kind.SIGNS: table_signs,
    Paper.Kind.CARDS: table_cards,
    Paper.Kind.SCHEDULES: schedules,
}


class _ClaimLost(Exception):
    """Another worker has the paper now, or the conference is gone."""


class _NotKept(Exception):
    """The storage did not take the file; the message is fit for organisers."""


@transaction.atomic
def ask(conference: Conference, *, kind: str, by: User | None) -> Paper:
    """Asks a worker for the paper as it would be now. Where one is at work already, nothing changes."""
    Paper.objects.get_or_create(conference=conference, kind=kind)
    paper = Paper.objects.select_for_update(no_key=True).get(conference=conference, kind=kind)
    if paper.is_wanted:
        return paper
    paper.asked_at, paper.asked_by = timezone.now(), by
    paper.attempts = paper.done = paper.sheets = 0
    paper.error = ""
    paper.save()
    _ask_worker(paper.pk)
    return paper


def content_of(paper: Paper) -> Content:
    """What the paper would show now, in the language of the site: who prints it is not who reads it."""
    with translation.override(settings.LANGUAGE_CODE):
        return _CONTENTS[paper.kind](paper.conference)


def is_current(paper: Paper) -> bool:
    """Whether the kept one shows all as it is now."""
    return bool(paper.file) and paper.fingerprint == content_of(paper).fingerprint


# The worker ---------------------------------------------------------------------------------------


def due() -> list[int]:
    """Papers that wait for a worker, and those whose worker was lost."""
    free = Q(lease_until=None) | Q(lease_until__lt=timezone.now())
    return list(Paper.objects.filter(free, asked_at__isnull=False).order_by("asked_at").values_list("pk", flat=True))


def work(paper_id: int) -> bool:
    """Makes a paper that waits or whose worker was lost. Says whether it is kept now."""
    paper = _claim(paper_id)
    if paper is None:
        return False
    try:
        return _make(paper)
    except _ClaimLost:
        return False
    except (PdfUnavailable, _NotKept) as error:
        return _fail(paper, str(error))
    except Exception as error:
        logger.exception("Paper %d could not be made.", paper_id)
        return _fail(paper, f"{type(error).__name__}: {error}")


@transaction.atomic
def _claim(paper_id: int) -> Paper | None:
    """This worker's alone until its lease ends; None where another one has it, or nobody wants it."""
    now = timezone.now()
    rows = Paper.objects.select_for_update(no_key=True, of=("self",)).select_related("conference__venue")
    paper = rows.filter(pk=paper_id, asked_at__isnull=False).first()
    if paper is None or (paper.lease_until and paper.lease_until >= now):
        return None
    if paper.attempts >= ATTEMPTS:
        _let_go(paper)
        paper.error = _("Its workers were lost %(number)d times.") % {"number": paper.attempts}
        paper.save()
        return None
    paper.claim, paper.lease_until = uuid.uuid4(), now + LEASE
    paper.attempts += 1
    paper.done = paper.sheets = 0
    paper.save()
    return paper


def _make(paper: Paper) -> bool:
    content = content_of(paper)
    mine = Paper.objects.filter(pk=paper.pk, claim=paper.claim)

    def tell(done: int) -> None:
        if not mine.update(done=done, sheets=len(content.sheets), lease_until=timezone.now() + LEASE):
            raise _ClaimLost

    with translation.override(settings.LANGUAGE_CODE):
        ending, document = write(content, tell=tell)
    name = _store(f"{FOLDER}/{paper.conference_id}/{paper.kind}-{content.fingerprint[:20]}.{ending}", document)
    try:
        return _finish(paper, name, content.fingerprint)
    except BaseException:
        files.discard(default_storage, name)
        raise


def _store(path: str, document: bytes) -> str:
    """Before the transaction, since a slow store must not hold locks. Returns the name under which it is kept."""
    try:
        return default_storage.save(path, ContentFile(document))
    # A full disk, a store that does not answer: each storage backend has errors of its own.
    except Exception as error:
        logger.exception("A paper could not be stored.")
        raise _NotKept(_("It was made, but the file storage did not take it. Try again in a few minutes.")) from error


@transaction.atomic
def _finish(paper: Paper, name: str, fingerprint: str) -> bool:
    locked = Paper.objects.select_for_update(no_key=True).filter(pk=paper.pk, claim=paper.claim).first()
    if locked is None:
        raise _ClaimLost
    storage, earlier = locked.file.storage, str(locked.file.name)
    _let_go(locked)
    locked.file, locked.fingerprint, locked.made_at = name, fingerprint, timezone.now()
    locked.save()
    if earlier:
        transaction.on_commit(lambda: files.discard(storage, earlier))
    return True


@transaction.atomic
def _fail(paper: Paper, error: str) -> bool:
    locked = Paper.objects.select_for_update(no_key=True).filter(pk=paper.pk, claim=paper.claim).first()
    if locked is not None:
        _let_go(locked)
        locked.error = error
        locked.save()
    return False


def _let_go(paper: Paper) -> None:
    paper.asked_at = paper.claim = paper.lease_until = None


def _ask_worker(paper_id: int) -> None:
    from meetings.tasks import make_paper

    transaction.on_commit(lambda: outbox.publish(make_paper, paper_id), robust=True)


def tidy() -> int:
    """Deletes files that no paper names: of conferences that are gone, and of workers that died at the last moment.

    Returns how many.
    """
    return files.sweep(FOLDER, named=lambda of: Paper.objects.filter(conference=of).values_list("file", flat=True))
