"""A programme from a workbook: ours, or one that somebody typed. Every problem is told at its cell."""

import datetime
import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _
from openpyxl.utils import get_column_letter

from agenda.exchange import cells
from agenda.exchange.columns import ALL, PEOPLE, PRESENTATIONS, ROOMS, SESSIONS, SheetColumns
from agenda.exchange.foreign import MAX_BYTES, MAX_SESSIONS, Problem, Reading, code_of
from agenda.exchange.kind_guess import guess_kind, named_kind
from agenda.exchange.tables import folded_name
from agenda.kinds import Role, SessionKind
from agenda.local_times import instant
from agenda.programme import (
    Programme,
    PublicAppearance,
    PublicPerson,
    PublicPresentation,
    PublicRoom,
    PublicSession,
)
from registrations.guestlist.cells import Unclear, interpret
from registrations.guestlist.columns import Column, Holds
from registrations.guestlist.reading import FileProblem, Row, Unreadable, read_sheets

# A title or two may stand above the headings.
_HEADINGS_WITHIN = 10
_MAX_PROBLEMS = 200
_CODE = re.compile(r"[0-9A-Z]{6}", re.ASCII)
_PERSON = re.compile(r"(.*?)\s*\[([0-9A-Z]{6})\]", re.ASCII)
_LANGUAGE = Column("languages", "Interpretation", Holds.LANGUAGE)
_PRESENTED_MINUTES = 5


def read_xlsx(data: bytes, *, facts: Programme) -> Reading:
    """The programme of a workbook, with the conference of `facts`. Never raises: see `Reading`.

    Only the sheet of sessions must be there, with the columns “Begins”, “Title”, and “Minutes” or “Ends”.
    """
    if len(data) > MAX_BYTES:
        return Reading(
            None, [Problem("", _("The file is larger than %(limit)d MB.") % {"limit": MAX_BYTES >> 20}, True)]
        )
    try:
        sheets = read_sheets(data, is_wanted=lambda _title: True)
    except FileProblem as problem:
        return Reading(None, [Problem("", str(problem), True)])
    return _Reader(facts).read(sheets)


@dataclass(frozen=True)
class _Line:
    """A row by the keys of its columns; blank cells are missing."""

    sheet: str
    number: int
    letters: dict[str, str]
    values: dict[str, Any]

    def text(self, key: str) -> str:
        return cells.text(self.values.get(key)).strip()

    def place(self, key: str) -> str:
        """Such as “Sessions!C7”; the row's number where the sheet has no such column."""
        return f"{self.sheet}!{self.letters.get(key, '')}{self.number}"


