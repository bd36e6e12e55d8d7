"""Moving the sessions of a day: plain values in, plain values out, so that every change can be shown before it is made.

Lengths and gaps are elapsed time: a night in which the clocks change makes no session longer or shorter.
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from zoneinfo import ZoneInfo

# What begins before this hour belongs to the evening before: a reception may run past midnight.
DAY_BEGINS = datetime.timedelta(hours=5)


class Followers(StrEnum):
    """Which later sessions of the day move along."""

    NONE = "none"
    SAME_ROOM = "room"
    ALL = "all"


@dataclass(frozen=True)
class Slot:
    """When and where a session takes place. `key` is whatever the caller knows it by."""

    key: int
    starts_at: datetime.datetime
    minutes: int
    room: int | None = None

    @property
    def ends_at(self) -> datetime.datetime:
        return self.starts_at + datetime.timedelta(minutes=self.minutes)


Changed = Mapping[int, Slot]


def day_of(starts_at: datetime.datetime, zone: ZoneInfo) -> datetime.date:
    """The day of the programme to which an instant belongs at the venue; before 5.00 it is the evening before."""
    local = starts_at.astimezone(zone).replace(tzinfo=None)
    return (local - DAY_BEGINS).date()


def on_day(starts_at: datetime.datetime, days: int, zone: ZoneInfo) -> datetime.datetime:
    """The instant with the same time on the venue's clock, `days` days later."""
    local = starts_at.astimezone(zone).replace(tzinfo=None) + datetime.timedelta(days=days)
    return local.replace(tzinfo=zone).astimezone(datetime.UTC)


def move(
    slots: Sequence[Slot],
    key: int,
    *,
    starts_at: datetime.datetime,
    minutes: int | None = None,
    room: int | None = None,
    follow: Followers,
    zone: ZoneInfo,
) -> Changed:
    """Puts a session to another time and length, and lets later ones of its day move by as much as its end does.

    Followers that move to another day keep the venue's clock. Returns the slots that change. Raises KeyError for an
    unknown session.
    """
    by_key = {slot.key: slot for slot in slots}
    moved = by_key[key]
    target = replace(
        moved,
        starts_at=starts_at.astimezone(datetime.UTC),
        minutes=moved.minutes if minutes is None else minutes,
        room=moved.room if room is None else room,
    )
    changed = {key: target}
    if follow != Followers.NONE:
        days = (day_of(target.starts_at, zone) - day_of(moved.starts_at, zone)).days
        rest = target.ends_at - on_day(moved.ends_at, days, zone)
        for slot in _later(slots, moved, zone):
            if follow == Followers.ALL or slot.room == moved.room:
                changed[slot.key] = replace(slot, starts_at=on_day(slot.starts_at, days, zone) + rest)
    return _only_different(changed, by_key)


def shift_from(slots: Sequence[Slot], key: int, *, minutes: int, zone: ZoneInfo) -> Changed:
    """Everything of the day from this session on, in all rooms, begins `minutes` later (below 0: earlier)."""
    by_key = {slot.key: slot for slot in slots}
    first = by_key[key]
    day = day_of(first.starts_at, zone)
    delta = datetime.timedelta(minutes=minutes)
    changed = {
        slot.key: replace(slot, starts_at=slot.starts_at + delta)
        for slot in slots
        if slot.starts_at >= first.starts_at and day_of(slot.starts_at, zone) == day
    }
    return _only_different(changed, by_key)


