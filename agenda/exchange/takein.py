"""What an import would do, as plain values; and a file's programme made to fit what can be stored."""

import datetime
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _

from agenda.exchange.foreign import Problem
from agenda.programme import Programme, PublicPerson, PublicPresentation, PublicRoom, PublicSession
from conference.languages import OFFICIAL_LANGUAGES
from registrations.guestlist.reading import storable

TITLES = frozenset("dr dr. prof prof. mr mr. ms ms. mrs mrs. sir dame lord lady mme m. δρ δρ.".split())  # noqa: SIM905


@dataclass(frozen=True)
class Item:
    """A session in the report. `changes` are labels of what becomes different; `moved_from` is when it begins now,
    where that is another time."""

    starts_at: datetime.datetime
    title: str
    changes: tuple[str, ...] = ()
    moved_from: datetime.datetime | None = None


@dataclass(frozen=True)
class ImportReport:
    """What applying would do now. `version` is that of the plan, to be given back when it is applied."""

    version: int
    added: list[Item] = field(default_factory=list)
    changed: list[Item] = field(default_factory=list)
    same: list[Item] = field(default_factory=list)
    # Not in the file: they stay, or go where the organiser asked for it.
    left: list[Item] = field(default_factory=list)
    removed: list[Item] = field(default_factory=list)
    new_rooms: list[str] = field(default_factory=list)
    new_people: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def changes_something(self) -> bool:
        return bool(self.added or self.changed or self.removed)

    @property
    def errors(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.is_error]


@dataclass(frozen=True)
class PersonName:
    title: str
    given_name: str
    family_name: str


def split_name(name: str) -> PersonName:
    """A name on one line in parts that give the same line again: the last word is the family name."""
    words = name.split()
    title = words.pop(0) if len(words) > 1 and words[0].casefold() in TITLES else ""
    return PersonName(title, " ".join(words[:-1])[:100], words[-1][:100] if words else "")


def same_text(one: str, other: str) -> bool:
    """Whether two texts differ in their line ends at most, of which forms and files each have their own."""
    return one.split("\n") == other.split("\n") or one.splitlines() == other.splitlines()


# Fitting --------------------------------------------------------------------------------------


def fitted(programme: Programme) -> tuple[Programme, list[Problem]]:
    """The programme with texts that the database takes and no longer than it takes, known languages, and people who are
    there; what had to be cut is told. The file may be hostile: nothing is taken to be of the type that it should be."""
    fitter = _Fitter()
    people = fitter.people(programme.people)
    sessions = [
        fitter.session(session, {person.code for person in people})
        for session in programme.sessions
        if _text(session.title).strip()
    ]
    rooms: dict[str, PublicRoom] = {}
    for room in programme.rooms:
        name = _text(room.name).strip()[:100]
        capacity = room.capacity if isinstance(room.capacity, int) and 0 <= room.capacity < 10**6 else None
        if name:
            rooms.setdefault(name.casefold(), PublicRoom(name, capacity))
    facts = {name: _text(getattr(programme, name)) for name in _FACTS}
    made = replace(
        programme,
        **facts,
        release=0,
        published_at=None,
        rooms=tuple(rooms.values()),
        people=tuple(people),
        sessions=tuple(sessions),
        dropped=(),
    )
    return made, fitter.problems


_FACTS = ("slug", "title", "time_zone", "venue", "address", "city", "url", "organiser", "note")


def _text(value: Any) -> str:
    return storable(value).replace("\x00", " ") if isinstance(value, str) else ""


class _Fitter:
    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def _line(self, value: Any, limit: int, where: str) -> str:
        """One line of text, cut to `limit` characters."""
        text = " ".join(_text(value).split())
        if len(text) <= limit:
            return text
        self.problems.append(
            Problem(
                f"“{where[:60]}”",
                _("“%(text)s…” is cut to %(limit)d characters.") % {"text": text[:40], "limit": limit},
            )
        )
        return f"{text[: limit - 1]}…"

    def people(self, people: Sequence[PublicPerson]) -> list[PublicPerson]:
        found: dict[str, PublicPerson] = {}
        guids: set[uuid.UUID] = set()
        for person in people:
            name = self._line(person.name, 200, _text(person.name))
            code = _text(person.code)[:6]
            if not name or code in found or person.guid in guids:
                continue
            guids.add(person.guid)
            found[code] = replace(
                person,
                code=code,
                name=name,
                function=self._line(person.function, 200, name),
                organisation=self._line(person.organisation, 200, name),
                biography=_text(person.biography).strip(),
                photo="",
            )
        return list(found.values())

    def session(self, session: PublicSession, people: set[str]) -> PublicSession:
        title = self._line(session.title, 200, _text(session.title))
        appearances = {one.person: one for one in reversed(session.appearances) if one.person in people}
        guids: set[uuid.UUID] = set()
        talks = []
        for talk in session.presentations:
            guid = talk.guid if talk.guid not in guids else uuid.uuid5(talk.guid, str(len(talks)))
            guids.add(guid)
            if _text(talk.title).strip():
                talks.append(self._presentation(replace(talk, guid=guid), people))
        return replace(
            session,
            title=title,
            room=self._line(session.room, 100, title),
            abstract=_text(session.abstract),
            question=self._line(session.question, 300, title),
            languages=tuple(code for code in session.languages if code in OFFICIAL_LANGUAGES),
            appearances=tuple(one for one in session.appearances if appearances.get(one.person) is one),
            presentations=tuple(talks),
            sequence=0,
        )

    def _presentation(self, talk: PublicPresentation, people: set[str]) -> PublicPresentation:
        title = self._line(talk.title, 200, _text(talk.title))
        minutes = talk.minutes if isinstance(talk.minutes, int) and 1 <= talk.minutes <= 1440 else 5
        return replace(
            talk,
            title=title,
            minutes=minutes,
            abstract=_text(talk.abstract),
            delegation=self._line(talk.delegation, 200, title),
            speaker=talk.speaker if talk.speaker in people else "",
            documents=(),
        )
