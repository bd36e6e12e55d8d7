"""A day as a chart: rooms beside each other, time downwards. Plain values in, places on a grid out."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from agenda.listing import Row

# As many places as static/css/timeline.css has names for; a larger day is shown room by room.
MOST_LINES = 120
MOST_LANES = 16


@dataclass(frozen=True)
class Block:
    """A session's place: from one horizontal line of the grid to another, in one column. All count from 1."""

    row: Row
    first: int
    last: int
    column: int


@dataclass(frozen=True)
class Track:
    """One room. It takes several columns where its sessions overlap."""

    room: str  # empty: none yet
    blocks: list[Block]
    column: int
    columns: int


@dataclass(frozen=True)
class Chart:
    """`lines` are the instants at which anything begins or ends, with their line of the grid."""

    lines: list[tuple[int, datetime.datetime]]
    tracks: list[Track]

    @property
    def fits(self) -> bool:
        return len(self.lines) <= MOST_LINES and sum(track.columns for track in self.tracks) <= MOST_LANES


def chart(rows: Sequence[Row]) -> Chart:
    """Line 1 of the grid names the rooms, column 1 the times."""
    instants = sorted({instant for row in rows for instant in (row.session.starts_at, row.session.ends_at)})
    line = {instant: number for number, instant in enumerate(instants, start=2)}
    local = rows[0].programme.local if rows else None
    tracks: list[Track] = []
    column = 2
    # Rooms by name; what has no room yet comes last.
    for room in sorted({row.session.room for row in rows}, key=lambda name: (not name, name)):
        lanes: list[datetime.datetime] = []
        blocks = []
        for row in rows:
            if row.session.room != room:
                continue
            lane = next((lane for lane, free in enumerate(lanes) if free <= row.session.starts_at), len(lanes))
            lanes[lane : lane + 1] = [row.session.ends_at]
            first, last = line[row.session.starts_at], line[row.session.ends_at]
            blocks.append(Block(row, first, last, column + lane))
        tracks.append(Track(room, blocks, column, len(lanes)))
        column += len(lanes)
    return Chart([(line[instant], local(instant)) for instant in instants] if local else [], tracks)
