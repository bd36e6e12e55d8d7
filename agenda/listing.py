"""The public pages' view of a programme, in plain values: days and rows, now and next, a session's neighbours."""

import datetime
import html
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from django.utils.formats import date_format
from django.utils.html import strip_tags
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from agenda.kinds import Role
from agenda.programme import Programme, PublicPerson, PublicPresentation, PublicSession
from conference.languages import language_name
from conference.markup import render_markdown

_SUMMARY_WORDS = 60


@dataclass(frozen=True)
class Talk:
    """A presentation; `speaker` is None where it is to be confirmed."""

    presentation: PublicPresentation
    speaker: PublicPerson | None

    @property
    def line(self) -> str:
        """Who presents what: “Berlin · Reintegration”."""
        return " · ".join(part for part in (self.presentation.delegation, self.presentation.title) if part)


@dataclass(frozen=True)
class Row:
    """A session as one page shows it at one moment. Times are those of the venue's clock."""

    programme: Programme
    session: PublicSession
    is_now: bool = False

    @property
    def starts_at(self) -> datetime.datetime:
        return self.programme.local(self.session.starts_at)

    @property
    def ends_at(self) -> datetime.datetime:
        return self.programme.local(self.session.ends_at)

    @property
    def ends_on_another_day(self) -> bool:
        # Midnight itself still belongs to the evening.
        return (self.ends_at - datetime.timedelta(microseconds=1)).date() != self.starts_at.date()

    @property
    def crosses_clock_change(self) -> bool:
        """Whether the venue's clock changes between its beginning and its end: then each needs its zone beside it."""
        return self.starts_at.utcoffset() != self.ends_at.utcoffset()

    @cached_property
    def moderators(self) -> list[PublicPerson]:
        return self._people(Role.MODERATOR)

    @cached_property
    def speakers(self) -> list[PublicPerson]:
        return self._people(Role.SPEAKER)

    @cached_property
    def panellists(self) -> list[PublicPerson]:
        return self._people(Role.PANELLIST)

    @cached_property
    def talks(self) -> list[Talk]:
        people = self.programme.person
        return [Talk(talk, people.get(talk.speaker)) for talk in self.session.presentations]

    @property
    def kind_to_name(self) -> str:
        """The kind in words, empty where the title says it already: “Panel 1: …”, “Coffee break”."""
        label = str(self.session.kind.label)
        return "" if self.session.title.casefold().startswith(label.casefold()) else label

    @property
    def summary(self) -> str:
        """The abstract as one line of plain text."""
        text = html.unescape(strip_tags(render_markdown(self.session.abstract))) if self.session.abstract else ""
        return Truncator(" ".join(text.split())).words(_SUMMARY_WORDS)

    @property
    def language_names(self) -> list[str]:
        return [language_name(code) for code in self.session.languages]

    def _people(self, role: Role) -> list[PublicPerson]:
        people = self.programme.person
        return [people[code] for code in self.session.people(role) if code in people]


@dataclass(frozen=True)
class Day:
    date: datetime.date
    rows: list[Row]

    @property
    def anchor(self) -> str:
        return f"day-{self.date.isoformat()}"


@dataclass(frozen=True)
class NowAndNext:
    """What runs at a moment, and what begins next on the same day. `changes_at`: until when this holds, UTC."""

    now: list[Row]
    next: list[Row]
    changes_at: datetime.datetime | None

    def __bool__(self) -> bool:
        return bool(self.now or self.next)


def days(programme: Programme, moment: datetime.datetime) -> list[Day]:
    """The programme day by day; a session that passes midnight stands on the day on which it begins."""
    return [Day(day, list(rows(programme, sessions, moment))) for day, sessions in programme.days]


def rows(programme: Programme, sessions: Iterable[PublicSession], moment: datetime.datetime) -> Iterator[Row]:
    for session in sessions:
        yield Row(programme, session, is_now=session.starts_at <= moment < session.ends_at)


def now_and_next(programme: Programme, moment: datetime.datetime) -> NowAndNext:
    """Empty on every day on which nothing runs or begins any more."""
    today = programme.local(moment).date()
    running = [session for session in programme.sessions if session.starts_at <= moment < session.ends_at]
    later = [session for session in programme.sessions if session.starts_at > moment]
    coming = [
        session for session in later if session.starts_at == later[0].starts_at and programme.day_of(session) == today
    ]
    changes = [session.ends_at for session in running] + [session.starts_at for session in later[:1]]
    return NowAndNext(
        now=list(rows(programme, running, moment)),
        next=list(rows(programme, coming, moment)),
        changes_at=min(changes, default=None),
    )


def neighbours(programme: Programme, session: PublicSession) -> tuple[PublicSession | None, PublicSession | None]:
    """The sessions before and after this one in the order of the programme."""
    sessions = programme.sessions
    place = sessions.index(session)
    return sessions[place - 1] if place else None, sessions[place + 1] if place + 1 < len(sessions) else None


@dataclass(frozen=True)
class Part:
    """What one person does in a session."""

    row: Row
    roles: list[str]
    talks: list[Talk]


def parts(programme: Programme, code: str) -> list[Part]:
    """All sessions in which the person with this code appears."""
    found = []
    for session in programme.sessions_of(code):
        row = Row(programme, session)
        roles = [Role(appearance.role).label for appearance in session.appearances if appearance.person == code]
        found.append(Part(row, roles, [talk for talk in row.talks if talk.presentation.speaker == code]))
    return found


def zone_in_words(programme: Programme) -> str:
    """Such as “Brussels time (CET, UTC+1)”; with the day of the change where the clocks change in between."""
    place = programme.time_zone.rpartition("/")[2].replace("_", " ")
    stretches: list[tuple[str, datetime.date]] = []
    for session in programme.sessions:
        for instant in (session.starts_at, session.ends_at):
            local = programme.local(instant)
            words = _offset_in_words(local)
            if words not in (known for known, _day in stretches):
                stretches.append((words, local.date()))
    if not stretches:
        return _("%(place)s time") % {"place": place}
    offsets = stretches[0][0]
    if len(stretches) > 1:
        for words, day in stretches[1:]:
            offsets = _("%(before)s; from %(day)s on %(after)s") % {
                "before": offsets,
                "day": date_format(day, "j F"),
                "after": words,
            }
    return _("%(place)s time (%(offsets)s)") % {"place": place, "offsets": offsets}


def _offset_in_words(local: datetime.datetime) -> str:
    minutes = int((local.utcoffset() or datetime.timedelta()).total_seconds()) // 60
    sign = "−" if minutes < 0 else "+"
    hours, rest = divmod(abs(minutes), 60)
    offset = f"UTC{sign}{hours}" + (f".{rest:02d}" if rest else "")
    name = local.tzname() or ""
    # Where a zone has no abbreviation of its own, the database gives the offset again.
    return f"{name}, {offset}" if name.isalpha() and name != "UTC" else offset
