"""Delivering the outbox: claim a few rows, send them outside of any transaction, mark each.

Source of the pattern: `docs/decisions/0002-outbox.md`. A worker that dies leaves rows claimed (nothing was sent:
they return to the queue) and at most one row in `sending` (it may have been sent: it becomes uncertain).
"""

import datetime
import logging
import smtplib
import uuid
from dataclasses import dataclass

from anymail.exceptions import AnymailAPIError, AnymailRecipientsRefused
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.utils import DNS_NAME
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from mailings import rendering, services
from mailings.models import Mail
from mailings.states import MailStatus

logger = logging.getLogger(__name__)

BATCH = 50
LEASE = datetime.timedelta(minutes=5)
# After each failed attempt; then the mail has failed and an organiser decides.
BACKOFF = [datetime.timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360)]


@dataclass(frozen=True)
class Outcome:
    """How one attempt ended; `to` is the mail's next status."""

    to: MailStatus
    error: str = ""
    bounced: bool = False


def drain() -> int:
    """Sends what is due, batch by batch, until the queue is empty. Returns how many left. Safe to run many times."""
    sent = 0
    while claim := _claim():
        sent += _deliver(claim)
    return sent


def sweep() -> None:
    """Frees rows of workers that died: unsent ones return to the queue, the one in flight becomes uncertain."""
    expired = Mail.objects.filter(lease_until__lt=timezone.now())
    free = {"claim": None, "lease_until": None}
    expired.filter(status=MailStatus.CLAIMED).update(status=MailStatus.QUEUED, **free)
    lost = expired.filter(status=MailStatus.SENDING).update(status=MailStatus.UNCERTAIN, **free)
    if lost:
        logger.warning("%d mails are uncertain: their worker ended while sending them.", lost)


def _claim() -> uuid.UUID | None:
    if not Mail.objects.due().exists():
        return None
    token = uuid.uuid4()
    with transaction.atomic():
        rows = list(
            Mail.objects.due().select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True)[:BATCH]
        )
        claimed = Mail.objects.filter(pk__in=rows, status=MailStatus.QUEUED).update(
            status=MailStatus.CLAIMED, claim=token, lease_until=timezone.now() + LEASE
        )
    return token if claimed else None


def _deliver(claim: uuid.UUID) -> int:
    connection = get_connection(settings.MAIL_DELIVERY_BACKEND, fail_silently=False)
    mails = list(Mail.objects.filter(claim=claim).order_by("priority", "pk"))
    try:
        connection.open()
    except (OSError, smtplib.SMTPException) as error:
        _put_back(mails, claim, str(error))
        return 0
    sent = 0
    try:
        last: tuple[Mail, Outcome] | None = None
        for mail in mails:
            # One commit settles the last mail and begins this one.
            if not _begin(mail, claim, after=last):
                last = None
                continue
            outcome = _send(mail, connection)
            last = (mail, outcome)
            sent += outcome.to == MailStatus.SENT
        if last:
            with transaction.atomic():
                _settle(*last)
    finally:
        connection.close()
    return sent


def _begin(mail: Mail, claim: uuid.UUID, *, after: tuple[Mail, Outcome] | None) -> bool:
    """Whether the mail is still this worker's: its lease may have expired on a slow server."""
    with transaction.atomic():
        if after:
            _settle(*after)
        begun = Mail.objects.filter(pk=mail.pk, claim=claim, status=MailStatus.CLAIMED).update(
            status=MailStatus.SENDING, attempts=F("attempts") + 1, lease_until=timezone.now() + LEASE
        )
    mail.attempts += begun
    return bool(begun)


def _settle(mail: Mail, outcome: Outcome) -> None:
    changes: dict[str, object] = {"status": outcome.to, "claim": None, "lease_until": None, "error": outcome.error}
    if outcome.to == MailStatus.SENT:
        changes |= {"sent_at": timezone.now(), "message_id": mail.message_id}
        if not keeps_secrets():
            changes["sealed"] = ""
    elif outcome.to == MailStatus.QUEUED:
        changes |= _later(mail.attempts)
    Mail.objects.filter(pk=mail.pk, claim=mail.claim).update(**changes)
    if outcome.bounced:
        services.record_bounce(mail, detail=outcome.error)


def _later(attempts: int) -> dict[str, object]:
    if attempts > len(BACKOFF):
        return {"status": MailStatus.FAILED}
    return {"not_before": timezone.now() + BACKOFF[attempts - 1]}


