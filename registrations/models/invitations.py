"""By which wave a delegation is invited, at which address, and by which personal links."""

import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from conference.languages import OFFICIAL_LANGUAGES
from conference.models import Conference
from mailings.models import Mail
from registrations.models.delegations import Delegation
from registrations.states import InvitationStatus, WaveStatus


class Wave(models.Model):
    """A batch of invitations with one reply-by date."""

    conference = models.ForeignKey(
        Conference, on_delete=models.PROTECT, related_name="waves", verbose_name=_("conference")
    )
    name = models.CharField(_("name"), max_length=100)
    reply_by = models.DateField(_("reply by"))
    remind_days_before = models.PositiveSmallIntegerField(
        _("remind, days before"),
        null=True,
        blank=True,
        default=7,
        help_text=_("Those who have not replied are reminded so many days before the reply-by date. Empty: never."),
    )
    status = models.CharField(_("status"), max_length=10, choices=WaveStatus, default=WaveStatus.DRAFT, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    started_at = models.DateTimeField(_("sending began"), null=True, blank=True, editable=False)
    finished_at = models.DateTimeField(_("all queued"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("wave")
        verbose_name_plural = _("waves")
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["conference", "name"], name="wave_name_unique")]

    def __str__(self) -> str:
        return self.name

    @property
    def campaign(self) -> str:
        """Under which its mails stand in the outbox."""
        return f"wave:{self.pk}"


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def holding_seats(self) -> "InvitationQuerySet":
        return self.filter(holds_seats=True)

    def unanswered(self) -> "InvitationQuerySet":
        return self.filter(status=InvitationStatus.SENT)

    def managed_by(self, user: User) -> "InvitationQuerySet":
        """Whose people this user may add to: invitations they received or assist."""
        return self.filter(Q(contact=user) | Q(assistant=user))

    def due_to_lapse(self, today: datetime.date) -> "InvitationQuerySet":
        return self.holding_seats().filter(reply_by__lt=today)


class Invitation(models.Model):
    """One invitation of a delegation, sent to one address. While it holds seats nobody else can take them."""

    class Channel(models.TextChoices):
        WEB = "web", _("web form")
        PHONE = "phone", _("telephone")
        LETTER = "letter", _("letter or e-mail")

    conference = models.ForeignKey(
        Conference, on_delete=models.PROTECT, related_name="invitations", verbose_name=_("conference")
    )
    delegation = models.ForeignKey(
        Delegation, on_delete=models.PROTECT, related_name="invitations", verbose_name=_("delegation")
    )
    wave = models.ForeignKey(
        Wave, on_delete=models.PROTECT, null=True, blank=True, related_name="invitations", verbose_name=_("wave")
    )
    status = models.CharField(
        _("status"), max_length=10, choices=InvitationStatus, default=InvitationStatus.SELECTED, editable=False
    )
    seats = models.PositiveSmallIntegerField(_("seats offered"))
    holds_seats = models.BooleanField(_("holds its seats"), default=False, editable=False)
    reply_by = models.DateField(_("reply by"))

    salutation = models.CharField(_("salutation"), max_length=200, blank=True)
    email = models.EmailField(_("e-mail"))
    copy_to = models.JSONField(_("copies to"), default=list, blank=True)
    language = models.CharField(_("language of mails"), max_length=2, choices=OFFICIAL_LANGUAGES, default="en")
    note = models.TextField(_("note"), blank=True, help_text=_("For organisers only."))

    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    opened_at = models.DateTimeField(_("page opened"), null=True, blank=True, editable=False)
    replied_at = models.DateTimeField(_("replied"), null=True, blank=True, editable=False)
    reply_channel = models.CharField(_("replied by"), max_length=6, choices=Channel, blank=True, editable=False)
    lapsed_at = models.DateTimeField(_("lapsed"), null=True, blank=True, editable=False)
    bounced_at = models.DateTimeField(_("bounced"), null=True, blank=True, editable=False)

    # What the invitee has saved but not sent; emptied by the reply.
    draft = models.JSONField(default=dict, blank=True, editable=False)
    draft_saved_at = models.DateTimeField(_("draft saved"), null=True, blank=True, editable=False)
    in_place_of = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="stand_in",
        verbose_name=_("invited in the place of"),
    )
    message = models.TextField(_("message of the invitee"), blank=True, editable=False)
    substitute_name = models.CharField(_("proposed instead"), max_length=200, blank=True, editable=False)
    substitute_function = models.CharField(_("their function"), max_length=200, blank=True, editable=False)
    substitute_email = models.EmailField(_("their e-mail"), blank=True, editable=False)
    assistant_name = models.CharField(_("assistant"), max_length=200, blank=True, editable=False)
    assistant_email = models.EmailField(_("assistant's e-mail"), blank=True, editable=False)
    contact = models.ForeignKey(
        User,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="invitations",
        verbose_name=_("account of the invited address"),
    )
    assistant = models.ForeignKey(
        User,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="assisted_invitations",
        verbose_name=_("account of the assistant"),
    )

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [
            models.Index(fields=["conference", "status"], name="invitation_by_status"),
            models.Index(fields=["reply_by"], condition=Q(holds_seats=True), name="invitation_holding_seats"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["wave", "delegation", "email"],
                name="invitation_once_a_wave",
                violation_error_message=_("This address is in the wave already."),
            ),
            models.CheckConstraint(
                condition=Q(holds_seats=False) | Q(status__in=["sent", "accepted"]),
                name="invitation_holds_seats_only_while_open_or_accepted",
            ),
            models.CheckConstraint(condition=Q(seats__gte=1), name="invitation_offers_a_seat"),
            models.CheckConstraint(
                condition=Q(status="lapsed", lapsed_at__isnull=False) | (~Q(status="lapsed") & Q(lapsed_at=None)),
                name="invitation_lapsed_at_exactly_when_lapsed",
            ),
            models.CheckConstraint(
                condition=Q(replied_at=None, reply_channel="") | (Q(replied_at__isnull=False) & ~Q(reply_channel="")),
                name="invitation_reply_time_and_channel_both_or_neither",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.delegation.name} <{self.email}>"

    @property
    def reply_deadline(self) -> datetime.datetime:
        """The first instant at which a reply comes too late."""
        return self.conference.end_of(self.reply_by)

    @property
    def is_overdue(self) -> bool:
        return timezone.now() >= self.reply_deadline


class InvitationLink(models.Model):
    """A personal link that went out in one mail. Only its hash is kept; every mail has a link of its own."""

    class Purpose(models.TextChoices):
        INVITATION = "invitation", _("invitation")
        REMINDER = "reminder", _("reminder")
        BY_HAND = "by hand", _("passed on by hand")

    invitation = models.ForeignKey(
        Invitation, on_delete=models.CASCADE, related_name="links", verbose_name=_("invitation")
    )
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose)
    token_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    mail = models.ForeignKey(
        Mail, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("mail")
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        verbose_name = _("personal link")
        verbose_name_plural = _("personal links")
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.pk}"
