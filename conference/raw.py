"""For statements written by hand: values as they go in and come back. SQLite keeps some as text."""

import datetime
import json
from collections.abc import Sized
from typing import Any

from django.db import connection


def moment(value: datetime.datetime | str) -> datetime.datetime:
    """An instant. SQLite keeps it as text, in UTC."""
    if isinstance(value, str):
        value = datetime.datetime.fromisoformat(value)
    return value if value.tzinfo else value.replace(tzinfo=datetime.UTC)


def instant(value: datetime.datetime) -> Any:
    """A moment as the database keeps it, to be compared in a statement by hand."""
    return connection.ops.adapt_datetimefield_value(value)


def from_json(value: Any) -> Any:
    """What a JSON column holds."""
    return json.loads(value) if isinstance(value, str) else value


def marks(values: Sized) -> str:
    """What stands in a statement in the place of these values."""
    return ", ".join(["%s"] * len(values))
