"""What bounds a search from outside: time, somebody who stops it, and who wants to see how far it is."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple


class Progress(NamedTuple):
    """How far a search is: the aim it is at, the meetings placed so far, how many there could be, seconds so far."""

    aim: str
    placed: int
    bound: int
    seconds: float


def _unheard(progress: Progress) -> None:
    """Progress that nobody asked for."""


def _never() -> bool:
    return False


@dataclass
class Search:
    """Limits of a search. `limit` is in seconds, from the moment this is made; `patience` are the steps of the local
    search without improvement after which it gives up. Where time does not cut it, the same seed gives the same result.
    `stop` is asked often and must answer quickly; `progress` is told of each improvement and each new aim.
    """

    limit: float = 60.0
    patience: int = 300
    seed: int = 0
    progress: Callable[[Progress], None] = _unheard
    stop: Callable[[], bool] = _never
    bound: int = 0
    started: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """How long the search has been under way."""
        return time.monotonic() - self.started

    def over(self, share: float = 1.0) -> bool:
        """Whether this share of the time is used up, or somebody stopped the search."""
        return self.seconds >= self.limit * share or self.stop()

    def tell(self, aim: str, placed: int) -> None:
        """Report how far the search is."""
        self.progress(Progress(aim, placed, self.bound, self.seconds))
