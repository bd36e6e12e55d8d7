"""A day as people write it down, one line a session, read into plain values. Every error is told at its line.

9.30–10.30 Panel 1: Challenges and inspiring approaches @ Plenary room
  Moderator: Jana Štěpánková, Mayor, Brno
  - A national initiative (7 min) @ Denmark
10h30 -> 30 min Coffee break @ Atrium
"""

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from agenda.exchange.kind_guess import named_kind
from agenda.exchange.takein import TITLES
from agenda.kinds import Role, SessionKind
from agenda.local_times import instant
from agenda.rearranging import DAY_BEGINS

MOST_LINES = 400
# A longer session is a slip of the pen: 9.30–8.30.
LONGEST = datetime.timedelta(hours=14)
_DAY = datetime.timedelta(days=1)
_SHORTEST_TITLE, _LONGEST_TITLE = 1, 200
_PRESENTED_MINUTES = 5


@dataclass(frozen=True)
class TypedPerson:
    role: Role
    given_name: str
    family_name: str
    function: str = ""
    organisation: str = ""
    title: str = ""

    @property
    def name(self) -> str:
        """Without the title, which one line may have and another not."""
        return f"{self.given_name} {self.family_name}".strip()


@dataclass(frozen=True)
class TypedTalk:
    line: int
    title: str
    minutes: int = _PRESENTED_MINUTES
    presented_by: str = ""  # a delegation's name


