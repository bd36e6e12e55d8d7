"""What if: many runs of the waves to come, for each way of choosing whom to invite.

All runs are computed at once, as lines of one table. Cities that count alike (same groups, chance, seats) are one kind,
since only how many of a kind are left makes a difference to balance.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from registrations.balance.chances import cautious_seats
from registrations.balance.proposing import propose
from registrations.balance.rows import CERTAIN, Rows, rows_of
from registrations.balance.values import Candidate, Choice

RUNS = 1_000
# A house with so many free places is full: one more delegation of two would not find room in it.
FULL_WITHIN = 1
BETTER = 1e-7
STRATEGIES = ("biggest", "first", "proposed")


@dataclass(frozen=True)
class Supposed:
    """What is supposed: all chances times `acceptance`; so many `waves`; places invited for above the room, as a share
    (`overbooking`), instead of as many as keep overflow unlikely where it is 0; how often the `reserve` list moves up
    after the last wave, each time by as many as would all find room."""

    acceptance: float = 1.0
    waves: int = 3
    overbooking: float = 0.0
    reserve: int = 0
    runs: int = RUNS


@dataclass(frozen=True)
class Outcome:
    """Shares of the runs, and means over them. `imbalances`, `missing` and `seats` hold one figure a run."""

    full: float
    overflow: float
    uncovered: float
    imbalance: float
    seats: np.ndarray
    missing: np.ndarray
    imbalances: np.ndarray


class _Runs:
    """All runs side by side: who is left to ask, and what those who come bring to each row."""

    def __init__(self, choice: Choice, supposed: Supposed, random: np.random.Generator) -> None:
        self.choice = choice
        self.rows = rows_of(choice)
        self.random = random
        candidates = self.rows.candidates
        self.chance = np.array([city.chance for city in candidates])
        self.size = np.array([float(city.seats if city.size is None else city.size) for city in candidates])
        self.left = np.ones((supposed.runs, len(candidates)), dtype=bool)
        if choice.never:
            self.left &= np.array([city.key not in choice.never for city in candidates])
        self.seats = np.zeros(supposed.runs)
        # Candidates bring their expected seats to a row; who comes brings so many times that.
        self.times = np.divide(1.0, self.chance, out=np.zeros_like(self.chance), where=self.chance > 0)
        self.come = np.zeros((supposed.runs, len(self.rows.base)))
        self._hold(choice.held)

    def _hold(self, held: Sequence[Candidate]) -> None:
        """Those who hold seats already: the confirmed come in every run, the others as chance has it."""
        if not held:
            return
        rows = rows_of(replace(self.choice, candidates=tuple(held), held=()))
        for number, city in enumerate(rows.candidates):
            comes = self.random.random(len(self.seats)) < city.chance
            if city.chance > 0:
                bring = self._taken(np.array([float(city.seats if city.size is None else city.size)]), comes[:, None])
                self.seats += bring[:, 0]
                share = bring[:, 0] / max(1e-9, city.expected)
                for row, value in zip(rows.index[number], rows.value[number], strict=True):
                    self.come[:, row] += value * share

    def _taken(self, size: np.ndarray, comes: np.ndarray) -> np.ndarray:
        """Seats taken by those who come: one of the two whole numbers around the size."""
        below = np.floor(size)
        more = self.random.random(comes.shape) < size - below
        return comes * (below + more)

    def reply(self, invited: np.ndarray) -> None:
        """The invited decide; nobody is asked twice."""
        comes = invited & (self.random.random(invited.shape) < self.chance)
        taken = self._taken(self.size, comes)
        self.left &= ~invited
        self.seats += taken.sum(axis=1)
        share = taken * np.divide(self.times, self.size, out=np.zeros_like(self.size), where=self.size > 0)
        for column in range(self.rows.index.shape[1]):
            weighted = share * self.rows.value[:, column]
            for row in np.unique(self.rows.index[:, column]):
                self.come[:, row] += weighted[:, self.rows.index[:, column] == row].sum(axis=1)
        for place, row in self.rows.covered.items():
            # Who comes covers the group; how likely that was does not matter any more.
            self.come[:, row] = np.where(self.come[:, self.rows.row_of[place]] > 0, -np.log(CERTAIN), 0.0)


def simulate(
    choice: Choice,
    strategy: str,
    supposed: Supposed,
    *,
    populations: Mapping[str, int | None] | None = None,
    states: str = "state",
) -> Outcome:
    """Runs the waves `supposed.runs` times; the seed of the choice decides who accepts.

    `strategy`: "biggest" (by `populations`), "first" (in the order of the candidates) or "proposed" (swaps for the
    first wave, greedily after it). Each wave invites for the places that the replies so far leave; the reserve list
    never brings more than there is room for. `states` is the dimension in which a group without any seat counts as
    missing.
    """
    room = choice.room if choice.room is not None else round(choice.seats)
    candidates = tuple(_supposed(city, supposed) for city in choice.candidates)
    held = tuple(_supposed(city, supposed) for city in choice.held)
    start = replace(choice, candidates=candidates, room=None)
    runs = _Runs(replace(start, held=held), supposed, np.random.default_rng(choice.seed))
    expected_held = sum(city.expected for city in held)
    order = _order(runs.rows, choice, strategy, populations or {})
    for wave in range(supposed.waves):
        if wave == 0:
            seats = np.full(supposed.runs, _ask(start, room, expected_held, supposed, last=supposed.waves == 1))
            first = replace(start, held=held, seats=float(seats[0]))
        else:
            last = wave == supposed.waves - 1
            asked = {taken: _ask(start, room, taken, supposed, last=last) for taken in np.unique(runs.seats).tolist()}
            seats = np.array([asked[taken] for taken in runs.seats.tolist()])
        if strategy == "proposed":
            invited = _proposed(first, runs) if wave == 0 else _greedily(runs, seats)
        else:
            invited = _in_order(runs, order, seats, by=runs.rows.expected)
        runs.reply(invited)
    most = np.ceil(runs.size)
    for _time in range(supposed.reserve if candidates else 0):
        left = np.maximum(0.0, room - runs.seats)
        if strategy == "proposed":
            invited = _within(_greedily(runs, left * runs.chance.mean()), left, by=most)
        else:
            invited = _in_order(runs, order, left, by=most)
        runs.reply(invited)
    return _outcome(choice, runs, room, states)


def _supposed(city: Candidate, supposed: Supposed) -> Candidate:
    return city if city.chance >= 1 else replace(city, chance=min(1.0, city.chance * supposed.acceptance))


def _ask(choice: Choice, room: int, taken: float, supposed: Supposed, *, last: bool) -> float:
    """How many expected seats a wave may ask for where so many are taken."""
    left = max(0.0, room - taken)
    chances = [city.chance for city in choice.candidates]
    if supposed.overbooking > 0 or not chances:
        return left * (1 + supposed.overbooking)
    seats = max(1, round(float(np.mean([city.seats for city in choice.candidates]))))
    # What the last wave leaves open stays open, so it takes the whole risk; earlier ones leave room to the later.
    risk = choice.risk if last else choice.risk / supposed.waves
    return min(left, cautious_seats(int(left), round(float(np.mean(chances)), 2), seats, risk))


def _order(rows: Rows, choice: Choice, strategy: str, populations: Mapping[str, int | None]) -> np.ndarray:
    number_of = {city.key: number for number, city in enumerate(rows.candidates)}
    keys = [city.key for city in choice.candidates]
    if strategy == "biggest":
        keys.sort(key=lambda key: (-(populations.get(key) or 0), key))
    return np.array([number_of[key] for key in keys], dtype=int)


def _in_order(runs: _Runs, order: np.ndarray, seats: np.ndarray, *, by: np.ndarray) -> np.ndarray:
    """As many in this order as fit into the seats of each run; `by` says how many seats each counts for."""
    invited = np.zeros_like(runs.left)
    invited[:, order] = _within(runs.left[:, order], seats, by=by[order])
    return invited


def _within(invited: np.ndarray, seats: np.ndarray, *, by: np.ndarray) -> np.ndarray:
    """The first of them, up to the seats of each run."""
    return invited & (np.cumsum(invited * by, axis=1) <= seats[:, None] + BETTER)


def _proposed(choice: Choice, runs: _Runs) -> np.ndarray:
    """The same first wave in all runs."""
    keys = {city.key for city in propose(choice).chosen}
    chosen = np.array([city.key in keys for city in runs.rows.candidates], dtype=bool)
    return runs.left & chosen


def _greedily(runs: _Runs, seats: np.ndarray) -> np.ndarray:
    """For each run, one by one, the kind of city that lowers its price most for each seat."""
    rows = runs.rows
    if not rows.candidates:
        return np.zeros_like(runs.left)
    _values, first, kind_of = np.unique(
        np.hstack([rows.index, rows.value]), axis=0, return_index=True, return_inverse=True
    )
    kind_of = kind_of.reshape(-1)
    kinds = len(first)
    left = np.stack([runs.left[:, kind_of == kind].sum(axis=1) for kind in range(kinds)], axis=1)
    taken = np.zeros_like(left)
    index, value = rows.index[first], rows.value[first]
    bend, constant, expected = rows.bends[first], rows.constant[first], rows.expected[first]
    leaning, targets = rows.leaning[first], rows.target[index]
    total = rows.total
    sums = runs.come.copy()
    # The row of the whole asks each run for what this wave may bring, no more.
    sums[:, total] = rows.target[total] - np.maximum(0.0, seats - 1.0)
    lids = np.where(np.isfinite(rows.cap), rows.cap, np.inf)
    lids[total] = rows.target[total] + 1.0
    at_work = np.flatnonzero(seats > 0)
    while len(at_work):
        there = sums[at_work][:, index]
        off = there - targets
        changes = np.einsum("rij,ij->ri", np.abs(off + value) - np.abs(off), bend) + constant
        lean = np.einsum("rij,ij->ri", (2 * off + value), leaning * value)
        fits = (left[at_work] > 0) & (there + value <= lids[index] + BETTER).all(axis=2)
        order = np.where(fits, (changes + lean) / expected, np.inf)
        best = order.argmin(axis=1)
        lines = np.arange(len(at_work))
        helps = fits[lines, best] & (changes[lines, best] < -BETTER)
        at_work, best = at_work[helps], best[helps]
        left[at_work, best] -= 1
        taken[at_work, best] += 1
        for column in range(index.shape[1]):
            sums[at_work, index[best, column]] += value[best, column]
    return _members(runs, kind_of, taken)


def _members(runs: _Runs, kind_of: np.ndarray, taken: np.ndarray) -> np.ndarray:
    """The first so many of each kind that are left."""
    invited = np.zeros_like(runs.left)
    for kind in range(taken.shape[1]):
        of_kind = np.flatnonzero(kind_of == kind)
        there = runs.left[:, of_kind]
        invited[:, of_kind] = there & (np.cumsum(there, axis=1) <= taken[:, [kind]])
    return invited


def _outcome(choice: Choice, runs: _Runs, room: int, states: str) -> Outcome:
    rows = runs.rows
    groups = runs.come[:, : rows.groups]
    imbalances = (np.abs(groups - rows.target[: rows.groups]) * rows.bend[: rows.groups]).sum(axis=1)
    wanted = [
        rows.row_of[one.key, group.key]
        for one in choice.dimensions
        if one.key == states
        for group in one.groups
        if group.target > 0
    ]
    missing = (groups[:, wanted] <= BETTER).sum(axis=1).astype(float)
    return Outcome(
        full=float((runs.seats >= room - FULL_WITHIN).mean()),
        overflow=float((runs.seats > room).mean()),
        uncovered=float(missing.mean()),
        imbalance=float(imbalances.mean()),
        seats=runs.seats,
        missing=missing,
        imbalances=imbalances,
    )
