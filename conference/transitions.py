"""The one way by which a status changes: along its table, with a line of history."""

from collections.abc import Collection, Mapping
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
    """Locks the row, checks the table, saves the status with `changes`, adds the history entry.

    Needs a transaction. Raises TransitionRefused where the row's present status does not lead to `to`.
    """
    present = type(subject)._base_manager.select_for_update(no_key=True).values_list("status", flat=True)
    from_status = present.get(pk=subject.pk)
    if to not in transitions.get(from_status, ()):
        statuses = dict(subject._meta.get_field("status").choices or [])
        raise TransitionRefused(
            _("This is not possible any more: the status is “%(status)s”.")
            % {"status": statuses.get(from_status, from_status)}
        )
    subject.status = to
    for name, value in changes.items():
        setattr(subject, name, value)
    subject.save(update_fields=["status", *changes])
    history.record(subject, action, by=by, by_label=by_label, from_status=from_status, to_status=to, detail=detail)
