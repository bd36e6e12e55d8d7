"""The problem with persons and requests counted from 0, as searching needs it, and a placement that can be changed."""

from collections.abc import Iterable, Sequence, Set

from meetings.scheduling.problem import Problem

NOWHERE = -1


class Index:
    """A problem in lists; all numbers are positions in `problem.persons` and `problem.requests`.

    `promised` are the ids of requests that keep a place, though not always the one they have.
    """

    def __init__(self, problem: Problem, promised: Set[int] = frozenset()) -> None:
        position = {person.id: number for number, person in enumerate(problem.persons)}
        self.problem = problem
        self.pairs = [(position[request.first], position[request.second]) for request in problem.requests]
        self.slots = [tuple(sorted(problem.slots_of(request))) for request in problem.requests]
        self.worth = [problem.worth(request) for request in problem.requests]
        self.tables = [len(tables) for tables in problem.tables]
        self.breaks = problem.breaks
        self.break_of = [problem.break_of[slot] for slot in range(len(problem.tables))]
        self.capacity = [problem.capacity(person) for person in problem.persons]
        self.cap_per_break = [
            len(self.tables) if person.cap_per_break is None else person.cap_per_break for person in problem.persons
        ]
        self.first_meeting = problem.first_meeting
        self.before = [request.previous.slot if request.previous else NOWHERE for request in problem.requests]
        self.locked = [request.locked for request in problem.requests]
        self.promised = [request.locked or request.id in promised for request in problem.requests]
        self.in_slot: list[list[int]] = [[] for _ in self.tables]
        self.demand = [0] * len(problem.persons)
        for request, slots in enumerate(self.slots):
            for slot in slots:
                self.in_slot[slot].append(request)
            if slots:
                for person in self.pairs[request]:
                    self.demand[person] += 1


class Placement:
    """Slots of requests, kept together with who is where. `put` trusts the caller to have asked `fits`."""

    def __init__(self, index: Index, slot_of: Sequence[int] | None = None) -> None:
        self.index = index
        persons = len(index.capacity)
        self.slot_of = [NOWHERE] * len(index.pairs)
        self.at = [[NOWHERE] * persons for _ in index.tables]
        self.members: list[set[int]] = [set() for _ in index.tables]
        self.count = [0] * persons
        self.count_in_break = [[0] * persons for _ in index.breaks]
        for request, slot in enumerate(slot_of or ()):
            if slot != NOWHERE:
                self.put(request, slot)

    def fits(self, request: int, slot: int) -> bool:
        """Whether the request can be added in this slot as things are."""
        index = self.index
        if len(self.members[slot]) >= index.tables[slot]:
            return False
        return all(self.at[slot][person] == NOWHERE and self.has_room(person, slot) for person in index.pairs[request])

    def has_room(self, person: int, slot: int) -> bool:
        """Whether the caps of the person allow another meeting in the slot's break."""
        index = self.index
        in_break = self.count_in_break[index.break_of[slot]][person]
        return self.count[person] < index.capacity[person] and in_break < index.cap_per_break[person]

    def put(self, request: int, slot: int) -> None:
        """Place the request in the slot."""
        self.slot_of[request] = slot
        self.members[slot].add(request)
        in_break = self.count_in_break[self.index.break_of[slot]]
        for person in self.index.pairs[request]:
            self.at[slot][person] = request
            self.count[person] += 1
            in_break[person] += 1

    def take(self, request: int) -> int:
        """Take the request out of its slot. Returns the slot."""
        slot = self.slot_of[request]
        self.slot_of[request] = NOWHERE
        self.members[slot].remove(request)
        in_break = self.count_in_break[self.index.break_of[slot]]
        for person in self.index.pairs[request]:
            self.at[slot][person] = NOWHERE
            self.count[person] -= 1
            in_break[person] -= 1
        return slot

    def put_promised(self) -> None:
        """Place the locked requests where they stay, and those that keep a place where they have it."""
        for request, promised in enumerate(self.index.promised):
            if promised:
                self.put(request, self.index.before[request])

    @property
    def value(self) -> int:
        """The first aim: the weight of what is placed, and what first meetings are worth."""
        return value_of(self.index, self.slot_of)

    @property
    def unchanged(self) -> int:
        """The second aim: how many meetings keep their slot."""
        return unchanged_in(self.index, self.slot_of)


def value_of(index: Index, slot_of: Sequence[int]) -> int:
    """The weight of what is placed, and what first meetings are worth."""
    placed = [request for request, slot in enumerate(slot_of) if slot != NOWHERE]
    met = {person for request in placed for person in index.pairs[request]}
    return sum(index.worth[request] for request in placed) + index.first_meeting * len(met)


def unchanged_in(index: Index, slot_of: Sequence[int]) -> int:
    """How many meetings keep the slot they had."""
    return sum(slot != NOWHERE and slot == before for slot, before in zip(slot_of, index.before, strict=True))


def gaps_in(index: Index, slot_of: Sequence[int]) -> int:
    """How often somebody waits within a break: runs of slots without a meeting between two meetings."""
    used: list[set[int]] = [set() for _ in index.capacity]
    for request, slot in enumerate(slot_of):
        if slot != NOWHERE:
            for person in index.pairs[request]:
                used[person].add(slot)
    return sum(gaps_of(slots, used[person]) for person in range(len(used)) for slots in index.breaks)


def gaps_of(slots: Iterable[int], used: set[int]) -> int:
    """The runs of slots without a meeting between two meetings of one person in one break."""
    runs, meets, met = 0, True, False
    for slot in slots:
        now = slot in used
        runs += now and met and not meets
        meets, met = now, met or now
    return runs
