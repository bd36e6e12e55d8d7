"""The way through the hall: plain values in, plain values out."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stop:
    """A stand to visit. `row` and `spot` say where it is, 0 while it has no place."""

    stand: int
    row: int = 0
    spot: int = 0


def walking_order(stops: Iterable[Stop]) -> list[Stop]:
    """Through the rows from the first to the last, each second one backwards, so that nobody walks a row twice.

    Rows without a stop are passed by and do not turn the way round. Stands without a place come last, in the order
    in which they were given.
    """
    rows: dict[int, list[Stop]] = {}
    nowhere = []
    for stop in stops:
        if stop.row:
            rows.setdefault(stop.row, []).append(stop)
        else:
            nowhere.append(stop)
    way: list[Stop] = []
    for number, row in enumerate(sorted(rows)):
        way += sorted(rows[row], key=lambda stop: stop.spot, reverse=bool(number % 2))
    return way + nowhere
