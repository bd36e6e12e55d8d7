"""Who is invited, by which wave, and who comes: seats belong to delegations, persons occupy them."""

import datetime
import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from conference.languages import OFFICIAL_LANGUAGES
from conference.models import City, Conference, MemberState, Page
from mailings.models import Mail
from registrations.balance_models import BalanceDimension, BalanceGroup, BalanceSettings, Proposal
from registrations.states import ACTIVE, InvitationStatus, ParticipantStatus, WaveStatus


class Organisation(models.Model):
    """An organisation, an initiative or an EU institution."""

    class Kind(models.TextChoices):
        NETWORK = "network", _("network")
        INTERNATIONAL_ORGANISATION = "international organisation", _("international organisation")
        PROGRAMME = "programme", _("programme")
        PROJECT = "project", _("project")
        INITIATIVE = "initiative", _("initiative")
        INSTITUTION = "institution", _("EU institution")

    name = models.CharField(_("name"), max_length=200, unique=True)
    kind = models.CharField(_("kind"), max_length=30, choices=Kind)
    website = models.URLField(_("website"), blank=True)

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Category(models.TextChoices):
    CITY = "city", _("Cities")
    ORGANISATION = "organisation", _("Organisations and initiatives")
    INSTITUTION = "institution", _("EU institutions")
    MEMBER_STATE = "member_state", _("Member States")


class Experience(models.TextChoices):
    STARTING = "starting", _("starting")
    DEVELOPING = "developing", _("developing")
    ADVANCED = "advanced", _("advanced")


# Seats of a new delegation; an organiser changes them one by one.
DEFAULT_SEATS = {Category.CITY: 2, Category.ORGANISATION: 1, Category.INSTITUTION: 1, Category.MEMBER_STATE: 1}


class DelegationQuerySet(models.QuerySet["Delegation"]):
    def in_category(self, category: str) -> "DelegationQuerySet":
        return self.filter(category=category)

    def never_invited(self) -> "DelegationQuerySet":
        return self.filter(~Exists(Invitation.objects.filter(delegation=OuterRef("pk"))))

    def with_invitation(self, *statuses: str) -> "DelegationQuerySet":
        return self.filter(Exists(Invitation.objects.filter(delegation=OuterRef("pk"), status__in=statuses)))

    def with_participant(self, *statuses: str) -> "DelegationQuerySet":
        return self.filter(Exists(Participant.objects.filter(delegation=OuterRef("pk"), status__in=statuses)))


