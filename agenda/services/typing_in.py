"""Entering a day that was typed in: its sessions, and the rooms and speakers that it names for the first time."""

import datetime
from collections import defaultdict
from collections.abc import Sequence, Set
from dataclasses import dataclass, field

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from agenda.kinds import BREAKS
from agenda.models import Appearance, Presentation, Session, Speaker
from agenda.services import planning
from agenda.typing_in import LineProblem, TypedPerson, TypedSession
from conference import history
from conference.models import Conference, Room
from registrations.models import Delegation, Participant


@dataclass(frozen=True)
class Names:
    """What the lines name, found in the conference; `new_rooms` and `new_people` are named for the first time.

    `participants` are those of the new people who are registered, by folded name: they become speakers as such.
    """

    rooms: dict[str, Room]
    delegations: dict[str, Delegation]
    speakers: dict[str, Speaker]
    new_rooms: list[str] = field(default_factory=list)
    new_people: list[TypedPerson] = field(default_factory=list)
    participants: dict[str, Participant] = field(default_factory=dict)

    @property
    def guests(self) -> list[TypedPerson]:
        """The new people whom nobody registered."""
        return [person for person in self.new_people if person.name.casefold() not in self.participants]


def look_up(conference: Conference, typed: Sequence[TypedSession]) -> Names:
    """Matches names whatever their capitals. Changes nothing."""
    names = Names(
        rooms={room.name.casefold(): room for room in Room.objects.filter(venue=conference.venue_id)},
        delegations={one.name.casefold(): one for one in Delegation.objects.filter(conference=conference)},
        speakers={
            speaker.full_name.casefold(): speaker
            for speaker in Speaker.objects.filter(conference=conference).with_names()
        },
    )
    for session in typed:
        if session.room and session.room.casefold() not in {*names.rooms, *map(str.casefold, names.new_rooms)}:
            names.new_rooms.append(session.room)
        for person in session.people:
            known = {*names.speakers, *(one.name.casefold() for one in names.new_people)}
            if person.name.casefold() not in known:
                names.new_people.append(person)
    if names.new_people:
        names.participants.update(_registered(conference, {person.name.casefold() for person in names.new_people}))
    return names


def _registered(conference: Conference, wanted: Set[str]) -> dict[str, Participant]:
    """Confirmed participants by name. Of namesakes none: the organiser chooses on the session's page."""
    found: dict[str, list[Participant]] = defaultdict(list)
    for participant in conference.participants.confirmed().filter(speakers=None).select_related("delegation"):
        if (name := participant.full_name.casefold()) in wanted:
            found[name].append(participant)
    return {name: namesakes[0] for name, namesakes in found.items() if len(namesakes) == 1}


def problems(typed: Sequence[TypedSession], names: Names) -> list[LineProblem]:
    """Presentations of delegations that there are not, and people who stand twice in a session."""
    found = []
    for session in typed:
        found += [
            LineProblem(talk.line, talk.title, _("There is no delegation “%(name)s”.") % {"name": talk.presented_by})
            for talk in session.talks
            if talk.presented_by and talk.presented_by.casefold() not in names.delegations
        ]
        people = [person.name.casefold() for person in session.people]
        found += [
            LineProblem(session.line, session.title, _("%(person)s is in the session twice.") % {"person": person.name})
            for position, person in enumerate(session.people)
            if person.name.casefold() in people[:position]
        ]
    return found


@transaction.atomic
def enter(
    conference: Conference, day: datetime.date, typed: Sequence[TypedSession], *, seen: int, by: User | None
) -> list[Session]:
    """Adds the sessions to the working version, beside those that are there. What is spoken gets the conference's
    languages as interpretation.

    Raises EditedMeanwhile where the programme is not the one of the preview, NoSingleInstant for a time that the clock
    of that night skips or shows twice, PlanRefused for a presentation of a delegation that there is not.
    """
    plan = planning.lock(conference)
    planning.check_seen(plan, seen)
    names = look_up(conference, typed)
    if found := problems(typed, names):
        raise planning.PlanRefused(found[0].message)
    for name in names.new_rooms:
        names.rooms[name.casefold()] = Room.objects.create(venue=conference.venue, name=name)
    for person in names.new_people:
        name = person.name.casefold()
        names.speakers[name] = _new_speaker(conference, person, names.participants.get(name), by=by)
    number = planning.next_number(conference)
    made = []
    for position, one in enumerate(typed):
        starts_at, minutes = one.slot(day, conference.zone)
        session = Session.objects.create(
            conference=conference,
            number=number + position,
            kind=one.kind,
            title=one.title,
            room=names.rooms[one.room.casefold()] if one.room else None,
            starts_at=starts_at,
            minutes=minutes,
            languages=[] if one.kind in BREAKS else conference.languages,
        )
        _fill(session, one, names)
        made.append(session)
    history.record_many(made, "created", by=by, detail=_("typed in"))
    planning.touch(plan, by=by)
    return made


def _new_speaker(
    conference: Conference, person: TypedPerson, participant: Participant | None, *, by: User | None
) -> Speaker:
    """A participant's name and function are those of the registration, whatever was typed."""
    speaker = Speaker(conference=conference, participant=participant)
    if participant is None:
        speaker.title, speaker.given_name, speaker.family_name = person.title, person.given_name, person.family_name
        speaker.function, speaker.organisation = person.function, person.organisation
    speaker.save()
    history.record(speaker, "created", by=by, detail=_("typed in"))
    return speaker


def _fill(session: Session, typed: TypedSession, names: Names) -> None:
    Appearance.objects.bulk_create(
        Appearance(session=session, speaker=names.speakers[person.name.casefold()], role=person.role, position=position)
        for position, person in enumerate(typed.people)
    )
    Presentation.objects.bulk_create(
        Presentation(
            session=session,
            position=position,
            title=talk.title,
            minutes=talk.minutes,
            delegation=names.delegations.get(talk.presented_by.casefold()),
        )
        for position, talk in enumerate(typed.talks)
    )
