"""What other apps add to the page of a registration: the next step after the reply, for instance."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from registrations.models import Participant


@dataclass(frozen=True)
class Panel:
    """A card with `template`, which is given `panel`, `participant` and `conference`."""

    template: str
    facts: Mapping[str, object] = field(default_factory=dict)


Source = Callable[[Participant], Iterable[Panel]]
_sources: dict[str, Source] = {}


def register(key: str, source: Source) -> None:
    _sources[key] = source


def of(participant: Participant) -> list[Panel]:
    """In the order in which their apps registered."""
    return [panel for source in _sources.values() for panel in source(participant)]
