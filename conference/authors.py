"""Who made what, even after their account is gone.

The history keeps the name and the address of its authors itself. Other rows refer to the account of their author by a
relation that is emptied with the account and has no way back (`related_name="+"`). Before that happens, the history
of each such row gets a line with the name, which `author_of` reads.
"""

from collections.abc import Callable, Iterator
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.db import models
from django.db.models.signals import pre_delete
from django.dispatch import receiver

from accounts.models import User
from conference import history
from conference.models import HistoryEntry

AUTHOR_GONE = "account of the author deleted"
_DONE = {ADDITION: "created", CHANGE: "changed", DELETION: "deleted"}


def author_fields() -> Iterator[models.ForeignKey]:
    """The relations of all models that say who made a row. Relations to people whom a row is about have a way back."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if (
                model is not HistoryEntry
                and isinstance(field, models.ForeignKey)
                and field.remote_field.model is User
                and field.remote_field.on_delete is models.SET_NULL
                and field.remote_field.hidden
            ):
                yield field


def author_of(row: models.Model, field: str) -> str:
    """Who `row.field` refers to or referred to, in words; empty where nobody is known."""
    author = getattr(row, field)
    if author is not None:
        return str(author)
    gone = history.of(row).filter(action=AUTHOR_GONE, detail=field).first()
    return gone.who if gone else ""


def author_column(field: str, *, description: Any) -> Callable[[Any], str]:
    """A column of an organisers' list that names the author, with or without an account."""

    @admin.display(description=description, ordering=field, empty_value="–")
    def column(row: models.Model) -> str:
        return author_of(row, field)

    return column


@receiver(pre_delete, sender=User, dispatch_uid="conference.authors")
def keep_the_name(instance: User, **_kwargs: Any) -> None:
    """Writes the author's name beside all that refers to an account that is about to be deleted."""
    for field in author_fields():
        # Only their keys: what was imported or published is large. Some know their conference by another row.
        columns = {column.attname for column in field.model._meta.concrete_fields}
        rows = field.model._base_manager.filter(**{field.name: instance}).only("pk", *columns & {"conference_id"})
        history.record_many(rows, AUTHOR_GONE, by=instance, detail=field.name)
    _keep_the_log_of_the_admin(instance)


def _keep_the_log_of_the_admin(user: User) -> None:
    """Django's own log, of venues, cities and Member States, is deleted with the account: its lines move to ours."""
    lines = LogEntry.objects.filter(user=user).exclude(content_type=None).order_by("pk")
    HistoryEntry.objects.bulk_create(
        HistoryEntry(
            subject_type_id=line.content_type_id,
            subject_id=int(line.object_id),
            action=_DONE[line.action_flag],
            detail=f"{line.object_repr}: {line.get_change_message()}",
            at=line.action_time,
            by=user,
            by_label=user.email,
            by_name=user.name,
        )
        for line in lines
        if (line.object_id or "").isdecimal()
    )
