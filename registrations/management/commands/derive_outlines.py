"""Makes the outlines of the map of Europe from Natural Earth.

Source: Natural Earth 4.1.0, Admin 0 countries at 1:50 million, public domain, in the TopoJSON form that the package
world-atlas 2.0.2 holds as countries-50m.json. Needed only to make `registrations/balance/outlines.json` anew:
`python3 dev.py manage derive_outlines countries-50m.json`.

Arcs that two shapes share are simplified once, so that neighbours still meet. Each Member State is a shape of its own,
Cyprus the whole island; everything else becomes one shape without borders inside.
"""

import json
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from conference.member_states import MEMBER_STATES
from registrations.balance.geography import HEIGHT, OUTLINES, WIDTH, Point, project

SOURCE = "Natural Earth 4.1.0, Admin 0 countries, 1:50m (public domain), by world-atlas 2.0.2"
# Greater detail than this would not be seen, in units of the picture; and smaller islands than this, in its square.
TOLERANCE, SMALLEST = 0.45, 2.5
# A margin beyond the window, so that its edge shows no coast.
MARGIN = 6.0
# How the source names Member States where its name is not ours.
OWN_NAMES = {"Czechia": "CZ", "N. Cyprus": "CY", "Åland": "FI"}
Ring = list[int]


class Command(BaseCommand):
    help = "Makes the outlines of the map of Europe from Natural Earth (countries-50m.json of world-atlas 2.0.2)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("topology", type=Path, help="countries-50m.json")
        parser.add_argument("--into", type=Path, default=OUTLINES, help="where to write; default: the product's file")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            topology = json.loads(options["topology"].read_text())
            paths = derive(topology)
        except (OSError, ValueError, KeyError) as error:
            raise CommandError(f"This is not the file that was expected: {error}") from error
        options["into"].write_text(json.dumps({"source": SOURCE, "paths": paths}, indent=0, sort_keys=True) + "\n")
        size = options["into"].stat().st_size
        self.stdout.write(f"{len(paths) - 1} Member States and the other land, {size} bytes")


def derive(topology: dict[str, Any]) -> dict[str, str]:
    """The paths of all Member States that there ever were, and of the other land under `land`."""
    arcs = [_simplified(arc) for arc in _arcs(topology)]
    names = {state.name: state.code for state in MEMBER_STATES} | OWN_NAMES
    rings: dict[str, list[Ring]] = {}
    for country in topology["objects"]["countries"]["geometries"]:
        key = names.get(country["properties"]["name"], "land")
        rings.setdefault(key, []).extend(_rings_of(country))
    missing = {state.code for state in MEMBER_STATES} - set(rings)
    if missing:
        raise KeyError(f"no shape for {', '.join(sorted(missing))}")
    return {key: _path(_merged(found), arcs) for key, found in rings.items()}


def _arcs(topology: dict[str, Any]) -> Iterable[list[Point]]:
    """The arcs in units of the picture."""
    (scale_x, scale_y), (left, lower) = topology["transform"]["scale"], topology["transform"]["translate"]
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for step_x, step_y in arc:
            x, y = x + step_x, y + step_y
            points.append(project(y * scale_y + lower, x * scale_x + left))
        yield points


def _rings_of(country: dict[str, Any]) -> list[Ring]:
    polygons = country["arcs"] if country["type"] == "MultiPolygon" else [country["arcs"]]
    return [ring for polygon in polygons for ring in polygon]


def _merged(rings: list[Ring]) -> list[Ring]:
    """The outer boundary: an arc that two of the rings share lies inside and goes."""
    uses = Counter(arc if arc >= 0 else ~arc for ring in rings for arc in ring)
    outer = [[arc for arc in ring if uses[arc if arc >= 0 else ~arc] == 1] for ring in rings]
    whole = [ring for ring, left in zip(rings, outer, strict=True) if len(left) == len(ring)]
    # A ring with gaps is given arc by arc; `_closed` joins these anew.
    broken = [[arc] for ring, left in zip(rings, outer, strict=True) if len(left) < len(ring) for arc in left]
    return whole + broken


