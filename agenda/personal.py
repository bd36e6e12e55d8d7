"""One person's way through a programme, as plain values: where they appear, what they starred, what collides."""

import datetime
import itertools
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from uuid import UUID

from agenda.entries import Entry
from agenda.kinds import Role
from agenda.programme import Programme, PublicPresentation, PublicSession


@dataclass(frozen=True)
class Talk:
    """A presentation of the reader; `starts_at` if all before it keep their minutes."""

    presentation: PublicPresentation
    starts_at: datetime.datetime


@dataclass
class Item:
    """One line of the day: a session of the programme, or an entry of another app (then `session` is None)."""

    starts_at: datetime.datetime
    ends_at: datetime.datetime
    title: str
    where: str
    url: str = ""
    session: PublicSession | None = None
    roles: list[Role] = field(default_factory=list)
    talks: list[Talk] = field(default_factory=list)
    is_starred: bool = False
    is_now: bool = False
    # What else the reader wants to do at that time.
    clashes: "list[Item]" = field(default_factory=list)

    @property
    def is_own(self) -> bool:
        """Whether the reader appears in it."""
        return bool(self.roles or self.talks)

    @property
    def is_break(self) -> bool:
        return self.session is not None and self.session.is_break

    @property
    def is_wanted(self) -> bool:
        return self.session is None or self.is_own or self.is_starred


def items_of(
    programme: Programme,
    *,
    codes: Collection[str],
    stars: Collection[UUID],
    entries: Iterable[Entry] = (),
    now: datetime.datetime,
) -> list[Item]:
    """All of the programme and the entries in the order of time. `codes` are the reader's own as a speaker."""
    items = [_session_item(session, codes, stars, now) for session in programme.sessions]
    items += [
        Item(entry.starts_at, entry.ends_at, entry.title, entry.where, entry.url, is_now=_holds(entry, now))
        for entry in entries
    ]
    items.sort(key=lambda item: (item.starts_at, item.ends_at))
    _note_clashes([item for item in items if item.is_wanted])
    return items


def by_day(programme: Programme, items: Iterable[Item]) -> Iterator[tuple[datetime.date, list[Item]]]:
    """The items under the days at the venue on which they begin."""
    for day, group in itertools.groupby(items, key=lambda item: programme.local(item.starts_at).date()):
        yield day, list(group)


def guids_of(programme: Programme, *, codes: Collection[str], stars: Collection[UUID]) -> set[UUID]:
    """What belongs into the reader's calendar: where they appear, and what they starred; dropped ones as well."""
    own = {
        session.guid
        for session in (*programme.sessions, *programme.dropped)
        if any(code in session.everybody for code in codes)
    }
    return own | set(stars)


def _session_item(
    session: PublicSession, codes: Collection[str], stars: Collection[UUID], now: datetime.datetime
) -> Item:
    item = Item(
        session.starts_at,
        session.ends_at,
        session.title,
        session.room,
        session=session,
        roles=[appearance.role for appearance in session.appearances if appearance.person in codes],
        is_starred=session.guid in stars,
        is_now=_holds(session, now),
    )
    begins = session.starts_at
    for presentation in session.presentations:
        if presentation.speaker in codes:
            item.talks.append(Talk(presentation, begins))
        begins += datetime.timedelta(minutes=presentation.minutes)
    return item


def _holds(part: PublicSession | Entry, now: datetime.datetime) -> bool:
    return part.starts_at <= now < part.ends_at


def _note_clashes(wanted: list[Item]) -> None:
    """`wanted` in the order of time."""
    for number, item in enumerate(wanted):
        for later in itertools.islice(wanted, number + 1, None):
            if later.starts_at >= item.ends_at:
                break
            item.clashes.append(later)
            later.clashes.append(item)
