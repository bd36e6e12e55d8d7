"""The facts of one choice: groups with their targets in seats, cities that hold seats, cities that may be invited."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from math import floor, inf

# The place of a group: key of its dimension, its own key.
Place = tuple[str, str]


@dataclass(frozen=True)
class Group:
    """One group of a dimension, such as Malta. Target, floor and ceiling count expected seats."""

    key: str
    label: str
    target: float
    floor: float = 0.0
    ceiling: float = inf


@dataclass(frozen=True)
class Dimension:
    """What is balanced, such as the Member State; a seat too many or too few costs `weight`."""

    key: str
    label: str
    groups: tuple[Group, ...]
    weight: float = 1.0


@dataclass(frozen=True)
class Candidate:
    """A city: `chance` that it comes, with `seats` seats at most if it does, and the groups it belongs to.

    `size` is how many it is expected to send if it comes; None: all. In a dimension where it belongs to several groups
    it counts in equal parts; where its group is unknown, nowhere.
    """

    key: str
    name: str
    chance: float
    seats: int
    places: tuple[Place, ...]
    size: float | None = None

    @property
    def expected(self) -> float:
        """Expected seats."""
        return self.chance * (self.seats if self.size is None else self.size)

    @property
    def outcomes(self) -> tuple[tuple[int, float], ...]:
        """How many seats it takes with which probability: none, or one of the two numbers around its size."""
        size = float(self.seats if self.size is None else self.size)
        below = floor(size)
        part = size - below
        found = ((0, 1 - self.chance), (below, self.chance * (1 - part)), (below + 1, self.chance * part))
        return tuple((seats, chance) for seats, chance in found if chance > 0)


@dataclass(frozen=True)
class Choice:
    """Everything a proposal depends on. The same choice always gives the same proposal.

    `held` are cities that count already: confirmed ones with chance 1, invited ones with theirs. `seats` is how many
    expected seats the wave should bring, less `slack` at most. `room` is how many seats there are for held and new
    together, or None; more than that may be taken with probability `risk`. `coverage` asks for at least one city of a
    group with a certain chance, as far as it can be had.
    """

    dimensions: tuple[Dimension, ...]
    candidates: tuple[Candidate, ...]
    seats: float
    held: tuple[Candidate, ...] = ()
    must: frozenset[str] = frozenset()
    never: frozenset[str] = frozenset()
    coverage: Mapping[Place, float] = field(default_factory=dict)
    slack: float = 1.0
    room: int | None = None
    risk: float = 0.05
    seed: int = 1

    def of(self, keys: Iterable[str]) -> list[Candidate]:
        """The candidates with these keys, in their order."""
        wanted = set(keys)
        return [candidate for candidate in self.candidates if candidate.key in wanted]

    def with_seats(self, seats: float) -> "Choice":
        return replace(self, seats=seats)


def parts(candidate: Candidate, dimensions: Container[str] | None = None) -> dict[Place, float]:
    """How much of the candidate counts in each of its groups, of these dimensions or all; the parts of one dimension
    add up to 1."""
    places = {place for place in candidate.places if dimensions is None or place[0] in dimensions}
    in_dimension: dict[str, int] = {}
    for dimension, _group in places:
        in_dimension[dimension] = in_dimension.get(dimension, 0) + 1
    return {place: 1 / in_dimension[place[0]] for place in places}


def expected_seats(cities: Iterable[Candidate]) -> dict[Place, float]:
    """Expected seats in each group that has a city."""
    found: dict[Place, float] = {}
    for city in cities:
        for place, part in parts(city).items():
            found[place] = found.get(place, 0.0) + part * city.expected
    return found


def imbalance(dimensions: Iterable[Dimension], cities: Iterable[Candidate]) -> float:
    """Weighted sum of the distances from all targets, in seats."""
    found = expected_seats(cities)
    return sum(
        dimension.weight * abs(found.get((dimension.key, group.key), 0.0) - group.target)
        for dimension in dimensions
        for group in dimension.groups
    )
