"""Taking a programme in from a file: kept after a look at it, then applied in one go, or discarded."""

import datetime
import uuid
from collections.abc import Collection, Sequence
from dataclasses import asdict, replace
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from agenda.exchange import schedule_json
from agenda.exchange.foreign import MAX_BYTES, Problem, Reading
from agenda.exchange.intake import Intake, Step, Talk, plan_import
from agenda.exchange.intake import report_of as intake_report
from agenda.exchange.takein import ImportReport, PersonName, fitted, split_name
from agenda.exchange.workbook import read_xlsx
from agenda.models import Appearance, Presentation, ProgrammeImport, Session, Speaker, new_code
from agenda.programme import Programme, PublicPerson
from agenda.queries import newest_release, working_programme
from agenda.services import planning
from agenda.states import SpeakerStatus
from conference import history, incoming
from conference.models import Conference, Room
from mailings import services as outbox
from registrations.guestlist.reading import FileProblem, check_archive

PENDING_FOR = datetime.timedelta(days=1)


class ImportRefused(planning.PlanRefused):
    """The file cannot be applied (any more); the message says why."""


class AlreadyApplied(ImportRefused):
    """It was applied before, as by a second click: nothing is wrong, and nothing was done again."""


class FileRefused(ImportRefused):
    """The file cannot be read at all."""


# The file -------------------------------------------------------------------------------------


@transaction.atomic
def receive_import(
    conference: Conference, data: bytes, *, name: str, remove_missing: bool, by: User | None
) -> ProgrammeImport:
    """Keeps a schedule.json or a workbook, known by what it is and not by its name, for a worker to read.

    Removes uploads that nobody applied for a day. Raises FileRefused for what is evidently neither; whatever else is
    wrong with it, the worker finds.
    """
    _check_start(data)
    ProgrammeImport.objects.filter(status__in=incoming.UNDECIDED, uploaded_at__lt=timezone.now() - PENDING_FOR).delete()
    upload = ProgrammeImport.objects.create(
        conference=conference,
        name=name[-200:],
        raw=data,
        content={"remove_missing": remove_missing},
        status=ProgrammeImport.Status.READING,
        uploaded_by=by,
    )
    _ask_worker(upload.pk)
    return upload


def _check_start(data: bytes) -> None:
    """Cheap enough for a request: unpacks nothing, and reads JSON of a bounded number of values alone."""
    if len(data) > MAX_BYTES:
        raise FileRefused(_("The file is larger than %(limit)d MB.") % {"limit": MAX_BYTES >> 20})
    if _is_archive(data):
        try:
            check_archive(data)
        except FileProblem as problem:
            raise FileRefused(str(problem)) from problem
    elif not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        raise FileRefused(_("This is neither a schedule.json nor an .xlsx workbook."))
    elif isinstance(document := schedule_json.parse(data), Problem):
        raise FileRefused(str(document))


def _is_archive(data: bytes) -> bool:
    return data.startswith(b"PK")


def _ask_worker(upload_id: int) -> None:
    from agenda.tasks import read_programme

    transaction.on_commit(lambda: outbox.publish(read_programme, upload_id), robust=True)


def imports_due() -> list[int]:
    """Uploads that wait for a worker, and those whose worker was lost."""
    return incoming.due(ProgrammeImport.objects.all())


def read_import(upload_id: int) -> bool:
    """Reads an upload that waits, and keeps what it says until it is decided upon.

    For the worker. Returns whether it can be looked at now; a file that cannot be read keeps the reason.
    """
    files = ProgrammeImport.objects.select_related("conference__venue")
    return incoming.work(files, upload_id, _read_and_keep, refusals=FileRefused)


def _read_and_keep(upload: ProgrammeImport) -> None:
    reading = _read(upload.conference, bytes(upload.raw or b""))
    if reading.programme is None:
        raise FileRefused(" ".join(map(str, reading.problems)))
    programme, cut = fitted(reading.programme)
    with transaction.atomic():
        found = incoming.locked(ProgrammeImport.objects.all(), upload)
        found.content["programme"] = programme.to_data()
        found.content["problems"] = [asdict(problem) for problem in [*reading.problems, *cut]]
        found.save()


def _read(conference: Conference, data: bytes) -> Reading:
    if _is_archive(data):
        facts = replace(working_programme(conference), rooms=(), people=(), sessions=())
        return read_xlsx(data, facts=facts)
    return schedule_json.read(data, time_zone=conference.time_zone)


