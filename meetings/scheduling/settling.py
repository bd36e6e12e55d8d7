"""Moving meetings that are placed, so that nobody waits: simulated annealing over chains between two slots.

A meeting that goes from one slot to another pushes whoever its two persons meet there into the first slot, and so on
(a Kempe chain of edge colouring): what is placed stays placed. Tables may run short on the way; only placements without
shortage are kept.
"""

import random
from collections.abc import Callable, Sequence
from functools import cache
from math import exp

from meetings.scheduling.index import NOWHERE, Index
from meetings.scheduling.search import Search

HOT, COLD = 0.5, 0.1
CHAIN_AT_MOST = 40
CHECKED_EVERY = 256
# What a missing table costs, in gaps.
SHORT = 1.5
# What a meeting that leaves the slot where it stood before costs, in gaps.
STOOD = 4


def settle(
    index: Index,
    slot_of: Sequence[int],
    search: Search,
    *,
    steps: int,
    share: float = 1.0,
    enough: int = 0,
    cost_of: Callable[[int], int] | None = None,
) -> list[int]:
    """The best slots found for what is placed in so many steps, never worse ones than those given.

    Best are most meetings where they stood before; of these, least waiting. `cost_of` gives the cost of a person by the
    slots in which the person meets somebody, a bit each; without it, gaps are counted. Ends where all stay that can
    and the cost is `enough`.
    """
    settling = _Settling(index, slot_of, search.seed, cost_of or gap_counter(index))
    best, best_key = list(slot_of), settling.key
    most = (sum(index.before[request] in index.slots[request] for request in settling.placed), -enough)
    for step in range(steps):
        if best_key >= most or (step % CHECKED_EVERY == 0 and search.over(share)):
            break
        heat = HOT * (COLD / HOT) ** (step / steps)
        if settling.step(heat) and not settling.short and settling.key > best_key:
            best, best_key = list(settling.slot_of), settling.key
    return best


def gap_counter(index: Index) -> Callable[[int], int]:
    """Gaps of a person by the slots in which the person meets somebody: runs of meetings in a break, less one."""
    masks = [sum(1 << slot for slot in slots) for slots in index.breaks]

    @cache
    def gaps(used: int) -> int:
        total = 0
        for mask in masks:
            here = used & mask
            # Slots of one break follow each other, so that a run begins where the bit below is not set.
            total += max(0, (here & ~(here << 1)).bit_count() - 1)
        return total

    return gaps


