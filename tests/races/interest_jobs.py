"""What one racer does at a stand. Returns a word for the outcomes that are foreseen; anything else is an error."""

from accounts.models import User
from marketplace.models import Call, ContactLeft, Stand
from marketplace.services import interest
from registrations.models import Participant


def remember(stand: int, participant: int) -> str:
    interest.remember(Stand.objects.get(pk=stand), Participant.objects.get(pk=participant))
    return "remembered"


def leave_contact(stand: int, participant: int, notice: int, user: int) -> int:
    """The consent that counts (primary key)."""
    contact = interest.leave_contact(
        Stand.objects.get(pk=stand),
        Participant.objects.get(pk=participant),
        notice=notice,
        by=User.objects.get(pk=user),
    )
    return contact.pk


def revoke_contact(contact: int, user: int) -> str:
    interest.revoke_contact(ContactLeft.objects.get(pk=contact), by=User.objects.get(pk=user))
    return "revoked"


def count_miss(call: int, words: str) -> bool:
    return interest.count_miss(Call.objects.select_related("conference").get(pk=call), words)
