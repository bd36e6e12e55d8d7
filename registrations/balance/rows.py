"""The sum that a choice makes small, as rows of numbers.

Each wish is a row: a target for the sum of the chosen cities' parts, a price for each unit below and above, and a hard
cap. Groups, floors, the number of seats and the coverage of states all are such rows, so that every solver works on one
shape. Groups and candidates are sorted by their keys: in which order they were given changes nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf, log

import numpy as np

from registrations.balance.values import Candidate, Choice, Place, parts

# Of two choices equally balanced, the one with fewer invitations.
PRICE_OF_AN_INVITATION = 0.001
# A city that certainly comes covers its state as well as this many others would; its logarithm is infinite.
CERTAIN = 1e-9
# Sums of parts are compared with caps up to this.
EPSILON = 1e-9


@dataclass
class Rows:
    """Candidates by number, each with the few rows it counts in: `index` and `value` are padded with a row that costs
    nothing. `base` is what the held cities bring."""

    candidates: list[Candidate]
    index: np.ndarray
    value: np.ndarray
    base: np.ndarray
    target: np.ndarray
    under: np.ndarray
    over: np.ndarray
    cap: np.ndarray
    must: np.ndarray
    allowed: np.ndarray
    # The first so many rows are the groups, whose prices make the imbalance.
    groups: int
    # The rows of the groups, and of those that are to be covered; and the row of the whole.
    row_of: dict[Place, int]
    covered: dict[Place, int]
    total: int

    def __post_init__(self) -> None:
        self.bend = (self.over + self.under) / 2
        self.slope = (self.over - self.under) / 2
        # What can be computed once for all steps.
        self.bends = self.bend[self.index]
        self.constant = (self.slope[self.index] * self.value).sum(axis=1) + PRICE_OF_AN_INVITATION
        self.lids = self.cap[self.index] - self.value + EPSILON
        self.targets = self.target[self.index]
        leaning = self.bend / (1 + self.target)
        leaning[self.groups :] = 0.0
        self.leaning = leaning[self.index]
        self.expected = np.array([max(EPSILON, city.expected) for city in self.candidates])

    def sums(self, chosen: Iterable[int]) -> np.ndarray:
        """What held and chosen cities bring to each row."""
        found = self.base.copy()
        numbers = np.fromiter(chosen, dtype=int)
        np.add.at(found, self.index[numbers].ravel(), self.value[numbers].ravel())
        return found

    def price(self, chosen: Iterable[int]) -> float:
        """What the solvers make small: imbalance, unmet wishes and a little for each invitation."""
        numbers = list(chosen)
        off = self.sums(numbers) - self.target
        return float((self.bend * np.abs(off) + self.slope * off).sum() + PRICE_OF_AN_INVITATION * len(numbers))

    def imbalance(self, sums: np.ndarray) -> float:
        off = np.abs(sums - self.target)[: self.groups]
        return float((self.bend[: self.groups] * off).sum())

    def changes(self, sums: np.ndarray) -> np.ndarray:
        """By how much the price changes with each candidate added to these sums."""
        off = sums[self.index] - self.targets
        return np.einsum("ij,ij->i", self.bends, np.abs(off + self.value) - np.abs(off)) + self.constant

    def losses(self, sums: np.ndarray, numbers: np.ndarray) -> np.ndarray:
        """By how much the price changes with each of these chosen candidates taken out of the sums."""
        off, value = sums[self.index[numbers]] - self.targets[numbers], self.value[numbers]
        return np.einsum("ij,ij->i", self.bends[numbers], np.abs(off - value) - np.abs(off)) - self.constant[numbers]

    def gains(self, sums: np.ndarray, numbers: np.ndarray) -> np.ndarray:
        """By how much the price changes with each of these candidates added; infinite where a cap forbids it. `sums`
        may be many at once, a line each: so is the result then."""
        there, value = sums[..., self.index[numbers]], self.value[numbers]
        off = there - self.targets[numbers]
        found = np.einsum("...ij,ij->...i", np.abs(off + value) - np.abs(off), self.bends[numbers])
        fits = (there <= self.lids[numbers]).all(axis=-1)
        return np.where(fits, found + self.constant[numbers], np.inf)

    def group_changes(self, sums: np.ndarray, numbers: np.ndarray) -> np.ndarray:
        """By how much the imbalance alone changes with each of these candidates added."""
        off, value = sums[self.index[numbers]] - self.targets[numbers], self.value[numbers]
        bends = np.where(self.index[numbers] < self.groups, self.bends[numbers], 0.0)
        return np.einsum("ij,ij->i", bends, np.abs(off + value) - np.abs(off))

    def lean(self, sums: np.ndarray) -> np.ndarray:
        """By how much each candidate shortens the squared distances from the groups' targets, in relation to these."""
        off = (sums - self.target)[self.index]
        return np.einsum("ij,ij->i", self.leaning, (2 * off + self.value) * self.value)

    def fits(self, sums: np.ndarray) -> np.ndarray:
        """Which candidates can be added without breaking a cap."""
        return (sums[self.index] <= self.lids).all(axis=1)


