"""The outbox: writing mails in the transaction of the change, and what organisers do with them afterwards."""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from email.utils import formataddr, parseaddr

from celery import Task
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from accounts.models import User
from conference import history
from conference.circuit import CircuitBreaker
from conference.models import Conference
from mailings import gates, kinds, rendering
from mailings.models import Mail, MailTemplate
from mailings.sealing import dropped_with, seal
from mailings.signals import mail_bounced
from mailings.states import TRANSITIONS, MailStatus

logger = logging.getLogger(__name__)

# A request does not wait for a broker that another request has just found lost.
broker_circuit = CircuitBreaker(seconds=5)


class MailRefused(Exception):
    """The change is not possible in the mail's present state; the message is fit for the user."""


@dataclass(frozen=True)
class Draft:
    """One mail to write. `key` makes it unique for ever: the same key is written once, whoever tries again."""

    kind: str
    key: str
    to: Sequence[str]
    values: Mapping[str, str]
    secrets: Mapping[str, str] = field(default_factory=dict)
    cc: Sequence[str] = ()
    language: str = "en"
    campaign: str = ""
    priority: int = Mail.Priority.NORMAL
    calendar: str = ""
    calendar_method: str = ""


def words_for(conference: Conference, kind: str, language: str) -> rendering.Words:
    """The organiser's words in this language, else in English, else the built-in ones."""
    templates = MailTemplate.objects.filter(conference=conference, kind=kind, language__in=[language, "en"])
    found = {
        written_in: rendering.Words(subject, text, html or rendering.html_from_text(text))
        for written_in, subject, text, html in templates.order_by().values_list("language", "subject", "text", "html")
    }
    return found.get(language) or found.get("en") or rendering.builtin(kind)


def preview(conference: Conference, draft: Draft) -> rendering.Rendered:
    """The mail as it would go out, without writing it; secrets show as given in `draft.secrets`."""
    rendered = _rendered(conference, draft, words_for(conference, draft.kind, draft.language))
    return rendering.Rendered(
        rendered.subject,
        rendering.fill_secrets(rendered.text, draft.secrets, html=False),
        rendering.fill_secrets(rendered.html, draft.secrets, html=True),
    )


def preview_words(conference: Conference, kind: kinds.MailKind, words: rendering.Words) -> rendering.Rendered:
    """Words that are being tried, filled with the examples of their kind."""
    examples = kind.examples(conference)
    rendered = rendering.render(words, examples, secret=kind.secret, conference=conference)
    return rendering.Rendered(
        rendered.subject,
        rendering.fill_secrets(rendered.text, examples, html=False),
        rendering.fill_secrets(rendered.html, examples, html=True),
    )


def _rendered(conference: Conference, draft: Draft, words: rendering.Words) -> rendering.Rendered:
    kind = kinds.registered()[draft.kind]
    return rendering.render(words, draft.values, secret=kind.secret, conference=conference)


def sender_of(conference: Conference) -> str:
    return formataddr((conference.organiser_name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1]))


def enqueue(conference: Conference, draft: Draft) -> Mail:
    """Writes one mail, or returns the one that stands under its key, and wakes a worker after the commit."""
    return enqueue_many(conference, [draft])[0]


@transaction.atomic(savepoint=False)
def enqueue_many(conference: Conference, drafts: Sequence[Draft]) -> list[Mail]:
    """Writes many mails in few statements, in the order of `drafts`; keys that stand already are left as they are."""
    drafts = _past_the_gates(conference, drafts)
    words: dict[tuple[str, str], rendering.Words] = {}
    for draft in drafts:
        source = (draft.kind, draft.language)
        if source not in words:
            words[source] = words_for(conference, *source)
    mails = {draft.key: _composed(conference, draft, words[draft.kind, draft.language]) for draft in drafts}
    while fresh := [mail for mail in mails.values() if mail.pk is None]:
        try:
            with transaction.atomic():
                Mail.objects.bulk_create(fresh)
        except IntegrityError:
            # Some were written before, or by another process at this instant.
            present = Mail.objects.in_bulk([mail.key for mail in fresh], field_name="key")
            if not present:
                raise
            mails |= present
        else:
            wake_after_commit()
    return [mails[draft.key] for draft in drafts]


def _past_the_gates(conference: Conference, drafts: Sequence[Draft]) -> list[Draft]:
    """The drafts without addresses that must not get them; where nobody else is left, they go to the mailbox."""
    guarded = [draft for draft in drafts if not kinds.registered()[draft.kind].goes_to_anybody]
    withheld = gates.withheld(conference, {address for draft in guarded for address in (*draft.to, *draft.cc)})
    if not withheld:
        return list(drafts)
    return [
        draft if kinds.registered()[draft.kind].goes_to_anybody else _without(draft, withheld, conference)
        for draft in drafts
    ]


