"""Mail templates and the outbox."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conference.languages import OFFICIAL_LANGUAGES
from conference.models import Conference
from mailings import kinds, rendering
from mailings.sealing import unseal
from mailings.states import UNDER_WAY, UNSETTLED, MailStatus


class MailTemplate(models.Model):
    """An organiser's own words for one kind of mail in one language; without it the built-in words are used."""

    conference = models.ForeignKey(
        Conference, on_delete=models.CASCADE, related_name="mail_templates", verbose_name=_("conference")
    )
    kind = models.CharField(_("mail"), max_length=40)
    language = models.CharField(_("language"), max_length=2, choices=OFFICIAL_LANGUAGES, default="en")
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("text"))
    html = models.TextField(_("HTML"), blank=True, help_text=_("Empty: made from the text."))

    class Meta:
        verbose_name = _("mail template")
        verbose_name_plural = _("mail templates")
        ordering: ClassVar = ["conference", "kind", "language"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["conference", "kind", "language"],
                name="mail_template_unique",
                violation_error_message=_("There is a template for this mail and language already."),
            )
        ]

    def __str__(self) -> str:
        kind = kinds.registered().get(self.kind)
        return f"{kind.label if kind else self.kind} ({self.language})"

    def clean(self) -> None:
        """Refuses placeholders that do not exist, and a text without those that the mail is for."""
        kind = kinds.registered().get(self.kind)
        if kind is None:
            raise ValidationError({"kind": _("There is no such mail.")})
        errors: dict[str, list[str]] = {}
        for name in ("subject", "text", "html"):
            source = getattr(self, name)
            used = rendering.placeholders(source)
            unknown = sorted(used - set(kind.placeholders))
            if unknown:
                errors.setdefault(name, []).append(
                    _("Not a placeholder of this mail: %(names)s.") % {"names": ", ".join(unknown)}
                )
            missing = sorted(set(kind.required) - used) if source and name != "subject" else []
            if missing:
                errors.setdefault(name, []).append(
                    _("The mail needs %(names)s.") % {"names": ", ".join(f"{{{{ {word} }}}}" for word in missing)}
                )
            if name == "subject" and set(kind.secret) & used:
                errors.setdefault(name, []).append(_("A personal link does not belong into a subject."))
        if errors:
            raise ValidationError(errors)


class MailQuerySet(models.QuerySet["Mail"]):
    def under_way(self) -> "MailQuerySet":
        return self.filter(status__in=UNDER_WAY)

    def unsettled(self) -> "MailQuerySet":
        """Failed or uncertain: an organiser has to decide."""
        return self.filter(status__in=UNSETTLED)

    def due(self) -> "MailQuerySet":
        return self.filter(status=MailStatus.QUEUED, not_before__lte=timezone.now()).order_by("priority", "pk")


class Mail(models.Model):
    """One message of the outbox, written in the transaction of the change that it tells of.

    Its secret parts (personal links, sign-in codes) stand in the texts as placeholders and in `sealed` encrypted;
    once the mail is out or cancelled they are dropped, unless the outbox itself is where mails are read.
    """

    class Priority(models.IntegerChoices):
        AT_ONCE = 0, _("at once")
        NORMAL = 5, _("normal")
        BULK = 9, _("bulk")

    conference = models.ForeignKey(
        Conference,
        on_delete=models.CASCADE,
        related_name="mails",
        null=True,
        blank=True,
        verbose_name=_("conference"),
    )
    key = models.CharField(_("key"), max_length=120, unique=True)
    kind = models.CharField(_("kind"), max_length=40, blank=True)
    campaign = models.CharField(_("campaign"), max_length=60, blank=True)
    to = models.JSONField(_("to"), default=list)
    cc = models.JSONField(_("copy to"), default=list, blank=True)
    reply_to = models.EmailField(_("reply to"), blank=True)
    sender = models.CharField(_("from"), max_length=320)
    subject = models.CharField(_("subject"), max_length=300)
    text = models.TextField(_("text"))
    html = models.TextField(_("HTML"), blank=True)
    sealed = models.TextField(blank=True, editable=False)
    calendar = models.TextField(_("calendar entry"), blank=True)
    calendar_method = models.CharField(max_length=10, blank=True, editable=False)

    status = models.CharField(_("status"), max_length=10, choices=MailStatus, default=MailStatus.QUEUED)
    priority = models.PositiveSmallIntegerField(_("priority"), choices=Priority, default=Priority.NORMAL)
    created_at = models.DateTimeField(_("written"), default=timezone.now)
    not_before = models.DateTimeField(_("not before"), default=timezone.now)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    # Of several recipients, those who took it or refused it for good while others are tried again.
    done_with = models.JSONField(default=list, blank=True, editable=False)
    claim = models.UUIDField(null=True, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    message_id = models.CharField(_("Message-ID"), max_length=255, blank=True, db_index=True)
    bounced_at = models.DateTimeField(_("bounced"), null=True, blank=True)
    error = models.TextField(_("what the mail server said"), blank=True)

    objects = MailQuerySet.as_manager()

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("outbox")
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [
            models.Index(fields=["priority", "id"], condition=Q(status="queued"), name="mail_queued"),
            models.Index(fields=["campaign", "status"], name="mail_of_campaign"),
            models.Index(fields=["status", "lease_until"], name="mail_by_status"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(claim=None, lease_until=None) | Q(claim__isnull=False, lease_until__isnull=False),
                name="mail_claim_and_lease_both_or_neither",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["claimed", "sending"], claim__isnull=False)
                | (~Q(status__in=["claimed", "sending"]) & Q(claim=None)),
                name="mail_claimed_exactly_while_a_worker_has_it",
            ),
            models.CheckConstraint(
                condition=Q(status="sent", sent_at__isnull=False) | (~Q(status="sent") & Q(sent_at=None)),
                name="mail_sent_at_exactly_when_sent",
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def recipients(self) -> str:
        return ", ".join([*self.to, *self.cc])

    def secrets(self) -> dict[str, Any]:
        """The secret values by placeholder; empty once they were dropped."""
        return unseal(self.sealed) if self.sealed else {}

    def opened_text(self) -> str:
        return rendering.fill_secrets(self.text, self.secrets(), html=False)

    def opened_html(self) -> str:
        return rendering.fill_secrets(self.html, self.secrets(), html=True)
