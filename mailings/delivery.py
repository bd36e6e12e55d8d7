"""Delivering the outbox: claim a few rows, send them outside of any transaction, mark each.

Source of the pattern: `docs/decisions/0002-outbox.md`. A worker that dies leaves rows claimed (nothing was sent:
they return to the queue) and at most one row in `sending` (it may have been sent: it becomes uncertain).
"""

import datetime
import logging
import smtplib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parseaddr

from anymail.exceptions import AnymailAPIError, AnymailRecipientsRefused
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import sanitize_address
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from mailings import rendering, services
from mailings.models import Mail
from mailings.sealing import dropped_with, keeps_secrets
from mailings.states import FINAL, UNSETTLED, MailStatus

logger = logging.getLogger(__name__)

BATCH = 50
# How long the secrets of a mail that did not leave are kept.
KEPT_AFTER_CONFERENCE = datetime.timedelta(days=30)
KEPT_OF_ACCOUNTS = datetime.timedelta(days=1)
LEASE = datetime.timedelta(seconds=settings.MAIL_LEASE_SECONDS)
# After each failed attempt; then the mail has failed and an organiser decides.
BACKOFF = [datetime.timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360)]


@dataclass(frozen=True)
class Outcome:
    """How one attempt ended; `to` is the mail's next status.

    `done_with` are addresses that need no further attempt: they took the mail, or refused it for good.
    """

    to: MailStatus
    error: str = ""
    bounced: bool = False
    done_with: tuple[str, ...] = ()


def drain() -> int:
    """Sends what is due, batch by batch, until the queue is empty. Returns how many left. Safe to run many times.

    Where the mail server cannot be reached it stops: the rest of the queue waits for the next look, untouched.
    """
    sent = 0
    while batch := _claim():
        left = _deliver(batch)
        if left is None:
            break
        sent += left
    return sent


def sweep() -> None:
    """Frees rows of workers that died: unsent ones return to the queue, the one in flight becomes uncertain."""
    expired = Mail.objects.filter(lease_until__lt=timezone.now())
    free = {"claim": None, "lease_until": None}
    expired.filter(status=MailStatus.CLAIMED).update(status=MailStatus.QUEUED, **free)
    lost = expired.filter(status=MailStatus.SENDING).update(status=MailStatus.UNCERTAIN, **free)
    if lost:
        logger.warning("%d mails are uncertain: their worker ended while sending them.", lost)


def drop_secrets() -> int:
    """Drops the secrets of mails that will not be sent any more. Returns of how many.

    Final mails have dropped theirs already, but for those of a site that has read its mails in the outbox before. What
    failed or is held back could be sent again: it can until 30 days after its conference, or a day after it was
    written where it belongs to none and holds a code to sign in.
    """
    today, now = timezone.localdate(), timezone.now()
    outdated = Q(conference__held_on__lt=today - KEPT_AFTER_CONFERENCE) | Q(
        conference=None, created_at__lt=now - KEPT_OF_ACCOUNTS
    )
    ended = Q(status=MailStatus.CANCELLED)
    if not keeps_secrets():
        ended |= Q(status__in=FINAL) | (Q(status__in=[*UNSETTLED, MailStatus.HELD]) & outdated)
    # The filter reaches over a relation, which an update cannot.
    numbers = Mail.objects.filter(ended).exclude(sealed="").values("pk")
    return Mail.objects.filter(pk__in=numbers).update(sealed="")


def _claim() -> list[Mail]:
    """Mails that are this worker's alone until their lease ends; empty where nothing is due."""
    if not Mail.objects.due().exists():
        return []
    token = uuid.uuid4()
    with transaction.atomic():
        due = Mail.objects.due().select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True)
        numbers = list(due[:BATCH])
        Mail.objects.filter(pk__in=numbers, status=MailStatus.QUEUED).update(
            status=MailStatus.CLAIMED, claim=token, lease_until=timezone.now() + LEASE
        )
    return list(Mail.objects.filter(pk__in=numbers, claim=token).order_by("priority", "pk"))


def _deliver(mails: list[Mail]) -> int | None:
    """How many of the claimed mails left; None where the mail server cannot be reached."""
    connection = get_connection(settings.MAIL_DELIVERY_BACKEND, fail_silently=False)
    try:
        connection.open()
    except (OSError, smtplib.SMTPException) as error:
        _put_back(mails, str(error))
        return None
    sent = 0
    last: tuple[Mail, Outcome] | None = None
    try:
        for mail in mails:
            # One commit settles the last mail and begins this one.
            begun = _begin(mail, after=last)
            last = (mail, _send(mail, connection)) if begun else None
            sent += bool(last and last[1].to == MailStatus.SENT)
    finally:
        # Whatever happened to this one: what became of the last is known and must not become uncertain.
        try:
            if last:
                with transaction.atomic():
                    _settle(*last)
        finally:
            connection.close()
    return sent


def _begin(mail: Mail, *, after: tuple[Mail, Outcome] | None) -> bool:
    """Whether the mail is still this worker's: its lease may have expired on a slow server.

    Its Message-ID is fixed before the first byte leaves, so that a bounce of an uncertain mail finds it, and whoever
    gets it twice after all can tell.
    """
    domain = parseaddr(mail.sender)[1].rpartition("@")[2]
    message_id = mail.message_id or f"<convoke.{mail.pk}.{uuid.uuid4().hex}@{domain}>"
    with transaction.atomic():
        if after:
            _settle(*after)
        begun = Mail.objects.filter(pk=mail.pk, claim=mail.claim, status=MailStatus.CLAIMED).update(
            status=MailStatus.SENDING,
            attempts=F("attempts") + 1,
            lease_until=timezone.now() + LEASE,
            message_id=message_id,
        )
    mail.attempts += begun
    mail.message_id = message_id
    return bool(begun)