def _without(draft: Draft, withheld: Mapping[str, str], conference: Conference) -> Draft:
    # A personal link is an organiser's letter to one person: nobody else may get it instead.
    to = [address for address in draft.to if draft.secrets or address not in withheld]
    cc = [address for address in draft.cc if address not in withheld]
    if to:
        return replace(draft, to=to, cc=cc)
    instead = dict.fromkeys(withheld[address] for address in draft.to if withheld[address])
    to = [address for address in instead if address not in withheld] or cc[:1] or [conference.mailbox]
    return replace(draft, to=to, cc=[address for address in cc if address not in to])


def _composed(conference: Conference, draft: Draft, words: rendering.Words) -> Mail:
    rendered = _rendered(conference, draft, words)
    return Mail(
        conference=conference,
        key=draft.key,
        kind=draft.kind,
        campaign=draft.campaign,
        to=list(draft.to),
        cc=[address for address in dict.fromkeys(draft.cc) if address not in draft.to],
        reply_to=conference.mailbox,
        sender=sender_of(conference),
        subject=rendered.subject[:300],
        text=rendered.text,
        html=rendered.html,
        sealed=seal(dict(draft.secrets)),
        priority=draft.priority,
        calendar=draft.calendar,
        calendar_method=draft.calendar_method,
    )


@transaction.atomic
def enqueue_composed(
    *, key: str, to: list[str], cc: list[str], sender: str, subject: str, text: str, html: str
) -> Mail:
    """Writes a mail that another library composed. It may hold a sign-in code, so the whole body is sealed."""
    secrets = {"text_body": text, **({"html_body": html} if html else {})}
    mail = Mail.objects.create(
        key=key,
        kind="account",
        to=to,
        cc=cc,
        sender=sender,
        subject=subject[:300],
        text=rendering.stand_in("text_body"),
        html=rendering.stand_in("html_body") if html else "",
        sealed=seal(secrets),
        priority=Mail.Priority.AT_ONCE,
    )
    wake_after_commit()
    return mail


def wake_after_commit() -> None:
    """Asks a worker to look at the outbox, once a transaction. Without a broker nothing is lost: beat looks, too."""
    connection = transaction.get_connection()
    here = set(connection.savepoint_ids)
    asked = any(function is _wake and savepoints <= here for savepoints, function, _robust in connection.run_on_commit)
    if not asked:
        transaction.on_commit(_wake, robust=True)


def _wake() -> None:
    from mailings.tasks import drain_outbox

    publish(drain_outbox)


def publish(task: Task, *args: object) -> None:
    """Asks a worker for `task`. Without a broker it only says so in the log: beat comes to every job by itself."""
    if broker_circuit.may_try():
        try:
            task.apply_async(args, retry=False)
        except OperationalError:
            broker_circuit.failed()
        else:
            broker_circuit.succeeded()
            return
    logger.warning("The broker cannot be reached; %s runs at the next scheduled look.", task.name)


def _move(mail: Mail, to: MailStatus, *, by: User | None, action: str, **changes: object) -> None:
    """An organiser's change of one mail, guarded by the table and by the row's present status."""
    allowed = [status for status, following in TRANSITIONS.items() if to in following]
    known = Mail.objects.filter(pk=mail.pk, status=mail.status, status__in=allowed)
    changed = known.update(status=to, **changes, **dropped_with(to))
    if not changed:
        raise MailRefused(_("This mail has changed meanwhile. Look at its status again."))
    if mail.conference_id:
        history.record(mail, action, by=by, from_status=mail.status, to_status=to, detail=mail.key)
    mail.refresh_from_db()


@transaction.atomic
def send_again(mail: Mail, *, by: User | None) -> None:
    """Queues a failed or uncertain mail once more. Raises MailRefused for others, or once its link was dropped."""
    if mail.status not in {MailStatus.FAILED, MailStatus.UNCERTAIN}:
        raise MailRefused(_("Only a failed or uncertain mail can be sent again."))
    _move(mail, MailStatus.QUEUED, by=by, action="sent again", attempts=0, not_before=timezone.now(), error="")
    wake_after_commit()


@transaction.atomic
def treat_as_sent(mail: Mail, *, by: User | None) -> None:
    """The organiser knows that an uncertain mail arrived. Raises MailRefused for others."""
    if mail.status != MailStatus.UNCERTAIN:
        raise MailRefused(_("Only an uncertain mail can be treated as sent."))
    _move(mail, MailStatus.SENT, by=by, action="treated as sent", sent_at=timezone.now())


