"""What changed from one release to the next, in plain words and for calendars. Plain values in, plain values out."""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agenda.programme import Programme, PublicPresentation, PublicSession


@dataclass(frozen=True)
class Change:
    """One sentence about one session. `moves`: time, length or room of it or of a presentation's turn are others, which
    its people must know."""

    session: PublicSession
    text: str
    moves: bool = False


def compare(old: Programme, new: Programme) -> list[Change]:
    """The differences between two programmes, in the order of the new one; dropped sessions come last."""
    before = {session.guid: session for session in old.sessions}
    kept = {session.guid for session in new.sessions}
    changes: list[Change] = []
    for session in new.sessions:
        earlier = before.get(session.guid)
        if earlier is None:
            changes.append(Change(session, _("New: %(session)s.") % {"session": _with_time(session, new)}, moves=True))
        else:
            changes += _of_session(earlier, session, old, new)
    for session in old.sessions:
        if session.guid not in kept:
            changes.append(
                Change(session, _("Dropped: %(session)s.") % {"session": _with_time(session, old)}, moves=True)
            )
    return changes


def entries(old: Programme | None, new: Programme) -> Programme:
    """The new programme with the SEQUENCE of each calendar entry, and with all that was once public and is gone.

    RFC 5546, 2.1.4: the number rises with each revision, also when a dropped session comes back.
    """
    if old is None:
        return new
    before = {session.guid: session for session in (*old.dropped, *old.sessions)}
    public = {session.guid for session in old.sessions}
    kept = {session.guid for session in new.sessions}
    sessions = []
    for session in new.sessions:
        earlier = before.get(session.guid)
        if earlier is None:
            sessions.append(session)
            continue
        candidate = replace(session, sequence=earlier.sequence)
        same = candidate == earlier and session.guid in public and _people(session, new) == _people(earlier, old)
        sessions.append(candidate if same else replace(session, sequence=earlier.sequence + 1))
    dropped = [session for session in old.dropped if session.guid not in kept]
    dropped += [replace(session, sequence=session.sequence + 1) for session in old.sessions if session.guid not in kept]
    return replace(new, sessions=tuple(sessions), dropped=tuple(dropped))


def is_same(old: Programme, new: Programme) -> bool:
    """Whether readers would notice no difference, release number, date and note apart."""
    return _bare(old) == _bare(new)


def _bare(programme: Programme) -> Programme:
    return replace(
        programme,
        release=0,
        published_at=None,
        note="",
        dropped=(),
        sessions=tuple(replace(session, sequence=0) for session in programme.sessions),
    )


def _of_session(old: PublicSession, new: PublicSession, before: Programme, after: Programme) -> Iterator[Change]:
    name = {"session": new.title}
    if old.title != new.title:
        yield Change(new, _("“%(before)s” is now called “%(session)s”.") % {**name, "before": old.title})
    if old.starts_at != new.starts_at:
        yield Change(
            new,
            _("%(session)s moves from %(before)s to %(after)s.")
            % {
                **name,
                "before": _moment(old.starts_at, before, before.day_of(old) != after.day_of(new)),
                "after": _moment(new.starts_at, after, before.day_of(old) != after.day_of(new)),
            },
            moves=True,
        )
    if old.minutes != new.minutes:
        text = ngettext(
            "%(session)s now lasts %(minutes)s minute instead of %(before)s.",
            "%(session)s now lasts %(minutes)s minutes instead of %(before)s.",
            new.minutes,
        )
        yield Change(new, text % {**name, "minutes": new.minutes, "before": old.minutes}, moves=True)
    if old.room != new.room:
        yield Change(
            new,
            _("%(session)s moves from %(before)s to %(after)s.")
            % {**name, "before": old.room or _("no room"), "after": new.room or _("no room")},
            moves=True,
        )
    yield from _of_people(old, new, before, after)
    yield from _of_presentations(old, new, before, after)
    if (old.abstract, old.question, old.kind) != (new.abstract, new.question, new.kind):
        yield Change(new, _("%(session)s is described in other words.") % name)
    if old.languages != new.languages:
        yield Change(new, _("%(session)s is interpreted into other languages.") % name)


def _of_people(old: PublicSession, new: PublicSession, before: Programme, after: Programme) -> Iterator[Change]:
    earlier = {before.person[code].guid: before.person[code] for code in old.everybody if code in before.person}
    later = {after.person[code].guid: after.person[code] for code in new.everybody if code in after.person}
    for guid, person in later.items():
        if guid not in earlier:
            yield Change(new, _("%(person)s joins %(session)s.") % {"session": new.title, "person": person.described})
    for guid, person in earlier.items():
        if guid not in later:
            yield Change(new, _("%(person)s leaves %(session)s.") % {"session": new.title, "person": person.name})
    if earlier.keys() == later.keys() and _roles(old, before) != _roles(new, after):
        yield Change(new, _("%(session)s has other roles.") % {"session": new.title})


def _roles(session: PublicSession, programme: Programme) -> list[tuple[str, UUID]]:
    return [
        (appearance.role, programme.person[appearance.person].guid)
        for appearance in session.appearances
        if appearance.person in programme.person
    ]


def _of_presentations(old: PublicSession, new: PublicSession, before: Programme, after: Programme) -> Iterator[Change]:
    earlier = {talk.guid: talk for talk in old.presentations}
    later = {talk.guid: talk for talk in new.presentations}
    name = {"session": new.title}
    for guid, talk in later.items():
        if guid not in earlier:
            yield Change(new, _("%(session)s: “%(talk)s” is new.") % {**name, "talk": talk.title})
        else:
            yield from _of_presentation(earlier[guid], talk, new)
    for guid, talk in earlier.items():
        if guid not in later:
            yield Change(new, _("%(session)s: “%(talk)s” is dropped.") % {**name, "talk": talk.title})
    both = [guid for guid in earlier if guid in later]
    if both != [guid for guid in later if guid in earlier]:
        yield Change(new, _("%(session)s: the presentations come in another order.") % name, moves=True)


def _of_presentation(old: PublicPresentation, new: PublicPresentation, session: PublicSession) -> Iterator[Change]:
    name = {"session": session.title, "talk": new.title}
    if old.minutes != new.minutes:
        text = ngettext(
            "%(session)s: “%(talk)s” now has %(minutes)s minute instead of %(before)s.",
            "%(session)s: “%(talk)s” now has %(minutes)s minutes instead of %(before)s.",
            new.minutes,
        )
        yield Change(session, text % {**name, "minutes": new.minutes, "before": old.minutes}, moves=True)
    if (old.title, old.delegation, old.abstract) != (new.title, new.delegation, new.abstract):
        yield Change(session, _("%(session)s: “%(talk)s” has changed.") % name)
    if old.documents != new.documents:
        yield Change(session, _("%(session)s: other documents of “%(talk)s”.") % name)


def _people(session: PublicSession, programme: Programme) -> Sequence[object]:
    return [programme.person.get(code) for code in session.everybody]


def _moment(instant: datetime.datetime, programme: Programme, with_day: bool) -> str:
    local = programme.local(instant)
    time = formats.time_format(local)
    return f"{formats.date_format(local, 'j F')}, {time}" if with_day else time


def _with_time(session: PublicSession, programme: Programme) -> str:
    return f"{session.title}, {_moment(session.starts_at, programme, with_day=True)}"
