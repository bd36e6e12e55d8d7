"""What the pages of balance draw: bars against targets, and the map of Europe. All numbers stand in a table, too."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registrations.balance import targets
from registrations.balance.geography import HEIGHT, WIDTH, is_on_the_map, outlines, project
from registrations.balance.values import Choice, Place
from registrations.services.balance_facts import Facts

# Width of a dimension's longest bar, in units of its picture.
FULL = 100.0
# Radii of dots by band of size, unknown first, in units of the map.
RADII = (5.0, 5.0, 6.5, 8.0, 9.5, 11.5, 14.0)
# How each status is drawn: by its shape first.
STATUSES = {
    "confirmed": gettext_lazy("confirmed"),
    "accepted": gettext_lazy("accepted"),
    "invited": gettext_lazy("no answer yet"),
    "proposed": gettext_lazy("in this proposal"),
    "gone": gettext_lazy("will not come"),
    "free": gettext_lazy("not invited"),
}


@dataclass(frozen=True)
class Line:
    """A group against its target; the lengths are shares of the dimension's longest bar, of `FULL`."""

    label: str
    expected: float
    target: float
    scale: float

    @property
    def off(self) -> float:
        return self.expected - self.target

    @property
    def solid(self) -> float:
        """What is there, up to the target."""
        return round(min(self.expected, self.target) * self.scale, 2)

    @property
    def mark(self) -> float:
        return round(self.target * self.scale, 2)

    @property
    def missing(self) -> float:
        return round(max(0.0, -self.off) * self.scale, 2)

    @property
    def excess(self) -> float:
        return round(max(0.0, self.off) * self.scale, 2)

    @property
    def verdict(self) -> str:
        """The difference as a word, for who does not see the bar."""
        if self.off >= 1:
            return _("too many")
        if self.off <= -1:
            return _("too few") if self.expected else _("none")
        return _("balanced")


@dataclass(frozen=True)
class Table:
    """One dimension with its lines, those furthest from their targets told in a sentence."""

    key: str
    label: str
    weight: float
    lines: list[Line]
    imbalance: float


def tables(choice: Choice, expected: Mapping[Place, float]) -> list[Table]:
    found = []
    for dimension in choice.dimensions:
        numbers = [(group, expected.get((dimension.key, group.key), 0.0)) for group in dimension.groups]
        longest = max((max(number, group.target) for group, number in numbers), default=0) or 1
        lines = [Line(group.label, number, group.target, FULL / longest) for group, number in numbers]
        off = dimension.weight * sum(abs(line.off) for line in lines)
        found.append(Table(dimension.key, dimension.label, dimension.weight, lines, off))
    return found


@dataclass(frozen=True)
class Dot:
    """A city on the map."""

    name: str
    state: str
    status: str
    word: str
    x: float
    y: float
    radius: float
    population: int | None

    @property
    def corner_x(self) -> float:
        return round(self.x - self.radius * 0.85, 1)

    @property
    def corner_y(self) -> float:
        return round(self.y - self.radius * 0.85, 1)

    @property
    def side(self) -> float:
        return round(self.radius * 1.7, 1)

    @property
    def diamond(self) -> str:
        r = self.radius * 1.2
        x, y = self.x, self.y
        return f"{x:.1f},{y - r:.1f} {x + r:.1f},{y:.1f} {x:.1f},{y + r:.1f} {x - r:.1f},{y:.1f}"

    @property
    def cross(self) -> str:
        r = self.radius * 0.8
        return (
            f"M{self.x - r:.1f} {self.y - r:.1f}L{self.x + r:.1f} {self.y + r:.1f}"
            f"M{self.x - r:.1f} {self.y + r:.1f}L{self.x + r:.1f} {self.y - r:.1f}"
        )


@dataclass(frozen=True)
class Shape:
    """A Member State on the map. `empty`: nobody is expected from it."""

    name: str
    path: str
    empty: bool


@dataclass(frozen=True)
class Map:
    """All that the picture and the lists beside it show."""

    land: list[str]
    shapes: list[Shape]
    dots: list[Dot]
    # Far away, and those whose place is not known.
    away: list[Dot]
    unplaced: list[Dot]
    counts: list[tuple[str, str, int]]
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def free(self) -> str:
        """All cities not invited as one path of points: there may be many."""
        return "".join(f"M{dot.x} {dot.y}h0" for dot in self.dots if dot.status == "free")

    @property
    def marked(self) -> list[Dot]:
        """The others, each with a mark of its own."""
        return [dot for dot in self.dots if dot.status != "free"]

    @property
    def listed(self) -> list[Dot]:
        """The cities whose status says something, for the table beside the picture."""
        shown = [dot for dot in [*self.dots, *self.away, *self.unplaced] if dot.status != "free"]
        return sorted(shown, key=lambda dot: (list(STATUSES).index(dot.status), dot.state, dot.name))


def map_of(
    facts: Facts, choice: Choice, expected: Mapping[Place, float], *, proposed: Collection[str] = frozenset()
) -> Map:
    """Cities by size and status on the Member States of the conference's day."""
    states = next((one for one in choice.dimensions if one.key == "state"), None)
    names = {group.key: group.label for group in states.groups} if states else dict(facts.member_states)
    paths = outlines()
    shapes = [
        Shape(name, paths[code], expected.get(("state", code), 0.0) <= 0)
        for code, name in names.items()
        if code in paths
    ]
    # A former Member State is land like all other.
    land = [path for code, path in paths.items() if code == "land" or code not in names]
    words = {status: str(label) for status, label in STATUSES.items()}
    dots: list[Dot] = []
    away: list[Dot] = []
    unplaced: list[Dot] = []
    for one in facts.cities:
        known = one.known
        if one.status == "free" and not one.can_be_asked:
            continue
        status = "proposed" if one.city.key in proposed and one.status == "free" else one.status
        band = targets.size_band(known.population)
        radius = RADII[int(band) + 1] if band else RADII[0]
        state = names.get(known.member_state, known.member_state)
        word = words[status]
        if known.latitude is None or known.longitude is None:
            unplaced.append(Dot(known.name, state, status, word, 0, 0, radius, known.population))
            continue
        place = (float(known.latitude), float(known.longitude))
        x, y = project(*place)
        dot = Dot(known.name, state, status, word, round(x, 1), round(y, 1), radius, known.population)
        (dots if is_on_the_map(*place) else away).append(dot)
    # Small ones on top of large ones, and what matters most on top of all.
    order = list(STATUSES)
    dots.sort(key=lambda dot: (-order.index(dot.status), -dot.radius, dot.name))
    numbers = Counter(dot.status for dot in [*dots, *away, *unplaced])
    counts = [(status, word, numbers[status]) for status, word in words.items() if numbers[status]]
    return Map(land, shapes, dots, away, unplaced, counts)
