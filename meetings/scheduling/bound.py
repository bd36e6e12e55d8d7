"""How much can be placed at most, and the proof that needs no solver.

The programme: max Σ w_m·y_m + β·Σ z_p with 0 ≤ y_m ≤ 1, Σ over the requests of a person ≤ what the person can have,
Σ y ≤ what all slots hold, z_p ≤ 1 and z_p ≤ Σ over the requests of p (a first meeting). By weak duality any prices
a_p ≥ 0 of persons, λ ≥ 0 of a seat and f_p ≥ 0 of first meetings bound it by
Σ capacity_p·a_p + seats·λ + Σ_m max(0, w_m − a_u − a_v − λ + f_u + f_v) + Σ_p max(0, β − f_p).
Prices are whole millionths, so that the sum is exact: however a solver came by them, the bound holds. With w = 1 and
β = 0 it bounds the number of meetings.
"""

from dataclasses import dataclass, field
from itertools import repeat

import numpy

from meetings.scheduling.index import Index

MILLION = 1_000_000
SWEEPS = 30


@dataclass(frozen=True, slots=True)
class Prices:
    """A certificate in millionths: what a meeting of each person, a seat at a table and a first meeting cost."""

    persons: tuple[int, ...]
    seat: int
    firsts: tuple[int, ...] = field(default=())


def certified(index: Index, prices: Prices) -> int:
    """The upper bound of the number of meetings that these prices prove. Raises ValueError for a negative price."""
    return _certified(index, prices, [1] * len(index.pairs), 0) // MILLION


def certified_value(index: Index, prices: Prices) -> int:
    """The upper bound of the first aim that these prices prove. Raises ValueError for a negative price."""
    return exact_value(index, prices) // MILLION


def exact_value(index: Index, prices: Prices) -> int:
    """The same in millionths, before it is rounded down to what whole numbers can reach."""
    return _certified(index, prices, index.worth, index.first_meeting)


def upper_bound(index: Index) -> tuple[int, Prices]:
    """The least bound of the number of meetings, with its certificate: by linear programming, and by hand where SciPy
    cannot solve it.
    """
    solved = _solved_prices(index, [1] * len(index.pairs), 0)
    found = [solved] if solved else [_swept_prices(index, seat) for seat in (0, MILLION)]
    return min(((certified(index, prices), prices) for prices in found), key=lambda pair: pair[0])


def value_bound(index: Index, counted: Prices) -> tuple[int, Prices]:
    """The least bound of the first aim, weights and first meetings, with its certificate. `counted` are prices that
    bound the number of meetings; where all weigh the same, nothing else is needed.
    """
    if index.first_meeting == 0 and len(set(index.worth)) == 1:
        worth = index.worth[0]
        prices = Prices(tuple(worth * price for price in counted.persons), worth * counted.seat)
    else:
        solved = _solved_prices(index, index.worth, index.first_meeting)
        # Without a solver: every request that can take place, and a first meeting for everybody who has one.
        nothing = (0,) * len(index.capacity)
        prices = solved or Prices(nothing, 0, nothing)
    return certified_value(index, prices), prices


def reduced(index: Index, prices: Prices) -> list[int]:
    """What each request is worth above its prices, in millionths."""
    firsts = prices.firsts or (0,) * len(index.capacity)
    net = [price - first for price, first in zip(prices.persons, firsts, strict=True)]
    return [
        worth * MILLION - net[first] - net[second] - prices.seat
        for worth, (first, second) in zip(index.worth, index.pairs, strict=True)
    ]


def _certified(index: Index, prices: Prices, worth: list[int], first_meeting: int) -> int:
    if prices.seat < 0 or min((*prices.persons, *prices.firsts), default=0) < 0:
        raise ValueError("Prices cannot be negative.")
    firsts = prices.firsts or tuple(repeat(0, len(index.capacity)))
    total = index.problem.seats * prices.seat
    total += sum(capacity * price for capacity, price in zip(index.capacity, prices.persons, strict=True))
    total += sum(
        max(0, first_meeting * MILLION - first)
        for first, demand in zip(firsts, index.demand, strict=True)
        if demand  # whom nobody can meet has no first meeting
    )
    net = [price - first for price, first in zip(prices.persons, firsts, strict=True)]
    for request, (first, second) in enumerate(index.pairs):
        if index.slots[request]:
            total += max(0, worth[request] * MILLION - net[first] - net[second] - prices.seat)
    return total


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


def _solved_prices(index: Index, worth: list[int], first_meeting: int) -> Prices | None:
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
    # Rows: the persons' capacities, the seats, and where first meetings count one for each person's.
    rows = [row for request in requests for row in (*index.pairs[request], persons)]
    columns = numpy.repeat(numpy.arange(len(requests)), 3).tolist()
    values = [1.0] * len(rows)
    gains = [float(worth[request]) for request in requests]
    limits = [*index.capacity, index.problem.seats]
    if first_meeting:
        for column, request in enumerate(requests):
            for person in index.pairs[request]:
                rows.append(persons + 1 + person)
                columns.append(column)
                values.append(-1.0)
        rows += range(persons + 1, 2 * persons + 1)
        columns += range(len(requests), len(requests) + persons)
        values += [1.0] * persons
        gains += [float(first_meeting)] * persons
        limits += [0] * persons
    matrix = coo_array((values, (rows, columns)), shape=(len(limits), len(gains))).tocsr()
    answer = linprog(-numpy.array(gains), A_ub=matrix, b_ub=numpy.array(limits), bounds=(0, 1), method="highs")
    if answer.status != 0:
        return None
    # Rounding up or down costs nothing: any prices prove a bound, near ones a near bound.
    prices = [max(0, round(-float(price) * MILLION)) for price in answer.ineqlin.marginals]
    return Prices(tuple(prices[:persons]), prices[persons], tuple(prices[persons + 1 :]))
