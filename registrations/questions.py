"""Yes-or-no questions that the apps above ask of each person who is registered, without being imported here.

The answers arrive with the signal `person_registered`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from conference.models import Conference


@dataclass(frozen=True)
class Question:
    """A group of boxes to tick, by `key`; none is ticked beforehand. `legend` and `hint` stand above them."""

    key: str
    legend: str
    hint: str
    boxes: Mapping[str, str]

    @property
    def names(self) -> list[str]:
        """Of the answers, and of the form's fields: “meetings_wanted”."""
        return [f"{self.key}_{box}" for box in self.boxes]


Source = Callable[[Conference], Iterable[Question]]
_sources: dict[str, Source] = {}


def register(key: str, source: Source) -> None:
    """`source` is asked once a page: one cheap query at most."""
    _sources[key] = source


def of(conference: Conference) -> list[Question]:
    return [question for source in _sources.values() for question in source(conference)]
