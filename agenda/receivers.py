"""What the programme does when something below it changes."""

from typing import Any

from agenda.services import speakers
from registrations.models import Participant
from registrations.signals import registration_withdrawn


def connect() -> None:
    registration_withdrawn.connect(withdraw_speaker, dispatch_uid="agenda.withdraw_speaker")


def withdraw_speaker(participant: Participant, by: Any, **_kwargs: Any) -> None:
    """In the transaction of the withdrawal; the warnings of the programme then show the gap."""
    speakers.withdraw_with(participant, by=by)
