"""How much one invitation, and one person, can do in a day, counted from what they did.

Counted under the conference's lock, so that many requests at once cannot pass together. Organisers are not limited.
"""

import datetime

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User, normalise_email
from conference.models import Conference, HistoryEntry
from registrations.models import AddressChange, AddressNotice, Invitation, Participant

DAY = datetime.timedelta(days=1)
# What the history says of each change that counts.
REGISTERED, CHANGED, REPLACED, ADDRESS_ASKED = "registered", "changed", "replaced", "another address asked for"
_COUNTED = (REGISTERED, CHANGED, REPLACED, ADDRESS_ASKED)


def too_many_changes(*, conference: Conference, invitation: Invitation | None, by: User | None, more: int = 1) -> str:
    """Why so many more changes of registrations are not possible today, in a sentence; empty where they are.

    Needs the conference's lock. Everybody of an invitation may be registered and corrected once, however many seats
    it has.
    """
    if by is not None and by.is_staff:
        return ""
    limit = settings.REGISTRATION_CHANGES_PER_DAY
    done = HistoryEntry.objects.filter(
        subject_type=ContentType.objects.get_for_model(Participant),
        action__in=_COUNTED,
        at__gt=timezone.now() - DAY,
    ).exclude(by__is_staff=True)
    if invitation is not None:
        limit = max(limit, 2 * invitation.seats)
        people = Participant.objects.filter(invitation=invitation)
        of_invitation = done.filter(conference=conference, subject_id__in=people.values("pk"))
        if of_invitation.count() + more > limit:
            return _refusal(conference.mailbox, limit)
    if by is not None and done.filter(by=by).count() + more > limit:
        return _refusal(conference.mailbox, limit)
    return ""


def _refusal(mailbox: str, limit: int) -> str:
    return _("At most %(limit)d changes a day are possible. Try again tomorrow, or write to %(mailbox)s.") % {
        "limit": limit,
        "mailbox": mailbox,
    }


def too_many_addresses(
    emails: set[str], *, conference: Conference, invitation: Invitation | None, by: User | None
) -> str:
    """Why mails cannot go to so many new addresses today, in a sentence; empty where they can.

    Needs the conference's lock. `emails` are the ones that nobody has confirmed and no organiser has invited.
    """
    if not emails or (by is not None and by.is_staff):
        return ""
    limit = max(settings.NEW_ADDRESSES_PER_DAY, invitation.seats if invitation else 0)
    since = timezone.now() - DAY
    notices = AddressNotice.objects.filter(by_organiser=False, mails_wait=True, created_at__gt=since)
    changes = AddressChange.objects.filter(by_organiser=False, asked_at__gt=since)
    of_whom = []
    if invitation is not None:
        of_whom.append((Q(invitation=invitation), Q(participant__invitation=invitation)))
    if by is not None:
        of_whom.append((Q(given_by=by), Q(asked_by=by)))
    for notice, change in of_whom:
        given = set(notices.filter(notice).values_list("email", flat=True))
        given |= set(changes.filter(change).values_list("email", flat=True))
        if len(given | {normalise_email(email) for email in emails}) > limit:
            return _(
                "At most %(limit)d new e-mail addresses a day are possible. Try again tomorrow, or write to "
                "%(mailbox)s."
            ) % {"limit": limit, "mailbox": conference.mailbox}
    return ""