def _settle(mail: Mail, outcome: Outcome) -> None:
    changes: dict[str, object] = {"status": outcome.to, "claim": None, "lease_until": None, "error": outcome.error}
    changes |= dropped_with(outcome.to)
    if outcome.to == MailStatus.SENT:
        changes |= {"sent_at": timezone.now(), "message_id": mail.message_id}
    elif outcome.to == MailStatus.QUEUED:
        changes |= _later(mail.attempts)
    if outcome.done_with:
        changes["done_with"] = [*mail.done_with, *outcome.done_with]
    Mail.objects.filter(pk=mail.pk, claim=mail.claim).update(**changes)
    if outcome.bounced:
        services.record_bounce(mail, detail=outcome.error)


def _later(attempts: int) -> dict[str, object]:
    if attempts > len(BACKOFF):
        return {"status": MailStatus.FAILED}
    return {"not_before": timezone.now() + BACKOFF[attempts - 1]}


def _put_back(mails: list[Mail], error: str) -> None:
    """The server cannot be reached: all wait, nothing was sent."""
    logger.warning("The mail server cannot be reached; %d mails wait.", len(mails))
    for mail in mails:
        Mail.objects.filter(pk=mail.pk, claim=mail.claim, status=MailStatus.CLAIMED).update(
            **{
                "status": MailStatus.QUEUED,
                "claim": None,
                "lease_until": None,
                "attempts": F("attempts") + 1,
                "error": error,
                **_later(mail.attempts + 1),
            }
        )


class _Message(EmailMultiAlternatives):
    """A message that names all its recipients and goes only to those who do not have it yet."""

    done_with: frozenset[str] = frozenset()

    def recipients(self) -> list[str]:
        return [address for address in super().recipients() if address not in self.done_with]


def message_of(mail: Mail) -> EmailMultiAlternatives:
    """The message as it goes out, with its secrets filled in."""
    return _message(mail, mail.secrets())


def _message(mail: Mail, secrets: Mapping[str, str]) -> _Message:
    message = _Message(
        subject=mail.subject,
        body=rendering.fill_secrets(mail.text, secrets, html=False),
        from_email=mail.sender,
        to=mail.to,
        cc=mail.cc,
        reply_to=[mail.reply_to] if mail.reply_to else None,
        headers={"Message-ID": mail.message_id, "Auto-Submitted": "auto-generated"},
    )
    message.done_with = frozenset(mail.done_with)
    if mail.html:
        message.attach_alternative(rendering.fill_secrets(mail.html, secrets, html=True), "text/html")
    if mail.calendar:
        # As an alternative, mail programs offer to accept; as an attachment, others can open it.
        message.attach_alternative(mail.calendar, f"text/calendar; method={mail.calendar_method}")
        message.attach("invitation.ics", mail.calendar, f"text/calendar; method={mail.calendar_method}")
    return message


def _send(mail: Mail, connection: BaseEmailBackend) -> Outcome:
    secrets = mail.secrets()
    if rendering.secret_names(mail.text) - set(secrets):
        return Outcome(MailStatus.FAILED, _("Its personal link can no longer be read. Send a new mail instead."))
    message = _message(mail, secrets)
    if not message.recipients():
        return Outcome(MailStatus.FAILED, _("It has no recipient."))
    message.connection = connection
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as error:
        return _answered(error.recipients, message)
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
    except Exception as error:
        # Nothing that is known about the mail or the server: one mail must not stop those behind it.
        logger.exception("Mail %d could not be sent.", mail.pk)
        return Outcome(MailStatus.UNCERTAIN, f"{type(error).__name__}: {error}")
    anymail_status = getattr(message, "anymail_status", None)
    if anymail_status is not None and isinstance(anymail_status.message_id, str):
        mail.message_id = anymail_status.message_id
    return _answered(getattr(connection, "refused", {}), message)


def _answered(refused: dict[str, tuple[int, bytes]], message: _Message) -> Outcome:
    """Of the recipients some or all may be refused, for good or for now; those who took the mail have it."""
    addresses = {sanitize_address(address, "utf-8"): address for address in message.recipients()}
    text = "; ".join(f"{address}: {code} {_decoded(reason)}" for address, (code, reason) in refused.items())
    for_now = {addresses[address] for address, (code, _reason) in refused.items() if code < 500}
    for_good = {addresses[address] for address in refused} - for_now
    bounced = bool(for_good & set(message.to))
    if for_now:
        settled = tuple(address for address in addresses.values() if address not in for_now)
        return Outcome(MailStatus.QUEUED, text, bounced, settled)
    if len(for_good) == len(addresses) and not message.done_with:
        return Outcome(MailStatus.FAILED, text, bounced)
    return Outcome(MailStatus.SENT, text, bounced)


def _decoded(reason: bytes | str) -> str:
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)


def _reopen(connection: BaseEmailBackend) -> None:
    """After a broken connection the next mails of the batch get a new one; where there is none each waits by itself."""
    try:
        connection.close()
        connection.open()
    except (OSError, smtplib.SMTPException) as error:
        logger.warning("The mail server does not answer any more: %s", type(error).__name__)
