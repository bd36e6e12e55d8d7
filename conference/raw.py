"""Values as statements written by hand give them back: PostgreSQL's are of their type, some of SQLite's are text."""

import datetime
import json
from typing import Any


def moment(value: datetime.datetime | str) -> datetime.datetime:
    """An instant. SQLite keeps it as text, in UTC."""
    if isinstance(value, str):
        value = datetime.datetime.fromisoformat(value)
    return value if value.tzinfo else value.replace(tzinfo=datetime.UTC)


def from_json(value: Any) -> Any:
    """What a JSON column holds."""
    return json.loads(value) if isinstance(value, str) else value
