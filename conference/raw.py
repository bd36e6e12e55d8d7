"""For statements written by hand: values as they come back, PostgreSQL's of their type, some of SQLite's as text."""

import datetime
import json
from collections.abc import Sized
from typing import Any


def moment(value: datetime.datetime | str) -> datetime.datetime:
    """An instant. SQLite keeps it as text, in UTC."""
    if isinstance(value, str):
        value = datetime.datetime.fromisoformat(value)
    return value if value.tzinfo else value.replace(tzinfo=datetime.UTC)


def from_json(value: Any) -> Any:
    """What a JSON column holds."""
    return json.loads(value) if isinstance(value, str) else value


def marks(values: Sized) -> str:
    """What stands in a statement in the place of these values."""
    return ", ".join(["%s"] * len(values))
