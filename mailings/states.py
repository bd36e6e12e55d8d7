"""The states of a mail on its way out.

queued → claimed (a worker has it, nothing was sent) → sending (between the first byte and the mark) → sent.
A claim whose lease expires goes back to the queue, since nothing was sent; a mail found in `sending` after its
lease may have gone out or not: it becomes `uncertain`, and the organiser decides.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class MailStatus(models.TextChoices):
    QUEUED = "queued", _("queued")
    HELD = "held", _("held back")
    CLAIMED = "claimed", _("claimed by a worker")
    SENDING = "sending", _("being sent")
    SENT = "sent", _("sent")
    FAILED = "failed", _("failed")
    UNCERTAIN = "uncertain", _("uncertain: it may have been sent")
    CANCELLED = "cancelled", _("cancelled")


UNDER_WAY = {MailStatus.QUEUED, MailStatus.CLAIMED, MailStatus.SENDING}
UNSETTLED = {MailStatus.FAILED, MailStatus.UNCERTAIN}

TRANSITIONS: dict[str, set[str]] = {
    MailStatus.QUEUED: {MailStatus.CLAIMED, MailStatus.HELD, MailStatus.CANCELLED},
    MailStatus.HELD: {MailStatus.QUEUED, MailStatus.CANCELLED},
    MailStatus.CLAIMED: {MailStatus.SENDING, MailStatus.QUEUED},
    MailStatus.SENDING: {MailStatus.SENT, MailStatus.QUEUED, MailStatus.FAILED, MailStatus.UNCERTAIN},
    MailStatus.FAILED: {MailStatus.QUEUED, MailStatus.CANCELLED},
    MailStatus.UNCERTAIN: {MailStatus.QUEUED, MailStatus.SENT},
    MailStatus.SENT: set(),
    MailStatus.CANCELLED: set(),
}

# Nothing follows: such a mail is never sent, or sent once more.
FINAL = {status for status, following in TRANSITIONS.items() if not following}
