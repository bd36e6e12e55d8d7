"""What participants are bound to at a conference: the apps above tell it, so that each can warn of what meets another.

Agenda, market place and meetings do not know each other; each registers a source in `AppConfig.ready`.
"""

import datetime
from collections.abc import Callable, Iterable
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


Source = Callable[[Conference], Iterable[Commitment]]

_sources: dict[str, Source] = {}
# Apps whose commitments “my programme” shows as they are, as they put no entries of their own there.
_shown: set[str] = set()


def register(app: str, source: Source, *, in_programme: bool = False) -> None:
    """`source` reads all commitments of one app at a conference in a number of queries that does not grow."""
    _sources[app] = source
    if in_programme:
        _shown.add(app)


def of(conference: Conference, *, without: str = "") -> list[Commitment]:
    """All commitments at the conference, except those of the app that asks."""
    return [commitment for app, source in _sources.items() if app != without for commitment in source(conference)]


def in_programme(conference: Conference) -> list[Commitment]:
    """Those that “my programme” shows to whom they bind."""
    return [commitment for app in sorted(_shown) for commitment in _sources[app](conference)]
