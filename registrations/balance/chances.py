"""How likely a city comes, and how many seats are then taken."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np

from registrations.balance.values import Candidate

PRIOR_MEAN = 0.4
# What the prior weighs, in replies.
PRIOR_REPLIES = 10.0


def acceptance(accepted: int, refused: int, *, mean: float = PRIOR_MEAN) -> float:
    """Chance that the next invitation is accepted: mean of a Beta prior updated by the replies so far.

    No answer until the reply-by date counts as a refusal.
    """
    return (PRIOR_REPLIES * mean + accepted) / (PRIOR_REPLIES + accepted + refused)


def fullness(used: int, offered: int) -> float:
    """Share of its seats that a delegation which accepts is expected to use, by the replies so far; at first all."""
    return (PRIOR_REPLIES + used) / (PRIOR_REPLIES + offered) if offered else 1.0


def seat_distribution(cities: Iterable[Candidate]) -> np.ndarray:
    """Probability of 0, 1, 2 … seats being taken: the exact convolution of independent cities."""
    certain = 0
    found = np.ones(1)
    for city in cities:
        outcomes = city.outcomes
        if len(outcomes) == 1:
            certain += outcomes[0][0]
            continue
        wider = np.zeros(len(found) + max(seats for seats, _chance in outcomes))
        for seats, chance in outcomes:
            wider[seats : seats + len(found)] += found * chance
        found = wider
    return np.concatenate([np.zeros(certain), found])


def overflow(cities: Iterable[Candidate], room: int) -> float:
    """Probability that more than `room` seats are taken."""
    return float(seat_distribution(cities)[max(0, room + 1) :].sum())


@lru_cache(maxsize=4096)
def cautious_seats(room: int, chance: float, seats: int, risk: float) -> float:
    """Expected seats of as many equal cities as can be invited before overflow is likelier than `risk`."""
    if chance <= 0 or room < seats:
        return 0.0
    if chance >= 1:
        return float(room // seats * seats)
    number = room // seats
    city = Candidate("", "", chance, seats, ())
    while overflow([city] * (number + 1), room) <= risk:
        number += 1
    return number * chance * seats


def at_least_one(chances: Sequence[float]) -> float:
    """Probability that at least one of these cities comes."""
    return float(1 - np.prod(1 - np.asarray(chances))) if chances else 0.0
