"""What bounds a search from outside: time, somebody who stops it, and who wants to see how far it is."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

TELLS_EVERY = 0.1


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
    `stop` is asked several times a second and must answer quickly; `progress` is told of improvements, at most ten
    times a second, and of each new aim. Both are called in the thread that searches.
    """

    limit: float = 60.0
    patience: int = 500_000
    seed: int = 0
    progress: Callable[[Progress], None] = _unheard
    stop: Callable[[], bool] = _never
    bound: int = 0
    started: float = field(default_factory=time.monotonic)
    _told: tuple[str, float] = field(default=("", 0.0), init=False)

    @property
    def seconds(self) -> float:
        """How long the search has been under way."""
        return time.monotonic() - self.started

    def over(self, share: float = 1.0) -> bool:
        """Whether this share of the time is used up, or somebody stopped the search."""
        return self.seconds >= self.limit * share or self.stop()

    def tell(self, aim: str, placed: int) -> None:
        """Report how far the search is, unless that was done just now."""
        seconds = self.seconds
        if aim != self._told[0] or seconds - self._told[1] >= TELLS_EVERY:
            self._told = aim, seconds
            self.progress(Progress(aim, placed, self.bound, seconds))
