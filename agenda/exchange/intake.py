"""A file's programme against the working version: which of its sessions, people and rooms are there already.

Nothing of the working version is deleted unless the organiser asked for it, and what a file leaves empty stays as it
is. Speakers whom no release names are not in files, so they are never taken out either.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from agenda.exchange.foreign import Problem
from agenda.exchange.tables import folded_name
from agenda.exchange.takein import ImportReport, Item, same_text
from agenda.kinds import Role
from agenda.models import Plan, Presentation, Session, Speaker
from agenda.programme import Programme, PublicPerson, PublicPresentation, PublicRoom, PublicSession
from conference import history
from conference.models import Conference, Room
from registrations.models import Delegation, Participant


@dataclass
class Talk:
    """A presentation as it will be; `present` is the stored one."""

    public: PublicPresentation
    present: Presentation | None
    delegation: Delegation | None
    speaker: str  # key of the person, empty: nobody


@dataclass
class Step:
    """What becomes of one session of the file. People are keys of `Intake.people`."""

    public: PublicSession
    present: Session | None
    fields: dict[str, Any]
    room: str  # folded name, empty: none
    appearances: list[tuple[str, str]]  # key and role
    talks: list[Talk]
    kept_talks: list[Presentation]
    dropped_talks: list[Presentation]
    changes: list[str] = field(default_factory=list)


class Intake:
    """A file's programme against what is stored. Reads only; the number of queries does not depend on the sessions."""

    def __init__(self, conference: Conference, programme: Programme, *, remove_missing: bool) -> None:
        self.conference, self.remove_missing = conference, remove_missing
        self.problems: list[Problem] = []
        self.sessions = list(Session.objects.filter(conference=conference).with_people().in_order())
        self.rooms = {room.name.casefold(): room for room in Room.objects.filter(venue=conference.venue_id)}
        self.new_rooms: dict[str, PublicRoom] = {}
        self._public_rooms = {room.name.casefold(): room for room in programme.rooms}
        self._delegations = {one.name.casefold(): one for one in Delegation.objects.filter(conference=conference)}
        # People by key: a primary key of ours as text, else the file's code for whom is new.
        self.speakers = {
            str(one.pk): one for one in Speaker.objects.filter(conference=conference).with_names().order_by("pk")
        }
        self.new_people: dict[str, PublicPerson] = {}
        self.participants: dict[str, Participant] = {}
        self._keys = self._match_people(programme.people)
        self.steps = [self._step(public, present) for public, present in self._matched(programme.sessions)]
        found = {step.present.pk for step in self.steps if step.present}
        self.missing = [session for session in self.sessions if session.pk not in found]

    # People

    def _match_people(self, people: Sequence[PublicPerson]) -> dict[str, str]:
        by_guid = {one.guid: key for key, one in self.speakers.items()}
        in_file = {person.guid for person in people}
        by_name: dict[str, str] = {}
        for key, one in self.speakers.items():
            # Whom the file knows by GUID is nobody else of that name.
            if one.guid not in in_file:
                for name in (one.addressed_name, one.full_name):
                    by_name.setdefault(folded_name(name), key)
        participants: dict[str, list[Participant]] = {}
        speaking = {one.participant_id for one in self.speakers.values()}
        for participant in self.conference.participants.confirmed().select_related("delegation"):
            if participant.pk not in speaking:
                for name in {participant.full_name, participant.addressed_name}:
                    participants.setdefault(folded_name(name), []).append(participant)
        keys = {}
        for person in people:
            key = by_guid.get(person.guid) or by_name.get(folded_name(person.name), "")
            if not key:
                key = f"new {person.code}"
                self.new_people[key] = person
                # Of two in the file the second is somebody else.
                namesakes = participants.pop(folded_name(person.name), [])
                if len(namesakes) == 1:
                    self.participants[key] = namesakes[0]
            keys[person.code] = key
        return keys

    def is_public(self, key: str) -> bool:
        return key not in self.speakers or self.speakers[key].is_public

    # Sessions

    def _matched(self, public: Sequence[PublicSession]) -> Iterable[tuple[PublicSession, Session | None]]:
        """By GUID, else by time and title."""
        by_guid = {session.guid: session for session in self.sessions}
        taken = {one.guid for one in public}
        by_place = {
            (session.starts_at, folded_name(session.title)): session
            for session in self.sessions
            if session.guid not in taken
        }
        for one in public:
            yield one, by_guid.get(one.guid) or by_place.pop((one.starts_at, folded_name(one.title)), None)

    def _step(self, public: PublicSession, present: Session | None) -> Step:
        room = public.room.casefold()
        if room and room not in self.rooms:
            self.new_rooms.setdefault(room, self._public_rooms.get(room, PublicRoom(public.room)))
        fields: dict[str, Any] = {
            "kind": public.kind.value,
            "title": public.title,
            "starts_at": public.starts_at,
            "minutes": public.minutes,
            "languages": list(public.languages),
            "abstract": public.abstract,
            "question": public.question,
        }
        talks, kept, dropped = self._talks(public, present)
        step = Step(public, present, fields, room, self._appearances(public, present), talks, kept, dropped)
        if present is not None:
            self._compare(step, present)
        return step

    def _compare(self, step: Step, present: Session) -> None:
        if not self.remove_missing:
            # What the file leaves empty stays.
            for name in ("languages", "abstract", "question"):
                step.fields[name] = step.fields[name] or getattr(present, name)
            step.room = step.room or (present.room.name.casefold() if present.room else "")
        for name, value in list(step.fields.items()):
            stored = getattr(present, name)
            is_same = same_text(stored, value) if name in {"abstract", "question"} else stored == value
            if is_same:
                step.fields.pop(name)
        names = list(step.fields)
        if step.room != (present.room.name.casefold() if present.room else ""):
            names.append("room")
        step.changes = [history.field_labels(Session, [name]) for name in names]
        stored = [(str(one.speaker_id), one.role) for one in present.appearances.all()]
        if by_role(stored) != by_role(step.appearances):
            step.changes.append(_("people"))
        order = [talk.present.pk for talk in step.talks if talk.present] + [talk.pk for talk in step.kept_talks]
        if (
            step.dropped_talks
            or order != [talk.pk for talk in present.presentations.all()]
            or any(self.talk_changes(talk) for talk in step.talks)
        ):
            step.changes.append(_("presentations"))

    def _appearances(self, public: PublicSession, present: Session | None) -> list[tuple[str, str]]:
        wanted: dict[str, str] = {}
        for one in public.appearances:
            wanted.setdefault(self._keys[one.person], one.role.value)
        if present is None:
            return list(wanted.items())
        stored = [(str(one.speaker_id), one.role) for one in present.appearances.all()]
        kept = [
            (key, role)
            for key, role in stored
            if key not in wanted and not (self.remove_missing and self.is_public(key))
        ]
        among = [(key, role) for key, role in stored if key in wanted]
        if len(stored) == len(among) + len(kept) and by_role(among) == by_role(wanted.items()):
            return stored
        return [*wanted.items(), *kept]

    def _talks(
        self, public: PublicSession, present: Session | None
    ) -> tuple[list[Talk], list[Presentation], list[Presentation]]:
        stored = list(present.presentations.all()) if present else []
        by_guid = {talk.guid: talk for talk in stored}
        wanted = {talk.guid for talk in public.presentations}
        by_title = {folded_name(talk.title): talk for talk in stored if talk.guid not in wanted}
        talks = []
        for talk in public.presentations:
            found = by_guid.get(talk.guid) or by_title.pop(folded_name(talk.title), None)
            talks.append(Talk(talk, found, self._delegation(talk), self._keys.get(talk.speaker, "")))
        matched = {talk.present.pk for talk in talks if talk.present}
        rest = [talk for talk in stored if talk.pk not in matched]
        return (talks, [], rest) if self.remove_missing else (talks, rest, [])

    def _delegation(self, talk: PublicPresentation) -> Delegation | None:
        if not talk.delegation:
            return None
        found = self._delegations.get(talk.delegation.casefold())
        if found is None:
            self.problems.append(
                Problem(
                    f"“{talk.title}”",
                    _("“%(name)s” is no delegation of this conference: who presents is left open.")
                    % {"name": talk.delegation},
                )
            )
        return found

    def talk_changes(self, talk: Talk) -> bool:
        return talk.present is None or any(self.talk_fields(talk).values())

    def talk_fields(self, talk: Talk) -> dict[str, bool]:
        """Which fields of a stored presentation become different."""
        present, public = talk.present, talk.public
        if present is None:
            return {}
        leaves_speaker = not talk.speaker and (
            present.speaker is None or not self.remove_missing or not present.speaker.is_public
        )
        leaves_delegation = talk.delegation is None and (not self.remove_missing or bool(public.delegation))
        return {
            "title": present.title != public.title,
            "minutes": present.minutes != public.minutes,
            "abstract": not same_text(present.abstract, public.abstract)
            and bool(public.abstract or self.remove_missing),
            "delegation": not leaves_delegation and present.delegation != talk.delegation,
            "speaker": not leaves_speaker and str(present.speaker_id or "") != talk.speaker,
        }


def by_role(appearances: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Who, by role, in their order: the order between the roles is nobody's concern."""
    pairs = list(appearances)
    return {role.value: [key for key, one in pairs if one == role] for role in Role}


def plan_import(conference: Conference, programme: Programme, *, remove_missing: bool = False) -> ImportReport:
    """What importing the programme would do to the conference's working version. Changes nothing."""
    plan = Plan.objects.filter(conference=conference).first() or Plan(conference=conference)
    return report_of(Intake(conference, programme, remove_missing=remove_missing), plan.version)


def report_of(intake: Intake, version: int) -> ImportReport:
    report = ImportReport(
        version=version,
        new_rooms=[room.name for room in intake.new_rooms.values()],
        new_people=[person.name for person in intake.new_people.values()],
        problems=intake.problems,
    )
    for step in intake.steps:
        moved_from = step.present.starts_at if step.present and "starts_at" in step.fields else None
        item = Item(step.public.starts_at, step.public.title, tuple(step.changes), moved_from)
        (report.added if step.present is None else report.changed if step.changes else report.same).append(item)
    missing = [Item(session.starts_at, session.title) for session in intake.missing]
    (report.removed if intake.remove_missing else report.left).extend(missing)
    return report
