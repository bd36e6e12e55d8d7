"""Uploaded files that a worker reads: stored with their row, claimed by one worker at a time, dropped once read.

A worker claims a row until its lease ends. The lease of a killed worker runs out, and the next look begins again; a
file whose workers were lost three times is given up. Each app has a table of its own, see `IncomingFile`.
"""

import contextlib
import datetime
import logging
import uuid
from collections.abc import Callable
from typing import TypeVar

from django.db import models, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

logger = logging.getLogger(__name__)

# Two minutes for the file, see `workbooks`; the rest for comparing it with the database.
LEASE = datetime.timedelta(minutes=5)
ATTEMPTS = 3
# Seconds after which a worker that is well would have taken it.
PATIENCE = 60


class ClaimLost(Exception):
    """Another worker has the file now, or somebody discarded it."""


class IncomingFile(models.Model):
    """Fields of a file between its upload and its reading. Subclasses add `constraint`."""

    class Status(models.TextChoices):
        READING = "reading", gettext_lazy("being checked")
        UNREADABLE = "unreadable", gettext_lazy("could not be read")
        PENDING = "pending", gettext_lazy("checked, not applied")
        APPLIED = "applied", gettext_lazy("applied")
        DISCARDED = "discarded", gettext_lazy("discarded")

    status = models.CharField(
        gettext_lazy("status"), max_length=10, choices=Status, default=Status.PENDING, editable=False
    )
    uploaded_at = models.DateTimeField(gettext_lazy("uploaded"), default=timezone.now, editable=False)
    # The file as it came, while it waits to be read.
    raw = models.BinaryField(null=True, editable=False)
    claim = models.UUIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    # Why it could not be read, fit for whoever uploaded it.
    error = models.TextField(blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def is_being_read(self) -> bool:
        return self.status == self.Status.READING

    @property
    def was_read(self) -> bool:
        """Whether there is, or was, something to look at."""
        return self.status not in {self.Status.READING, self.Status.UNREADABLE}

    @property
    def progress(self) -> str:
        """What happens to a file that is being read, in words."""
        now = timezone.now()
        if self.lease_until is not None and self.lease_until < now:
            return _("Its worker was lost. Another one begins again within a minute or two, if one is running.")
        if self.lease_until is not None:
            return _("The file is being read and compared with what is stored.")
        waited = round((now - self.uploaded_at).total_seconds())
        if waited <= PATIENCE:
            return _("Waiting for a worker.")
        return ngettext(
            "It has waited for a worker for %(minutes)d minute. Either all are busy, or none is running: tell the "
            "operator of the site.",
            "It has waited for a worker for %(minutes)d minutes. Either all are busy, or none is running: tell the "
            "operator of the site.",
            waited // 60,
        ) % {"minutes": waited // 60}


# What nobody needs any more after a while.
UNDECIDED = (IncomingFile.Status.READING, IncomingFile.Status.UNREADABLE, IncomingFile.Status.PENDING)


def constraint(name: str) -> models.CheckConstraint:
    """A file and a worker's claim are there only while it is being read; an error only when it could not be."""
    rest = Q(raw=None, claim=None, lease_until=None)
    return models.CheckConstraint(
        condition=Q(status="reading", raw__isnull=False, error="")
        & (Q(claim=None, lease_until=None) | Q(claim__isnull=False, lease_until__isnull=False))
        | (~Q(status__in=["reading", "unreadable"]) & rest & Q(error=""))
        | (Q(status="unreadable") & rest & ~Q(error="")),
        name=name,
    )


_File = TypeVar("_File", bound=IncomingFile)


def due(files: "QuerySet[_File]") -> list[int]:
    """Files that wait for a worker, and those whose worker was lost."""
    free = Q(lease_until=None) | Q(lease_until__lt=timezone.now())
    waiting = files.filter(free, status=IncomingFile.Status.READING).order_by("uploaded_at")
    return list(waiting.values_list("pk", flat=True))


def work(files: "QuerySet[_File]", pk: int, read: "Callable[[_File], None]", *, refusals: type[Exception]) -> bool:
    """Has `read` read a file that waits, for the worker. Returns whether it can be looked at now.

    `read` keeps what it found by `locked`. The message of a refusal is kept for whoever uploaded the file.
    """
    file = _claim(files, pk)
    if file is None:
        return False
    try:
        read(file)
    except ClaimLost:
        return False
    except refusals as refusal:
        _fail(files, file, str(refusal))
        return False
    # Whatever a file leads the reading to: its owner hears of it, and the worker goes on.
    except Exception:
        logger.exception("The uploaded file %d of %s could not be read.", pk, files.model.__name__)
        _fail(files, file, _("An error of this site kept the file from being read. Tell the operator of the site."))
        return False
    return True


@transaction.atomic
def _claim(files: "QuerySet[_File]", pk: int) -> "_File | None":
    """The file, this worker's alone until its lease ends; None where another one has it, or nobody wants it."""
    file = files.select_for_update(no_key=True, of=("self",)).filter(pk=pk, status=IncomingFile.Status.READING).first()
    now = timezone.now()
    if file is None or (file.lease_until and file.lease_until >= now):
        return None
    if file.attempts >= ATTEMPTS:
        words = _("Reading this file failed %(number)d times. Save it again, or split it, and upload that.")
        _give_up(file, words % {"number": file.attempts})
        return None
    file.claim, file.lease_until = uuid.uuid4(), now + LEASE
    file.attempts += 1
    file.save(update_fields=["claim", "lease_until", "attempts"])
    return file


def locked(files: "QuerySet[_File]", file: "_File") -> "_File":
    """The row of a file that this worker claimed, to be stored as read. Needs a transaction. Raises ClaimLost."""
    mine = files.select_for_update(no_key=True, of=("self",)).filter(pk=file.pk, claim=file.claim)
    found = mine.filter(status=IncomingFile.Status.READING).first()
    if found is None:
        raise ClaimLost
    found.raw = found.claim = found.lease_until = None
    found.status = IncomingFile.Status.PENDING
    return found


@transaction.atomic
def _fail(files: "QuerySet[_File]", file: "_File", error: str) -> None:
    """Keeps why a claimed file cannot be read and drops the file. Nothing happens once the claim is lost."""
    with contextlib.suppress(ClaimLost):
        _give_up(locked(files, file), error)


def _give_up(file: IncomingFile, error: str) -> None:
    file.raw = file.claim = file.lease_until = None
    file.status = IncomingFile.Status.UNREADABLE
    file.error = error
    file.save(update_fields=["raw", "claim", "lease_until", "status", "error"])
