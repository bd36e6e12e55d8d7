"""E-mail addresses that somebody else gave us: whom we notified, and changes that wait for a confirmation."""

import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.reach import ADDRESS_CHANGE
from conference.models import Conference
from registrations.models.delegations import Delegation
from registrations.models.invitations import Invitation
from registrations.models.participants import Participant


class AddressNoticeQuerySet(models.QuerySet["AddressNotice"]):
    def waiting(self) -> "AddressNoticeQuerySet":
        """Other mails do not go to these addresses until they are confirmed."""
        return self.filter(mails_wait=True, confirmed_at=None)

    def objected(self) -> "AddressNoticeQuerySet":
        """No mail goes to these addresses any more."""
        return self.filter(objected_at__isnull=False)

    def to_settle(self) -> "AddressNoticeQuerySet":
        """Somebody objected, and no organiser has dealt with it yet."""
        return self.objected().filter(settled_at=None)


class AddressNotice(models.Model):
    """The one mail that tells a person why we hold their address (Article 16 of Regulation (EU) 2018/1725).

    Its words are ours alone. Where `mails_wait`, nobody has shown yet that the address reaches the person: until
    they confirm it, no other mail goes there.
    """

    class Reason(models.TextChoices):
        REGISTERED = "registered", _("registered by somebody else")
        SUBSTITUTE = "substitute", _("proposed in somebody's place")
        ASSISTANT = "assistant", _("named as an assistant for the registration")
        MEETINGS_ASSISTANT = "meetings", _("named as an assistant for meetings")
        STAND_CONTACT = "stand", _("named as the contact person of a stand")
        DUTY = "duty", _("listed for a duty at a stand")

    conference = models.ForeignKey(
        Conference, on_delete=models.CASCADE, related_name="address_notices", verbose_name=_("conference")
    )
    email = models.EmailField(_("e-mail"))
    reason = models.CharField(_("why"), max_length=10, choices=Reason)
    # Each where there is one: whom the address stands for, and through whom it came.
    participant = models.ForeignKey(
        Participant,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="address_notices",
        verbose_name=_("participant"),
    )
    invitation = models.ForeignKey(
        Invitation,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="address_notices",
        verbose_name=_("invitation"),
    )
    delegation = models.ForeignKey(
        Delegation, on_delete=models.CASCADE, related_name="address_notices", verbose_name=_("delegation")
    )
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("given by"),
        help_text=_("Empty: somebody with the personal link."),
    )
    by_organiser = models.BooleanField(_("given by an organiser"), default=False)
    mails_wait = models.BooleanField(_("other mails wait for the confirmation"), default=True)
    token_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("given"), default=timezone.now)
    sent_at = models.DateTimeField(_("last sent"), default=timezone.now)
    times_sent = models.PositiveSmallIntegerField(_("times sent"), default=1)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    objected_at = models.DateTimeField(_("objected"), null=True, blank=True)
    settled_at = models.DateTimeField(_("dealt with"), null=True, blank=True)

    objects = AddressNoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice to an address")
        verbose_name_plural = _("notices to addresses")
        ordering: ClassVar = ["-created_at", "-pk"]
        indexes: ClassVar = [
            models.Index(fields=["invitation", "created_at"], name="notice_of_invitation"),
            models.Index(fields=["given_by", "created_at"], name="notice_of_giver"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["conference", "email", "reason"], name="notice_once_a_person_and_reason"),
            models.CheckConstraint(
                condition=Q(settled_at=None) | Q(objected_at__isnull=False), name="notice_settled_only_after_objection"
            ),
            models.CheckConstraint(condition=Q(times_sent__gte=1), name="notice_sent_at_least_once"),
            models.CheckConstraint(
                condition=Q(by_organiser=False) | Q(mails_wait=False), name="notice_by_organiser_holds_no_mails"
            ),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def is_waiting(self) -> bool:
        """Whether other mails to the address wait for its confirmation."""
        return self.mails_wait and self.confirmed_at is None


class AddressChangeQuerySet(models.QuerySet["AddressChange"]):
    def open(self) -> "AddressChangeQuerySet":
        """Neither in effect nor ended. Some may have expired."""
        return self.filter(done_at=None, ended_at=None)

    def valid(self) -> "AddressChangeQuerySet":
        """Open ones that have not expired."""
        return self.open().filter(expires_at__gt=timezone.now())


class AddressChange(models.Model):
    """Another address for a participant, which takes effect once it is confirmed there.

    Where `needs_agreement`, the person who signs in with the present address has to agree as well: an assistant must
    not become the owner of a registration by typing their own address.
    """

    class Ending(models.TextChoices):
        CANCELLED = "cancelled", _("cancelled")
        KEPT = "kept", _("refused from the old address")
        REFUSED = "refused", _("refused from the new address")
        OVERTAKEN = "overtaken", _("followed by another one")

    VALID_FOR = ADDRESS_CHANGE.lifetime or datetime.timedelta()

    participant = models.ForeignKey(
        Participant, on_delete=models.CASCADE, related_name="address_changes", verbose_name=_("participant")
    )
    email = models.EmailField(_("new e-mail"))
    old_email = models.EmailField(_("old e-mail"))
    needs_agreement = models.BooleanField(_("the old address has to agree"), default=False)
    # In the mails to the new and to the old address.
    token_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    keep_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("asked for by"),
    )
    asked_label = models.CharField(_("asked for by, in words"), max_length=254)
    by_organiser = models.BooleanField(_("asked for by an organiser"), default=False)
    asked_at = models.DateTimeField(_("asked for"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires"))
    times_sent = models.PositiveSmallIntegerField(_("times sent"), default=1)
    confirmed_at = models.DateTimeField(_("confirmed from the new address"), null=True, blank=True)
    agreed_at = models.DateTimeField(_("agreed from the old address"), null=True, blank=True)
    done_at = models.DateTimeField(_("in effect"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ended_as = models.CharField(_("how it ended"), max_length=9, choices=Ending, blank=True)

    objects = AddressChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of an address")
        verbose_name_plural = _("changes of addresses")
        ordering: ClassVar = ["-asked_at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["participant"],
                condition=Q(done_at=None, ended_at=None),
                name="address_change_one_open_a_participant",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_as="") | (Q(ended_at__isnull=False) & ~Q(ended_as="")),
                name="address_change_end_and_how_both_or_neither",
            ),
            models.CheckConstraint(
                condition=Q(done_at=None) | Q(ended_at=None), name="address_change_in_effect_or_ended"
            ),
            models.CheckConstraint(
                condition=Q(done_at=None)
                | (Q(confirmed_at__isnull=False) & (Q(needs_agreement=False) | Q(agreed_at__isnull=False))),
                name="address_change_in_effect_only_once_confirmed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.old_email} → {self.email}"

    @property
    def conference_id(self) -> int:
        return self.participant.conference_id

    @property
    def is_open(self) -> bool:
        return self.done_at is None and self.ended_at is None and timezone.now() < self.expires_at