def report_of(upload: ProgrammeImport) -> ImportReport:
    """What applying a pending upload would do now. Changes nothing."""
    report = plan_import(
        upload.conference,
        Programme.from_data(upload.content["programme"]),
        remove_missing=upload.content["remove_missing"],
    )
    return replace(report, problems=[*(Problem(**problem) for problem in upload.content["problems"]), *report.problems])


@transaction.atomic
def discard_import(upload: ProgrammeImport) -> None:
    """Drops the file and what was read of it. Raises AlreadyApplied where it was applied."""
    _decide(upload, ProgrammeImport.Status.DISCARDED, among=incoming.UNDECIDED)


def _decide(upload: ProgrammeImport, status: str, *, among: Collection[str]) -> None:
    """The first decision holds: a second click finds nothing undecided."""
    undecided = ProgrammeImport.objects.filter(pk=upload.pk, status__in=among)
    if undecided.update(status=status, content={}, raw=None, claim=None, lease_until=None, error=""):
        return
    present = ProgrammeImport.objects.filter(pk=upload.pk).values_list("status", flat=True).first()
    if present == ProgrammeImport.Status.APPLIED:
        raise AlreadyApplied(_("This programme was imported already."))
    if present in incoming.UNDECIDED:
        raise ImportRefused(_("This upload has not been checked, so there is nothing to import."))
    raise ImportRefused(_("This upload was discarded or is older than a day. Upload the file again."))


# Applying -------------------------------------------------------------------------------------


@transaction.atomic
def apply_import(upload: ProgrammeImport, *, seen: int | None, by: User | None) -> ImportReport:
    """Does what the dry run announced at the plan's version `seen`, all or nothing. Returns what was done.

    Raises AlreadyApplied for a second time, EditedMeanwhile where the programme changed since the dry run, and
    ImportRefused for an upload that is gone, or that removes sessions while some of its own could not be read.
    """
    plan = planning.lock(upload.conference)
    content = ProgrammeImport.objects.filter(pk=upload.pk).values_list("content", flat=True).first() or {}
    _decide(upload, ProgrammeImport.Status.APPLIED, among=[ProgrammeImport.Status.PENDING])
    planning.check_seen(plan, seen)
    if content["remove_missing"] and any(problem["is_error"] for problem in content["problems"]):
        raise ImportRefused(_("Parts of the file could not be read, so nothing may be removed. Mend the file first."))
    programme = Programme.from_data(content["programme"])
    intake = Intake(upload.conference, programme, remove_missing=content["remove_missing"])
    report = intake_report(intake, plan.version)
    if report.changes_something:
        _Writer(intake, source=_("imported from %(file)s") % {"file": upload.name}, by=by).write()
        planning.touch(plan, by=by)
    history.record(plan, "imported", by=by, detail=upload.name)
    return report