def reorder(slots: Sequence[Slot], key: int, *, after: int | None, zone: ZoneInfo) -> Changed:
    """Puts a session directly after another one of its day, or first (`after=None`); those between make room.

    Times outside of what is exchanged stay, and so does the pause that belonged to the moved session. Raises KeyError
    where one of the two is no session of the same day.
    """
    by_key = {slot.key: slot for slot in slots}
    moved = by_key[key]
    day = day_of(moved.starts_at, zone)
    row = sorted(
        (slot for slot in slots if day_of(slot.starts_at, zone) == day), key=lambda slot: (slot.starts_at, slot.key)
    )
    keys = [slot.key for slot in row]
    if after is not None and after not in keys:
        raise KeyError(after)
    old = keys.index(key)
    new = 0 if after is None else keys.index(after) + 1
    if after == key or new in {old, old + 1}:
        return {}
    if new > old:
        between = row[old + 1 : new]
        gap = between[0].starts_at - moved.ends_at
        by = -(datetime.timedelta(minutes=moved.minutes) + gap)
        changed = {slot.key: replace(slot, starts_at=slot.starts_at + by) for slot in between}
        end = max(slot.ends_at for slot in changed.values())
        changed[key] = replace(moved, starts_at=end + gap)
    else:
        between = row[new:old]
        gap = moved.starts_at - max(slot.ends_at for slot in between)
        by = datetime.timedelta(minutes=moved.minutes) + gap
        changed = {slot.key: replace(slot, starts_at=slot.starts_at + by) for slot in between}
        changed[key] = replace(moved, starts_at=between[0].starts_at)
    return _only_different(changed, by_key)


def one_place(slots: Sequence[Slot], key: int, *, later: bool, zone: ZoneInfo) -> Changed:
    """Exchanges a session with what comes before it on its day, or after it.

    Sessions that overlap are one place of the day: lunch and market place stay together, and a panel changes places
    with both. A session that has others beside it changes places within its own room. Returns nothing where it is the
    first or last already. Raises KeyError for an unknown session.
    """
    moved = {slot.key: slot for slot in slots}[key]
    day = day_of(moved.starts_at, zone)
    places = _places([slot for slot in slots if day_of(slot.starts_at, zone) == day])
    own = next(place for place in places if moved in place)
    if len(own) > 1:
        places = [[slot] for place in places for slot in place if slot.room == moved.room]
        own = [moved]
    # Each place as one slot, known by the key of its first session.
    row = [
        Slot(place[0].key, place[0].starts_at, _whole_minutes(max(slot.ends_at for slot in place) - place[0].starts_at))
        for place in places
    ]
    position = places.index(own)
    target = position + (1 if later else -1)
    if not 0 <= target < len(row):
        return {}
    after = target if later else target - 1
    moves = reorder(row, own[0].key, after=row[after].key if after >= 0 else None, zone=zone)
    return {
        slot.key: replace(slot, starts_at=slot.starts_at + (moves[place[0].key].starts_at - place[0].starts_at))
        for place in places
        if place[0].key in moves
        for slot in place
    }


def _places(slots: Sequence[Slot]) -> list[list[Slot]]:
    """The slots of a day in order of time, those together that overlap."""
    places: list[list[Slot]] = []
    for slot in sorted(slots, key=lambda slot: (slot.starts_at, slot.key)):
        if places and slot.starts_at < max(other.ends_at for other in places[-1]):
            places[-1].append(slot)
        else:
            places.append([slot])
    return places


def _whole_minutes(length: datetime.timedelta) -> int:
    return int(length.total_seconds() // 60)


def duplicate(slots: Sequence[Slot], *, day: datetime.date, to: datetime.date, zone: ZoneInfo) -> list[Slot]:
    """The slots of one day as they would stand on another, by the venue's clock."""
    days = (to - day).days
    return [
        replace(slot, starts_at=on_day(slot.starts_at, days, zone))
        for slot in slots
        if day_of(slot.starts_at, zone) == day
    ]


def move_day(slots: Sequence[Slot], *, day: datetime.date, to: datetime.date, zone: ZoneInfo) -> Changed:
    """All sessions of one day at the same times of another, by the venue's clock."""
    before = {slot.key: slot for slot in slots}
    return _only_different({slot.key: slot for slot in duplicate(slots, day=day, to=to, zone=zone)}, before)


def _later(slots: Sequence[Slot], moved: Slot, zone: ZoneInfo) -> list[Slot]:
    day = day_of(moved.starts_at, zone)
    return [
        slot
        for slot in slots
        if slot.key != moved.key and slot.starts_at >= moved.ends_at and day_of(slot.starts_at, zone) == day
    ]


def _only_different(changed: Mapping[int, Slot], before: Mapping[int, Slot]) -> Changed:
    return {key: slot for key, slot in changed.items() if slot != before[key]}
