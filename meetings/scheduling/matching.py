"""Where the walk stalls: each slot is emptied and filled anew in the best way, by maximum-weight matching.

A walk carries single requests; an exchange of three meetings in a slot for three others, of which each step alone would
lose something, it rarely finds. A matching finds the best such exchange at once. From greedy it is slower than the walk
and ends lower; from where the walk stalls it brings most of what is left. Among equally good matchings chance decides,
so that the walk goes on from another place.
"""

import random
from collections.abc import Sequence

from meetings.scheduling.greedy import fill
from meetings.scheduling.index import NOWHERE, Placement
from meetings.scheduling.search import Search
from meetings.scheduling.walking import walk

# Steps of the walk that bring nothing before slots are matched, and rounds of both that do not before it ends.
PATIENCE = 300_000
ROUNDS = 5
# By chance each edge weighs up to so many of the smallest parts.
CHANCES = 100


def available() -> bool:
    """Whether rustworkx is installed."""
    try:
        import rustworkx  # noqa: F401
    except ImportError:
        return False
    return True


def walk_and_match(
    placement: Placement, search: Search, *, share: float, enough: tuple[int, int], dear: Sequence[bool]
) -> Placement:
    """The best placement that walking and matching in turn find, never a worse one than this: by worth, then by
    meetings that keep their slot. Ends after the share of the time, at `enough`, or where neither finds more.
    """
    chance = random.Random(search.seed)  # noqa: S311 - chooses among equals, guards nothing
    patience = min(search.patience, PATIENCE)
    found = walk(placement, search, share=share, patience=patience, enough=enough, dear=dear)
    idle = 0
    while idle < ROUNDS and _key(found) < enough and not search.over(share):
        before = _key(found)
        while match_slots(found, search, chance, share=share):
            pass
        found = walk(found, search, share=share, patience=patience, enough=enough, dear=dear)
        idle = 0 if _key(found) > before else idle + 1
    return found


def match_slots(placement: Placement, search: Search, chance: random.Random, *, share: float = 1.0) -> bool:
    """Match each slot once, in an order by chance, while there is time. Returns whether the placement got better."""
    before = _key(placement)
    slots = list(range(len(placement.index.tables)))
    chance.shuffle(slots)
    for slot in slots:
        if search.over(share):
            break
        match_slot(placement, slot, chance)
    fill(placement, seed=search.seed)
    search.tell("weight", sum(slot != NOWHERE for slot in placement.slot_of))
    return _key(placement) > before


def match_slot(placement: Placement, slot: int, chance: random.Random) -> None:
    """Fill a slot anew, with the meetings that are in it and those that have no place. It never gets worse; it is the
    best that can be as long as there are tables enough.
    """
    from rustworkx import PyGraph, max_weight_matching

    index = placement.index
    leaving = [request for request in placement.members[slot] if not index.promised[request]]
    tables = index.tables[slot] - (len(placement.members[slot]) - len(leaving))
    value = _Value(placement, slot)
    for request in leaving:
        placement.take(request)
    edges: dict[tuple[int, int], tuple[int, int]] = {}
    for request in index.in_slot[slot]:
        if placement.slot_of[request] == NOWHERE and placement.fits(request, slot):
            pair = index.pairs[request]
            weighed = value.of(request) + chance.randrange(CHANCES), request
            edges[pair] = max(weighed, edges.get(pair, weighed))
    graph: PyGraph[int, tuple[int, int]] = PyGraph(multigraph=False)
    graph.add_nodes_from(range(len(index.capacity)))
    graph.add_edges_from([(first, second, weighed) for (first, second), weighed in edges.items()])
    matched = max_weight_matching(graph, weight_fn=lambda weighed: weighed[0])
    best = sorted((graph.get_edge_data(first, second) for first, second in matched), reverse=True)[:tables]
    coming = [request for _weight, request in best]
    # With too few tables the best of a matching need not be the best of all.
    if sum(map(value.of, coming)) < sum(map(value.of, leaving)):
        coming = leaving
    for request in coming:
        placement.put(request, slot)


class _Value:
    """What a meeting in the slot is worth: the first aim, then the second, both before what chance adds.

    In one slot first meetings can be added up: nobody has two there.
    """

    def __init__(self, placement: Placement, slot: int) -> None:
        self.index, self.slot = placement.index, slot
        here = placement.at[slot]
        self.is_first = [count == (request != NOWHERE) for count, request in zip(placement.count, here, strict=True)]
        most = len(self.index.capacity) // 2 + 1
        self.keeps = CHANCES * most
        self.worth = self.keeps * most

    def of(self, request: int) -> int:
        index = self.index
        first, second = index.pairs[request]
        worth = index.worth[request] + index.first_meeting * (self.is_first[first] + self.is_first[second])
        return self.worth * worth + self.keeps * (index.before[request] == self.slot)


def _key(placement: Placement) -> tuple[int, int]:
    return placement.value, placement.unchanged
