"""What other apps put onto the organisers' start page: their own pages, dates to come, and what needs a decision.

Agenda, market place and meetings are not imported here; each registers a source in `AppConfig.ready`.
"""

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.urls import reverse

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


@dataclass(frozen=True)
class Area:
    """A part of the conference that has its own pages. `address` is the name of the first one, which takes the key of
    the conference; `permission` is who may open it. Areas stand in the order of `position`."""

    title: str
    address: str
    permission: str
    position: int


Source = Callable[[Conference, User], Iterable[Coming | ToDecide]]

_sources: dict[str, Source] = {}
_areas: dict[str, Area] = {}


def register(app: str, source: Source) -> None:
    """`source` yields only what the organiser may see, in a number of queries that does not grow."""
    _sources[app] = source


def of(conference: Conference, user: User) -> list[Coming | ToDecide]:
    """What all apps know, app by app."""
    return [item for source in _sources.values() for item in source(conference, user)]


def register_area(app: str, area: Area) -> None:
    _areas[app] = area


def areas(conference: Conference, user: User) -> list[tuple[str, str]]:
    """Titles and addresses of the areas that the organiser may open."""
    allowed = [area for area in _areas.values() if user.has_perm(area.permission)]
    return [
        (str(area.title), reverse(area.address, args=[conference.pk]))
        for area in sorted(allowed, key=lambda area: area.position)
    ]
