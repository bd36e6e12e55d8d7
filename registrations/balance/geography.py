"""The map of Europe: its projection, its outlines, and which cities lie outside of it.

The outlines are in `outlines.json`, made from Natural Earth (public domain) by `manage.py derive_outlines`.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from math import cos, radians, sin, sqrt
from pathlib import Path

OUTLINES = Path(__file__).with_name("outlines.json")
# Lambert's azimuthal equal-area projection around 52° N 10° E, as the Union's own statistical maps use it.
CENTRE_LATITUDE, CENTRE_LONGITUDE = radians(52), radians(10)
EARTH_RADIUS_KM = 6371.0
# The window, in kilometres from the centre: from Ireland and Portugal to Cyprus, from Crete to Lapland.
WEST, EAST, SOUTH, NORTH = -1_830.0, 2_330.0, -1_880.0, 2_180.0
# Units of the picture in a kilometre.
SCALE = 0.24
WIDTH, HEIGHT = round((EAST - WEST) * SCALE), round((NORTH - SOUTH) * SCALE)

Point = tuple[float, float]


# Cities stay where they are: each is computed once for all looks at the map.
@lru_cache(maxsize=8_192)
def project(latitude: float, longitude: float) -> Point:
    """Where degrees north and east lie in the picture, in its units from the upper left corner."""
    north, east = radians(latitude), radians(longitude) - CENTRE_LONGITUDE
    across = sin(CENTRE_LATITUDE) * sin(north) + cos(CENTRE_LATITUDE) * cos(north) * cos(east)
    stretch = sqrt(2 / max(1e-9, 1 + across)) * EARTH_RADIUS_KM
    x = stretch * cos(north) * sin(east)
    y = stretch * (cos(CENTRE_LATITUDE) * sin(north) - sin(CENTRE_LATITUDE) * cos(north) * cos(east))
    return (x - WEST) * SCALE, (NORTH - y) * SCALE


def is_on_the_map(latitude: float, longitude: float) -> bool:
    """Whether the place lies in the window; the Canaries, the Azores and Réunion do not."""
    x, y = project(latitude, longitude)
    return 0 <= x <= WIDTH and 0 <= y <= HEIGHT


@lru_cache(maxsize=1)
def outlines() -> Mapping[str, str]:
    """Paths of the picture: one for each present or former Member State by its EU code, and `land`, all other land."""
    found: dict[str, str] = json.loads(OUTLINES.read_text())["paths"]
    return found
