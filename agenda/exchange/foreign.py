"""Schedules of other systems (pretalx, frab) as our programme: lenient, since each writes the format in its own way.

The file is distrusted. What cannot be used is left out and reported with its place; nothing raises.
"""

import datetime
import re
import string
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.text import slugify
from django.utils.translation import gettext as _

from agenda.exchange.kind_guess import guess_kind, guess_role
from agenda.programme import Programme, PublicAppearance, PublicPerson, PublicRoom, PublicSession

MAX_BYTES = 5 * 1024 * 1024
MAX_SESSIONS = 2000
_MAX_PROBLEMS = 200
_YEARS = range(1970, 2200)
_ALPHABET = string.digits + string.ascii_uppercase
_CODE = re.compile(r"[0-9A-Z]{6}", re.ASCII)


@dataclass(frozen=True)
class Problem:
    """Something in a file that its owner should know. `where` is a path such as `schedule.conference.days[0]`, or a
    cell such as `Sessions!C7`; empty for the whole file. An error leaves something out."""

    where: str
    what: str
    is_error: bool = False

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" if self.where else self.what


@dataclass(frozen=True)
class Reading:
    """What came of a file. No programme: it could not be read at all, and the problems say why."""

    programme: Programme | None
    problems: list[Problem] = field(default_factory=list)


def read_schedule(
    schedule: Mapping[str, Any],
    *,
    time_zone: str,
    own: Mapping[str, Any] | None = None,
    problems: list[Problem] | None = None,
) -> Reading:
    """The programme of the `schedule` object of a schedule.json.

    `own` holds, by GUID, the sessions of which more is known than the format says: their people are not read here.
    """
    reader = _Reader(schedule, time_zone, own or {}, problems if problems is not None else [])
    return Reading(reader.programme(), reader.problems)


def code_of(guid: uuid.UUID, taken: set[str]) -> str:
    """Six of [0-9A-Z] for what has no such code: the same for the same GUID, another one where it is taken."""
    number = guid.int
    while True:
        digits, rest = "", number
        for _place in range(6):
            rest, digit = divmod(rest, len(_ALPHABET))
            digits += _ALPHABET[digit]
        if digits not in taken:
            taken.add(digits)
            return digits
        number += 1


