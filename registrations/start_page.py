"""What other apps put onto the organisers' start page: dates to come, and what needs a decision.

Agenda, market place and meetings are not imported here; each registers a source in `AppConfig.ready`.
"""

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from accounts.models import User
from conference.models import Conference


@dataclass(frozen=True)
class Coming:
    """What happens on a day, in words: “last day for 3 replies of speakers”."""

    on: datetime.date
    words: str
    url: str = ""

    def days_from(self, today: datetime.date) -> int:
        return (self.on - today).days


@dataclass(frozen=True)
class ToDecide:
    """A sentence, and where to decide."""

    words: str
    url: str


Source = Callable[[Conference, User], Iterable[Coming | ToDecide]]

_sources: dict[str, Source] = {}


def register(app: str, source: Source) -> None:
    """`source` yields only what the organiser may see, in a number of queries that does not grow."""
    _sources[app] = source


def of(conference: Conference, user: User) -> list[Coming | ToDecide]:
    """What all apps know, app by app."""
    return [item for source in _sources.values() for item in source(conference, user)]
