"""Changing the working version. Every change locks the plan and raises its version: who saw an earlier one is told."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from accounts.models import User
from agenda.models import Appearance, DismissedWarning, Document, Plan, Presentation, Release, Session, Speaker
from agenda.queries import newest_release
from agenda.rearranging import Changed, Slot, day_of, duplicate
from conference import history
from conference.authors import author_of
from conference.models import Conference, Room
from registrations.models import Delegation


class PlanRefused(Exception):
    """The programme cannot be changed so; the message says why."""


class EditedMeanwhile(PlanRefused):
    """Somebody else changed the programme since this one was looked at. Nothing was saved."""


def lock(conference: Conference) -> Plan:
    """The conference's plan, locked until the end of the transaction: two organisers' changes come one by one."""
    Plan.objects.get_or_create(conference=conference)
    return Plan.objects.select_for_update(no_key=True).get(conference=conference)


def _lock_as_seen(conference: Conference, seen: int | None) -> Plan:
    plan = lock(conference)
    check_seen(plan, seen)
    return plan


def check_seen(plan: Plan, seen: int | None) -> None:
    """Raises EditedMeanwhile where the programme is not the one that was seen. Needs the plan's lock."""
    if seen is not None and plan.version != seen:
        raise EditedMeanwhile(
            _("%(person)s changed the programme at %(time)s. Look at it again, then repeat your change.")
            % {
                "person": author_of(plan, "changed_by") or _("Somebody else"),
                "time": formats.time_format(timezone.localtime(plan.changed_at, plan.conference.zone)),
            }
        )


def touch(plan: Plan, *, by: User | None) -> None:
    """Notes a change of the programme; the plan must be locked."""
    plan.version += 1
    plan.changed_at = timezone.now()
    plan.changed_by = by
    plan.save(update_fields=["version", "changed_at", "changed_by"])


def slots_of(conference: Conference) -> list[Slot]:
    """All sessions of the working version as slots, known by their primary keys, in order of time."""
    rows = Session.objects.filter(conference=conference).in_order()
    return [Slot(*row) for row in rows.values_list("pk", "starts_at", "minutes", "room")]


@transaction.atomic
def save_plan(plan: Plan, *, changed: Sequence[str], by: User | None) -> Plan:
    """Saves deadlines and the venue's hours. `plan` may be unsaved, where nothing was planned yet."""
    present = lock(plan.conference)
    if changed:
        for name in changed:
            setattr(present, name, getattr(plan, name))
        present.save(update_fields=list(changed))
        history.record(present, "changed", by=by, detail=history.field_labels(Plan, changed))
    return present


# One session ----------------------------------------------------------------------------------


@transaction.atomic
def save_session(session: Session, *, seen: int | None, changed: Sequence[str], by: User | None) -> Session:
    """Saves one session. `seen` is the version that the organiser had before them; None for a new session.

    Raises EditedMeanwhile where somebody saved the session since. What belongs to it (people, presentations) is saved
    by the caller in the same transaction, under the same lock.
    """
    plan = lock(session.conference)
    is_new = session.pk is None
    if is_new:
        session.number = next_number(session.conference)
    else:
        check_unchanged(session, seen)
        session.version = (seen or session.version) + 1
    session.save()
    touch(plan, by=by)
    history.record(session, "created" if is_new else "changed", by=by, detail=history.field_labels(Session, changed))
    return session


def check_unchanged(session: Session, seen: int | None) -> None:
    """Raises EditedMeanwhile where the stored session is not the one that was seen. Needs the plan's lock."""
    present = Session.objects.filter(pk=session.pk).values_list("version", flat=True).first()
    if present is None:
        raise EditedMeanwhile(_("Somebody else deleted this session. Your changes were not saved."))
    if seen is not None and present != seen:
        entry = history.of(session).first()
        raise EditedMeanwhile(
            _("%(person)s saved this session at %(time)s. Your changes were not saved yet: compare, and save again.")
            % {
                "person": (entry.by_name or entry.by_label) if entry else _("Somebody else"),
                "time": formats.time_format(timezone.localtime(entry.at if entry else None, session.conference.zone)),
            }
        )


def next_number(conference: Conference) -> int:
    """A number no session has or had: feed readers tell sessions apart by it."""
    highest = Session.objects.filter(conference=conference).aggregate(Max("number"))["number__max"] or 0
    release = newest_release(conference)
    content = release.content if release else {"sessions": [], "dropped": []}
    return max([highest, *(session["number"] for session in content["sessions"] + content["dropped"])]) + 1


