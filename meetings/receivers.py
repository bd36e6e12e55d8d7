"""What the meetings do when something below them changes."""

from collections.abc import Mapping
from typing import Any

from agenda.programme import Programme
from agenda.signals import programme_published
from conference.models import Conference
from meetings.questions import NAMED, WANTED
from meetings.services import following, listing, meetings, profiles
from registrations.models import Participant
from registrations.signals import participant_changed, person_registered, registration_withdrawn


def connect() -> None:
    registration_withdrawn.connect(cancel_meetings, dispatch_uid="meetings.cancel_meetings")
    programme_published.connect(follow_breaks, dispatch_uid="meetings.follow_breaks")
    person_registered.connect(opt_in, dispatch_uid="meetings.opt_in")
    participant_changed.connect(follow, dispatch_uid="meetings.follow")


def cancel_meetings(participant: Participant, by: Any, **_kwargs: Any) -> None:
    """In the transaction of the withdrawal."""
    meetings.withdraw_with(participant, by=by)


def follow_breaks(conference: Conference, old: Programme | None, new: Programme, by: Any, **_kwargs: Any) -> None:
    """In the transaction of the release. Meetings where somebody now speaks stay, and the organisers' page says so."""
    following.follow(conference, old, new, by=by)


def opt_in(participant: Participant, answers: Mapping[str, bool], by: Any, **_kwargs: Any) -> None:
    """Whoever ticked it while they were registered wants meetings from the beginning."""
    if answers.get(WANTED):
        profiles.opt_in(participant, names_shown=answers.get(NAMED, False), by=by)


def follow(participant: Participant, **_kwargs: Any) -> None:
    """The directory finds them by their new name and function."""
    listing.follow(participant)
