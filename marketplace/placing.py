"""Proposed places in the hall: stands of the same topic side by side, and power where it is needed.

Plain values in, plain values out. First every stand that needs power gets a place with power and the topics are laid
along the rows; then a stand that has none of its topic beside it swaps its place with another as long as that brings
more of one topic beside each other.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from marketplace.halls import Spot, neighbours

# Rounds over all stands. Two or three are enough; the bound keeps a large hall quick.
MOST_ROUNDS = 4


@dataclass(frozen=True)
class Placeable:
    """A stand. `topics` in the order of their weight; `place` is the number of one that it keeps."""

    key: int
    topics: Sequence[int] = ()
    needs_power: bool = False
    place: int | None = None


@dataclass(frozen=True)
class Placement:
    """`place` by the key of each stand. `without_power` could not get a place with power, `left_out` any place.
    `together` counts the stands that have one of their topic beside them."""

    places: Mapping[int, int]
    without_power: Sequence[int]
    left_out: Sequence[int]
    together: int


def propose(spots: Sequence[Spot], stands: Sequence[Placeable]) -> Placement:
    """A place for each stand that has none; those that have one keep it."""
    by_number = {spot.number: spot for spot in spots}
    placed = {stand.place: stand for stand in stands if stand.place in by_number}
    free = [spot for spot in spots if spot.number not in placed]
    to_place = _in_order_of_topics([stand for stand in stands if stand.place is None])
    needing = [stand for stand in to_place if stand.needs_power]
    others = [stand for stand in to_place if not stand.needs_power]
    powered = [spot for spot in free if spot.has_power]
    without_power = [stand.key for stand in needing[len(powered) :]]
    chosen = powered[: len(needing)]
    # Places with power that nobody needs are left for the others, but come after those without.
    rest = [spot for spot in free if not spot.has_power] + powered[len(needing) :]
    seats = sorted(rest[: len(others)], key=lambda spot: spot.number)
    moving = {
        **{spot.number: stand for spot, stand in zip(chosen, needing, strict=False)},
        **{spot.number: stand for spot, stand in zip(seats, others, strict=False)},
    }
    beside = neighbours(spots)
    _swap(moving, placed, by_number, beside)
    everything = {**placed, **moving}
    return Placement(
        places={stand.key: number for number, stand in moving.items()},
        without_power=without_power,
        left_out=[stand.key for stand in others[len(seats) :]],
        together=sum(
            any(_alike(stand, everything[near]) for near in beside[number] if near in everything)
            for number, stand in everything.items()
        ),
    )


def _in_order_of_topics(stands: Sequence[Placeable]) -> list[Placeable]:
    """The commonest topics first, each one's stands together."""
    common = Counter(topic for stand in stands for topic in stand.topics)
    left = list(stands)
    ordered: list[Placeable] = []
    for topic, _number in common.most_common():
        ordered += [stand for stand in left if topic in stand.topics]
        left = [stand for stand in left if topic not in stand.topics]
    return ordered + left


def _alike(one: Placeable, other: Placeable) -> bool:
    return any(topic in other.topics for topic in one.topics)


def _swap(
    moving: dict[int, Placeable],
    fixed: Mapping[int, Placeable],
    spots: Mapping[int, Spot],
    beside: Mapping[int, Collection[int]],
) -> None:
    """Improves `moving` in place: the number of neighbouring pairs of one topic only grows, so this ends."""

    def alike_beside(number: int, stand: Placeable, besides: int) -> int:
        found = 0
        for near in beside[number]:
            other = moving.get(near) or fixed.get(near)
            found += near != besides and other is not None and _alike(stand, other)
        return found

    numbers = sorted(moving)
    for _round in range(MOST_ROUNDS):
        improved = False
        for first in numbers:
            if not moving[first].topics or alike_beside(first, moving[first], first):
                continue
            for second in numbers:
                one, other = moving[first], moving[second]
                if (
                    second == first
                    or (one.needs_power and not spots[second].has_power)
                    or (other.needs_power and not spots[first].has_power)
                ):
                    continue
                before = alike_beside(first, one, second) + alike_beside(second, other, first)
                after = alike_beside(second, one, first) + alike_beside(first, other, second)
                if after > before:
                    moving[first], moving[second] = other, one
                    improved = True
                    break
        if not improved:
            return
