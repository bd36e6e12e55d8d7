"""What one racer does with addresses. Returns a word for the outcomes that are foreseen; anything else is an error."""

from accounts.models import User
from registrations.models import AddressChange, Participant
from registrations.services import address_changes, replies
from registrations.services.address_changes import ChangeRefused
from registrations.services.replies import TooMuchToday
from tests.factories import person


def change(participant: int, user: int, number: int) -> str:
    """Each with another name and another new address."""
    found = Participant.objects.get(pk=participant)
    try:
        replies.change(
            found,
            person(1, family_name=f"Name{number}", email=f"stranger{number}@elsewhere.example"),
            by=User.objects.get(pk=user),
        )
    except TooMuchToday:
        return "too much"
    return "changed"


def confirm(change: int) -> str:
    try:
        address_changes.confirm(AddressChange.objects.select_related("participant").get(pk=change))
    except ChangeRefused:
        return "too late"
    return "confirmed"
