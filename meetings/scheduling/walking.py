"""Local search by single requests: one comes in, at most one goes out, and what went out looks for another slot.

Most steps change neither worth nor number: one partner takes another's place. It is these that carry an empty slot from
person to person until somebody can use it. A request that was just sent out waits a while before it comes back, so that
the walk does not go in circles (as in tabu search for colouring, of which placing meetings is the partial case). A step
takes about two microseconds, needs no library, and at 25,000 requests still reaches the bound.
"""

import random
from collections.abc import Sequence
from math import exp

from meetings.scheduling.greedy import fill
from meetings.scheduling.index import NOWHERE, Index, Placement, unchanged_in, value_of
from meetings.scheduling.search import Search

# Steps for which a request that was sent out waits at least, and up to twice as many.
WAITS = 10
# A step that loses one in worth is taken once in e^(1/HEAT) times, one that only moves a meeting from where it stood
# once in MOVES, and a dear request comes in once in DEAR times.
HEAT, MOVES, DEAR = 0.25, 20, 20
CHECKED_EVERY = 512
PROBES, DRAWN = 40, 4
NOTHING = -1


def walk(
    placement: Placement,
    search: Search,
    *,
    share: float = 1.0,
    patience: int,
    enough: tuple[int, int] | None = None,
    dear: Sequence[bool] = (),
) -> Placement:
    """The best placement met on the way, never a worse one than this: by worth, then by meetings that keep their slot.

    Ends after the share of the time, at worth and unchanged meetings of `enough`, or when so many steps in turn brought
    nothing (`patience`). `dear` marks requests that hardly any good placement holds.
    """
    walking = _Walk(placement, search.seed, dear)
    best, best_key = list(placement.slot_of), walking.key
    search.tell("weight", _placed(best))
    idle = 0
    while walking.outside and idle < patience and not (enough and best_key >= enough):
        if idle % CHECKED_EVERY == 0 and search.over(share):
            break
        idle += 1
        if walking.step() and walking.key > best_key:
            best, best_key, idle = list(placement.slot_of), walking.key, 1
            search.tell("weight", _placed(best))
    found = Placement(placement.index, best)
    fill(found, seed=search.seed)
    return found


def _placed(slot_of: Sequence[int]) -> int:
    return sum(slot >= 0 for slot in slot_of)