@transaction.atomic
def delete_session(session: Session, *, by: User | None) -> None:
    """Takes a session out of the working version. The next release cancels its calendar entries."""
    plan = lock(session.conference)
    history.record(session.conference, "session deleted", by=by, detail=session.title)
    session.delete()
    touch(plan, by=by)


# Many sessions --------------------------------------------------------------------------------


@transaction.atomic
def rearrange(conference: Conference, changed: Changed, *, seen: int, what: str, by: User | None) -> int:
    """Gives sessions the times and rooms of `changed` (by primary key), as a preview showed them at version `seen`.

    Raises EditedMeanwhile where the programme is not that of the preview. Returns how many sessions moved.
    """
    plan = _lock_as_seen(conference, seen)
    sessions = list(Session.objects.filter(conference=conference, pk__in=changed.keys()))
    for session in sessions:
        slot = changed[session.pk]
        session.starts_at, session.minutes, session.room_id = slot.starts_at, slot.minutes, slot.room
        session.version += 1
    Session.objects.bulk_update(sessions, ["starts_at", "minutes", "room", "version"], batch_size=200)
    if sessions:
        touch(plan, by=by)
        history.record_many(sessions, "moved", by=by, detail=what)
    return len(sessions)


@transaction.atomic
def duplicate_day(
    conference: Conference, day: datetime.date, *, to: datetime.date, seen: int, by: User | None
) -> list[Session]:
    """Copies all sessions of a day to another one, with their presentations and people, by the venue's clock.

    Raises PlanRefused where there is nothing on the day, or the other day is the same or not empty.
    """
    plan = _lock_as_seen(conference, seen)
    slots = slots_of(conference)
    copies = {slot.key: slot for slot in duplicate(slots, day=day, to=to, zone=conference.zone)}
    if not copies:
        raise PlanRefused(_("There is no session on that day."))
    if any(day_of(slot.starts_at, conference.zone) == to for slot in slots):
        raise PlanRefused(_("There are sessions on that day already. Choose an empty one."))
    number = next_number(conference)
    made = []
    for source in Session.objects.filter(pk__in=copies).with_people().in_order():
        slot = copies[source.pk]
        copy = Session.objects.create(
            conference=conference,
            number=number,
            starts_at=slot.starts_at,
            **{name: getattr(source, name) for name in _COPIED},
        )
        number += 1
        made.append(copy)
        Appearance.objects.bulk_create(
            [
                Appearance(session=copy, speaker=one.speaker, role=one.role, position=one.position)
                for one in source.appearances.all()
            ]
        )
        Presentation.objects.bulk_create(
            [
                Presentation(
                    session=copy,
                    position=talk.position,
                    title=talk.title,
                    minutes=talk.minutes,
                    delegation=talk.delegation,
                    speaker=talk.speaker,
                    abstract=talk.abstract,
                )
                for talk in source.presentations.all()
            ]
        )
    history.record_many(made, "created", by=by, detail=_("copy of %(day)s") % {"day": formats.date_format(day)})
    touch(plan, by=by)
    return made


_COPIED = ("kind", "title", "room", "minutes", "languages", "abstract", "question", "note")


# Back to a release ----------------------------------------------------------------------------


def working_copy(conference: Conference) -> list[dict[str, Any]]:
    """The working version as JSON-ready rows: what `restore` takes back."""
    return [
        {
            "guid": str(session.guid),
            "code": session.code,
            "number": session.number,
            "kind": session.kind,
            "title": session.title,
            "room": session.room_id,
            "starts_at": session.starts_at.isoformat(),
            "minutes": session.minutes,
            "languages": session.languages,
            "abstract": session.abstract,
            "question": session.question,
            "note": session.note,
            "appearances": [[one.speaker_id, one.role] for one in session.appearances.all()],
            "presentations": [
                {
                    "guid": str(talk.guid),
                    "title": talk.title,
                    "minutes": talk.minutes,
                    "delegation": talk.delegation_id,
                    "speaker": talk.speaker_id,
                    "abstract": talk.abstract,
                    "documents": [str(document.key) for document in talk.documents.all()],
                }
                for talk in session.presentations.all()
            ],
        }
        for session in Session.objects.filter(conference=conference).with_people().in_order()
    ]


@transaction.atomic
def undo_to_release(conference: Conference, *, seen: int, by: User | None) -> Release:
    """Makes the working version what the newest release froze. What it was is set aside and can be brought back.

    Raises PlanRefused before the first release, EditedMeanwhile as `rearrange` does.
    """
    plan = _lock_as_seen(conference, seen)
    release = newest_release(conference)
    if release is None:
        raise PlanRefused(_("There is no release yet to go back to."))
    _exchange(plan, release.working_copy, by=by)
    history.record(plan, "back to the release", by=by, detail=str(release))
    return release


