"""What the big screen of a room shows, as plain values: its sessions, and the steps of each for the countdown."""

import datetime
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.text import slugify
from django.utils.translation import gettext as _

from agenda.kinds import Role
from agenda.programme import Programme, PublicPresentation, PublicSession


@dataclass(frozen=True)
class Name:
    name: str
    detail: str = ""  # function, or whom the person stands for


@dataclass(frozen=True)
class Step:
    """What the countdown runs for: a presentation, the debate after them, or the whole of a session without any."""

    key: str
    title: str
    minutes: int
    who: tuple[Name, ...] = ()


@dataclass(frozen=True)
class Scene:
    """One session on the screen. A break has no steps: nobody speaks."""

    key: str
    title: str
    starts_at: datetime.datetime
    ends_at: datetime.datetime
    moderated: str = ""  # "Moderated by …"
    question: str = ""
    steps: tuple[Step, ...] = ()

    def to_data(self) -> dict[str, Any]:
        """JSON-ready, instants in milliseconds since 1970."""
        return {**asdict(self), "starts_at": _milliseconds(self.starts_at), "ends_at": _milliseconds(self.ends_at)}


def _milliseconds(instant: datetime.datetime) -> int:
    return int(instant.timestamp() * 1000)


def rooms_of(programme: Programme) -> Mapping[str, str]:
    """The rooms' names by the last part of their screens' addresses, which outlives releases that rename no room."""
    found: dict[str, str] = {}
    for number, room in enumerate(programme.rooms, start=1):
        slug = slugify(room.name, allow_unicode=True)
        found[f"{slug}-{number}" if slug in found else slug or str(number)] = room.name
    return found


def scenes_of(programme: Programme, room: str) -> list[Scene]:
    """The room's sessions in the order of time, and the breaks elsewhere for which everybody leaves it."""
    own = [session for session in programme.sessions if session.room == room]
    return [
        _scene(programme, session, room)
        for session in programme.sessions
        if session.room == room or (session.is_break and not any(_overlap(session, other) for other in own))
    ]


def _overlap(one: PublicSession, other: PublicSession) -> bool:
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


def at(scenes: Sequence[Scene], now: datetime.datetime) -> Scene | None:
    """The one that takes place; of several the one that began last, such as a market place during lunch."""
    running = [scene for scene in scenes if scene.starts_at <= now < scene.ends_at]
    return running[-1] if running else None


def after(scenes: Sequence[Scene], now: datetime.datetime) -> Scene | None:
    """The next that begins."""
    return next((scene for scene in scenes if scene.starts_at > now), None)


def _scene(programme: Programme, session: PublicSession, room: str) -> Scene:
    elsewhere = session.room and session.room != room
    moderators = ", ".join(programme.person[code].name for code in session.moderators if code in programme.person)
    return Scene(
        key=str(session.guid),
        title=_("%(break)s, %(room)s") % {"break": session.title, "room": session.room} if elsewhere else session.title,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        moderated=_("Moderated by %(names)s") % {"names": moderators} if moderators else "",
        question=session.question,
        steps=() if session.is_break else tuple(_steps(programme, session)),
    )


def _steps(programme: Programme, session: PublicSession) -> list[Step]:
    if not session.presentations:
        speaking = (code for code in session.everybody if code not in session.moderators)
        people = [programme.person[code] for code in speaking if code in programme.person]
        who = tuple(Name(person.name, person.function or person.organisation) for person in people)
        return [Step(str(session.guid), session.title, session.minutes, who)]
    steps = [
        Step(str(talk.guid), talk.title, talk.minutes, _presenting(programme, talk)) for talk in session.presentations
    ]
    if session.debate_minutes:
        who = tuple(_panellists(programme, session))
        steps.append(Step(f"{session.guid}/debate", _("Debate"), session.debate_minutes, who))
    return steps


def _presenting(programme: Programme, talk: PublicPresentation) -> tuple[Name, ...]:
    person = programme.person.get(talk.speaker)
    if person:
        return (Name(person.name, talk.delegation or person.organisation),)
    return (Name(talk.delegation),) if talk.delegation else ()


def _panellists(programme: Programme, session: PublicSession) -> list[Name]:
    """Who sits on the stage in the debate; of many only the first, as a screen is no list."""
    codes = [code for code in session.everybody if code not in session.people(Role.MODERATOR)]
    people = [programme.person[code] for code in codes if code in programme.person]
    return [Name(person.name) for person in itertools.islice(people, 6)]