def _path(rings: list[Ring], arcs: list[list[Point]]) -> str:
    pieces = [_joined(ring, arcs) for ring in rings]
    found = []
    for points in _closed(pieces):
        clipped = _clipped(points)
        if len(clipped) >= 3 and abs(_area(clipped)) >= SMALLEST:
            found.append(_drawn(clipped))
    return "".join(found)


def _joined(ring: Ring, arcs: list[list[Point]]) -> list[Point]:
    points: list[Point] = []
    for number in ring:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        points.extend(arc[1:] if points else arc)
    return points


def _closed(pieces: list[list[Point]]) -> Iterable[list[Point]]:
    """Rings; pieces that are none are joined end to beginning until they are."""
    open_ones: dict[Point, list[list[Point]]] = {}
    for piece in pieces:
        if piece[0] == piece[-1]:
            yield piece
        else:
            open_ones.setdefault(piece[0], []).append(piece)
    while open_ones:
        first = next(iter(open_ones))
        ring = _taken(open_ones, first)
        while ring[-1] != ring[0] and ring[-1] in open_ones:
            ring = ring + _taken(open_ones, ring[-1])[1:]
        yield ring


def _taken(open_ones: dict[Point, list[list[Point]]], start: Point) -> list[Point]:
    found = open_ones[start].pop()
    if not open_ones[start]:
        del open_ones[start]
    return found


def _simplified(points: list[Point]) -> list[Point]:
    """Douglas and Peucker's: what lies nearer than the tolerance to the line of the rest goes; both ends stay."""
    kept = {0, len(points) - 1}
    spans = [(0, len(points) - 1)]
    while spans:
        begin, end = spans.pop()
        far, where = 0.0, -1
        for number in range(begin + 1, end):
            away = _distance(points[number], points[begin], points[end])
            if away > far:
                far, where = away, number
        if far > TOLERANCE:
            kept.add(where)
            spans += [(begin, where), (where, end)]
    return [points[number] for number in sorted(kept)]


def _distance(point: Point, begin: Point, end: Point) -> float:
    """From the stretch between begin and end."""
    along = (end[0] - begin[0], end[1] - begin[1])
    length = along[0] ** 2 + along[1] ** 2
    share = 0.0
    if length:
        share = ((point[0] - begin[0]) * along[0] + (point[1] - begin[1]) * along[1]) / length
        share = max(0.0, min(1.0, share))
    return ((point[0] - begin[0] - share * along[0]) ** 2 + (point[1] - begin[1] - share * along[1]) ** 2) ** 0.5


def _clipped(points: list[Point]) -> list[Point]:
    """The part within the window and its margin (Sutherland and Hodgman)."""
    for axis, limit, sign in ((0, -MARGIN, 1), (0, WIDTH + MARGIN, -1), (1, -MARGIN, 1), (1, HEIGHT + MARGIN, -1)):
        found: list[Point] = []
        for number, here in enumerate(points):
            before = points[number - 1]
            inside, was_inside = sign * (here[axis] - limit) >= 0, sign * (before[axis] - limit) >= 0
            if inside != was_inside:
                share = (limit - before[axis]) / (here[axis] - before[axis])
                found.append((before[0] + share * (here[0] - before[0]), before[1] + share * (here[1] - before[1])))
            if inside:
                found.append(here)
        points = found
        if not points:
            break
    return points


def _area(points: list[Point]) -> float:
    return sum(x * points[number - 1][1] - points[number - 1][0] * y for number, (x, y) in enumerate(points)) / 2


def _drawn(points: list[Point]) -> str:
    """As SVG, in steps of a tenth of a unit."""
    numbers = [(round(x * 10), round(y * 10)) for x, y in points]
    x, y = numbers[0]
    steps = [f"M{x / 10:g} {y / 10:g}l"]
    for after_x, after_y in numbers[1:]:
        if (after_x, after_y) != (x, y):
            steps.append(f"{(after_x - x) / 10:g} {(after_y - y) / 10:g} ")
            x, y = after_x, after_y
    return "".join(steps).replace(" -", "-").strip() + "z"
