"""Local search by slots: empty one slot, and fill it as well as can be from what was there and what is unplaced.

The best filling of one slot is a maximum-weight matching of people, which is exact and quick; only the order of the
slots is left to chance.
"""

import random

from meetings.scheduling.greedy import fill
from meetings.scheduling.index import Index, Placement, unchanged_in, value_of
from meetings.scheduling.search import Search

# A unit of the first aim outweighs any sum of the rest in one edge: staying, then people whom few want, then chance.
UNIT, STAYS, RARE, NOISE = 1_000_000, 100_000, 100_000, 40_000


def improve(placement: Placement, search: Search, *, share: float = 1.0, enough: int | None = None) -> Placement:
    """The best placement found from this one within the share of the time, never a worse one.

    Ends early at the value `enough`, or when `search.patience` slots in turn brought nothing. Without rustworkx the
    placement is returned as it is.
    """
    try:
        import rustworkx
    except ImportError:
        return placement
    index = placement.index
    chance = random.Random(search.seed)  # noqa: S311 - chooses slots, guards nothing
    best, best_key = list(placement.slot_of), _key(index, placement.slot_of)
    search.tell("placing", _placed(best))
    slots, idle = list(range(len(index.tables))), 0
    turn: list[int] = []
    while idle < search.patience and not search.over(share) and not (enough is not None and best_key[0] >= enough):
        if not turn:
            turn = chance.sample(slots, len(slots))
        _refill(placement, turn.pop(), chance, rustworkx)
        key = _key(index, placement.slot_of)
        idle += 1
        if key > best_key:
            best, best_key, idle = list(placement.slot_of), key, 0
            search.tell("placing", _placed(best))
    placement = Placement(index, best)
    fill(placement, seed=search.seed)
    return placement


def _key(index: Index, slot_of: list[int]) -> tuple[int, int]:
    return value_of(index, slot_of), unchanged_in(index, slot_of)


def _placed(slot_of: list[int]) -> int:
    return sum(slot >= 0 for slot in slot_of)


def _refill(placement: Placement, slot: int, chance: random.Random, rustworkx) -> None:  # type: ignore[no-untyped-def]
    """Empty the slot but for locked meetings and fill it anew; people and meetings may change, the worth does not fall
    unless tables are short.
    """
    index = placement.index
    freed = [request for request in placement.members[slot] if not index.locked[request]]
    for request in freed:
        placement.take(request)
    edges = []
    at, slot_of = placement.at[slot], placement.slot_of
    for request in index.in_slot[slot]:
        if slot_of[request] >= 0:
            continue
        first, second = index.pairs[request]
        if first in at or second in at or not (placement.has_room(first, slot) and placement.has_room(second, slot)):
            continue
        edges.append((first, second, (_weight(placement, request, slot, chance), request)))
    graph = rustworkx.PyGraph(multigraph=False)
    graph.add_nodes_from(range(len(index.capacity)))
    # Of two requests of one pair the dearer one stands for both: without multigraph the last edge added counts.
    edges.sort(key=lambda edge: edge[2])
    graph.add_edges_from(edges)
    matched = rustworkx.max_weight_matching(graph, max_cardinality=False, weight_fn=lambda edge: edge[0])
    chosen = sorted((graph.get_edge_data(first, second) for first, second in matched), reverse=True)
    room = index.tables[slot] - len(placement.members[slot])
    for _, request in chosen[:room]:
        placement.put(request, slot)


def _gain(placement: Placement, request: int) -> int:
    """What placing the request adds to the first aim; within one slot such gains add up."""
    index = placement.index
    first, second = index.pairs[request]
    newcomers = (placement.count[first] == 0) + (placement.count[second] == 0)
    return index.worth[request] + index.first_meeting * newcomers


def _weight(placement: Placement, request: int, slot: int, chance: random.Random) -> int:
    index = placement.index
    first, second = index.pairs[request]
    rare = RARE / index.demand[first] + RARE / index.demand[second]
    stays = STAYS * (index.before[request] == slot)
    return int(UNIT * _gain(placement, request) + stays + rare + NOISE * chance.random())
