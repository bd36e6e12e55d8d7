"""Who is chosen: greedily, with swaps, and by a mixed-integer programme where SciPy is there."""

import time
from dataclasses import dataclass, replace

import numpy as np

from registrations.balance.rows import EPSILON, PRICE_OF_AN_INVITATION, Rows

# The search by exchanges: so many steps for each candidate, within a limit; how many chosen ones and how many others
# are looked at in a step; and for how many steps what went may not come back, and what came may not go. Numbers, not
# a time: the seed decides alone.
STEPS_EACH, MOST_STEPS = 40, 1_000
# Each step costs more where there are more candidates: of very many, fewer steps.
STEPS_TIMES_CANDIDATES = 1_000_000
LOOK_OUT, LOOK_IN = 24, 160
NOT_BACK, STAYS, MORE_OR_LESS = 12, 8, 6
BETTER = 1e-7
# The share of the time in which the programme looks at the whole.
WHOLE = 0.6
# A part of the programme: so many of the chosen ones may go, so many others may come. And the least seconds worth one.
MAY_GO, MAY_COME = 8, 100
SHORTEST = 0.1


@dataclass(frozen=True)
class Solution:
    """Numbers of the chosen candidates and what the choice costs. `bound` is proven: no choice costs less."""

    chosen: tuple[int, ...]
    price: float
    solver: str
    bound: float | None = None
    # The programme ended by itself, not by its time limit.
    proven: bool = False

    @property
    def gap(self) -> float | None:
        """How much of the price may be saved at most, as a share of it."""
        if self.bound is None:
            return None
        return max(0.0, (self.price - self.bound) / self.price) if self.price > EPSILON else 0.0


class _Choosing:
    """A choice that grows and shrinks; its sums are kept as it goes."""

    def __init__(self, rows: Rows, chosen: set[int]) -> None:
        self.rows = rows
        self.chosen = set(chosen)
        self.free = rows.allowed.copy()
        self.free[list(chosen)] = False
        self.sums = rows.sums(sorted(chosen))

    def add(self, number: int) -> None:
        self.chosen.add(number)
        self.free[number] = False
        np.add.at(self.sums, self.rows.index[number], self.rows.value[number])

    def remove(self, number: int) -> None:
        self.chosen.remove(number)
        self.free[number] = self.rows.allowed[number]
        np.subtract.at(self.sums, self.rows.index[number], self.rows.value[number])

    def best_addition(self, *, per_seat: bool = False) -> tuple[int, float]:
        """Which candidate lowers the price most, and by how much it changes; -1 where none fits.

        `per_seat`: most for each expected seat, so that a likely city is no better than two unlikely ones;
        and of equals, what serves groups furthest from their targets in relation to these.
        """
        changes = np.where(self.free & self.rows.fits(self.sums), self.rows.changes(self.sums), np.inf)
        order = (changes + self.rows.lean(self.sums)) / self.rows.expected if per_seat else changes
        best = int(order.argmin()) if len(changes) else -1
        if best < 0 or changes[best] == np.inf:
            return -1, 0.0
        return best, float(changes[best])

    def loss_of(self, number: int) -> float:
        """By how much the price changes when this chosen city goes; call after `remove`."""
        rows = self.rows
        off = self.sums[rows.index[number]] - rows.targets[number]
        change = (rows.bends[number] * (np.abs(off + rows.value[number]) - np.abs(off))).sum()
        return -float(change + rows.constant[number])

    def fill(self) -> None:
        """Adds the best candidate until none lowers the price."""
        while True:
            best, change = self.best_addition(per_seat=True)
            if best < 0 or change >= -BETTER:
                return
            self.add(best)

    def descend(self, random: np.random.Generator) -> None:
        """Swaps, takes out and adds while the price falls."""
        improved = True
        while improved:
            improved = False
            for number in random.permutation(sorted(self.chosen)):
                if self.rows.must[number]:
                    continue
                self.remove(int(number))
                loss = self.loss_of(int(number))
                self.free[number] = False
                best, change = self.best_addition()
                self.free[number] = True
                if best >= 0 and change < 0 and loss + change < -BETTER:
                    self.add(best)
                    improved = True
                elif loss < -BETTER:
                    improved = True
                else:
                    self.add(int(number))
            before = len(self.chosen)
            self.fill()
            improved = improved or len(self.chosen) > before


