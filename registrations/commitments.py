"""What participants are bound to at a conference: the apps above tell it, so that each can warn of what meets another.

Agenda, market place and meetings do not know each other; each registers a source in `AppConfig.ready`.
"""

import datetime
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from conference.models import Conference


@dataclass(frozen=True)
class Commitment:
    """`participant` has to be somewhere from `starts_at` until `ends_at`. `what` says it in words: “a meeting with
    Brno, table 7”."""

    participant: int
    starts_at: datetime.datetime
    ends_at: datetime.datetime
    what: str


# Of these participants (primary keys) only; of all where there is None.
People = Collection[int] | None
Source = Callable[[Conference, People], Iterable[Commitment]]

_sources: dict[str, Source] = {}
# Apps whose commitments “my programme” shows as they are, as they put no entries of their own there.
_shown: set[str] = set()


def register(app: str, source: Source, *, in_programme: bool = False) -> None:
    """`source` reads the commitments of one app at a conference, in a number of queries that grows neither with them
    nor with the people. It reads no more than those people's.
    """
    _sources[app] = source
    if in_programme:
        _shown.add(app)


def of(conference: Conference, *, people: People = None, without: str = "") -> list[Commitment]:
    """The commitments at the conference, except those of the app that asks."""
    return [one for app, source in _sources.items() if app != without for one in source(conference, people)]


def in_programme(conference: Conference, *, people: People = None) -> list[Commitment]:
    """Those that “my programme” shows to whom they bind."""
    return [one for app in sorted(_shown) for one in _sources[app](conference, people)]
