"""The programme's breaks, in which meetings can take place."""

import datetime
from dataclasses import dataclass
from uuid import UUID

from agenda.kinds import BREAKS
from agenda.models import Session
from agenda.queries import newest_release
from conference.models import Conference
from meetings.models import Block


@dataclass(frozen=True)
class ProgrammeBreak:
    """A break of the programme. `released` says whether everybody reads it already; `block` are its meetings."""

    guid: UUID
    title: str
    place: str
    starts_at: datetime.datetime
    minutes: int
    released: bool
    block: Block | None

    @property
    def ends_at(self) -> datetime.datetime:
        return self.starts_at + datetime.timedelta(minutes=self.minutes)


def breaks_of(conference: Conference) -> list[ProgrammeBreak]:
    """All breaks: as the newest release has them, and those that stand only in the working version."""
    blocks = {block.session_guid: block for block in Block.objects.filter(conference=conference)}
    release = newest_release(conference)
    found = {}
    for session in Session.objects.filter(conference=conference, kind__in=BREAKS).select_related("room"):
        found[session.guid] = ProgrammeBreak(
            guid=session.guid,
            title=session.title,
            place=session.room.name if session.room else "",
            starts_at=session.starts_at,
            minutes=session.minutes,
            released=False,
            block=blocks.get(session.guid),
        )
    for public in release.programme.sessions if release else ():
        if public.kind in BREAKS:
            found[public.guid] = ProgrammeBreak(
                guid=public.guid,
                title=public.title,
                place=public.room,
                starts_at=public.starts_at,
                minutes=public.minutes,
                released=True,
                block=blocks.get(public.guid),
            )
    return sorted(found.values(), key=lambda one: (one.starts_at, one.title))