def _put_back(mails: list[Mail], claim: uuid.UUID, error: str) -> None:
    """The server cannot be reached: all wait, nothing was sent."""
    logger.warning("The mail server cannot be reached; %d mails wait.", len(mails))
    for mail in mails:
        Mail.objects.filter(pk=mail.pk, claim=claim, status=MailStatus.CLAIMED).update(
            **{
                "status": MailStatus.QUEUED,
                "claim": None,
                "lease_until": None,
                "attempts": F("attempts") + 1,
                "error": error,
                **_later(mail.attempts + 1),
            }
        )


def keeps_secrets() -> bool:
    """Whether mails are read in the outbox itself, so that their links have to stay there."""
    return settings.MAIL_DELIVERY_BACKEND == "mailings.backends.KeepInOutbox"


def message_of(mail: Mail) -> EmailMultiAlternatives:
    """The message as it goes out, with its secrets filled in."""
    secrets = mail.secrets()
    message = EmailMultiAlternatives(
        subject=mail.subject,
        body=rendering.fill_secrets(mail.text, secrets, html=False),
        from_email=mail.sender,
        to=mail.to,
        cc=mail.cc,
        reply_to=[mail.reply_to] if mail.reply_to else None,
        headers={"Message-ID": mail.message_id, "Auto-Submitted": "auto-generated"},
    )
    if mail.html:
        message.attach_alternative(rendering.fill_secrets(mail.html, secrets, html=True), "text/html")
    if mail.calendar:
        # As an alternative, mail programs offer to accept; as an attachment, others can open it.
        message.attach_alternative(mail.calendar, f"text/calendar; method={mail.calendar_method}")
        message.attach("invitation.ics", mail.calendar, f"text/calendar; method={mail.calendar_method}")
    return message


def _send(mail: Mail, connection: BaseEmailBackend) -> Outcome:
    if not mail.message_id:
        mail.message_id = f"<convoke.{mail.pk}.{uuid.uuid4().hex}@{DNS_NAME}>"
    if rendering.secret_names(mail.text) - set(mail.secrets()):
        return Outcome(MailStatus.FAILED, _("Its personal link can no longer be read. Send a new mail instead."))
    message = message_of(mail)
    message.connection = connection
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as error:
        return _answered(error.recipients, mail, whole=True)
    except smtplib.SMTPResponseException as error:
        permanent = 500 <= error.smtp_code < 600
        text = f"{error.smtp_code} {_decoded(error.smtp_error)}"
        return Outcome(MailStatus.FAILED if permanent else MailStatus.QUEUED, text)
    except (OSError, smtplib.SMTPException) as error:
        begun = getattr(connection, "body_begun", False)
        _reopen(connection)
        return Outcome(MailStatus.UNCERTAIN if begun else MailStatus.QUEUED, str(error))
    except AnymailRecipientsRefused as error:
        return Outcome(MailStatus.FAILED, str(error), bounced=True)
    except AnymailAPIError as error:
        status = error.status_code or 0
        if status == 429:
            return Outcome(MailStatus.QUEUED, str(error))
        return Outcome(MailStatus.FAILED if 400 <= status < 500 else MailStatus.UNCERTAIN, str(error))
    except (ValueError, UnicodeError) as error:
        # An address or header that no server could take: only this mail fails.
        return Outcome(MailStatus.FAILED, str(error))
    anymail_status = getattr(message, "anymail_status", None)
    if anymail_status is not None and isinstance(anymail_status.message_id, str):
        mail.message_id = anymail_status.message_id
    refused = getattr(connection, "refused", {})
    return _answered(refused, mail, whole=False) if refused else Outcome(MailStatus.SENT)


def _answered(refused: dict[str, tuple[int, bytes]], mail: Mail, *, whole: bool) -> Outcome:
    """Of refused recipients: all of them (nothing was sent) or some (the others have it)."""
    text = "; ".join(f"{address}: {code} {_decoded(reason)}" for address, (code, reason) in refused.items())
    permanent = all(code >= 500 for code, _text in refused.values())
    if not whole:
        return Outcome(MailStatus.SENT, text, bounced=permanent and bool(set(mail.to) & set(refused)))
    return Outcome(MailStatus.FAILED if permanent else MailStatus.QUEUED, text, bounced=permanent)


def _decoded(reason: bytes | str) -> str:
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)


def _reopen(connection: BaseEmailBackend) -> None:
    """After a broken connection the next mails of the batch get a new one; where there is none each waits by itself."""
    try:
        connection.close()
        connection.open()
    except (OSError, smtplib.SMTPException) as error:
        logger.warning("The mail server does not answer any more: %s", type(error).__name__)
