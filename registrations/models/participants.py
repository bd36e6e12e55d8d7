"""The persons who occupy the seats of delegations, and what they agreed to."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from conference.languages import OFFICIAL_LANGUAGES
from conference.models import Conference, Page
from registrations.models.delegations import Category, Delegation
from registrations.models.invitations import Invitation
from registrations.states import ACTIVE, ParticipantStatus


class ParticipantQuerySet(models.QuerySet["Participant"]):
    def active(self) -> "ParticipantQuerySet":
        """Confirmed or waiting."""
        return self.filter(status__in=ACTIVE)

    def confirmed(self) -> "ParticipantQuerySet":
        return self.filter(status=ParticipantStatus.CONFIRMED)

    def waiting(self) -> "ParticipantQuerySet":
        """The waiting list, first come first."""
        return self.filter(status=ParticipantStatus.WAITING).order_by("waiting_since", "pk")

    def checked_in(self) -> "ParticipantQuerySet":
        return self.exclude(checked_in_at=None)

    def in_category(self, category: str) -> "ParticipantQuerySet":
        return self.filter(category=category)

    def managed_by(self, user: User) -> "ParticipantQuerySet":
        """Whom this user may see and change: themselves, and those of invitations they received or assist."""
        return self.filter(Q(user=user) | Q(invitation__contact=user) | Q(invitation__assistant=user))


class Participant(models.Model):
    """A person of a delegation. Confirmed means: a numbered seat of the delegation and a place of the conference."""

    class Role(models.TextChoices):
        PRINCIPAL = "principal", _("principal")
        DEPUTY = "deputy", _("deputy of the principal")
        COMPANION = "companion", _("companion")

    class WaitingFor(models.TextChoices):
        DELEGATION = "delegation", _("a seat of the delegation")
        CONFERENCE = "conference", _("a place at the conference")

    conference = models.ForeignKey(
        Conference, on_delete=models.PROTECT, related_name="participants", verbose_name=_("conference")
    )
    delegation = models.ForeignKey(
        Delegation, on_delete=models.PROTECT, related_name="participants", verbose_name=_("delegation")
    )
    # A copy of the delegation's, so that the database itself can refuse a second person of a Member State.
    category = models.CharField(_("category"), max_length=12, choices=Category, editable=False)
    invitation = models.ForeignKey(
        Invitation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="participants",
        verbose_name=_("invitation"),
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="participations",
        verbose_name=_("account"),
    )
    status = models.CharField(_("status"), max_length=10, choices=ParticipantStatus, editable=False)
    seat_no = models.PositiveSmallIntegerField(_("seat"), null=True, blank=True, editable=False)
    place_no = models.PositiveIntegerField(_("place"), null=True, blank=True, editable=False)
    waiting_since = models.DateTimeField(_("waiting since"), null=True, blank=True, editable=False)
    waiting_for = models.CharField(
        _("waiting for"), max_length=10, choices=WaitingFor, blank=True, default="", editable=False
    )
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True, editable=False)
    checked_in_at = models.DateTimeField(_("checked in"), null=True, blank=True, editable=False)
    replaces = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="replaced_by",
        verbose_name=_("takes the seat of"),
    )
    registered_at = models.DateTimeField(_("registered"), default=timezone.now, editable=False)

    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.PRINCIPAL)
    title = models.CharField(_("title"), max_length=60, blank=True)
    given_name = models.CharField(_("first name"), max_length=100)
    family_name = models.CharField(_("family name"), max_length=100)
    function = models.CharField(_("function"), max_length=200)
    email = models.EmailField(_("e-mail"))
    language = models.CharField(_("language"), max_length=2, choices=OFFICIAL_LANGUAGES, default="en")
    dietary_needs = models.TextField(_("dietary needs"), blank=True)
    access_needs = models.TextField(_("access needs"), blank=True)
    departure_city = models.CharField(_("city of departure"), max_length=150, blank=True)

    # The calendar entry keeps its UID for ever; SEQUENCE rises with each change sent out.
    calendar_uid = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    calendar_sequence = models.PositiveIntegerField(default=0, editable=False)

    objects = ParticipantQuerySet.as_manager()

    class Meta:
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        permissions: ClassVar = [("view_special_needs", _("Can see dietary and access needs"))]
        ordering: ClassVar = ["family_name", "given_name", "pk"]
        indexes: ClassVar = [
            models.Index(fields=["conference", "status", "category"], name="participant_by_status"),
            models.Index(fields=["waiting_since", "id"], condition=Q(status="waiting"), name="participant_waiting"),
            models.Index(fields=["family_name", "given_name", "id"], name="participant_by_name"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["delegation", "seat_no"], name="participant_unique_seat"),
            models.UniqueConstraint(fields=["conference", "place_no"], name="participant_unique_place"),
            models.UniqueConstraint(
                fields=["delegation"],
                condition=Q(status="confirmed", category="member_state"),
                name="participant_one_confirmed_per_member_state",
            ),
            models.CheckConstraint(
                # A comparison with NULL is no "false" to a CHECK: presence has to be asked for.
                condition=Q(status="confirmed", seat_no__isnull=False, place_no__isnull=False)
                & Q(seat_no__gte=1, place_no__gte=1)
                | (~Q(status="confirmed") & Q(seat_no=None, place_no=None)),
                name="participant_confirmed_exactly_with_seat_and_place",
            ),
            models.CheckConstraint(
                condition=(Q(status="waiting", waiting_since__isnull=False) & ~Q(waiting_for=""))
                | (~Q(status="waiting") & Q(waiting_since=None, waiting_for="")),
                name="participant_waiting_exactly_with_since_and_for",
            ),
            models.CheckConstraint(
                condition=Q(status="withdrawn", withdrawn_at__isnull=False)
                | (~Q(status="withdrawn") & Q(withdrawn_at=None)),
                name="participant_withdrawn_at_exactly_when_withdrawn",
            ),
            models.CheckConstraint(
                condition=Q(checked_in_at=None) | Q(status="confirmed"),
                name="participant_checked_in_only_while_confirmed",
            ),
        ]

    def __str__(self) -> str:
        return self.full_name

    def get_absolute_url(self) -> str:
        return reverse("registrations:participant", args=[self.pk])

    @property
    def full_name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def addressed_name(self) -> str:
        return f"{self.title} {self.full_name}".strip()

    @property
    def is_active(self) -> bool:
        return self.status in ACTIVE


class Consent(models.Model):
    """One decision of one person for one purpose, with the notice they saw. The newest counts; none is changed."""

    class Purpose(models.TextChoices):
        PARTICIPANT_LIST = "list", _("my name in the list of participants")
        CONTACT_SHARING = "contact", _("sharing my contact details with other participants")
        PHOTOGRAPHS = "photos", _("photographs and recordings")
        FUTURE_INVITATIONS = "future", _("invitations to future events")
        # Asked beside the needs themselves, and needed for them.
        SPECIAL_NEEDS = "needs", _("dietary and access needs")
        # Asked where meetings are, not with the others.
        MEETINGS_DIRECTORY = "meetings", _("my name in the directory of one-to-one meetings")

    participant = models.ForeignKey(
        Participant, on_delete=models.CASCADE, related_name="consents", verbose_name=_("participant")
    )
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose)
    given = models.BooleanField(_("given"))
    notice = models.ForeignKey(
        Page, on_delete=models.PROTECT, related_name="+", verbose_name=_("privacy statement shown")
    )
    at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering: ClassVar = ["participant", "purpose", "-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()}: {_('yes') if self.given else _('no')}"
