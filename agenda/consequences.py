"""What publishing a programme means for what other apps keep: told to organisers before they publish."""

from collections.abc import Callable, Iterable

from agenda.programme import Programme
from conference.models import Conference

Source = Callable[[Conference, Programme | None, Programme], Iterable[str]]
_sources: list[Source] = []


def register(source: Source) -> None:
    """For `ready()`: `source(conference, old, new)` says, a sentence each, what the step between the two means."""
    if source not in _sources:
        _sources.append(source)


def of(conference: Conference, old: Programme | None, new: Programme) -> list[str]:
    """All that the sources say of publishing `new` after `old`."""
    return [sentence for source in _sources for sentence in source(conference, old, new)]
