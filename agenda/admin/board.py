"""The working version as organisers read it: day by day, row by row. Plain values; reads nothing itself."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from agenda.kinds import Role
from agenda.models import Session, Speaker
from agenda.rearranging import day_of
from agenda.states import OPEN, SpeakerStatus
from agenda.warnings import ProgrammeWarning
from conference.models import Conference


@dataclass(frozen=True)
class Person:
    """Somebody in a session. `standing` is empty for who accepted; `look` is the tint of the word."""

    name: str
    speaker: int
    role: str = ""
    standing: str = ""
    look: str = ""


@dataclass(frozen=True)
class Row:
    """One session. `free` are the minutes before it in which nothing takes place, `runs_beside` says that an earlier
    one has not ended; `begins` and `ends` are local, `other_date` is the date where it is not that of the heading."""

    session: Session
    begins: datetime.datetime
    ends: datetime.datetime
    other_date: datetime.date | None
    free: int
    runs_beside: bool
    people: list[Person]
    presentations: int
    presented_minutes: int
    warnings: list[ProgrammeWarning] = field(default_factory=list)

    @property
    def debate_minutes(self) -> int:
        return max(0, self.session.minutes - self.presented_minutes)

    @property
    def free_from(self) -> datetime.datetime:
        return self.begins - datetime.timedelta(minutes=self.free)


@dataclass(frozen=True)
class Day:
    date: datetime.date
    rows: list[Row]


def days(sessions: Sequence[Session], warnings: Iterable[ProgrammeWarning], conference: Conference) -> list[Day]:
    """The board of sessions in order of time that were read `with_people`, with their open warnings."""
    of_session: dict[int, list[ProgrammeWarning]] = defaultdict(list)
    for warning in warnings:
        if warning.is_open and warning.session:
            of_session[warning.session.pk].append(warning)
    by_day: dict[datetime.date, list[Session]] = defaultdict(list)
    for session in sessions:
        by_day[day_of(session.starts_at, conference.zone)].append(session)
    return [Day(date, _rows(date, row, of_session, conference)) for date, row in sorted(by_day.items())]


def _rows(
    date: datetime.date,
    sessions: Sequence[Session],
    warnings: dict[int, list[ProgrammeWarning]],
    conference: Conference,
) -> list[Row]:
    rows = []
    ended: datetime.datetime | None = None
    for session in sessions:
        begins = session.starts_at.astimezone(conference.zone)
        pause = session.starts_at - ended if ended else datetime.timedelta(0)
        talks = session.presentations.all()
        rows.append(
            Row(
                session=session,
                begins=begins,
                ends=session.ends_at.astimezone(conference.zone),
                other_date=begins.date() if begins.date() != date else None,
                free=max(0, int(pause.total_seconds() // 60)),
                runs_beside=pause < datetime.timedelta(0),
                people=_people(session),
                presentations=len(talks),
                presented_minutes=sum(talk.minutes for talk in talks),
                warnings=warnings.get(session.pk, []),
            )
        )
        ended = max(ended, session.ends_at) if ended else session.ends_at
    return rows


def _people(session: Session) -> list[Person]:
    """Everybody once: in their roles first, then who presents."""
    found: dict[int, Person] = {}
    for appearance in session.appearances.all():
        role = "" if appearance.role == Role.PANELLIST else appearance.get_role_display()
        found[appearance.speaker_id] = _person(appearance.speaker, role)
    for talk in session.presentations.all():
        if talk.speaker and talk.speaker_id not in found:
            found[talk.speaker_id] = _person(talk.speaker, _("presents"))
    return list(found.values())


def _person(speaker: Speaker, role: str) -> Person:
    if speaker.is_gone:
        standing = SpeakerStatus.DECLINED if speaker.status == SpeakerStatus.DECLINED else SpeakerStatus.WITHDRAWN
        return Person(speaker.full_name, speaker.pk, role, str(standing.label), "bad")
    if speaker.status in OPEN:
        return Person(speaker.full_name, speaker.pk, role, speaker.get_status_display(), "warn")
    return Person(speaker.full_name, speaker.pk, role)
