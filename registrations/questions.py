"""Yes-or-no questions that the apps above ask of each person who is registered, without being imported here.

The answers arrive with the signal `person_registered`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from conference.models import Conference


@dataclass(frozen=True)
class Question:
    """A group of boxes to tick, by `key`; none is ticked beforehand. `legend` and `hint` stand above them.

    `personal` are the boxes that only the person can tick, since they are consents.
    """

    key: str
    legend: str
    hint: str
    boxes: Mapping[str, str]
    personal: frozenset[str] = field(default_factory=frozenset)

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


def for_others(answers: Mapping[str, bool], conference: Conference) -> dict[str, bool]:
    """The answers that somebody can give for another person; what is personal is “no”."""
    personal = (
        {f"{question.key}_{box}" for question in of(conference) for box in question.personal} if answers else set()
    )
    return {name: given and name not in personal for name, given in answers.items()}


def without_personal(questions: Iterable[Question]) -> Sequence[Question]:
    """The questions with the boxes that can be ticked for another person; those without any are left out."""
    shared = [
        replace(one, boxes={box: label for box, label in one.boxes.items() if box not in one.personal})
        for one in questions
    ]
    return [question for question in shared if question.boxes]
