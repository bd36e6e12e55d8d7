"""Entries that other apps add to somebody's own programme: their meetings, for instance."""

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from accounts.models import User
from conference.models import Conference


@dataclass(frozen=True)
class Entry:
    starts_at: datetime.datetime
    ends_at: datetime.datetime
    title: str
    where: str = ""
    url: str = ""  # path of its page, empty without one


Source = Callable[[User, Conference], Iterable[Entry]]
_sources: list[Source] = []


def register(source: Source) -> Source:
    """For `ready()` of the app that knows more: `source(user, conference)` yields what only this user sees."""
    if source not in _sources:
        _sources.append(source)
    return source


def entries_of(user: User, conference: Conference) -> list[Entry]:
    """All that the sources know of the user's day, in the order of time."""
    found = [entry for source in _sources for entry in source(user, conference)]
    return sorted(found, key=lambda entry: (entry.starts_at, entry.ends_at, entry.title))