class _Settling:
    def __init__(self, index: Index, slot_of: Sequence[int], seed: int, cost_of: Callable[[int], int]) -> None:
        self.index, self.cost_of = index, cost_of
        self.chance = random.Random(seed)  # noqa: S311 - chooses steps, guards nothing
        self.slot_of = list(slot_of)
        self.placed = [request for request, slot in enumerate(slot_of) if slot != NOWHERE]
        self.movable = [
            request for request in self.placed if not index.locked[request] and len(index.slots[request]) > 1
        ]
        self.suits = [
            frozenset() if index.locked[request] else frozenset(slots) for request, slots in enumerate(index.slots)
        ]
        self.at = [[NOWHERE] * len(index.capacity) for _ in index.tables]
        self.used = [0] * len(index.capacity)
        self.size = [0] * len(index.tables)
        for request, slot in enumerate(slot_of):
            if slot != NOWHERE:
                self.size[slot] += 1
                for person in index.pairs[request]:
                    self.at[slot][person] = request
                    self.used[person] |= 1 << slot
        self.costs = [cost_of(used) for used in self.used]
        self.cost = sum(self.costs)
        self.unchanged = sum(slot >= 0 and slot == before for slot, before in zip(slot_of, index.before, strict=True))
        self.short = 0
        self.capped = any(limit < len(slots) for limit in index.cap_per_break for slots in index.breaks)

    @property
    def key(self) -> tuple[int, int]:
        return self.unchanged, -self.cost

    def step(self, heat: float) -> bool:
        """Try to move one meeting with what hangs on it. Returns whether it was moved."""
        if not self.movable:
            return False
        draw, index = self.chance.random, self.index
        request = self.movable[int(draw() * len(self.movable))]
        slots = index.slots[request]
        here, there = self.slot_of[request], slots[int(draw() * len(slots))]
        if here == there:
            return False
        chain = self._chain(request, here, there)
        if chain is None:
            return False
        away, back = chain
        shift = len(away) - len(back)
        shortage = self._shortage(here, -shift) + self._shortage(there, shift)
        # Persons of both sides of the chain meet in both slots, before and after.
        moved: dict[int, int] = {}
        flip = 1 << here | 1 << there
        for one in (*away, *back):
            for person in index.pairs[one]:
                moved[person] = moved.get(person, 0) ^ flip
        costs = [
            (person, used := self.used[person] ^ bits, self.cost_of(used)) for person, bits in moved.items() if bits
        ]
        change = sum(cost - self.costs[person] for person, _, cost in costs)
        before = index.before
        stays = sum((before[one] == there) - (before[one] == here) for one in away)
        stays += sum((before[one] == here) - (before[one] == there) for one in back)
        worse = change + SHORT * shortage - STOOD * stays
        if worse > 0 and draw() > exp(-worse / heat):
            return False
        if self.capped and index.break_of[here] != index.break_of[there] and not self._within_caps(costs):
            return False
        self._move(away, back, here, there)
        for person, used, cost in costs:
            self.used[person], self.costs[person] = used, cost
        self.cost += change
        self.short += shortage
        self.unchanged += stays
        return True

    def _costs(self, away: list[int], back: list[int], flip: int) -> list[tuple[int, int, int]]:
        """Each person whose slots change, with these and their cost. Who meets in both slots still does afterwards."""
        moved: dict[int, int] = {}
        for requests in (away, back):
            for one in requests:
                for person in self.index.pairs[one]:
                    moved[person] = moved.get(person, 0) ^ flip
        return [
            (person, used := self.used[person] ^ bits, self.cost_of(used)) for person, bits in moved.items() if bits
        ]

    def _stays(self, requests: list[int], here: int, there: int) -> int:
        """How many more meetings are where they stood once these have gone from here to there."""
        before = self.index.before
        return sum((before[one] == there) - (before[one] == here) for one in requests)

    def _shortage(self, slot: int, more: int) -> int:
        """How many more tables than now are missing with so many more meetings."""
        tables, size = self.index.tables[slot], self.size[slot]
        return max(0, size + more - tables) - max(0, size - tables)

    def _chain(self, request: int, here: int, there: int) -> tuple[list[int], list[int]] | None:
        """The meetings that go from here to there, and those that come back; None where one cannot."""
        away: list[int] = [request]
        back: list[int] = []
        pairs, suits = self.index.pairs, self.suits
        at_here, at_there = self.at[here], self.at[there]
        seen = {request}
        pending = [request]
        while pending:
            one = pending.pop()
            goes_there = self.slot_of[one] == here
            at = at_there if goes_there else at_here
            for person in pairs[one]:
                other = at[person]
                if other == NOWHERE or other in seen:
                    continue
                if (here if goes_there else there) not in suits[other] or len(seen) >= CHAIN_AT_MOST:
                    return None
                seen.add(other)
                pending.append(other)
                (back if goes_there else away).append(other)
        return away, back

    def _within_caps(self, costs: Sequence[tuple[int, int, int]]) -> bool:
        index = self.index
        for person, used, _ in costs:
            for slots in index.breaks:
                if sum(used >> slot & 1 for slot in slots) > index.cap_per_break[person]:
                    return False
        return True

    def _move(self, away: list[int], back: list[int], here: int, there: int) -> None:
        pairs = self.index.pairs
        for requests, slot in ((away, here), (back, there)):
            for one in requests:
                for person in pairs[one]:
                    self.at[slot][person] = NOWHERE
        for requests, slot in ((away, there), (back, here)):
            for one in requests:
                self.slot_of[one] = slot
                for person in pairs[one]:
                    self.at[slot][person] = one
        self.size[here] += len(back) - len(away)
        self.size[there] += len(away) - len(back)
