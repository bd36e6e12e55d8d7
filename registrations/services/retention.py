"""Personal data that ends."""

import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from conference import history
from conference.models import Conference
from registrations.models import AddressChange, AddressNotice, Participant

# Regulation (EU) 2018/1725 asks for no longer than necessary; the conference's caterer is paid by then.
SPECIAL_NEEDS_KEPT = datetime.timedelta(days=30)


def delete_special_needs() -> int:
    """Empties dietary and access needs 30 days after each conference, and deletes addresses that others gave.

    Returns how many participants had special needs.
    """
    over = Conference.objects.filter(held_on__lt=timezone.localdate() - SPECIAL_NEEDS_KEPT)
    return sum(_delete_of(conference) for conference in over)


@transaction.atomic
def _delete_of(conference: Conference) -> int:
    having = Participant.objects.filter(conference=conference).exclude(Q(dietary_needs="") & Q(access_needs=""))
    deleted = having.update(dietary_needs="", access_needs="")
    AddressNotice.objects.filter(conference=conference).delete()
    AddressChange.objects.filter(participant__conference=conference).delete()
    # Drafts of replies that never came hold the same kind of data.
    conference.invitations.exclude(draft={}).update(draft={}, draft_saved_at=None)
    if deleted:
        history.record(conference, "dietary and access needs deleted", by=None, detail=str(deleted))
    return deleted