class Delegation(models.Model):
    """A city, organisation, institution or Member State at one conference. It owns the numbered seats 1 to `seats`."""

    conference = models.ForeignKey(
        Conference, on_delete=models.PROTECT, related_name="delegations", verbose_name=_("conference")
    )
    category = models.CharField(_("category"), max_length=12, choices=Category)
    city = models.ForeignKey(City, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("city"))
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("organisation")
    )
    member_state = models.ForeignKey(
        MemberState,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("Member State"),
        help_text=_("The state itself, or the one in which the city lies."),
    )
    name = models.CharField(_("name"), max_length=200, help_text=_("As it stands in lists and mails."))
    seats = models.PositiveSmallIntegerField(_("seats"))

    salutation = models.CharField(
        _("salutation"), max_length=200, blank=True, help_text=_("Begins every mail, such as “Dear Mayor,”.")
    )
    contact_function = models.CharField(_("contact"), max_length=200, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    copy_to = models.JSONField(_("copies to"), default=list, blank=True)
    language = models.CharField(_("language of mails"), max_length=2, choices=OFFICIAL_LANGUAGES, default="en")
    has_strategy = models.BooleanField(_("strategy"), null=True, blank=True)
    has_multi_agency = models.BooleanField(_("multi-agency work"), null=True, blank=True)
    has_dedicated_staff = models.BooleanField(_("dedicated staff"), null=True, blank=True)
    has_evaluation = models.BooleanField(_("evaluated programme"), null=True, blank=True)
    # For organisers only: never published, since who is called a beginner will not come again.
    experience = models.CharField(
        _("experience"),
        max_length=10,
        choices=Experience,
        blank=True,
        help_text=_("Empty: from the four answers. For organisers only; it is never published."),
    )
    took_part_before = models.BooleanField(
        _("took part before"),
        null=True,
        blank=True,
        help_text=_("Unknown: whether somebody of this city was confirmed at an earlier conference here."),
    )
    tags = models.JSONField(
        _("own groups"), default=list, blank=True, help_text=_("Such as: port, border region. With commas between.")
    )
    on_reserve = models.BooleanField(
        _("on the reserve list"),
        default=False,
        help_text=_("May be invited in the place of a city that declines; automatically, where the balance says so."),
    )
    wants_stand = models.BooleanField(_("stand at the market place"), null=True, blank=True)
    remarks = models.TextField(_("remarks"), blank=True)

    objects = DelegationQuerySet.as_manager()

    class Meta:
        verbose_name = _("delegation")
        verbose_name_plural = _("delegations")
        ordering: ClassVar = ["name"]
        indexes: ClassVar = [
            models.Index(fields=["conference", "category", "name", "id"], name="delegation_list"),
            models.Index(fields=["conference", "name", "id"], name="delegation_by_name"),
            models.Index(fields=["name", "id"], name="delegation_of_all"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["conference", "city"],
                name="delegation_unique_city",
                violation_error_message=_("This city has a delegation at this conference already."),
            ),
            models.UniqueConstraint(
                fields=["conference", "organisation"],
                name="delegation_unique_organisation",
                violation_error_message=_("This organisation has a delegation at this conference already."),
            ),
            models.UniqueConstraint(
                fields=["conference", "member_state"],
                condition=Q(category="member_state"),
                name="delegation_unique_member_state",
                violation_error_message=_("This Member State has a delegation at this conference already."),
            ),
            models.CheckConstraint(
                condition=Q(category="city", city__isnull=False, member_state__isnull=False, organisation=None)
                | Q(category__in=["organisation", "institution"], organisation__isnull=False, city=None)
                | Q(category="member_state", member_state__isnull=False, city=None, organisation=None),
                name="delegation_is_what_its_category_says",
                violation_error_message=_("Name the city, the organisation or the Member State of this delegation."),
            ),
            models.CheckConstraint(
                condition=~Q(category="member_state") | Q(seats__lte=1),
                name="delegation_of_member_state_has_one_seat",
                violation_error_message=_("A Member State has one seat."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


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


class ParticipantQuerySet(models.QuerySet["Participant"]):
    def active(self) -> "ParticipantQuerySet":
        """Confirmed or waiting."""
        return self.filter(status__in=ACTIVE)

    def confirmed(self) -> "ParticipantQuerySet":
        return self.filter(status=ParticipantStatus.CONFIRMED)

    def waiting(self) -> "ParticipantQuerySet":
        """The waiting list, first come first."""
        return self.filter(status=ParticipantStatus.WAITING).order_by("waiting_since", "pk")

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


class GuestListImport(models.Model):
    """An uploaded guest list between its dry run and its application. Its content is dropped with either outcome."""

    class Status(models.TextChoices):
        PENDING = "pending", _("checked, not applied")
        APPLIED = "applied", _("applied")
        DISCARDED = "discarded", _("discarded")

    conference = models.ForeignKey(
        Conference, on_delete=models.CASCADE, related_name="guest_list_imports", verbose_name=_("conference")
    )
    uploaded_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("uploaded by")
    )
    uploaded_at = models.DateTimeField(_("uploaded"), default=timezone.now)
    file_name = models.CharField(_("file"), max_length=200)
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField(default=bytes, blank=True)
    include_outside = models.BooleanField(
        _("take in cities of states that are not Member States on the day"), default=False
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PENDING)
    report = models.JSONField(_("report"), default=dict, blank=True)
    applied_at = models.DateTimeField(_("applied"), null=True, blank=True)
    applied_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("applied by")
    )

    class Meta:
        verbose_name = _("guest list import")
        verbose_name_plural = _("guest list imports")
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status="applied", applied_at__isnull=False) | (~Q(status="applied") & Q(applied_at=None)),
                name="guest_list_import_applied_at_exactly_when_applied",
            )
        ]

    def __str__(self) -> str:
        return self.file_name


# Kept in a module of their own; Django looks for models here.
BALANCE = (BalanceSettings, BalanceDimension, BalanceGroup, Proposal)