@transaction.atomic
def bring_back(conference: Conference, *, seen: int, by: User | None) -> None:
    """Takes the last return to a release back. Raises PlanRefused where nothing was set aside."""
    plan = _lock_as_seen(conference, seen)
    if plan.set_aside is None:
        raise PlanRefused(_("Nothing was set aside."))
    _exchange(plan, plan.set_aside, by=by)
    history.record(plan, "brought back", by=by)


def _exchange(plan: Plan, rows: Sequence[Mapping[str, Any]], *, by: User | None) -> None:
    plan.set_aside = working_copy(plan.conference)
    plan.save(update_fields=["set_aside"])
    _restore(plan.conference, rows)
    touch(plan, by=by)


def _restore(conference: Conference, rows: Sequence[Mapping[str, Any]]) -> None:
    """Needs the lock. Sessions keep their GUID, and presentations theirs, so that uploads stay with them."""
    known = {
        "room": set(Room.objects.filter(venue=conference.venue_id).values_list("pk", flat=True)),
        "delegation": set(Delegation.objects.filter(conference=conference).values_list("pk", flat=True)),
        "speaker": set(Speaker.objects.filter(conference=conference).values_list("pk", flat=True)),
    }
    present = {str(session.guid): session for session in Session.objects.filter(conference=conference)}
    wanted = {row["guid"] for row in rows}
    gone = [session.pk for guid, session in present.items() if guid not in wanted]
    Session.objects.filter(pk__in=gone).delete()
    for row in rows:
        session = present.get(row["guid"]) or Session(conference=conference, guid=row["guid"], number=row["number"])
        session.code = row["code"] if session.pk is None else session.code
        session.kind, session.title, session.minutes = row["kind"], row["title"], row["minutes"]
        session.starts_at = datetime.datetime.fromisoformat(row["starts_at"])
        session.room_id = row["room"] if row["room"] in known["room"] else None
        session.languages, session.abstract = row["languages"], row["abstract"]
        session.question, session.note = row["question"], row["note"]
        session.version += 1
        session.save()
        session.appearances.all().delete()
        Appearance.objects.bulk_create(
            [
                Appearance(session=session, speaker_id=speaker, role=role, position=position)
                for position, (speaker, role) in enumerate(row["appearances"])
                if speaker in known["speaker"]
            ]
        )
        _restore_presentations(session, row["presentations"], known)


def _restore_presentations(session: Session, rows: Sequence[Mapping[str, Any]], known: Mapping[str, set[int]]) -> None:
    present = {str(talk.guid): talk for talk in session.presentations.all()}
    wanted = {row["guid"] for row in rows}
    session.presentations.filter(pk__in=[talk.pk for guid, talk in present.items() if guid not in wanted]).delete()
    for position, row in enumerate(rows):
        talk = present.get(row["guid"]) or Presentation(session=session, guid=row["guid"])
        talk.position, talk.title, talk.minutes, talk.abstract = position, row["title"], row["minutes"], row["abstract"]
        talk.delegation_id = row["delegation"] if row["delegation"] in known["delegation"] else None
        talk.speaker_id = row["speaker"] if row["speaker"] in known["speaker"] else None
        talk.save()
        # Uploads outlive a presentation that is taken out, and find back to it.
        if row.get("documents"):
            lost = Document.objects.filter(speaker__in=known["speaker"], presentation=None, key__in=row["documents"])
            lost.update(presentation=talk)


# Warnings -------------------------------------------------------------------------------------


@transaction.atomic
def dismiss_warning(conference: Conference, *, key: str, text: str, reason: str, by: User | None) -> DismissedWarning:
    """Sets a warning aside with the reason. Raises PlanRefused without one; a second time changes the reason."""
    if not reason.strip():
        raise PlanRefused(_("Say why the warning can be set aside."))
    dismissed, _created = DismissedWarning.objects.update_or_create(
        conference=conference, key=key, defaults={"text": text, "reason": reason.strip(), "by": by}
    )
    history.record(conference, "warning dismissed", by=by, detail=f"{text} ({reason.strip()})")
    return dismissed


@transaction.atomic
def raise_warning_again(dismissed: DismissedWarning, *, by: User | None) -> None:
    history.record(dismissed.conference, "warning raised again", by=by, detail=dismissed.text)
    dismissed.delete()
