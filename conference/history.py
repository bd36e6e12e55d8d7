"""Writing the history: every service that changes something adds a line here, in its own transaction."""

import datetime
from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from conference.models import Conference, HistoryEntry


def _entry(
    subject: models.Model,
    action: str,
    *,
    conference_id: int | None,
    by: User | None,
    by_label: str,
    from_status: str,
    to_status: str,
    detail: str,
) -> HistoryEntry:
    return HistoryEntry(
        conference_id=conference_id,
        subject_type=ContentType.objects.get_for_model(subject),
        subject_id=subject.pk,
        action=action,
        from_status=from_status,
        to_status=to_status,
        detail=detail,
        by=by,
        by_label=by_label or (by.email if by else _("system")),
        by_name=by.name if by and not by_label else "",
    )


# What belongs to the whole site, and so to no conference.
_SITE_WIDE = (User, Group)


def _conference_id(subject: Any) -> int | None:
    if isinstance(subject, _SITE_WIDE):
        return None
    return subject.pk if isinstance(subject, Conference) else subject.conference_id


def record(
    subject: models.Model,
    action: str,
    *,
    by: User | None,
    by_label: str = "",
    from_status: str = "",
    to_status: str = "",
    detail: str = "",
) -> None:
    """Adds one entry. `subject` is a conference, has a `conference_id`, or is an account or a role. `by=None` is the
    system, or an invitee, whom `by_label` then names."""
    _entry(
        subject,
        action,
        conference_id=_conference_id(subject),
        by=by,
        by_label=by_label,
        from_status=from_status,
        to_status=to_status,
        detail=detail,
    ).save(force_insert=True)


def record_many(
    subjects: Iterable[models.Model],
    action: str,
    *,
    by: User | None,
    by_label: str = "",
    from_status: str = "",
    to_status: str = "",
    detail: str = "",
) -> None:
    """Like `record` for many subjects with the same words, in one statement."""
    HistoryEntry.objects.bulk_create(
        [
            _entry(
                subject,
                action,
                conference_id=_conference_id(subject),
                by=by,
                by_label=by_label,
                from_status=from_status,
                to_status=to_status,
                detail=detail,
            )
            for subject in subjects
        ],
        batch_size=1000,
    )


# Lines that say who saw something, beside those that say who changed something.
VIEWED, EXPORTED = "viewed", "exported"
SEEN = {VIEWED, EXPORTED}
# Whoever looks at the same again within this time adds no second line; each export adds one.
SAME_VIEW = datetime.timedelta(hours=1)


def record_view(subject: models.Model, what: str, *, by: User | None, rows: int | None = None) -> None:
    """Notes that somebody looked at something that is not everybody's: `what`, in words, and how many rows, but never
    what stood there.

    A page that is only looked at changes nothing of the conference; who looked is a line in a log, not such a change.
    """
    known = of(subject).filter(action=VIEWED, by=by, detail=_seen(what, rows), at__gt=timezone.now() - SAME_VIEW)
    if not known.exists():
        record(subject, VIEWED, by=by, detail=_seen(what, rows))


def record_export(subject: models.Model, what: str, *, by: User | None, rows: int | None = None) -> None:
    """Notes that somebody took a list or a file away: `what`, in words, and how many rows, but none of them."""
    record(subject, EXPORTED, by=by, detail=_seen(what, rows))


def _seen(what: str, rows: int | None) -> str:
    if rows is None:
        return what
    return ngettext("%(what)s, %(number)d row", "%(what)s, %(number)d rows", rows) % {"what": what, "number": rows}


def field_labels(model: type[models.Model], names: Iterable[str]) -> str:
    """What a history entry says of changed fields: their names in words, never their values. What belongs to the
    subject by a relation of its own, such as its people, is called as several of these are."""
    return ", ".join(_label(model, name) for name in names)


def _label(model: type[models.Model], name: str) -> str:
    field = model._meta.get_field(name)
    if isinstance(field, models.Field):
        return str(field.verbose_name)
    return str(field.related_model._meta.verbose_name_plural)


def of(subject: models.Model) -> models.QuerySet[HistoryEntry]:
    """The history of one thing, newest first."""
    return HistoryEntry.objects.filter(
        subject_type=ContentType.objects.get_for_model(subject), subject_id=subject.pk
    ).select_related("by")
