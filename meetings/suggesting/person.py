"""What suggestions are made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Person:
    """One who can be met. Terms, slots and delegations are numbers; `country` is empty where there is none."""

    key: int
    delegation: int
    category: str
    country: str = ""
    languages: frozenset[str] = frozenset()
    # Slots in which no talk, duty, absence or meeting stands.
    free: frozenset[int] = frozenset()
    seeks: frozenset[int] = frozenset()
    offers: frozenset[int] = frozenset()
    challenges: frozenset[int] = frozenset()
    # Experience by ticked topic, 1 to 4, where it was said.
    levels: Mapping[int, int] = field(default_factory=dict)
    text: str = ""
    # Requests received that are open or led to a meeting, and meetings that could be had in all.
    received: int = 0
    capacity: int = 1


@dataclass(frozen=True)
class Suggestion:
    """`key` is the person to meet, `score` 0 to 100, `likeness` that of the texts, 0 to 1."""

    key: int
    score: float
    likeness: float = 0.0
