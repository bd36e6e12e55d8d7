"""What the conference does when something below it changes."""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import Group

from accounts.models import User
from accounts.signals import account_changed
from conference import history


def connect() -> None:
    account_changed.connect(record_account_change, dispatch_uid="conference.record_account_change")


def record_account_change(
    subject: User | Group, action: str, by: User | None, fields: Sequence[str], **_sent: Any
) -> None:
    """One line of history, with the names of the changed fields and never their values."""
    history.record(subject, action, by=by, detail=history.field_labels(subject._meta.model, fields))
