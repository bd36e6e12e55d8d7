"""What the meetings do when something below them changes."""

from typing import Any

from agenda.programme import Programme
from agenda.signals import programme_published
from conference.models import Conference
from meetings.services import following, meetings
from registrations.models import Participant
from registrations.signals import registration_withdrawn


def connect() -> None:
    registration_withdrawn.connect(cancel_meetings, dispatch_uid="meetings.cancel_meetings")
    programme_published.connect(follow_breaks, dispatch_uid="meetings.follow_breaks")


def cancel_meetings(participant: Participant, by: Any, **_kwargs: Any) -> None:
    """In the transaction of the withdrawal."""
    meetings.withdraw_with(participant, by=by)


def follow_breaks(conference: Conference, old: Programme | None, new: Programme, by: Any, **_kwargs: Any) -> None:
    """In the transaction of the release. Meetings where somebody now speaks stay, and the organisers' page says so."""
    following.follow(conference, old, new, by=by)
