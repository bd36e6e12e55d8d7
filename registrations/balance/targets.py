"""Target shares: what Member States, bands of size and grades of experience should have of the cities' seats."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from math import ceil, sqrt

# Seats in the Committee of the Regions: Council Decision 2014/930/EU for 2015 to 2020, and (EU) 2019/852 since.
COMMITTEE_OF_THE_REGIONS_2015 = {
    **dict.fromkeys(("DE", "FR", "IT", "UK"), 24),
    **dict.fromkeys(("ES", "PL"), 21),
    "RO": 15,
    **dict.fromkeys(("BE", "BG", "CZ", "EL", "HU", "NL", "AT", "PT", "SE"), 12),
    **dict.fromkeys(("DK", "IE", "HR", "LT", "SK", "FI"), 9),
    **dict.fromkeys(("LV", "SI"), 7),
    "EE": 6,
    **dict.fromkeys(("CY", "LU", "MT"), 5),
}
COMMITTEE_OF_THE_REGIONS_2020 = {
    **{code: seats for code, seats in COMMITTEE_OF_THE_REGIONS_2015.items() if code != "UK"},
    "EE": 7,
    "CY": 6,
    "LU": 6,
}
# Inhabitants on 1 January 2018 (Eurostat, demo_pjan).
POPULATION = {
    "BE": 11_398_589,
    "BG": 7_050_034,
    "CZ": 10_610_055,
    "DK": 5_781_190,
    "DE": 82_792_351,
    "EE": 1_319_133,
    "IE": 4_830_392,
    "EL": 10_741_165,
    "ES": 46_658_447,
    "FR": 66_926_166,
    "HR": 4_105_493,
    "IT": 60_483_973,
    "CY": 864_236,
    "LV": 1_934_379,
    "LT": 2_808_901,
    "LU": 602_005,
    "HU": 9_778_371,
    "MT": 475_701,
    "NL": 17_181_084,
    "AT": 8_822_267,
    "PL": 37_976_687,
    "PT": 10_291_027,
    "RO": 19_530_631,
    "SI": 2_066_880,
    "SK": 5_443_120,
    "FI": 5_513_130,
    "SE": 10_120_242,
    "UK": 66_273_576,
}
# States above the first number of inhabitants are called large, below the second small.
LARGE, SMALL = 30_000_000, 3_000_000
# Inhabitants at which the next band begins.
SIZE_BANDS = (50_000, 100_000, 250_000, 500_000, 1_000_000)
EXPERIENCE = ("starting", "developing", "advanced")


def shares(weights: Mapping[str, float]) -> dict[str, float]:
    """The same in shares that add up to 1; equal ones where all weights are 0."""
    total = sum(weights.values())
    if not total:
        return equal(weights)
    return {key: weight / total for key, weight in weights.items()}


def equal(keys: Iterable[str]) -> dict[str, float]:
    found = list(keys)
    return {key: 1 / len(found) for key in found}


def committee_of_the_regions(states: Iterable[str]) -> dict[str, float]:
    """Shares by the seats in the Committee of the Regions; of its composition until 2020 where the UK is among them."""
    present = list(states)
    seats = COMMITTEE_OF_THE_REGIONS_2015 if "UK" in present else COMMITTEE_OF_THE_REGIONS_2020
    return shares({code: seats.get(code, 0) for code in present})


def root_of_population(states: Iterable[str]) -> dict[str, float]:
    """Shares by the square root of the population (Penrose's rule)."""
    return shares({code: sqrt(POPULATION.get(code, 0)) for code in states})


def cambridge_compromise(states: Iterable[str], *, house: int | None = None) -> dict[str, float]:
    """Shares by the Cambridge Compromise for the European Parliament: five seats for each state and one for each part
    of the divisor begun, 96 at most, so that the house is full (Grimmett and others, 2011).

    The house has 751 seats with the UK and 705 without unless `house` says otherwise.
    """
    people = {code: POPULATION.get(code, 0) for code in states}
    house = house or (751 if "UK" in people else 705)

    def seats(divisor: float) -> dict[str, float]:
        return {code: min(96, 5 + ceil(number / divisor)) for code, number in people.items()}

    low, high = 1.0, float(max(people.values(), default=0) + 1)
    if sum(seats(low).values()) <= house:
        return shares(seats(low))
    for _step in range(100):
        middle = (low + high) / 2
        if sum(seats(middle).values()) > house:
            low = middle
        else:
            high = middle
    return shares(seats(high))


def size_band(population: int | None, bounds: Sequence[int] = SIZE_BANDS) -> str:
    """Key of the band: how many of the bounds, which rise, the population reaches. Empty where it is unknown."""
    return "" if population is None else str(bisect_right(bounds, population))


def experience(answers: Iterable[bool | None], override: str = "") -> str:
    """Starting with none or one yes, developing with two, advanced with more; empty where no question was answered.

    What the organiser set goes before the answers.
    """
    known = [answer for answer in answers if answer is not None]
    if override:
        return override
    if not known:
        return ""
    return EXPERIENCE[min(2, max(0, sum(known) - 1))]
