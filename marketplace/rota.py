"""A duty rota as plain times."""

import datetime
from collections.abc import Iterable

Span = tuple[datetime.datetime, datetime.datetime]


def gaps(begin: datetime.datetime | None, end: datetime.datetime | None, covered: Iterable[Span]) -> list[Span]:
    """The times between `begin` and `end` that none of `covered` fills; none where the hours are not known."""
    if begin is None or end is None:
        return []
    found: list[Span] = []
    reached = begin
    for starts_at, ends_at in sorted(covered):
        if starts_at > reached:
            found.append((reached, min(starts_at, end)))
        reached = max(reached, ends_at)
        if reached >= end:
            return found
    found.append((reached, end))
    return found
