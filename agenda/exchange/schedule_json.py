"""The programme as schedule.json, and back. Files of other systems are read as well, see `foreign`.

Format: https://c3voc.de/wiki/schedule, schema https://c3voc.de/schedule/schema.json. What it has no place for stands
under `schedule.convoke`, so that a programme comes back exactly. What it has a place for stands there only: whoever
edits such a file elsewhere changes what is read.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from agenda.exchange import foreign, naming, wording
from agenda.exchange.foreign import MAX_BYTES, Problem, Reading
from agenda.programme import Programme, PublicPerson, PublicRoom, PublicSession

# Outside of the schema's pattern the field is left out; ours says it as well.
_KNOWN_ZONE = re.compile(r"[A-Z][a-z]+/[A-Z][a-z]+")
# Of a file: lists and objects, and commas. 2,000 sessions of ten people each have a third of them.
_MOST_GROUPS, _MOST_VALUES = 200_000, 500_000
# Facts of a session that the format has no field for.
_OWN = ("kind", "languages", "appearances", "presentations", "sequence")


def render(programme: Programme) -> bytes:
    """The whole programme, with breaks; valid against the schema whatever the texts contain."""
    days = naming.days(programme)
    conference = {
        "acronym": naming.acronym(programme),
        "title": programme.title,
        "start": days[0].date.isoformat(),
        "end": days[-1].date.isoformat(),
        "daysCount": len(days),
        "timeslot_duration": naming.TIMESLOT,
        "url": programme.url,
        "rooms": [_room(programme, room) for room in programme.rooms],
        "days": [_day(programme, day) for day in days],
    }
    if _KNOWN_ZONE.match(programme.time_zone):
        conference["time_zone_name"] = programme.time_zone
    schedule = {
        "version": wording.version(programme),
        "base_url": programme.url,
        "conference": conference,
        "convoke": _own(programme),
    }
    document = {
        "$schema": "https://c3voc.de/schedule/schema.json",
        "generator": {"name": naming.GENERATOR, "version": naming.FORMAT_VERSION},
        "schedule": schedule,
    }
    # Half characters, which UTF-8 cannot express, become question marks.
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


def _room(programme: Programme, room: PublicRoom) -> dict[str, Any]:
    return {"name": room.name, "guid": str(naming.room_guid(programme, room.name)), "capacity": room.capacity}


def _day(programme: Programme, day: naming.Day) -> dict[str, Any]:
    return {
        "index": day.index,
        "date": day.date.isoformat(),
        "day_start": wording.local(programme, day.starts_at),
        "day_end": wording.local(programme, day.ends_at),
        "rooms": {room: [_event(programme, one, room) for one in sessions] for room, sessions in day.rooms.items()},
    }


def _event(programme: Programme, session: PublicSession, room: str) -> dict[str, Any]:
    begins = programme.local(session.starts_at)
    return {
        "guid": str(session.guid),
        "code": session.code,
        "id": session.number,
        "date": begins.isoformat(),
        "start": begins.strftime("%H:%M"),
        "end": wording.local(programme, session.ends_at),
        "duration": wording.hours_and_minutes(session.minutes),
        "room": room,
        "slug": naming.slug(programme, session),
        "url": wording.session_address(programme, session),
        "title": session.title,
        "subtitle": session.question,
        "track": None,
        "type": session.kind.value,
        "language": session.languages[0] if session.languages else None,
        "abstract": session.abstract,
        "description": "\n\n".join(wording.details(programme, session)),
        "persons": [_person(programme, person) for person in naming.people_of(programme, session)],
        "links": [],
        "attachments": [
            {"type": "slides", "url": wording.document_address(programme, document.key), "title": document.name}
            for talk in session.presentations
            for document in talk.documents
        ],
    }


def _person(programme: Programme, person: PublicPerson) -> dict[str, Any]:
    return {
        "code": person.code,
        "guid": str(person.guid),
        "name": person.name,
        "biography": person.biography,
        "avatar": wording.photo_address(programme, person) if person.photo else None,
        "url": wording.speaker_address(programme, person),
    }


def _own(programme: Programme) -> dict[str, Any]:
    data = programme.to_data()
    facts = {name: data[name] for name in data if name not in {"title", "url", "rooms", "sessions"}}
    sessions = {
        session["guid"]: {"has_room": bool(session["room"]), **{name: session[name] for name in _OWN}}
        for session in data["sessions"]
    }
    return {**facts, "sessions": sessions}


# Reading --------------------------------------------------------------------------------------


def parse(data: bytes) -> Any:
    """What the JSON says, or the Problem why it cannot be read. Never raises, and costs little whatever the file."""
    if len(data) > MAX_BYTES:
        return Problem("", _("The file is larger than %(limit)d MB.") % {"limit": MAX_BYTES >> 20}, True)
    # Brackets inside of texts count as well, which no programme has so many of.
    if data.count(b"[") + data.count(b"{") > _MOST_GROUPS or data.count(b",") > _MOST_VALUES:
        return Problem("", _("The file holds far more than a programme can have."), True)
    try:
        return json.loads(data)
    except json.JSONDecodeError as error:
        where = _("line %(line)d, column %(column)d") % {"line": error.lineno, "column": error.colno}
        return Problem(where, _("The file is not JSON: %(reason)s.") % {"reason": error.msg}, True)
    except (ValueError, RecursionError):
        # Not UTF-8, a number of thousands of digits, or brackets nested to exhaust the reader.
        return Problem("", _("The file cannot be read as JSON."), True)


def read(data: bytes, *, time_zone: str = "Europe/Brussels") -> Reading:
    """The programme that a schedule.json describes, ours or another system's. Never raises: see `Reading`.

    `time_zone` is that of the venue where the file names none.
    """
    document = parse(data)
    if isinstance(document, Problem):
        return Reading(None, [document])
    schedule = document.get("schedule") if isinstance(document, dict) else None
    if not isinstance(schedule, dict) or not isinstance(schedule.get("conference"), dict):
        return Reading(
            None,
            [Problem("schedule.conference", _("This is not a schedule.json: it says nothing of a conference."), True)],
        )
    own = schedule.get("convoke")
    reading = foreign.read_schedule(schedule, time_zone=time_zone, own=_own_sessions(own))
    if not isinstance(own, dict) or reading.programme is None:
        return reading
    try:
        return replace(reading, programme=_with_own(reading.programme, own))
    except (KeyError, TypeError, ValueError, AttributeError):
        reading.problems.append(
            Problem("schedule.convoke", _("This part is damaged. The rest was read as a file of another system."))
        )
        return foreign.read_schedule(schedule, time_zone=time_zone, problems=reading.problems)


def _own_sessions(own: Any) -> Mapping[str, Any]:
    sessions = own.get("sessions") if isinstance(own, dict) else None
    return sessions if isinstance(sessions, dict) else {}


def _with_own(programme: Programme, own: Mapping[str, Any]) -> Programme:
    """The programme with what only our own files say. Raises what Programme.from_data raises, or AttributeError."""
    data = programme.to_data()
    extras = own["sessions"]
    places = {guid: place for place, guid in enumerate(extras)}
    sessions = []
    for session in data["sessions"]:
        extra = extras.get(session["guid"])
        if extra is not None:
            session.update({name: extra[name] for name in _OWN})
            session["room"] = session["room"] if extra["has_room"] else ""
        sessions.append(session)
    # Beside each other by the room's name, as the database that made the file sorts it.
    sessions.sort(key=lambda session: (session["starts_at"], places.get(session["guid"], len(places))))
    known = {person["code"] for person in own["people"]}
    added = [person for person in data["people"] if person["code"] not in known]
    facts = {name: own[name] for name in data if name not in {"title", "url", "rooms", "sessions", "people"}}
    return Programme.from_data({**data, **facts, "people": [*own["people"], *added], "sessions": sessions})
