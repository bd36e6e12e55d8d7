"""How many meetings can be placed at most, and the proof that needs no solver.

The programme: max Σ y_m with 0 ≤ y_m ≤ 1, Σ over the requests of a person ≤ what the person can have, Σ y ≤ what all
slots hold. By weak duality any prices z_p ≥ 0 of persons and λ ≥ 0 of a seat bound it by
Σ capacity_p·z_p + seats·λ + Σ_m max(0, 1 − z_u − z_v − λ). Prices are whole millionths, so that the sum is exact:
however a solver came by them, the bound holds.
"""

from dataclasses import dataclass

import numpy

from meetings.scheduling.index import Index

MILLION = 1_000_000
SWEEPS = 30


@dataclass(frozen=True, slots=True)
class Prices:
    """A certificate: what a meeting of each person and a seat at a table cost, in millionths of a meeting."""

    persons: tuple[int, ...]
    seat: int


def certified(index: Index, prices: Prices) -> int:
    """The upper bound that these prices prove. Raises ValueError for a price below nothing."""
    if prices.seat < 0 or min(prices.persons, default=0) < 0:
        raise ValueError("Prices cannot be negative.")
    total = index.problem.seats * prices.seat
    total += sum(capacity * price for capacity, price in zip(index.capacity, prices.persons, strict=True))
    for (first, second), slots in zip(index.pairs, index.slots, strict=True):
        if slots:
            total += max(0, MILLION - prices.persons[first] - prices.persons[second] - prices.seat)
    return total // MILLION


def upper_bound(index: Index) -> tuple[int, Prices]:
    """The least bound found, with its certificate: by linear programming, and by hand where SciPy cannot solve it."""
    found = [_swept_prices(index, seat) for seat in (0, MILLION)]
    solved = _solved_prices(index)
    if solved:
        found.append(solved)
    return min(((certified(index, prices), prices) for prices in found), key=lambda pair: pair[0])


def _swept_prices(index: Index, seat: int) -> Prices:
    """Prices of 0, ½ and 1, each person's made best for those of the others until nothing changes."""
    prices = [MILLION // 2] * len(index.capacity)
    partners: list[list[int]] = [[] for _ in prices]
    for (first, second), slots in zip(index.pairs, index.slots, strict=True):
        if slots:
            partners[first].append(second)
            partners[second].append(first)
    for _ in range(SWEEPS):
        changed = False
        for person, capacity in enumerate(index.capacity):
            left = [MILLION - seat - prices[other] for other in partners[person]]
            costs = {
                price: capacity * price + sum(max(0, rest - price) for rest in left)
                for price in (0, MILLION // 2, MILLION)
            }
            # Among equals the lowest: it leaves the others the most to gain by a higher one.
            best = min(costs, key=lambda price: costs[price])
            changed |= best != prices[person]
            prices[person] = best
        if not changed:
            break
    return Prices(tuple(prices), seat)


def _solved_prices(index: Index) -> Prices | None:
    """The duals of the linear programme."""
    try:
        from scipy.optimize import linprog
        from scipy.sparse import coo_array
    except ImportError:  # pragma: no cover - SciPy is a dependency; the sweep is for sites that go without
        return None
    requests = [request for request, slots in enumerate(index.slots) if slots]
    if not requests:
        return None
    persons = len(index.capacity)
    rows = [row for request in requests for row in (*index.pairs[request], persons)]
    columns = numpy.repeat(numpy.arange(len(requests)), 3)
    matrix = coo_array((numpy.ones(len(rows)), (rows, columns)), shape=(persons + 1, len(requests))).tocsr()
    limits = numpy.array([*index.capacity, index.problem.seats])
    answer = linprog(-numpy.ones(len(requests)), A_ub=matrix, b_ub=limits, bounds=(0, 1), method="highs")
    if answer.status != 0:
        return None
    # Rounding up or down costs nothing: any prices prove a bound, near ones a near bound.
    prices = [max(0, round(-float(price) * MILLION)) for price in answer.ineqlin.marginals]
    return Prices(tuple(prices[:-1]), prices[-1])
