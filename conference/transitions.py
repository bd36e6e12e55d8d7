"""The one way by which a status changes: along its table, with a line of history."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from conference import history


class TransitionRefused(Exception):
    """The present status does not allow the change; the message says so to the user."""


def move(
    subject: Any,
    to: str,
    *,
    transitions: Mapping[str, Collection[str]],
    action: str,
    by: User | None,
    by_label: str = "",
    detail: str = "",
    **changes: Any,
) -> None:
    """Checks the table, saves the status with `changes`, adds the history entry.

    Needs a transaction. Raises TransitionRefused where the row's present status does not lead to `to`. The update
    itself compares, so that of two at the same instant one wins; what `subject` says may be out of date.
    """
    row = type(subject)._base_manager.filter(pk=subject.pk)
    from_status = subject.status
    while not (to in transitions.get(from_status, ()) and row.filter(status=from_status).update(status=to, **changes)):
        present = row.values_list("status", flat=True).get()
        if present == from_status:
            statuses = dict(subject._meta.get_field("status").choices or [])
            raise TransitionRefused(
                _("This is not possible any more: the status is “%(status)s”.")
                % {"status": statuses.get(present, present)}
            )
        from_status = present
    subject.status = to
    for name, value in changes.items():
        setattr(subject, name, value)
    history.record(subject, action, by=by, by_label=by_label, from_status=from_status, to_status=to, detail=detail)


def move_many(
    subjects: Sequence[Any],
    to: str,
    *,
    transitions: Mapping[str, Collection[str]],
    action: str,
    by: User | None,
    fields: Sequence[str] = (),
) -> None:
    """Like `move` for many of one model, each saved with its own values of `fields`, in few statements.

    Needs their rows locked, and the subjects as they are there: nothing compares again. Raises TransitionRefused,
    having written nothing, where the status of one does not lead to `to`.
    """
    by_status: dict[str, list[Any]] = {}
    for subject in subjects:
        if to not in transitions.get(subject.status, ()):
            raise TransitionRefused(
                _("This is not possible any more: the status is “%(status)s”.")
                % {"status": subject.get_status_display()}
            )
        by_status.setdefault(subject.status, []).append(subject)
    for from_status, group in by_status.items():
        for subject in group:
            subject.status = to
        type(group[0])._base_manager.bulk_update(group, ["status", *fields], batch_size=200)
        history.record_many(group, action, by=by, from_status=from_status, to_status=to)
