"""Links that other apps put into a conference's navigation, without being imported here."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from conference.models import Conference


@dataclass(frozen=True)
class Entry:
    """A link beside “Overview”. With a `teaser`, the overview offers it, too."""

    title: str
    address: str
    teaser: str = ""


Source = Callable[[Conference], Iterable[Entry]]
_sources: list[tuple[int, Source]] = []


def register(source: Source, *, position: int) -> None:
    """`source` is asked on every page of a conference that shows the navigation: one cheap query at most."""
    _sources.append((position, source))
    _sources.sort(key=lambda registered: registered[0])


def entries(conference: Conference) -> list[Entry]:
    """In the order of the positions with which their apps registered."""
    return [entry for _position, source in _sources for entry in source(conference)]