class _Walk:
    """A placement under way, with the requests outside of it in a list from which one is drawn at once."""

    def __init__(self, placement: Placement, seed: int, dear: Sequence[bool]) -> None:
        index = placement.index
        self.placement, self.index = placement, index
        self.chance = random.Random(seed)  # noqa: S311 - chooses steps, guards nothing
        self.dear = dear or [False] * len(index.pairs)
        self.outside = [
            request for request, slots in enumerate(index.slots) if slots and placement.slot_of[request] == NOWHERE
        ]
        self.position = {request: number for number, request in enumerate(self.outside)}
        self.waits_until = [0] * len(index.pairs)
        self.steps = 0
        self.value, self.unchanged = value_of(index, placement.slot_of), unchanged_in(index, placement.slot_of)
        # Caps below what the free slots allow; most people have none, and need no look at them.
        self.capped = [
            index.capacity[person] < sum(person_free)
            or any(index.cap_per_break[person] < count for count in person_free)
            for person, person_free in enumerate(_free_per_break(index))
        ]

    @property
    def key(self) -> tuple[int, int]:
        return self.value, self.unchanged

    def step(self) -> bool:
        """Try one request. Returns whether something changed."""
        self.steps += 1
        draw = self.chance.random
        request = self.outside[int(draw() * len(self.outside))]
        if self.waits_until[request] > self.steps or (self.dear[request] and draw() * DEAR > 1):
            return False
        slot, goes = self._way_in(request)
        if slot == NOWHERE:
            return False
        if goes != NOTHING:
            loss = self._loss(request, goes)
            if loss > 0 and draw() > exp(-loss / HEAT):
                return False
            index = self.index
            stood = index.before[goes] == self.placement.slot_of[goes]
            if loss == 0 and stood and index.before[request] != slot and draw() * MOVES > 1:
                return False
            self._take(goes)
        self._put(request, slot)
        if goes != NOTHING:
            self._house(goes)
        return True

    def _way_in(self, request: int) -> tuple[int, int]:
        """A slot in which at most one meeting has to go, and this meeting; NOWHERE where there is none.

        The slot in which it stood goes before any other, an empty seat before a taken one; else chance decides.
        """
        placement, index = self.placement, self.index
        first, second = index.pairs[request]
        draw, before = self.chance.random, index.before[request]
        check_caps = self.capped[first] or self.capped[second]
        found, found_goes, ways = NOWHERE, NOTHING, 0
        for slot in index.slots[request]:
            at = placement.at[slot]
            goes, other = at[first], at[second]
            if goes == NOWHERE:
                goes = other
            elif other not in {NOWHERE, goes}:
                continue
            if check_caps:
                goes = self._by_caps(first, second, slot, goes)
                if goes == NOWHERE - 1:
                    continue
            if goes == NOWHERE:
                if len(placement.members[slot]) < index.tables[slot]:
                    return slot, NOTHING
                goes = self._somebody_in(slot)
                if goes == NOWHERE:
                    continue
            if index.promised[goes]:
                continue
            if slot == before:
                return slot, goes
            ways += 1
            if draw() * ways < 1:
                found, found_goes = slot, goes
        return found, found_goes

    def _by_caps(self, first: int, second: int, slot: int, goes: int) -> int:
        """Which one meeting has to go when caps are looked at, too; NOWHERE for none, one below where it takes two."""
        placement, index = self.placement, self.index
        for person in (first, second):
            if goes != NOWHERE and person in index.pairs[goes]:
                if placement.slot_of[goes] == slot or self._frees(goes, person, slot):
                    continue
                return NOWHERE - 1
            if placement.has_room(person, slot):
                continue
            mine = [at[person] for at in placement.at if at[person] != NOWHERE]
            mine = [one for one in mine if self._frees(one, person, slot)]
            if goes != NOWHERE or not mine:
                return NOWHERE - 1
            goes = self.chance.choice(mine)
            # Only this one may go: it must free both, and the slot itself must have a table left.
            if placement.slot_of[goes] != slot and len(placement.members[slot]) >= index.tables[slot]:
                return NOWHERE - 1
            if person == second and not placement.has_room(first, slot) and first not in index.pairs[goes]:
                return NOWHERE - 1
        return goes

    def _frees(self, request: int, person: int, slot: int) -> bool:
        """Whether the person's caps allow a meeting in the slot once this one has gone."""
        placement, index = self.placement, self.index
        number = index.break_of[slot]
        same_break = index.break_of[placement.slot_of[request]] == number
        return (
            placement.count[person] - 1 < index.capacity[person]
            and placement.count_in_break[number][person] - same_break < index.cap_per_break[person]
        )

    def _somebody_in(self, slot: int) -> int:
        """A meeting of a slot without a free table: of a few drawn by chance the one that is worth least."""
        at, persons, worth = self.placement.at[slot], len(self.index.capacity), self.index.worth
        found, drawn = NOWHERE, 0
        for _ in range(PROBES):
            request = at[int(self.chance.random() * persons)]
            if request != NOWHERE and not self.index.promised[request]:
                drawn += 1
                if found == NOWHERE or worth[request] < worth[found]:
                    found = request
                if drawn == DRAWN:
                    break
        return found

    def _loss(self, comes: int, goes: int) -> int:
        """By how much the first aim falls when one goes and the other comes."""
        index, count = self.index, self.placement.count
        loss = index.worth[goes] - index.worth[comes]
        if index.first_meeting:
            stay, new = index.pairs[goes], index.pairs[comes]
            lonely = sum(count[person] == 1 and person not in new for person in stay)
            met = sum(count[person] == 0 for person in new)
            loss += index.first_meeting * (lonely - met)
        return loss

    def _house(self, request: int) -> None:
        """Put a request that was sent out into another slot where it fits; else it waits outside."""
        placement, first, second = self.placement, *self.index.pairs[request]
        for slot in self.index.slots[request]:
            at = placement.at[slot]
            if at[first] == NOWHERE and at[second] == NOWHERE and placement.fits(request, slot):
                self._put(request, slot)
                return
        self.waits_until[request] = self.steps + WAITS + int(self.chance.random() * WAITS)

    def _put(self, request: int, slot: int) -> None:
        index, count = self.index, self.placement.count
        first, second = index.pairs[request]
        self.value += index.worth[request]
        if index.first_meeting:
            self.value += index.first_meeting * ((count[first] == 0) + (count[second] == 0))
        self.unchanged += index.before[request] == slot
        self.placement.put(request, slot)
        number, last = self.position.pop(request), self.outside.pop()
        if last != request:
            self.outside[number] = last
            self.position[last] = number

    def _take(self, request: int) -> None:
        index, count = self.index, self.placement.count
        first, second = index.pairs[request]
        slot = self.placement.take(request)
        self.value -= index.worth[request]
        if index.first_meeting:
            self.value -= index.first_meeting * ((count[first] == 0) + (count[second] == 0))
        self.unchanged -= index.before[request] == slot
        self.position[request] = len(self.outside)
        self.outside.append(request)


def _free_per_break(index: Index) -> list[list[int]]:
    return [[sum(slot in person.free for slot in slots) for slots in index.breaks] for person in index.problem.persons]
