"""A programme as plain values: what a release freezes, and what every page, export and document is made of.

Nothing here touches the database. `Programme.to_data` and `Programme.from_data` are the one way to and from JSON.
"""

import datetime
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from agenda.kinds import BREAKS, Role, SessionKind


@dataclass(frozen=True)
class PublicRoom:
    name: str
    capacity: int | None = None


@dataclass(frozen=True)
class PublicPerson:
    """Somebody the programme names: only those who accepted. `code` is six of [0-9A-Z], unique in the conference."""

    code: str
    guid: UUID
    name: str  # with the title, in one line: “Dr Jana Štěpánková”
    function: str = ""
    organisation: str = ""  # the delegation's name, or what a guest from outside stands for
    biography: str = ""  # plain text, paragraphs separated by empty lines
    photo: str = ""  # key of the stored picture, empty without one

    @property
    def described(self) -> str:
        """Name, function and organisation on one line."""
        return ", ".join(part for part in (self.name, self.function, self.organisation) if part)


@dataclass(frozen=True)
class PublicDocument:
    """Slides that the organisers made public."""

    key: str
    name: str
    size: int  # bytes


@dataclass(frozen=True)
class PublicPresentation:
    guid: UUID
    title: str
    minutes: int = 5
    abstract: str = ""
    delegation: str = ""  # who presents: a city, an organisation
    speaker: str = ""  # code of the person; empty: to be confirmed
    documents: tuple[PublicDocument, ...] = ()


@dataclass(frozen=True)
class PublicAppearance:
    role: Role
    person: str  # code


@dataclass(frozen=True)
class PublicSession:
    """`code` is six of [0-9A-Z], `number` a positive integer, each unique in the conference. `starts_at` is UTC."""

    guid: UUID
    code: str
    number: int
    kind: SessionKind
    title: str
    starts_at: datetime.datetime
    minutes: int
    room: str = ""  # name, empty: none yet
    abstract: str = ""  # Markdown
    question: str = ""  # the one a debate turns about
    languages: tuple[str, ...] = ()  # of interpretation, ISO 639-1
    appearances: tuple[PublicAppearance, ...] = ()
    presentations: tuple[PublicPresentation, ...] = ()
    sequence: int = 0  # of the calendar entry (RFC 5545, 3.8.7.4)

    @property
    def ends_at(self) -> datetime.datetime:
        return self.starts_at + datetime.timedelta(minutes=self.minutes)

    @property
    def is_break(self) -> bool:
        return self.kind in BREAKS

    @property
    def presented_minutes(self) -> int:
        return sum(presentation.minutes for presentation in self.presentations)

    @property
    def debate_minutes(self) -> int:
        """What the presentations leave of the session, never below 0."""
        return max(0, self.minutes - self.presented_minutes)

    def people(self, role: Role) -> tuple[str, ...]:
        return tuple(appearance.person for appearance in self.appearances if appearance.role == role)

    @property
    def moderators(self) -> tuple[str, ...]:
        return self.people(Role.MODERATOR)

    @property
    def everybody(self) -> tuple[str, ...]:
        """Codes of all who appear, each once: in their roles first, then who presents."""
        presenting = (presentation.speaker for presentation in self.presentations if presentation.speaker)
        return tuple(dict.fromkeys((*(appearance.person for appearance in self.appearances), *presenting)))


@dataclass(frozen=True)
class Programme:
    """All of a conference's programme. `sessions` stand in the order of time, then of the room's name."""

    slug: str
    title: str
    held_on: datetime.date
    time_zone: str
    venue: str
    address: str  # venue and address on one line
    city: str
    url: str  # of the public programme page, with the site's name before it
    organiser: str
    # Of the release; 0 and None for the working version.
    release: int = 0
    published_at: datetime.datetime | None = None
    note: str = ""
    rooms: tuple[PublicRoom, ...] = ()
    people: tuple[PublicPerson, ...] = ()
    sessions: tuple[PublicSession, ...] = ()
    # Once public, now gone: calendars are told that they are cancelled, their pages say so.
    dropped: tuple[PublicSession, ...] = ()

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @cached_property
    def person(self) -> Mapping[str, PublicPerson]:
        """People by code."""
        return {person.code: person for person in self.people}

    @cached_property
    def session(self) -> Mapping[str, PublicSession]:
        """Sessions by code, without the dropped ones."""
        return {session.code: session for session in self.sessions}

    def local(self, instant: datetime.datetime) -> datetime.datetime:
        """The instant as a clock at the venue shows it."""
        return instant.astimezone(self.zone)

    def day_of(self, session: PublicSession) -> datetime.date:
        """The day at the venue on which the session begins."""
        return self.local(session.starts_at).date()

    @property
    def days(self) -> Iterator[tuple[datetime.date, list[PublicSession]]]:
        for day, sessions in itertools.groupby(self.sessions, key=self.day_of):
            yield day, list(sessions)

    def sessions_of(self, code: str) -> list[PublicSession]:
        """Where the person appears."""
        return [session for session in self.sessions if code in session.everybody]

    def to_data(self) -> dict[str, Any]:
        """JSON-ready; `from_data` takes it back unchanged."""
        return {name: _plain(value) for name, value in asdict(self).items()}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Programme":
        """Raises KeyError, TypeError or ValueError for anything `to_data` did not make."""
        return cls(
            **{
                **data,
                "held_on": datetime.date.fromisoformat(data["held_on"]),
                "published_at": _instant(data["published_at"]) if data["published_at"] else None,
                "rooms": tuple(PublicRoom(**room) for room in data["rooms"]),
                "people": tuple(PublicPerson(**{**person, "guid": UUID(person["guid"])}) for person in data["people"]),
                "sessions": tuple(_session(session) for session in data["sessions"]),
                "dropped": tuple(_session(session) for session in data["dropped"]),
            }
        )


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, datetime.datetime | datetime.date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID | str) else value


def _instant(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).astimezone(datetime.UTC)


def _session(data: Mapping[str, Any]) -> PublicSession:
    return PublicSession(
        **{
            **data,
            "guid": UUID(data["guid"]),
            "kind": SessionKind(data["kind"]),
            "starts_at": _instant(data["starts_at"]),
            "languages": tuple(data["languages"]),
            "appearances": tuple(
                PublicAppearance(Role(appearance["role"]), appearance["person"]) for appearance in data["appearances"]
            ),
            "presentations": tuple(_presentation(presentation) for presentation in data["presentations"]),
        }
    )


def _presentation(data: Mapping[str, Any]) -> PublicPresentation:
    return PublicPresentation(
        **{
            **data,
            "guid": UUID(data["guid"]),
            "documents": tuple(PublicDocument(**document) for document in data["documents"]),
        }
    )
