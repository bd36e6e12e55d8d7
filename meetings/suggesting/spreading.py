"""Nobody is left out: who appears in too few lists takes the place of somebody who appears in more than enough."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from meetings.suggesting.person import Person, Suggestion

# Of the columns that are looked at together.
BLOCK = 200
# So many of the best lists for a person are tried before one is made longer.
TRIED = 60


def spread(
    lists: list[list[Suggestion]],
    *,
    people: Sequence[Person],
    scores: Callable[[Any], Any],
    shown: int,
    least: int,
) -> None:
    """Changes `lists`, which stand beside `people`, so that each person is among the first ones of `least` lists.

    Where fewer people than that could be suggested somebody, it is as many lists as there are such people. The first
    ones are `shown`; they become more only where nobody in a list can be spared. `scores` gives a matrix: a row for
    each person, a column for each place asked for, below 0 where the one cannot be suggested to the other.
    """
    place = {person.key: number for number, person in enumerate(people)}
    table = _Table(lists, shown=shown, least=least)
    short = np.array([place[person.key] for person in people if table.appears[person.key] < least], dtype=np.int64)
    for start in range(0, len(short), BLOCK):
        columns = short[start : start + BLOCK]
        matrix = scores(columns)
        for column, asked in enumerate(columns):
            table.insert(people[asked].key, matrix[:, column])
    lists[:] = table.lists()


class _Table:
    """The lists, in two parts, and how often each person appears in a first part."""

    def __init__(self, lists: Sequence[list[Suggestion]], *, shown: int, least: int) -> None:
        self.shown, self.least = shown, least
        self.firsts = [found[:shown] for found in lists]
        self.reserves = [found[shown:] for found in lists]
        self.chosen = [{suggestion.key for suggestion in first} for first in self.firsts]
        self.appears = Counter(suggestion.key for first in self.firsts for suggestion in first)

    def insert(self, key: int, scores: Any) -> None:
        """Puts `key` into the lists with the best scores, until it appears often enough."""
        tried = min(TRIED, len(scores))
        best = np.argpartition(-scores, tried - 1)[:tried]
        full: list[int] = []
        for row in best[np.argsort(-scores[best])]:
            if self.appears[key] >= self.least or scores[row] < 0:
                break
            if key in self.chosen[row]:
                continue
            if len(self.firsts[row]) < self.shown or self._spare(row):
                self._add(row, key, scores[row])
            else:
                full.append(row)
        for row in full[: max(0, self.least - self.appears[key])]:
            self._add(row, key, scores[row])

    def lists(self) -> list[list[Suggestion]]:
        """Each first part by score, then its reserve."""
        found = []
        for first, reserve, chosen in zip(self.firsts, self.reserves, self.chosen, strict=True):
            first.sort(key=lambda suggestion: -suggestion.score)
            found.append(first + [suggestion for suggestion in reserve if suggestion.key not in chosen])
        return found

    def _spare(self, row: int) -> bool:
        """Moves the last of the list who appears in more lists than needed to the reserve, if there is one."""
        for suggestion in reversed(self.firsts[row]):
            if self.appears[suggestion.key] > self.least:
                self.firsts[row].remove(suggestion)
                self.chosen[row].remove(suggestion.key)
                self.appears[suggestion.key] -= 1
                self.reserves[row].insert(0, suggestion)
                return True
        return False

    def _add(self, row: int, key: int, score: float) -> None:
        self.firsts[row].append(Suggestion(key, min(round(float(score), 2), 100.0)))
        self.chosen[row].add(key)
        self.appears[key] += 1
