"""The hall as a drawing of characters, as numbered places, and as a plan to look at. Plain values in and out.

The organiser draws one line a row, one character a spot: `o` a place for a stand, `p` one with power, a blank or a dot
nothing, such as an aisle. Places are numbered along the rows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

PLACE, WITH_POWER = "o", "p"
NOTHING = {" ", "."}
MOST_ROWS = 80
MOST_SPOTS = 80
MOST_PLACES = 2000


class DrawingRefused(Exception):
    """The drawing cannot be read; the message says where and why."""


@dataclass(frozen=True)
class Spot:
    """A place. `row` and `spot` count from 1, from the top left of the drawing."""

    number: int
    row: int
    spot: int
    has_power: bool = False


def read(drawing: str) -> list[Spot]:
    """The places of a drawing in the order of their numbers. Raises DrawingRefused."""
    lines = drawing.replace("\r\n", "\n").expandtabs(4).rstrip().split("\n")
    if len(lines) > MOST_ROWS:
        raise DrawingRefused(_("A drawing has at most %(number)d rows.") % {"number": MOST_ROWS})
    found: list[Spot] = []
    for row, line in enumerate(lines, start=1):
        if len(line.rstrip()) > MOST_SPOTS:
            raise DrawingRefused(
                _("Row %(row)d is too long: at most %(number)d characters.") % {"row": row, "number": MOST_SPOTS}
            )
        for spot, mark in enumerate(line, start=1):
            if mark in NOTHING:
                continue
            if mark.lower() not in {PLACE, WITH_POWER}:
                raise DrawingRefused(
                    _("Row %(row)d, character %(spot)d: “%(mark)s” means nothing here. Use o, p, dots and blanks.")
                    % {"row": row, "spot": spot, "mark": mark}
                )
            found.append(Spot(len(found) + 1, row, spot, mark.lower() == WITH_POWER))
    if not found:
        raise DrawingRefused(_("The drawing has no place: type an o for each."))
    if len(found) > MOST_PLACES:
        raise DrawingRefused(_("A hall has at most %(number)d places.") % {"number": MOST_PLACES})
    return found


def draw(spots: Iterable[Spot]) -> str:
    """The drawing that `read` reads as these places, but for their numbers, which follow from where they are."""
    marks = {(spot.row, spot.spot): WITH_POWER if spot.has_power else PLACE for spot in spots}
    rows = max((row for row, _spot in marks), default=0)
    lines = []
    for row in range(1, rows + 1):
        last = max((spot for at, spot in marks if at == row), default=0)
        lines.append("".join(marks.get((row, spot), ".") for spot in range(1, last + 1)))
    return "\n".join(lines)


def neighbours(spots: Sequence[Spot]) -> dict[int, list[int]]:
    """Which places are beside each other, before or behind, by number."""
    at = {(spot.row, spot.spot): spot.number for spot in spots}
    return {
        spot.number: [
            at[beside]
            for beside in (
                (spot.row, spot.spot - 1),
                (spot.row, spot.spot + 1),
                (spot.row - 1, spot.spot),
                (spot.row + 1, spot.spot),
            )
            if beside in at
        ]
        for spot in spots
    }


# To look at -----------------------------------------------------------------------------------

# Measures of the picture, in its own units.
SIDE = 44
GAP = 8


@dataclass(frozen=True)
class Box:
    """A place on the picture, and what stands there; `title` is empty on a free place."""

    spot: Spot
    x: int
    y: int
    title: str = ""
    kind: str = ""
    key: int = 0  # of the stand

    @property
    def middle(self) -> int:
        return self.x + SIDE // 2

    @property
    def baseline(self) -> int:
        # Half of the height of a digit of 18 pixels below the middle.
        return self.y + SIDE // 2 + 6

    @property
    def power_x(self) -> int:
        return self.x + SIDE - 8

    @property
    def power_y(self) -> int:
        return self.y + 8


@dataclass(frozen=True)
class Picture:
    """The plan of a hall: what the SVG shows and the list beside it says."""

    boxes: Sequence[Box]
    width: int
    height: int
    side: int = SIDE

    @property
    def rows(self) -> list[list[Box]]:
        found: dict[int, list[Box]] = {}
        for box in self.boxes:
            found.setdefault(box.spot.row, []).append(box)
        return list(found.values())


def picture(spots: Sequence[Spot], stands: "dict[int, tuple[int, str, str]]") -> Picture:
    """`stands` are key, title and kind of what stands on the place of a number."""
    step = SIDE + GAP
    boxes = [
        Box(spot, GAP + (spot.spot - 1) * step, GAP + (spot.row - 1) * step, title, kind, key)
        for spot in spots
        for key, title, kind in [stands.get(spot.number, (0, "", ""))]
    ]
    return Picture(
        boxes,
        GAP + step * max((spot.spot for spot in spots), default=1),
        GAP + step * max((spot.row for spot in spots), default=1),
    )
