"""What schedule.xml and schedule.json have in common: days and rooms, and names in shapes that both schemas want."""

import datetime
import re
import uuid
from dataclasses import dataclass, field

from django.utils.text import slugify
from django.utils.translation import gettext as _

from agenda.programme import Programme, PublicPerson, PublicSession

GENERATOR = "Convoke"
FORMAT_VERSION = "1"
# The grid that apps draw.
TIMESLOT = "00:05"


@dataclass(frozen=True)
class Day:
    """A day at the venue; `rooms` are its sessions by the room's name. `ends_at` may lie after midnight."""

    index: int  # from 1
    date: datetime.date
    starts_at: datetime.datetime
    ends_at: datetime.datetime
    rooms: dict[str, list[PublicSession]] = field(default_factory=dict)


def days(programme: Programme) -> list[Day]:
    """At least one, since the schema wants a day even where nothing is planned yet."""
    known = {room.name: place for place, room in enumerate(programme.rooms)}
    found = []
    for index, (date, sessions) in enumerate(programme.days, start=1):
        rooms: dict[str, list[PublicSession]] = {}
        for session in sorted(sessions, key=lambda session: known.get(session.room, len(known))):
            rooms.setdefault(session.room or no_room(), []).append(session)
        found.append(
            Day(
                index=index,
                date=date,
                starts_at=min(session.starts_at for session in sessions),
                ends_at=max(session.ends_at for session in sessions),
                rooms=rooms,
            )
        )
    return found or [
        Day(
            index=1,
            date=programme.held_on,
            starts_at=_midnight(programme, programme.held_on),
            ends_at=_midnight(programme, programme.held_on + datetime.timedelta(days=1)),
        )
    ]


def _midnight(programme: Programme, day: datetime.date) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time(0), programme.zone).astimezone(datetime.UTC)


def no_room() -> str:
    """Stands for a room where there is none yet: both formats sort events into rooms."""
    return _("Room to be announced")


def room_guid(programme: Programme, room: str) -> uuid.UUID:
    """The same in every release."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{programme.url}rooms/{room}")


def acronym(programme: Programme) -> str:
    """The conference's address with underscores for hyphens: of these, only the first letter may be one."""
    return re.sub(r"[^a-z0-9_]", "_", programme.slug.lower()).ljust(4, "_")


def slug(programme: Programme, session: PublicSession) -> str:
    """Unique by the session's number; in Latin letters, so a Greek title adds nothing to it."""
    title = slugify(session.title)
    return f"{acronym(programme)}-{session.number:04d}" + (f"-{title}" if title else "")


def people_of(programme: Programme, session: PublicSession) -> list[PublicPerson]:
    return [programme.person[code] for code in session.everybody if code in programme.person]
