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
_sources: list[Source] = []


def register(source: Source) -> None:
    """`source` is asked on every page of a conference that shows the navigation: one cheap query at most."""
    if source not in _sources:
        _sources.append(source)


def entries(conference: Conference) -> list[Entry]:
    """In the order in which their apps registered."""
    return [entry for source in _sources for entry in source(conference)]
