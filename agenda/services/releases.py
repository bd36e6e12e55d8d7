"""Publishing: freezing the working version for everybody, and telling those concerned."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from agenda import consequences, differences, emails, warnings
from agenda.models import Reader, Release, Session, Speaker
from agenda.programme import Programme, PublicSession
from agenda.queries import newest_release, working_programme
from agenda.services import planning
from agenda.signals import programme_published
from conference import history
from conference.models import Conference
from mailings import services as outbox


class WarningsNotConfirmed(planning.PlanRefused):
    """There are warnings that the organiser has not confirmed: perhaps they came up since the page was shown."""


@dataclass(frozen=True)
class Preview:
    """What publishing now would mean. `version` is that of the plan, to be given back to `publish`."""

    version: int
    programme: Programme
    changes: list[differences.Change]
    warnings: list[warnings.ProgrammeWarning]
    is_first: bool
    is_same: bool
    speakers_told: int
    # What it means for what other apps keep, a sentence each.
    consequences: list[str]


def preview(conference: Conference) -> Preview:
    """Compares the working version with the newest release. Changes nothing."""
    plan = warnings.plan_of(conference)
    previous = newest_release(conference)
    programme = working_programme(conference)
    changes = differences.compare(previous.programme, programme) if previous else []
    notices = list(_notices(conference, previous.programme if previous else None, programme))
    return Preview(
        version=plan.version,
        programme=programme,
        changes=changes,
        warnings=[warning for warning in warnings.find(conference) if warning.is_open],
        is_first=previous is None,
        is_same=previous is not None and differences.is_same(previous.programme, programme),
        speakers_told=len({notice.speaker.pk for notice in notices if notice.speaker.email_now}),
        consequences=consequences.of(conference, previous.programme if previous else None, programme),
    )


@transaction.atomic
def publish(
    conference: Conference,
    *,
    note: str,
    seen: int | None,
    confirmed: Collection[str] = (),
    by: User | None,
) -> Release:
    """Makes the working version what everybody reads, writes the mails to those concerned and tells the apps above.

    `seen` is the plan's version that the organiser looked at, `confirmed` the keys of the warnings they confirmed.
    Raises EditedMeanwhile, WarningsNotConfirmed, or PlanRefused where there is nothing to publish or nothing new.
    """
    plan = planning.lock(conference)
    planning.check_seen(plan, seen)
    if not Session.objects.filter(conference=conference).exists():
        raise planning.PlanRefused(_("There is no session yet to publish."))
    open_warnings = {warning.key for warning in warnings.find(conference) if warning.is_open}
    if open_warnings - set(confirmed):
        raise WarningsNotConfirmed(_("There are warnings that were not on the page before. Look at them first."))
    previous = newest_release(conference)
    old = previous.programme if previous else None
    fresh = working_programme(conference)
    if old is not None and differences.is_same(old, fresh):
        raise planning.PlanRefused(_("Nothing has changed since release %(number)s.") % {"number": previous})
    number = previous.number + 1 if previous else 1
    now = timezone.now().replace(microsecond=0)
    programme = differences.entries(old, replace(fresh, release=number, published_at=now, note=note))
    changes = [change.text for change in differences.compare(old, programme)] if old else []
    release = Release.objects.create(
        conference=conference,
        number=number,
        published_at=now,
        published_by=by,
        note=note,
        content=programme.to_data(),
        working_copy=planning.working_copy(conference),
        changes=changes,
    )
    history.record(release, "published", by=by, detail=note)
    emails.queue_session_entries(conference, number, programme, list(_notices(conference, old, programme)))
    if changes:
        readers = Reader.objects.filter(conference=conference, wants_changes=True, user__is_active=True)
        emails.queue_programme_changes(
            conference, number, changes, [reader.user for reader in readers.select_related("user")]
        )
    programme_published.send(Release, conference=conference, old=old, new=programme, by=by)
    _print_after_commit(conference.pk)
    return release


def _print_after_commit(conference_id: int) -> None:
    from agenda.tasks import print_programme

    transaction.on_commit(lambda: outbox.publish(print_programme, conference_id), robust=True)


def _notices(conference: Conference, old: Programme | None, new: Programme) -> Iterator[emails.SessionNotice]:
    """Whom the step from `old` to `new` concerns: people of sessions that are announced, moved or dropped, and those
    who join or leave one. Nobody is told twice about one session."""
    speakers = {speaker.code: speaker for speaker in Speaker.objects.filter(conference=conference).with_names()}
    before = {session.guid: session for session in old.sessions} if old else {}
    moved: dict[object, list[str]] = {}
    for change in differences.compare(old, new) if old else []:
        if change.moves:
            moved.setdefault(change.session.guid, []).append(change.text)
    for session in new.sessions:
        earlier = before.pop(session.guid, None)
        present = _people(session, speakers)
        past = _people(earlier, speakers) if earlier else {}
        for code, speaker in present.items():
            if code not in past:
                yield emails.SessionNotice(speaker, session, "REQUEST", "")
            elif session.guid in moved:
                yield emails.SessionNotice(speaker, session, "REQUEST", " ".join(moved[session.guid]))
        for code, speaker in past.items():
            if code not in present:
                yield emails.SessionNotice(speaker, session, "CANCEL", "")
    # Those that were not in the new programme are left over.
    for session in before.values():
        gone = next((one for one in new.dropped if one.guid == session.guid), session)
        for speaker in _people(session, speakers).values():
            yield emails.SessionNotice(speaker, gone, "CANCEL", " ".join(moved.get(session.guid, [])))


def _people(session: PublicSession, speakers: dict[str, Speaker]) -> dict[str, Speaker]:
    return {code: speakers[code] for code in session.everybody if code in speakers}
