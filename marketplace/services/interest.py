"""What visitors do at stands: remember them, leave their contact, take it back; and searches that found nothing."""

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from conference import history
from conference.queries import newest_notice
from marketplace import search
from marketplace.models import Call, ContactLeft, Remembered, SearchMiss, Stand
from registrations.models import Participant

# Different searches that are kept of one day. Anybody can search a public catalogue, so that there must be an end.
MOST_MISSES = 500
_LONGEST_MISS = 100


class InterestRefused(Exception):
    """Not possible (any more); the message says why."""


def _check(stand: Stand, visitor: Participant) -> None:
    if stand.released_at is not None:
        raise InterestRefused(_("This stand is no longer part of the market place."))
    if not visitor.is_active:
        raise InterestRefused(_("%(name)s is no longer registered.") % {"name": visitor.full_name})


@transaction.atomic
def remember(stand: Stand, visitor: Participant) -> None:
    """Puts the stand on the visiting list; twice is once. Raises InterestRefused for a stand that was released."""
    _check(stand, visitor)
    Remembered.objects.get_or_create(stand=stand, participant=visitor)


def forget(stand: Stand, visitor: Participant) -> None:
    """Takes the stand off the visiting list, if it is there."""
    Remembered.objects.filter(stand=stand, participant=visitor).delete()


@transaction.atomic
def leave_contact(stand: Stand, visitor: Participant, *, notice: int, by: User) -> ContactLeft:
    """Records the consent that this stand alone may have the visitor's name, function, delegation and address.

    `notice` is the privacy statement (primary key) that was shown with the question. Twice is once. Raises
    InterestRefused where the stand was released, or where a newer statement came out meanwhile.
    """
    _check(stand, visitor)
    if notice != newest_notice(visitor.conference_id):
        raise InterestRefused(_("The privacy statement has changed. Please read the question again."))
    contact, is_new = ContactLeft.objects.get_or_create(
        stand=stand, participant=visitor, revoked_at=None, defaults={"notice_id": notice}
    )
    if is_new:
        history.record(visitor, "contact left at a stand", by=by, detail=str(stand))
    return contact


@transaction.atomic
def revoke_contact(contact: ContactLeft, *, by: User) -> None:
    """From now on the stand no longer sees the contact. Possible at any time, whatever became of stand and visitor."""
    if ContactLeft.objects.filter(pk=contact.pk, revoked_at=None).update(revoked_at=timezone.now()):
        history.record(contact.participant, "contact at a stand revoked", by=by, detail=str(contact.stand))


def count_miss(call: Call, words: str) -> bool:
    """One more search of today that found nothing; who searched is not kept. Whether it was counted.

    Words that do find something are not counted, nor further ones on a day with `MOST_MISSES` different ones.
    """
    said = " ".join(search.asked_words(words))[:_LONGEST_MISS].strip()
    if not said or search.find(call.pk, words):
        return False
    today = SearchMiss.objects.filter(conference=call.conference_id, day=call.conference.today)
    if today.filter(words=said).update(times=F("times") + 1):
        return True
    if today.count() >= MOST_MISSES:
        return False
    try:
        with transaction.atomic():
            SearchMiss.objects.create(conference=call.conference, day=call.conference.today, words=said)
    except IntegrityError:
        # Somebody else was the first to look for it in this very moment.
        today.filter(words=said).update(times=F("times") + 1)
    return True