@dataclass(frozen=True)
class TypedSession:
    """`begins` and `ends` are hours of the venue's clock from the day's midnight on, above 24 after the next one.

    With `minutes` instead of `ends` the length is what counts.
    """

    line: int
    begins: datetime.timedelta
    kind: SessionKind
    title: str
    ends: datetime.timedelta | None = None
    minutes: int | None = None
    room: str = ""
    people: tuple[TypedPerson, ...] = ()
    talks: tuple[TypedTalk, ...] = ()

    def slot(self, day: datetime.date, zone: ZoneInfo) -> tuple[datetime.datetime, int]:
        """When it begins, in UTC, and how many minutes it lasts. Raises NoSingleInstant as local_times.instant does."""
        starts_at = _instant(day, self.begins, zone)
        if self.ends is None:
            return starts_at, self.minutes or 0
        return starts_at, int((_instant(day, self.ends, zone) - starts_at).total_seconds() // 60)


@dataclass(frozen=True)
class LineProblem:
    line: int
    text: str
    message: str


class _Problem(ValueError):
    """What is wrong with one line."""


def _instant(day: datetime.date, hours: datetime.timedelta, zone: ZoneInfo) -> datetime.datetime:
    local = datetime.datetime.combine(day, datetime.time(0)) + hours
    return instant(local.date(), local.time(), zone)


# Lines ----------------------------------------------------------------------------------------

_TIME = r"(\d{1,2})(?:[.:hH](\d{2})|[hH])?"
_RANGE = re.compile(rf"{_TIME}\s*(?:[-–—−]|to\b|until\b)\s*{_TIME}(?!\d|[.:]\d)")
_FROM = re.compile(r"(\d{1,2})(?:[.:hH](\d{2})|[hH])(?![\d])")
_MINUTES = r"(\d{1,4})\s*(?:minutes|minute|min\.?|['′’])"
_LENGTH = re.compile(rf"\s*(?:->|→|⟶)\s*{_MINUTES}")
_LENGTH_AT_END = re.compile(rf"\s*(?:(?:->|→|⟶)\s*{_MINUTES}|\({_MINUTES}\))\s*$")
_TALK = re.compile(r"[-–—•*]\s+")
_AROUND = " \t:|,;–—-"


def read(text: str) -> tuple[list[TypedSession], list[LineProblem]]:
    """The sessions of a day, and what could not be read. Empty lines and lines that begin with # count for nothing."""
    sessions: list[TypedSession] = []
    problems: list[LineProblem] = []
    # A session whose line could not be read is not there to take the lines below it, which are not wrong for that.
    belongs_to_nothing = False
    for number, line in enumerate(text.splitlines(), start=1):
        words = " ".join(line.split())
        if not words or words.startswith("#"):
            continue
        if number > MOST_LINES:
            problems.append(LineProblem(number, words, _("Type in at most %d lines at once.") % MOST_LINES))
            break
        try:
            if (talk := _TALK.match(words)) or (named := _role(words)):
                if sessions and not belongs_to_nothing:
                    last = sessions[-1]
                    if talk:
                        sessions[-1] = replace(last, talks=(*last.talks, _talk(number, words[talk.end() :])))
                    else:
                        sessions[-1] = replace(last, people=(*last.people, _person(*named)))
                elif not belongs_to_nothing:
                    raise _Problem(_("This belongs to a session, and there is none above it."))
                continue
            belongs_to_nothing = True
            sessions.append(_session(number, words))
            belongs_to_nothing = False
        except _Problem as problem:
            problems.append(LineProblem(number, words, str(problem)))
    return _with_ends(sessions, problems, text.splitlines())


def _with_ends(
    sessions: Sequence[TypedSession], problems: list[LineProblem], lines: Sequence[str]
) -> tuple[list[TypedSession], list[LineProblem]]:
    """A session without an end lasts until the next one begins."""
    complete = []
    for position, session in enumerate(sessions):
        if session.ends is None and session.minutes is None:
            following = sessions[position + 1].begins if position + 1 < len(sessions) else None
            if following is None or not datetime.timedelta(0) < following - session.begins <= LONGEST:
                words = " ".join(lines[session.line - 1].split())
                message = _("Say until when, such as 9.30–10.30, or how long, such as 9.30 -> 60 min.")
                problems.append(LineProblem(session.line, words, message))
                continue
            session = replace(session, ends=following)  # noqa: PLW2901
        complete.append(session)
    return complete, sorted(problems, key=lambda problem: problem.line)


def _session(number: int, words: str) -> TypedSession:
    minutes = ends = None
    if found := _RANGE.match(words):
        begins, ends = _hours(*found.group(1, 2)), _hours(*found.group(3, 4))
        if ends <= begins:
            ends += _DAY
        if ends - begins > LONGEST:
            raise _Problem(_("It would last %d hours.") % ((ends - begins) // datetime.timedelta(hours=1)))
    elif found := _FROM.match(words):
        begins = _hours(*found.group(1, 2))
    else:
        raise _Problem(_("A line begins with a time, such as 9.30–10.30 or 9.30 -> 60 min."))
    rest = words[found.end() :]
    if length := _LENGTH.match(rest):
        minutes, rest = int(length.group(1)), rest[length.end() :]
    rest, at_end = _without_length(rest)
    rest, _at, room = rest.rpartition(" @ ") if " @ " in rest else (rest, "", "")
    rest, before_room = _without_length(rest)
    minutes = minutes or at_end or before_room
    kind, title = _kind_and_title(rest.strip(_AROUND))
    if minutes is not None:
        ends = None
        if not 1 <= minutes <= LONGEST // datetime.timedelta(minutes=1):
            raise _Problem(_("It would last %d minutes.") % minutes)
    if len(room.strip()) > 100:
        raise _Problem(_("The room’s name is too long."))
    # Before 5.00 is the night that follows: a reception runs past midnight.
    late = _DAY if begins < DAY_BEGINS else datetime.timedelta(0)
    return TypedSession(
        line=number,
        begins=begins + late,
        ends=ends + late if ends is not None else None,
        minutes=minutes,
        kind=kind,
        title=title,
        room=room.strip(),
    )


def _hours(hours: str, minutes: str | None) -> datetime.timedelta:
    if int(hours) > 24 or int(minutes or 0) > 59 or (int(hours) == 24 and int(minutes or 0)):
        raise _Problem(_("There is no such time as %(time)s.") % {"time": f"{hours}.{minutes or '00'}"})
    return datetime.timedelta(hours=int(hours) % 24, minutes=int(minutes or 0))


def _without_length(rest: str) -> tuple[str, int | None]:
    found = _LENGTH_AT_END.search(rest)
    return (rest[: found.start()], int(found.group(1) or found.group(2))) if found else (rest, None)


def _kind_and_title(words: str) -> tuple[SessionKind, str]:
    """“Panel: Challenges” is a panel called Challenges, “Panel 1: Challenges” one that is called just so."""
    before, colon, after = words.partition(":")
    labels = {str(kind.label).casefold(): kind for kind in SessionKind} | {kind.value: kind for kind in SessionKind}
    explicit = labels.get(before.strip().casefold()) if colon else None
    title = _checked_title((after.strip() or before.strip()) if explicit else words)
    if explicit:
        return explicit, title
    folded = title.casefold()
    kind = next((kind for label, kind in labels.items() if folded.startswith(label)), None) or named_kind(title)
    if kind is None:
        kinds = ", ".join(str(kind.label) for kind in SessionKind)
        raise _Problem(_("Say what it is, such as “Panel: …”. Known are: %(kinds)s.") % {"kinds": kinds})
    return kind, title


def _checked_title(title: str) -> str:
    if not _SHORTEST_TITLE <= len(title) <= _LONGEST_TITLE:
        raise _Problem(_("The title is missing.") if not title else _("The title is longer than 200 characters."))
    return title


def _talk(number: int, words: str) -> TypedTalk:
    rest, at_end = _without_length(words)
    rest, _at, presented_by = rest.rpartition(" @ ") if " @ " in rest else (rest, "", "")
    rest, before = _without_length(rest)
    minutes = at_end or before or _PRESENTED_MINUTES
    return TypedTalk(number, _checked_title(rest.strip()), minutes, presented_by.strip())


def _role(words: str) -> tuple[Role, str] | None:
    """The role and the rest of a line such as “Moderator: …”."""
    before, colon, after = words.partition(":")
    if not colon:
        return None
    folded = before.strip().casefold()
    role = next((role for role in Role if folded in {role.value, str(role.label).casefold()}), None)
    return (role, after) if role else None


def _person(role: Role, words: str) -> TypedPerson:
    """Title, name, function, organisation. The last word is the family name, or all that is in capitals."""
    name, function, organisation = (part.strip() for part in f"{words},,".split(",", 2))
    parts = name.split()
    if not parts:
        raise _Problem(_("The name is missing."))
    titles = []
    while len(parts) > 1 and parts[0].casefold() in TITLES:
        titles.append(parts.pop(0))
    capitals = [part for part in parts if len(part) > 1 and part.isupper()]
    family = [part for part in parts if part in capitals] if 0 < len(capitals) < len(parts) else parts[-1:]
    given = [part for part in parts if part not in capitals] if family == capitals else parts[:-1]
    organisation = organisation.strip(", ")
    if max(len(" ".join(given)), len(" ".join(family))) > 100 or max(len(function), len(organisation)) > 200:
        raise _Problem(_("The name, the function or the organisation is too long."))
    return TypedPerson(role, " ".join(given), " ".join(family), function, organisation, title=" ".join(titles)[:60])