def rows_of(choice: Choice) -> Rows:
    """The rows of a choice. Locks go before caps: a cap that must-have cities break is raised to what they bring."""
    candidates = sorted(choice.candidates, key=lambda candidate: candidate.key)
    lines: list[tuple[float, float, float, float]] = []
    row_of: dict[Place, int] = {}
    for dimension in sorted(choice.dimensions, key=lambda one: one.key):
        for group in sorted(dimension.groups, key=lambda one: one.key):
            row_of[dimension.key, group.key] = len(lines)
            lines.append((group.target, dimension.weight, dimension.weight, group.ceiling))
    groups = len(lines)
    # One seat missing in the whole costs more than it can mend in all dimensions.
    dear = 2 + 2 * sum(dimension.weight for dimension in choice.dimensions)
    floors: dict[Place, int] = {}
    for dimension in sorted(choice.dimensions, key=lambda one: one.key):
        for group in sorted(dimension.groups, key=lambda one: one.key):
            if group.floor > 0:
                floors[dimension.key, group.key] = len(lines)
                lines.append((group.floor, dear, 0.0, inf))
    covered: dict[Place, int] = {}
    for place, chance in sorted(choice.coverage.items()):
        if place in row_of and chance > 0:
            covered[place] = len(lines)
            lines.append((-log(max(1 - chance, CERTAIN)), dear / 2, 0.0, inf))
    total = len(lines)
    held = sum(city.expected for city in choice.held)
    lines.append((held + max(0.0, choice.seats - choice.slack), dear, 0.0, held + choice.seats))
    nothing = len(lines)
    lines.append((0.0, 0.0, 0.0, inf))
    target, under, over, cap = np.array(lines).T

    keys = {dimension.key for dimension in choice.dimensions}

    def entries(city: Candidate) -> list[tuple[int, float]]:
        found = [(total, city.expected)]
        for place, part in sorted(parts(city, keys).items()):
            if place in row_of:
                found.append((row_of[place], part * city.expected))
            if place in floors:
                found.append((floors[place], part * city.expected))
            if place in covered:
                found.append((covered[place], -log(max(1 - city.chance, CERTAIN))))
        return found

    base = np.zeros(len(lines))
    for city in choice.held:
        for row, amount in entries(city):
            base[row] += amount
    found = [entries(candidate) for candidate in candidates]
    width = max((len(one) for one in found), default=1)
    index = np.full((len(candidates), width), nothing)
    value = np.zeros((len(candidates), width))
    for number, one in enumerate(found):
        for column, (row, amount) in enumerate(one):
            index[number, column], value[number, column] = row, amount
    must = np.array([candidate.key in choice.must for candidate in candidates], dtype=bool)
    never = np.array([candidate.key in choice.never for candidate in candidates], dtype=bool)
    locked = base.copy()
    np.add.at(locked, index[must].ravel(), value[must].ravel())
    return Rows(
        candidates=candidates,
        index=index,
        value=value,
        base=base,
        target=target,
        under=under,
        over=over,
        cap=np.maximum(cap, locked),
        must=must,
        allowed=~must & ~never,
        groups=groups,
        row_of=row_of,
        covered=covered,
        total=total,
    )
