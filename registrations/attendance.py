"""Who was there on the day: the app that records it tells, so that balance can look at those who attended, too."""

from collections.abc import Callable, Collection

from conference.models import Conference

# Numbers of the participants who were there; None where nobody has recorded it yet.
Source = Callable[[Conference], Collection[int] | None]

_sources: dict[str, Source] = {}


def register(app: str, source: Source) -> None:
    """`source` answers in a number of queries that does not grow."""
    _sources[app] = source


def of(conference: Conference) -> frozenset[int] | None:
    """Who was there by all sources; None as long as nobody has recorded anything."""
    found = [numbers for numbers in (source(conference) for source in _sources.values()) if numbers is not None]
    return frozenset(number for numbers in found for number in numbers) if found else None