def hold(campaign: str) -> int:
    """Keeps the queued mails of a campaign back; those a worker already has go out. Returns how many were held."""
    return Mail.objects.filter(campaign=campaign, status=MailStatus.QUEUED).update(status=MailStatus.HELD)


@transaction.atomic
def release(campaign: str) -> int:
    """Queues the held mails of a campaign again. Returns how many."""
    released = Mail.objects.filter(campaign=campaign, status=MailStatus.HELD).update(
        status=MailStatus.QUEUED, not_before=timezone.now()
    )
    if released:
        wake_after_commit()
    return released


@transaction.atomic
def retry_failed(campaign: str) -> int:
    """Queues the failed mails of a campaign again. Returns how many."""
    retried = Mail.objects.filter(campaign=campaign, status=MailStatus.FAILED).update(
        status=MailStatus.QUEUED, attempts=0, not_before=timezone.now(), error=""
    )
    if retried:
        wake_after_commit()
    return retried


def cancel(mails: Iterable[int]) -> int:
    """Cancels those of the mails that did not leave yet, and drops their secrets. Returns how many.

    The caller revokes the links that they hold: a failed mail may have reached somebody after all.
    """
    return Mail.objects.filter(
        pk__in=list(mails), status__in=[MailStatus.QUEUED, MailStatus.HELD, MailStatus.FAILED]
    ).update(status=MailStatus.CANCELLED, **dropped_with(MailStatus.CANCELLED))


@transaction.atomic
def release_held(mail: Mail, *, by: User | None) -> None:
    """Queues a mail that was held back. Raises MailRefused for others."""
    if mail.status != MailStatus.HELD:
        raise MailRefused(_("Only a mail that is held back can be released."))
    _move(mail, MailStatus.QUEUED, by=by, action="released", not_before=timezone.now(), error="")
    wake_after_commit()


@transaction.atomic
def cancel_held(mail: Mail, *, by: User | None) -> None:
    """Cancels a mail that was held back; its link is dropped. Raises MailRefused for others."""
    if mail.status != MailStatus.HELD:
        raise MailRefused(_("Only a mail that is held back can be cancelled."))
    _move(mail, MailStatus.CANCELLED, by=by, action="cancelled", error="")


@dataclass(frozen=True)
class AfterRestore:
    """What became of the mails that had not left when the backup was made; `held` counts all held ones by kind."""

    held: Mapping[str, int]
    uncertain: int
    cancelled: int


@transaction.atomic
def hold_after_restore() -> AfterRestore:
    """Holds back what the restored outbox would send: most of it went out after the backup was made.

    What a worker was sending is uncertain. Sign-in codes are cancelled, since the sessions they belong to have ended.
    """
    free = {"claim": None, "lease_until": None}
    # Claimed, but not begun: the worker will not come back to it.
    Mail.objects.filter(status=MailStatus.CLAIMED).update(status=MailStatus.QUEUED, **free)
    uncertain = Mail.objects.filter(status=MailStatus.SENDING).update(status=MailStatus.UNCERTAIN, **free)
    queued = Mail.objects.filter(status=MailStatus.QUEUED)
    cancelled = queued.filter(kind="account").update(status=MailStatus.CANCELLED, sealed="")
    note = _("Held back when a backup was restored. It may have been sent after the backup was made.")
    queued.update(status=MailStatus.HELD, error=note)
    return AfterRestore(held_by_kind(), uncertain, cancelled)


def held_by_kind() -> Counter[str]:
    """How many mails are held back."""
    return Counter(Mail.objects.filter(status=MailStatus.HELD).order_by().values_list("kind", flat=True))


@transaction.atomic
def record_bounce(mail: Mail, *, detail: str, by: User | None = None) -> None:
    """Notes that the mail came back; whoever sent it is told by the signal. Repeated reports change nothing."""
    if not Mail.objects.filter(pk=mail.pk, bounced_at=None).update(bounced_at=timezone.now(), error=detail[:2000]):
        return
    mail.refresh_from_db()
    if mail.conference_id:
        history.record(mail, "bounced", by=by, detail=mail.key)
    mail_bounced.send(Mail, mail=mail, detail=detail)


@transaction.atomic
def save_template(template: MailTemplate, *, changed: list[str], by: User | None) -> MailTemplate:
    """Saves an organiser's words for one mail; mails written from now on use them."""
    is_new = template.pk is None
    template.save()
    if is_new or changed:
        detail = history.field_labels(MailTemplate, changed)
        history.record(template, "created" if is_new else "changed", by=by, detail=detail)
    return template


@transaction.atomic
def delete_template(template: MailTemplate, *, by: User | None) -> None:
    """The built-in words are used again."""
    history.record(template.conference, "mail template deleted", by=by, detail=str(template))
    template.delete()