class _Reader:
    def __init__(self, facts: Programme) -> None:
        self._facts = facts
        self._day_above = facts.held_on
        self.problems: list[Problem] = []
        self._people: dict[str, PublicPerson] = {}  # by code
        self._people_by_name: dict[str, str] = {}  # codes
        # What was given out, by what it was given to.
        self._guids: set[tuple[str, uuid.UUID]] = set()
        self._codes: dict[str, set[str]] = {"person": set(), "session": set()}
        self._numbers: set[int] = set()
        self._highest = 0

    def read(self, sheets: Sequence[tuple[str, list[Row]]]) -> Reading:
        found = {layout.title: (title, rows) for title, rows in sheets for layout in ALL if layout.is_named(title)}
        if SESSIONS.title not in found and len(sheets) == 1:
            # One sheet can only be that one, whatever it is called.
            found = {SESSIONS.title: sheets[0]}
        if SESSIONS.title not in found:
            self._report("", _("The workbook has no sheet “%(title)s”.") % {"title": SESSIONS.title}, is_error=True)
            return Reading(None, self.problems)
        lines = list(self._lines(SESSIONS, found))
        if lines == [] and self.problems:
            return Reading(None, self.problems)
        for line in self._lines(PEOPLE, found):
            self._add_person(line)
        # A row without a number gets one that no row below has.
        self._highest = max(map(self._typed_number, lines), default=0)
        sessions = [session for line in lines[:MAX_SESSIONS] if (session := self._session(line))]
        if len(lines) > MAX_SESSIONS:
            self._report(
                lines[MAX_SESSIONS].place("title"),
                _("More than %(limit)d sessions are not read.") % {"limit": MAX_SESSIONS},
                is_error=True,
            )
        sessions = self._with_presentations(sessions, self._lines(PRESENTATIONS, found))
        programme = replace(
            self._facts,
            release=0,
            published_at=None,
            note="",
            rooms=self._rooms(self._lines(ROOMS, found), sessions),
            people=tuple(self._people.values()),
            sessions=tuple(sorted(sessions, key=lambda session: session.starts_at)),
            dropped=(),
        )
        return Reading(programme, self.problems)

    def _report(self, where: str, what: str, *, is_error: bool = False) -> None:
        if len(self.problems) < _MAX_PROBLEMS:
            self.problems.append(Problem(where, what, is_error))

    # Sheets and rows

    def _lines(self, layout: SheetColumns, found: dict[str, tuple[str, list[Row]]]) -> Iterator[_Line]:
        if layout.title not in found:
            return
        title, rows = found[layout.title]
        index = next(
            (
                index
                for index, (_number, values) in enumerate(rows[:_HEADINGS_WITHIN])
                if {column.key for column in layout.columns if column.required} <= self._keys(layout, values)
            ),
            None,
        )
        if index is None:
            if rows:
                wanted = ", ".join(f"“{column.label}”" for column in layout.columns if column.required)
                self._report(title, _("No row has the headings %(headings)s.") % {"headings": wanted}, is_error=True)
            return
        columns: dict[str, int] = {}
        for place, heading in enumerate(rows[index][1]):
            column = layout.column(heading) if isinstance(heading, str) else None
            if column is not None:
                columns.setdefault(column.key, place)
        letters = {key: get_column_letter(place + 1) for key, place in columns.items()}
        for number, values in rows[index + 1 :]:
            line = _Line(title, number, letters, {})
            for key, place in columns.items():
                value = values[place] if place < len(values) else None
                if isinstance(value, Unreadable):
                    self._report(line.place(key), _("This cell %(reason)s.") % {"reason": value.reason}, is_error=True)
                elif value is not None:
                    line.values[key] = value
            if line.values:
                yield line

    @staticmethod
    def _keys(layout: SheetColumns, values: Sequence[Any]) -> set[str]:
        found = (layout.column(value) for value in values if isinstance(value, str))
        return {column.key for column in found if column is not None}

    # Identities

    def _guid(self, line: _Line, name: str, owner: str) -> uuid.UUID:
        """The one in the row, or one made of `name`: the same when the same sheet is read again."""
        try:
            guid = uuid.UUID(line.text("guid"))
        except ValueError:
            guid = uuid.uuid5(uuid.NAMESPACE_URL, f"{self._facts.url}{name}")
        while (owner, guid) in self._guids:
            guid = uuid.uuid5(guid, name)
        self._guids.add((owner, guid))
        return guid

    def _number(self, line: _Line) -> int:
        number = self._typed_number(line)
        if not number or number in self._numbers:
            number = self._highest = self._highest + 1
        self._numbers.add(number)
        return number

    @staticmethod
    def _typed_number(line: _Line) -> int:
        text = line.text("number")
        number = int(text) if re.fullmatch(r"\d{1,10}", text, re.ASCII) else 0
        return number if number < 2**31 else 0

    def _code(self, line: _Line, guid: uuid.UUID, owner: str) -> str:
        code = line.text("code")
        if _CODE.fullmatch(code) and code not in self._codes[owner]:
            self._codes[owner].add(code)
            return code
        return code_of(guid, self._codes[owner])

    # People

    def _add_person(self, line: _Line) -> None:
        name = line.text("name")
        if not name and not line.text("code"):
            self._report(line.place("name"), _("This person has no name and is left out."))
            return
        guid = self._guid(line, f"person/{folded_name(name)}", "person")
        person = PublicPerson(
            code=self._code(line, guid, "person"),
            guid=guid,
            name=name,
            function=line.text("function"),
            organisation=line.text("organisation"),
            biography=line.text("biography"),
        )
        self._people[person.code] = person
        self._people_by_name.setdefault(folded_name(name), person.code)

    def _person(self, typed: str) -> str:
        """The code of whom a cell names; who is not on the sheet of people is added."""
        name = typed
        if match := _PERSON.fullmatch(typed):
            if match[2] in self._people:
                return match[2]
            name = match[1]
        if not name:
            return ""
        if folded_name(name) not in self._people_by_name:
            guid = uuid.uuid5(uuid.NAMESPACE_URL, f"{self._facts.url}person/{folded_name(name)}")
            code = code_of(guid, self._codes["person"])
            self._people[code] = PublicPerson(code, guid, " ".join(name.split()))
            self._people_by_name[folded_name(name)] = code
        return self._people_by_name[folded_name(name)]

    # Sessions

    def _session(self, line: _Line) -> PublicSession | None:
        title = line.text("title")
        if not title:
            self._report(line.place("title"), _("The title is missing. The row is left out."), is_error=True)
            return None
        times = self._times(line)
        if times is None:
            return None
        starts_at, minutes = times
        guid = self._guid(line, f"{starts_at.isoformat()}/{folded_name(title)}/{line.text('room')}", "session")
        appearances = self._appearances(line)
        return PublicSession(
            guid=guid,
            code=self._code(line, guid, "session"),
            number=self._number(line),
            kind=self._kind(line, title, has_people=bool(appearances)),
            title=title,
            starts_at=starts_at,
            minutes=minutes,
            room=line.text("room"),
            abstract=line.text("abstract"),
            question=line.text("question"),
            languages=self._languages(line),
            appearances=appearances,
        )

    def _times(self, line: _Line) -> tuple[datetime.datetime, int] | None:
        """When it begins, in UTC, and for how long; None, reported, where the row does not say."""
        key = "begins"
        try:
            if key not in line.values:
                raise ValueError(_("The time is missing. The row is left out."))
            begins, ends = cells.clock(line.values[key])
            key = "day"
            day = self._day(line)
            key = "begins"
            starts_at = self._exactly(line, day, begins) or instant(day, begins, self._facts.zone)
            if "minutes" in line.values:
                key = "minutes"
                return starts_at, cells.minutes(line.values[key])
            if "ends" in line.values:
                key = "ends"
                ends, _none = cells.clock(line.values[key])
            if ends is None:
                key = "minutes"
                raise ValueError(_("Neither the length nor the end is there. The row is left out."))
            # Midnight lies between: the end is the next day's.
            last_day = day if ends > begins else day + datetime.timedelta(days=1)
            ends_at = instant(last_day, ends, self._facts.zone)
            return starts_at, cells.minutes(round((ends_at - starts_at).total_seconds() / 60))
        except (ValueError, OverflowError) as error:
            self._report(line.place(key), str(error), is_error=True)
            return None

    def _day(self, line: _Line) -> datetime.date:
        """Of the row; where it names none, of the row before, and at the top that of the conference."""
        if "day" in line.values:
            self._day_above = cells.day(line.values["day"])
        return self._day_above

    def _exactly(self, line: _Line, day: datetime.date, begins: datetime.time) -> datetime.datetime | None:
        """What our own files say beside a time that the clock shows twice; nothing once somebody changed the time."""
        try:
            exact = datetime.datetime.fromisoformat(line.text("exactly"))
        except ValueError:
            return None
        if exact.tzinfo is None:
            return None
        local = exact.astimezone(self._facts.zone)
        is_same = (local.date(), local.hour, local.minute) == (day, begins.hour, begins.minute)
        return exact.astimezone(datetime.UTC) if is_same else None

    def _kind(self, line: _Line, title: str, *, has_people: bool) -> SessionKind:
        typed = line.text("kind")
        kind = named_kind(typed) if typed else None
        if kind is None:
            kind = guess_kind("", title, has_people=has_people)
            if typed:
                self._report(
                    line.place("kind"),
                    _("“%(typed)s” is no kind of session that is known here; “%(kind)s” is taken.")
                    % {"typed": typed, "kind": kind.label},
                )
        return kind

    def _languages(self, line: _Line) -> tuple[str, ...]:
        codes = []
        for typed in re.split(r"[,;/\n]+|\s(?=[a-z]{2}(?:\s|$))", line.text("languages")):
            if not typed or not typed.strip():
                continue
            try:
                codes.append(str(interpret(_LANGUAGE, typed.strip())))
            except Unclear as unclear:
                self._report(line.place("languages"), str(unclear))
        return tuple(dict.fromkeys(codes))

    def _appearances(self, line: _Line) -> tuple[PublicAppearance, ...]:
        found: dict[str, PublicAppearance] = {}
        for role in Role:
            for typed in re.split(r"[;\n]", line.text(role.value)):
                code = self._person(typed.strip())
                if code in found:
                    self._report(
                        line.place(role.value),
                        _("%(person)s stands in this session already.") % {"person": self._people[code].name},
                    )
                elif code:
                    found[code] = PublicAppearance(role, code)
        return tuple(found.values())

    # Presentations

    def _with_presentations(self, sessions: list[PublicSession], lines: Iterator[_Line]) -> list[PublicSession]:
        by_code = {session.code: session for session in sessions}
        by_title: dict[str, list[PublicSession]] = {}
        for session in sessions:
            by_title.setdefault(folded_name(session.title), []).append(session)
        talks: dict[str, list[PublicPresentation]] = {}
        above = None
        for line in lines:
            session = by_code.get(line.text("code")) or self._session_called(line, by_title, above)
            if session is None:
                continue
            above = session
            talk = self._presentation(line, session)
            if talk is not None:
                talks.setdefault(session.code, []).append(talk)
        return [replace(session, presentations=tuple(talks.get(session.code, ()))) for session in sessions]

    def _session_called(
        self, line: _Line, by_title: dict[str, list[PublicSession]], above: PublicSession | None
    ) -> PublicSession | None:
        typed = line.text("session")
        if not typed and not line.text("code") and above is not None:
            return above
        found = by_title.get(folded_name(typed), [])
        if len(found) == 1:
            return found[0]
        what = (
            _("Several sessions are called “%(title)s”: name its code. The presentation is left out.")
            if found
            else _("There is no session “%(title)s”. The presentation is left out.")
        )
        self._report(line.place("session"), what % {"title": typed or line.text("code")}, is_error=True)
        return None

    def _presentation(self, line: _Line, session: PublicSession) -> PublicPresentation | None:
        title = line.text("title")
        if not title:
            self._report(line.place("title"), _("The title is missing. The row is left out."), is_error=True)
            return None
        minutes = _PRESENTED_MINUTES
        try:
            minutes = cells.minutes(line.values["minutes"]) if "minutes" in line.values else minutes
        except ValueError as error:
            self._report(line.place("minutes"), str(error), is_error=True)
            return None
        return PublicPresentation(
            guid=self._guid(line, f"{session.guid}/{folded_name(title)}", session.code),
            title=title,
            minutes=minutes,
            abstract=line.text("abstract"),
            delegation=line.text("delegation"),
            speaker=self._person(line.text("speaker")),
        )

    # Rooms

    def _rooms(self, lines: Iterator[_Line], sessions: Sequence[PublicSession]) -> tuple[PublicRoom, ...]:
        rooms: dict[str, PublicRoom] = {}
        for line in lines:
            name, seats = line.text("name"), line.text("capacity")
            if name:
                rooms.setdefault(
                    name, PublicRoom(name, int(seats) if re.fullmatch(r"\d{1,6}", seats, re.ASCII) else None)
                )
        for session in sessions:
            if session.room:
                rooms.setdefault(session.room, PublicRoom(session.room))
        return tuple(rooms.values())