def text_of(value: Any) -> str:
    """Text, a number as text, or the English of texts by language; else nothing."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return next((text for text in (value.get("en"), *value.values()) if isinstance(text, str)), "")
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _members(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


class _Reader:
    def __init__(
        self, schedule: Mapping[str, Any], time_zone: str, own: Mapping[str, Any], problems: list[Problem]
    ) -> None:
        self.problems = problems
        self._schedule, self._own = schedule, own
        self._conference = _members(schedule.get("conference"))
        self._url = text_of(schedule.get("base_url")) or text_of(self._conference.get("url"))
        self._zone_name, self._zone = self._zone_of(text_of(self._conference.get("time_zone_name")), time_zone)
        self._people: dict[str, PublicPerson] = {}
        self._codes: set[str] = set()
        self._person_codes: set[str] = set()
        self._person_guids: set[uuid.UUID] = set()
        self._guids: set[uuid.UUID] = set()
        self._numbers: set[int] = set()

    def programme(self) -> Programme:
        sessions = sorted(self._sessions(), key=lambda session: (session.starts_at, session.room, session.number))
        return Programme(
            slug=slugify(text_of(self._conference.get("acronym"))),
            title=text_of(self._conference.get("title")),
            held_on=self._held_on(sessions),
            time_zone=self._zone_name,
            venue="",
            address="",
            city="",
            url=self._url,
            organiser="",
            rooms=self._rooms(),
            people=tuple(self._people.values()),
            sessions=tuple(sessions),
        )

    def _report(self, where: str, what: str, *, is_error: bool = False) -> None:
        if len(self.problems) < _MAX_PROBLEMS:
            self.problems.append(Problem(where, what, is_error))

    def _zone_of(self, named: str, fallback: str) -> tuple[str, ZoneInfo]:
        if named:
            try:
                return named, ZoneInfo(named)
            except (KeyError, ValueError, OSError):
                self._report(
                    "schedule.conference.time_zone_name",
                    _("“%(zone)s” is not a time zone. %(other)s is taken.") % {"zone": named, "other": fallback},
                )
        return fallback, ZoneInfo(fallback)

    def _held_on(self, sessions: list[PublicSession]) -> datetime.date:
        for text in [
            text_of(self._conference.get("start")),
            *(text_of(day.get("date")) for _path, day in self._days()),
        ]:
            try:
                return datetime.date.fromisoformat(text[:10])
            except ValueError:
                continue
        return sessions[0].starts_at.astimezone(self._zone).date() if sessions else datetime.date(1970, 1, 1)

    def _rooms(self) -> tuple[PublicRoom, ...]:
        rooms: dict[str, PublicRoom] = {}
        for room in _items(self._conference.get("rooms")):
            name = text_of(_members(room).get("name"))
            capacity = _members(room).get("capacity")
            if name:
                is_count = (
                    isinstance(capacity, int | float) and not isinstance(capacity, bool) and 0 <= capacity < 10**6
                )
                rooms.setdefault(name, PublicRoom(name, int(capacity) if is_count else None))
        return tuple(rooms.values())

    def _days(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for index, day in enumerate(_items(self._conference.get("days"))):
            yield f"schedule.conference.days[{index}]", _members(day)

    def _sessions(self) -> list[PublicSession]:
        sessions: list[PublicSession] = []
        for day_path, day in self._days():
            for room, events in _members(day.get("rooms")).items():
                for index, event in enumerate(_items(events)):
                    path = f"{day_path}.rooms[{room!r}][{index}]"
                    if len(sessions) >= MAX_SESSIONS:
                        self._report(
                            path,
                            _("More than %(limit)d sessions are not read.") % {"limit": MAX_SESSIONS},
                            is_error=True,
                        )
                        return sessions
                    session = self._session(path, _members(event), room, day)
                    if session is not None:
                        sessions.append(session)
        return sessions

    def _session(self, path: str, event: dict[str, Any], room: str, day: dict[str, Any]) -> PublicSession | None:
        title = text_of(event.get("title"))
        starts_at = self._begin(event, day)
        if not title.strip():
            self._report(f"{path}.title", _("This session has no title and is left out."), is_error=True)
            return None
        if starts_at is None:
            self._report(
                f"{path}.date",
                _("“%(title)s” does not say when it begins and is left out.") % {"title": title},
                is_error=True,
            )
            return None
        minutes = self._minutes(event, starts_at)
        if minutes is None:
            self._report(
                f"{path}.duration",
                _("“%(title)s” lasts neither between a minute nor a day and is left out.") % {"title": title},
                is_error=True,
            )
            return None
        guid = self._guid(path, event)
        number = self._number(event)
        is_own = str(guid) in self._own
        abstract, description = text_of(event.get("abstract")), text_of(event.get("description"))
        if not is_own and description.strip() and description.strip() != abstract.strip():
            abstract = f"{abstract}\n\n{description}".strip()
        persons = [person for person in _items(event.get("persons")) if isinstance(person, dict)]
        kind = guess_kind(text_of(event.get("type")), title, has_people=bool(persons))
        role = guess_role(kind, text_of(event.get("type")))
        people = [] if is_own else [self._person(f"{path}.persons[{n}]", one) for n, one in enumerate(persons)]
        return PublicSession(
            guid=guid,
            code=self._code(event, guid),
            number=number,
            kind=kind,
            title=title,
            starts_at=starts_at,
            minutes=minutes,
            room=room,
            abstract=abstract,
            question=text_of(event.get("subtitle")),
            appearances=tuple(PublicAppearance(role, code) for code in dict.fromkeys(filter(None, people))),
        )

    def _begin(self, event: dict[str, Any], day: dict[str, Any]) -> datetime.datetime | None:
        """From `date`, or from the day and `start` where it is missing; clocks without an offset are the venue's."""
        for text in (text_of(event.get("date")), f"{text_of(day.get('date'))[:10]}T{text_of(event.get('start'))}"):
            if instant := self._instant(text):
                return instant
        return None

    def _instant(self, text: str) -> datetime.datetime | None:
        if len(text) < 12:
            return None
        try:
            instant = datetime.datetime.fromisoformat(text)
            instant = instant if instant.tzinfo else instant.replace(tzinfo=self._zone)
            instant = instant.astimezone(datetime.UTC)
        except (ValueError, OverflowError):
            return None
        return instant if instant.year in _YEARS else None

    def _minutes(self, event: dict[str, Any], starts_at: datetime.datetime) -> int | None:
        text = text_of(event.get("duration"))
        minutes = None
        if match := re.fullmatch(r"(\d{1,3}):(\d{2})(?::\d{2})?", text, re.ASCII):
            minutes = int(match[1]) * 60 + int(match[2])
        elif re.fullmatch(r"\d{1,4}", text, re.ASCII):
            minutes = int(text)
        elif ends_at := self._instant(text_of(event.get("end"))):
            minutes = round((ends_at - starts_at).total_seconds() / 60)
        return minutes if minutes is not None and 1 <= minutes <= 1440 else None

    def _guid(self, path: str, event: dict[str, Any]) -> uuid.UUID:
        guid = _uuid(event.get("guid"))
        if guid is None:
            # The same at the next reading, so that a second import finds the session again.
            name = text_of(event.get("id")) or text_of(event.get("code")) or text_of(event.get("slug")) or path
            guid = uuid.uuid5(uuid.NAMESPACE_URL, f"{self._url}{name}")
        if guid in self._guids:
            self._report(f"{path}.guid", _("This GUID stands twice. The session gets another one."))
            guid = uuid.uuid5(guid, path)
        self._guids.add(guid)
        return guid

    def _code(self, event: dict[str, Any], guid: uuid.UUID) -> str:
        code = text_of(event.get("code"))
        if _CODE.fullmatch(code) and code not in self._codes:
            self._codes.add(code)
            return code
        return code_of(guid, self._codes)

    def _number(self, event: dict[str, Any]) -> int:
        number = event.get("id")
        if isinstance(number, bool) or not isinstance(number, int) or not 0 < number < 2**31 or number in self._numbers:
            number = max(self._numbers, default=0) + 1
        self._numbers.add(number)
        return number

    def _person(self, path: str, person: dict[str, Any]) -> str:
        """The code of the person, who may have stood in another session already; empty for one without a name."""
        name = text_of(person.get("name")) or text_of(person.get("public_name"))
        if not name.strip():
            self._report(path, _("This person has no name and is left out."))
            return ""
        guid = _uuid(person.get("guid"))
        known_by = str(guid or text_of(person.get("code")) or text_of(person.get("id")) or name)
        if known_by not in self._people:
            guid = guid or uuid.uuid5(uuid.NAMESPACE_URL, f"{self._url}person/{known_by}")
            code = text_of(person.get("code"))
            if _CODE.fullmatch(code) and code not in self._person_codes:
                self._person_codes.add(code)
            else:
                code = code_of(guid, self._person_codes)
            self._people[known_by] = PublicPerson(code, guid, name, biography=text_of(person.get("biography")))
        return self._people[known_by].code


def _uuid(value: Any) -> uuid.UUID | None:
    try:
        return uuid.UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None