class _Writer:
    """Writes what an intake found. Needs the plan's lock."""

    def __init__(self, intake: Intake, *, source: str, by: User | None) -> None:
        self._intake, self._source, self._by = intake, source, by
        self._conference = intake.conference

    def write(self) -> None:
        self._remove()
        self._rooms = dict(self._intake.rooms)
        for name, room in self._intake.new_rooms.items():
            self._rooms[name] = Room.objects.create(
                venue=self._conference.venue, name=room.name, capacity=room.capacity
            )
        self._speakers = {**self._intake.speakers, **self._new_speakers()}
        added = [step for step in self._intake.steps if step.present is None]
        sessions = Session.objects.bulk_create(self._new_sessions(added), batch_size=200)
        history.record_many(sessions, "created", by=self._by, detail=self._source)
        appearances: list[Appearance] = []
        talks: list[Presentation] = []
        for step, session in zip(added, sessions, strict=True):
            appearances += self._appearances(session, step)
            talks += self._new_talks(session, step)
        for step in self._intake.steps:
            if step.present is not None and step.changes:
                more_appearances, more_talks = self._change(step.present, step)
                appearances += more_appearances
                talks += more_talks
        Appearance.objects.bulk_create(appearances, batch_size=200)
        Presentation.objects.bulk_create(talks, batch_size=200)

    def _remove(self) -> None:
        if not self._intake.remove_missing:
            return
        for session in self._intake.missing:
            history.record(self._conference, "session deleted", by=self._by, detail=session.title)
        Session.objects.filter(pk__in=[session.pk for session in self._intake.missing]).delete()

    def _new_speakers(self) -> dict[str, Speaker]:
        new = self._intake.new_people
        # Whom this site knows by a file of its own: their name in its parts, and whether they ever accepted.
        found = Speaker.objects.filter(guid__in=[person.guid for person in new.values()]).with_names()
        known = {one.guid: one for one in sorted(found, key=lambda one: one.status == SpeakerStatus.ACCEPTED)}
        codes = {one.code for one in self._intake.speakers.values()}
        made = {}
        for key, person in new.items():
            code = person.code if len(person.code) == 6 and person.code not in codes else new_code()
            codes.add(code)
            elsewhere = known.get(person.guid)
            has_accepted = elsewhere is not None and elsewhere.status == SpeakerStatus.ACCEPTED
            facts: dict[str, Any] = {"participant": self._intake.participants.get(key)}
            if facts["participant"] is None:
                facts = {**asdict(_name(person, elsewhere)), "function": person.function}
                facts["organisation"] = person.organisation
            speaker = Speaker(
                conference=self._conference,
                code=code,
                guid=person.guid,
                biography=person.biography,
                status=SpeakerStatus.ACCEPTED if has_accepted else SpeakerStatus.PLANNED,
                **facts,
            )
            speaker.save()
            made[key] = speaker
        history.record_many(made.values(), "created", by=self._by, detail=self._source)
        return made

    def _new_sessions(self, steps: Sequence[Step]) -> list[Session]:
        """With the file's codes and numbers where they are free: readers elsewhere know the sessions by them."""
        codes = {session.code for session in self._intake.sessions}
        numbers = {session.number for session in self._intake.sessions}
        release = newest_release(self._conference)
        once_public = {
            session["number"]: uuid.UUID(session["guid"])
            for session in (release.content["sessions"] + release.content["dropped"] if release else [])
        }
        following = planning.next_number(self._conference)
        sessions = []
        for step in steps:
            public = step.public
            code = public.code if len(public.code) == 6 and public.code not in codes else new_code()
            number = public.number
            if number in numbers or once_public.get(number, public.guid) != public.guid or not 0 < number < 2**31:
                number = max(following, max(numbers, default=0) + 1)
            codes.add(code)
            numbers.add(number)
            sessions.append(
                Session(
                    conference=self._conference,
                    guid=public.guid,
                    code=code,
                    number=number,
                    room=self._rooms.get(step.room),
                    **step.fields,
                )
            )
        return sessions

    def _change(self, session: Session, step: Step) -> tuple[list[Appearance], list[Presentation]]:
        for name, value in step.fields.items():
            setattr(session, name, value)
        session.room = self._rooms.get(step.room)
        session.version += 1
        session.save()
        history.record(session, "changed", by=self._by, detail=", ".join([*step.changes, self._source]))
        stored = [(str(one.speaker_id), one.role) for one in session.appearances.all()]
        appearances: list[Appearance] = []
        if stored != step.appearances:
            Appearance.objects.filter(session=session).delete()
            appearances = self._appearances(session, step)
        Presentation.objects.filter(pk__in=[talk.pk for talk in step.dropped_talks]).delete()
        for position, talk in enumerate(step.talks):
            if talk.present is not None:
                self._change_talk(talk, position)
        for position, kept in enumerate(step.kept_talks, start=len(step.talks)):
            Presentation.objects.filter(pk=kept.pk).exclude(position=position).update(position=position)
        return appearances, self._new_talks(session, step)

    def _change_talk(self, talk: Talk, position: int) -> None:
        present = talk.present
        assert present is not None  # noqa: S101
        changed = self._intake.talk_fields(talk)
        for name in ("title", "minutes", "abstract"):
            if changed[name]:
                setattr(present, name, getattr(talk.public, name))
        if changed["delegation"]:
            present.delegation = talk.delegation
        if changed["speaker"]:
            present.speaker = self._speakers.get(talk.speaker)
        if present.position != position or any(changed.values()):
            present.position = position
            present.save()

    def _appearances(self, session: Session, step: Step) -> list[Appearance]:
        return [
            Appearance(session=session, speaker=self._speakers[key], role=role, position=position)
            for position, (key, role) in enumerate(step.appearances)
        ]

    def _new_talks(self, session: Session, step: Step) -> list[Presentation]:
        return [
            Presentation(
                session=session,
                guid=talk.public.guid,
                position=position,
                title=talk.public.title,
                minutes=talk.public.minutes,
                abstract=talk.public.abstract,
                delegation=talk.delegation,
                speaker=self._speakers.get(talk.speaker),
            )
            for position, talk in enumerate(step.talks)
            if talk.present is None
        ]


def _name(person: PublicPerson, elsewhere: Speaker | None) -> PersonName:
    """In the parts that the site knows, as long as they still make up the name in the file."""
    if elsewhere is not None and elsewhere.addressed_name == person.name:
        source = elsewhere.participant or elsewhere
        return PersonName(source.title, source.given_name, source.family_name)
    return split_name(person.name)
