"""What the meetings do when something below them changes."""

from typing import Any

from meetings.services import meetings
from registrations.models import Participant
from registrations.signals import registration_withdrawn


def connect() -> None:
    registration_withdrawn.connect(cancel_meetings, dispatch_uid="meetings.cancel_meetings")


def cancel_meetings(participant: Participant, by: Any, **_kwargs: Any) -> None:
    """In the transaction of the withdrawal."""
    meetings.withdraw_with(participant, by=by)
