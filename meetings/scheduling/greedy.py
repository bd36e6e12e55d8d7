"""Placing one request after another: plain Python, a fraction of a second for thousands of requests."""

import random

from meetings.scheduling.index import NOWHERE, Index, Placement


def place_greedily(index: Index, *, seed: int = 0) -> Placement:
    """Place what is worth most and has the fewest ways out first, each in the slot that hinders others least.

    Previous slots are kept where they can be. The same seed gives the same placement.
    """
    placement = Placement(index)
    placement.put_promised()
    fill(placement, seed=seed)
    return placement


def fill(placement: Placement, *, seed: int = 0) -> None:
    """Add unplaced requests where they fit, until none does."""
    index = placement.index
    chance = random.Random(seed)  # noqa: S311 - breaks ties, guards nothing
    noise = [chance.random() for _ in index.pairs]
    waiting = [request for request, slot in enumerate(placement.slot_of) if slot == NOWHERE and index.slots[request]]
    pressure = [demand / max(1, capacity) for demand, capacity in zip(index.demand, index.capacity, strict=True)]

    def urgency(request: int) -> tuple[int, bool, float, int, float]:
        first, second = index.pairs[request]
        return (
            -index.worth[request],
            index.before[request] == NOWHERE,
            # People whom many want can always be filled; those whom few want only by these few.
            pressure[first] + pressure[second],
            len(index.slots[request]),
            noise[request],
        )

    newcomers = {person for person, count in enumerate(placement.count) if count == 0}
    waiting.sort(key=urgency)
    rounds = [[request for request in waiting if newcomers & set(index.pairs[request])], waiting]
    for requests in rounds if index.first_meeting else [waiting]:
        for request in requests:
            if placement.slot_of[request] != NOWHERE:
                continue
            if requests is not waiting and not any(placement.count[person] == 0 for person in index.pairs[request]):
                continue
            _put_where_it_hinders_least(placement, request)


def _put_where_it_hinders_least(placement: Placement, request: int) -> None:
    index = placement.index
    fitting = [slot for slot in index.slots[request] if placement.fits(request, slot)]
    if not fitting:
        return
    if index.before[request] in fitting:
        placement.put(request, index.before[request])
        return
    room = {slot: index.tables[slot] - len(placement.members[slot]) for slot in fitting}
    placement.put(request, max(fitting, key=lambda slot: (room[slot], -slot)))
