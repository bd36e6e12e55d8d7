"""How the published instances are solved: the placer's walk places all meetings, its chains of moves take breaks out.

The placer's own aim is another, so this is for measuring; precedences, which none of the instances has, are refused.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from benchmarks._b2b import FAIR, Instance, as_problem
from meetings.scheduling.greedy import place_greedily
from meetings.scheduling.index import NOWHERE, Index
from meetings.scheduling.search import Search
from meetings.scheduling.settling import gap_counter, settle
from meetings.scheduling.walking import walk

# Steps of the first round of moves; each round that does not do takes as many more.
STEPS = 150_000
PATIENCE = 5_000_000
# What each break above the fair ones costs, in breaks: somebody has no meeting at all, so 2 are what anybody may have.
UNFAIR = 3


@dataclass(frozen=True)
class Schedule:
    """A schedule, how long it took to place all meetings, and how long to come to this number of breaks."""

    slot_of: dict[int, int]
    placed_s: float
    seconds: float


def solve(instance: Instance, *, limit: float, enough: int, seed: int = 1) -> Schedule:
    """The schedule with the fewest breaks found within the limit in seconds; ends at `enough` of them.

    Raises ValueError for an instance with precedences.
    """
    if any(instance.earlier):
        raise ValueError(f"{instance.name} has precedences.")
    started = time.monotonic()
    index = Index(as_problem(instance))
    search = Search(limit=limit, seed=seed)
    placement = walk(place_greedily(index), search, patience=PATIENCE, enough=(len(instance.meetings), 0))
    best = list(placement.slot_of)
    placed_s = seconds = time.monotonic() - started
    breaks = gap_counter(index)

    @cache
    def cost(used: int) -> int:
        count = breaks(used)
        return count + UNFAIR * max(0, count - FAIR)

    least = _total(index, best, cost)
    for number in range(1, 1_000):
        if least <= enough or search.over():
            break
        # Every second round begins where the best one ended, the others where all was placed.
        start = best if number % 2 else list(placement.slot_of)
        turn = Search(limit=limit - (time.monotonic() - started), seed=seed + number)
        found = settle(index, start, turn, steps=STEPS * number, enough=enough, cost_of=cost)
        if _total(index, found, cost) < least:
            best, least, seconds = found, _total(index, found, cost), time.monotonic() - started
    return Schedule({meeting: slot for meeting, slot in enumerate(best) if slot != NOWHERE}, placed_s, seconds)


def _total(index: Index, slot_of: list[int], cost_of: Callable[[int], int]) -> int:
    used = [0] * len(index.capacity)
    for request, slot in enumerate(slot_of):
        if slot != NOWHERE:
            for person in index.pairs[request]:
                used[person] |= 1 << slot
    return sum(cost_of(slots) for slots in used)
