"""What the market place does when something below it changes."""

from typing import Any

from marketplace.services import applications
from registrations.models import Participant
from registrations.signals import registration_withdrawn


def connect() -> None:
    registration_withdrawn.connect(withdraw_applications, dispatch_uid="marketplace.withdraw_applications")


def withdraw_applications(participant: Participant, by: Any, **_kwargs: Any) -> None:
    """In the transaction of the withdrawal: the stand of a delegation of which nobody is left goes to the next."""
    applications.withdraw_with(participant, by=by)
