"""Meetings that lie where one of the two can no longer be. Reads only; nothing is ever cancelled for it."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone

from conference.models import Conference
from meetings.busy import busy
from meetings.models import Meeting
from registrations.commitments import Commitment
from registrations.models import Participant


@dataclass(frozen=True)
class Conflict:
    """`participant` has to be elsewhere during `meeting`: `busy` says where."""

    meeting: Meeting
    participant: Participant
    busy: Commitment


def conflicts_of(conference: Conference, *, now: datetime.datetime | None = None) -> list[Conflict]:
    """All of the conference's meetings to come, in the order of time. The number of queries does not grow with them."""
    ahead = Meeting.objects.ahead().placed().filter(conference=conference, slot__ends_at__gt=now or timezone.now())
    return among(conference, ((meeting, _times(meeting)) for meeting in ahead.with_people()))


def among(
    conference: Conference, meetings: Iterable[tuple[Meeting, tuple[datetime.datetime, datetime.datetime]]]
) -> list[Conflict]:
    """Of these meetings, each at the times given with it: those of now, or those that a change would bring."""
    found = list(meetings)
    people = {person.pk for meeting, _span in found for person in meeting.people}
    if not people:
        return []
    spans = busy(conference, people)
    return [
        Conflict(meeting, person, span)
        for meeting, (begins, ends) in found
        for person in meeting.people
        for span in spans[person.pk]
        if span.starts_at < ends and begins < span.ends_at
    ]


def _times(meeting: Meeting) -> tuple[datetime.datetime, datetime.datetime]:
    # Placed meetings have a slot, by a constraint.
    assert meeting.slot is not None  # noqa: S101
    return meeting.slot.starts_at, meeting.slot.ends_at