def greedy(rows: Rows) -> Solution:
    """Adds, one by one, the candidate that lowers the price most for each seat."""
    choosing = _Choosing(rows, set(np.flatnonzero(rows.must).tolist()))
    choosing.fill()
    chosen = tuple(sorted(choosing.chosen))
    return Solution(chosen, rows.price(chosen), "greedy")


def swaps(rows: Rows, *, seed: int = 1, start: Solution | None = None) -> Solution:
    """Greedy, then exchanges of one city for another, also such that cost something, as a way out of dead ends: what
    went stays away for a while (tabu search). The best choice on the way counts, never worse than greedy.

    The seed decides which exchanges are looked at.
    """
    random = np.random.default_rng(seed)
    first = start or greedy(rows)
    choosing = _Choosing(rows, set(first.chosen))
    choosing.descend(random)
    best = _exchanged(rows, choosing.chosen, random)
    choosing = _Choosing(rows, best)
    choosing.descend(random)
    chosen = tuple(sorted(choosing.chosen))
    price = rows.price(chosen)
    return Solution(chosen, price, "swaps") if price <= first.price else first


def _exchanged(rows: Rows, chosen: set[int], random: np.random.Generator) -> set[int]:
    """The best choice on a walk of exchanges, additions and removals, each step the best of those looked at."""
    number = len(rows.candidates)
    now = np.zeros(number, dtype=bool)
    now[list(chosen)] = True
    sums, price = rows.sums(sorted(chosen)), 0.0
    best, lowest = now.copy(), 0.0
    away, settled = np.zeros(number, dtype=int), np.zeros(number, dtype=int)
    steps = min(MOST_STEPS, STEPS_EACH * number, STEPS_TIMES_CANDIDATES // max(1, number))
    for step in range(1, steps + 1):
        out = _sample(now & ~rows.must & (settled < step), LOOK_OUT, random)
        into = _sample(rows.allowed & ~now & (away < step), LOOK_IN, random)
        goes, comes, change = _best_step(rows, sums, out, into)
        if goes >= 0:
            now[goes] = False
            sums[rows.index[goes]] -= rows.value[goes]
            away[goes] = step + NOT_BACK + random.integers(MORE_OR_LESS)
        if comes >= 0:
            now[comes] = True
            sums[rows.index[comes]] += rows.value[comes]
            settled[comes] = step + STAYS + random.integers(MORE_OR_LESS)
        price += change
        if price < lowest - BETTER:
            best, lowest = now.copy(), price
    return set(np.flatnonzero(best).tolist())


def _sample(which: np.ndarray, most: int, random: np.random.Generator) -> np.ndarray:
    numbers = np.flatnonzero(which)
    return numbers if len(numbers) <= most else random.choice(numbers, most, replace=False)


def _best_step(rows: Rows, sums: np.ndarray, out: np.ndarray, into: np.ndarray) -> tuple[int, int, float]:
    """Of all exchanges, removals and additions among these the one that lowers the price most or raises it least: who
    goes, who comes (-1: nobody), and by how much the price changes."""
    best = (-1, -1, np.inf)
    losses = rows.losses(sums, out)
    if len(out):
        which = int(losses.argmin())
        best = (int(out[which]), -1, float(losses[which]))
    if len(into):
        gains = rows.gains(sums, into)
        which = int(gains.argmin())
        if gains[which] < best[2]:
            best = (-1, int(into[which]), float(gains[which]))
    if len(out) and len(into):
        without = np.repeat(sums[None, :], len(out), axis=0)
        without[np.arange(len(out))[:, None], rows.index[out]] -= rows.value[out]
        changes = losses[:, None] + rows.gains(without, into)
        which = int(changes.argmin())
        if changes.flat[which] < best[2]:
            goes, comes = divmod(which, len(into))
            best = (int(out[goes]), int(into[comes]), float(changes.flat[which]))
    return best if best[2] < np.inf else (-1, -1, 0.0)


def programme(rows: Rows, *, start: Solution, seconds: float, seed: int = 1) -> Solution:
    """The mixed-integer programme by HiGHS, with `seconds` at most; `start` where that is better or SciPy is missing.

    The greater part of the time goes to the whole, which proves the bound. Where that does not end, the rest goes to
    rounds: exchanges from the best choice known, then a part of it as a programme, in which some of the chosen cities
    are free to go and some others to come. The seed draws both; how many rounds there are, the machine decides.
    """
    try:
        import scipy.optimize  # noqa: F401
    except ImportError:
        return start
    number = len(rows.candidates)
    if not number:
        return start
    ends = time.monotonic() + seconds
    found, bound, proven = _solve(rows, rows.must | rows.allowed, seconds * WHOLE)
    best = _better(rows, start, found)
    random = np.random.default_rng(seed)
    while not proven and (left := ends - time.monotonic()) > SHORTEST:
        best = _better(rows, best, tuple(sorted(_exchanged(rows, set(best.chosen), random))))
        kept = np.zeros(number, dtype=bool)
        kept[list(best.chosen)] = True
        loose = random.permutation(np.flatnonzero(kept & ~rows.must))[:MAY_GO]
        others = random.permutation(np.flatnonzero(rows.allowed & ~kept))[:MAY_COME]
        kept[loose] = False
        part = kept.copy()
        part[loose] = part[others] = True
        found, _bound_of_part, _ended = _solve(rows, part, min(left, max(SHORTEST, seconds / 10)), kept=kept)
        best = _better(rows, best, found)
    return replace(best, bound=bound, proven=proven)


def _better(rows: Rows, known: Solution, found: tuple[int, ...] | None) -> Solution:
    if found is None:
        return known
    price = rows.price(found)
    return Solution(found, price, "programme") if price < known.price - BETTER else known


def _solve(
    rows: Rows, among: np.ndarray, seconds: float, *, kept: np.ndarray | None = None
) -> tuple[tuple[int, ...] | None, float | None, bool]:
    """The best choice found among these candidates, with those `kept` and the must-have ones in it; the proven bound,
    and whether the search ended before its time.

    The price of a row is linear on either side of its target: two variables a row carry what lies below and above.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import coo_matrix, hstack, identity

    numbers = np.flatnonzero(among)
    lines, width = len(rows.base), rows.index.shape[1]
    columns = np.repeat(np.arange(len(numbers)), width)
    entries = (rows.value[numbers].ravel(), (rows.index[numbers].ravel(), columns))
    parts = coo_matrix(entries, shape=(lines, len(numbers))).tocsr()
    priced = np.flatnonzero((rows.under > 0) | (rows.over > 0))
    capped = np.flatnonzero(np.isfinite(rows.cap))
    unit = identity(len(priced), format="csr")
    rest = (rows.target - rows.base)[priced]
    constraints = [LinearConstraint(hstack([parts[priced], unit, -unit], format="csr"), rest, rest)]
    if len(capped):
        lids = (rows.cap - rows.base)[capped] + EPSILON
        nothing = coo_matrix((len(capped), 2 * len(priced)))
        constraints.append(LinearConstraint(hstack([parts[capped], nothing], format="csr"), -np.inf, lids))
    off = np.full(2 * len(priced), np.inf)
    result = milp(
        np.concatenate([np.full(len(numbers), PRICE_OF_AN_INVITATION), rows.under[priced], rows.over[priced]]),
        integrality=np.concatenate([np.ones(len(numbers)), np.zeros(len(off))]),
        bounds=Bounds(
            np.concatenate([(rows.must if kept is None else kept)[numbers].astype(float), np.zeros(len(off))]),
            np.concatenate([np.ones(len(numbers)), off]),
        ),
        constraints=constraints,
        options={"time_limit": seconds, "mip_rel_gap": 1e-6},
    )
    bound = getattr(result, "mip_dual_bound", None)
    chosen = None if result.x is None else tuple(int(one) for one in numbers[result.x[: len(numbers)] > 0.5])
    return chosen, float(bound) if bound is not None and np.isfinite(bound) else None, result.status == 0
