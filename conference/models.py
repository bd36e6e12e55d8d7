"""The conference itself, its venue, and the states and cities that invitations refer to."""

import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from conference.languages import language_name, validate_language_codes
from conference.markup import render_markdown


class MemberStateQuerySet(models.QuerySet["MemberState"]):
    def on(self, day: datetime.date) -> "MemberStateQuerySet":
        """States that are members of the European Union on `day`."""
        return self.filter(member_from__lte=day).filter(Q(member_until=None) | Q(member_until__gte=day))

    def in_protocol_order(self) -> "MemberStateQuerySet":
        return self.order_by("protocol_order")


class MemberState(models.Model):
    """A present or former Member State, under the European Union's own code (EL and UK, not GR and GB)."""

    code = models.CharField(
        _("EU code"), max_length=2, primary_key=True, validators=[RegexValidator(r"\A[A-Z]{2}\Z", _("Two capitals."))]
    )
    iso_code = models.CharField(_("ISO 3166 code"), max_length=2, unique=True)
    name = models.CharField(_("name in English"), max_length=100, unique=True)
    own_name = models.CharField(_("name in its own language"), max_length=100)
    protocol_order = models.PositiveSmallIntegerField(
        _("protocol order"),
        unique=True,
        help_text=_("States are listed alphabetically by their name in their own language."),
    )
    member_from = models.DateField(_("member from"))
    member_until = models.DateField(_("last day of membership"), null=True, blank=True)

    objects = MemberStateQuerySet.as_manager()

    class Meta:
        verbose_name = _("Member State")
        verbose_name_plural = _("Member States")
        ordering: ClassVar = ["protocol_order"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(member_until=None) | Q(member_until__gte=F("member_from")),
                name="member_state_until_not_before_from",
                violation_error_message=_("The last day of membership lies before the first."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def is_member_on(self, day: datetime.date) -> bool:
        return self.member_from <= day and (self.member_until is None or self.member_until >= day)


class City(models.Model):
    """A city, apart from any conference. Population and coordinates are optional facts for balance and maps."""

    member_state = models.ForeignKey(
        MemberState, on_delete=models.PROTECT, related_name="cities", verbose_name=_("Member State")
    )
    name = models.CharField(_("name"), max_length=150)
    other_names = models.CharField(
        _("other names"), max_length=300, blank=True, help_text=_("Separated by “ / ”, such as Vilvorde.")
    )
    population = models.PositiveIntegerField(_("population"), null=True, blank=True)
    latitude = models.DecimalField(
        _("latitude"),
        max_digits=8,
        decimal_places=5,
        null=True,
        blank=True,
        validators=[MinValueValidator(-90), MaxValueValidator(90)],
    )
    longitude = models.DecimalField(
        _("longitude"),
        max_digits=8,
        decimal_places=5,
        null=True,
        blank=True,
        validators=[MinValueValidator(-180), MaxValueValidator(180)],
    )

    class Meta:
        verbose_name = _("city")
        verbose_name_plural = _("cities")
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["member_state", "name"], name="city_unique_in_member_state"),
            models.CheckConstraint(
                condition=Q(latitude=None, longitude=None) | Q(latitude__isnull=False, longitude__isnull=False),
                name="city_coordinates_both_or_neither",
                violation_error_message=_("Give both coordinates or neither."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Venue(models.Model):
    name = models.CharField(_("name"), max_length=200)
    address = models.TextField(_("address"))
    city = models.CharField(_("city"), max_length=100)
    website = models.URLField(_("website"), blank=True)
    accessibility = models.TextField(
        _("accessibility"), blank=True, help_text=_("Step-free entrance, hearing loops, quiet room …")
    )

    class Meta:
        verbose_name = _("venue")
        verbose_name_plural = _("venues")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def address_on_one_line(self) -> str:
        return ", ".join(line.strip() for line in [self.name, *self.address.splitlines()] if line.strip())


class Room(models.Model):
    venue = models.ForeignKey(Venue, on_delete=models.CASCADE, related_name="rooms", verbose_name=_("venue"))
    name = models.CharField(_("name"), max_length=100)
    capacity = models.PositiveIntegerField(_("seats"), null=True, blank=True)

    class Meta:
        verbose_name = _("room")
        verbose_name_plural = _("rooms")
        ordering: ClassVar = ["venue", "name"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["venue", "name"], name="room_unique_in_venue")]

    def __str__(self) -> str:
        return self.name


# First parts of addresses that the site itself uses.
RESERVED_ADDRESSES = {
    "accounts",
    "admin",
    "anymail",
    "calendar",
    "healthz",
    "invitation",
    "meetings",
    "my",
    "speaker",
    "static",
}


def validate_address(slug: str) -> None:
    """Raises ValidationError where the address belongs to a page of the site itself."""
    if slug in RESERVED_ADDRESSES:
        raise ValidationError(_("This address is taken by the site itself."))


class ConferenceQuerySet(models.QuerySet["Conference"]):
    def published(self) -> "ConferenceQuerySet":
        return self.filter(is_published=True)


class Conference(models.Model):
    """One conference on one day. Everything else is computed from its date: Member States, deadlines, retention."""

    class PlacesTaken(models.TextChoices):
        ON_ACCEPTANCE = "acceptance", _("when an invitation is accepted")
        ON_INVITATION = "invitation", _("when an invitation is sent, until it lapses")

    slug = models.SlugField(
        _("address"),
        max_length=60,
        unique=True,
        validators=[validate_address],
        help_text=_("Part of every link: /address/"),
    )
    title = models.CharField(_("title"), max_length=200)
    objectives = models.TextField(_("objectives"), blank=True, help_text=_("Markdown."))
    held_on = models.DateField(_("date"))
    opens_at = models.TimeField(_("begins at"), default=datetime.time(9, 0))
    closes_at = models.TimeField(_("ends at"), default=datetime.time(17, 30))
    time_zone = models.CharField(_("time zone"), max_length=60, default="Europe/Brussels")
    venue = models.ForeignKey(Venue, on_delete=models.PROTECT, related_name="conferences", verbose_name=_("venue"))
    languages = models.JSONField(
        _("languages"),
        default=list,
        validators=[validate_language_codes],
        help_text=_("Codes of the languages that participants can choose, such as en, fr, de."),
    )
    mailbox = models.EmailField(_("functional mailbox"), help_text=_("Replies to all mails go there."))
    organiser_name = models.CharField(_("organiser"), max_length=200, help_text=_("As it signs mails and pages."))
    reimbursement = models.CharField(
        _("travel costs"),
        max_length=200,
        blank=True,
        help_text=_("Who pays, in one sentence; shown on the reply page."),
    )

    target = models.PositiveIntegerField(_("target"), help_text=_("How many participants you aim at."))
    overbooking_tolerance = models.PositiveIntegerField(
        _("overbooking tolerance"),
        default=0,
        help_text=_("How many above the target may be confirmed, since some will not come."),
    )
    hard_limit = models.PositiveIntegerField(
        _("hard limit"), help_text=_("What the room holds. Never more are confirmed, whatever the target.")
    )
    places_taken = models.CharField(
        _("places are taken"), max_length=12, choices=PlacesTaken, default=PlacesTaken.ON_ACCEPTANCE
    )
    is_published = models.BooleanField(_("published"), default=True, help_text=_("Shown to the public."))

    objects = ConferenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("conference")
        verbose_name_plural = _("conferences")
        ordering: ClassVar = ["-held_on", "slug"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(target__lte=F("hard_limit")),
                name="conference_target_within_hard_limit",
                violation_error_message=_("The target is above the hard limit."),
            ),
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at")),
                name="conference_ends_after_it_begins",
                violation_error_message=_("The conference ends before it begins."),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("conference:detail", args=[self.slug])

    def clean(self) -> None:
        try:
            ZoneInfo(self.time_zone)
        except (KeyError, ValueError, OSError) as error:
            raise ValidationError({"time_zone": _("This is not the name of a time zone.")}) from error

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def capacity(self) -> int:
        """How many participants may be confirmed: target plus tolerance, never above the hard limit."""
        return min(self.target + self.overbooking_tolerance, self.hard_limit)

    @property
    def starts_at(self) -> datetime.datetime:
        return datetime.datetime.combine(self.held_on, self.opens_at, self.zone)

    @property
    def ends_at(self) -> datetime.datetime:
        return datetime.datetime.combine(self.held_on, self.closes_at, self.zone)

    @property
    def today(self) -> datetime.date:
        """The present day where the conference takes place."""
        return timezone.localdate(timezone=self.zone)

    @property
    def is_over(self) -> bool:
        return timezone.now() > self.ends_at

    @property
    def objectives_html(self) -> SafeString:
        return render_markdown(self.objectives)

    @property
    def language_names(self) -> list[str]:
        return [language_name(code) for code in self.languages]

    def end_of(self, day: datetime.date) -> datetime.datetime:
        """The first instant after `day` at the venue: a deadline "until 1 February" includes that day."""
        return datetime.datetime.combine(day + datetime.timedelta(days=1), datetime.time(0), self.zone)


class Page(models.Model):
    """A text of the public site. A privacy statement is never overwritten: consents refer to its version."""

    class Kind(models.TextChoices):
        CONCEPT = "concept", _("Concept")
        PRACTICAL = "practical-information", _("Practical information")
        CONTACT = "contact", _("Contact")
        PRIVACY = "privacy", _("Privacy statement")
        ACCESSIBILITY = "accessibility", _("Accessibility statement")
        LEGAL = "legal", _("Legal notice")
        COOKIES = "cookies", _("Cookies")

    conference = models.ForeignKey(
        Conference, on_delete=models.CASCADE, related_name="pages", verbose_name=_("conference")
    )
    kind = models.CharField(_("page"), max_length=30, choices=Kind)
    version = models.PositiveSmallIntegerField(_("version"), default=1, editable=False)
    body = models.TextField(_("text"), help_text=_("Markdown."))
    published_at = models.DateTimeField(_("published"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("page")
        verbose_name_plural = _("pages")
        ordering: ClassVar = ["conference", "kind", "-version"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["conference", "kind", "version"], name="page_version_unique")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.version})"

    @property
    def title(self) -> str:
        return str(self.Kind(self.kind).label)

    @cached_property
    def html(self) -> SafeString:
        return render_markdown(self.body)


class HistoryEntry(models.Model):
    """What happened to something, when, and who did it. Written by services, never changed or deleted."""

    conference = models.ForeignKey(
        Conference,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="history",
        verbose_name=_("conference"),
        help_text=_("Empty: an account or a role, which belong to the whole site."),
    )
    subject_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, verbose_name=_("kind"))
    subject_id = models.BigIntegerField(_("number"))
    subject = GenericForeignKey("subject_type", "subject_id")
    action = models.CharField(_("what"), max_length=60)
    from_status = models.CharField(_("from"), max_length=20, blank=True)
    to_status = models.CharField(_("to"), max_length=20, blank=True)
    detail = models.TextField(_("detail"), blank=True)
    at = models.DateTimeField(_("when"), default=timezone.now, db_index=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("who"),
        help_text=_("Empty: the system, or an invitee who used the personal link."),
    )
    # As they were then: both stay when the account is renamed or deleted.
    by_label = models.CharField(_("who, in words"), max_length=254)
    by_name = models.CharField(_("name"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("history entry")
        verbose_name_plural = _("history")
        ordering: ClassVar = ["-at", "-pk"]
        indexes: ClassVar = [models.Index(fields=["subject_type", "subject_id", "at"], name="history_of_subject")]

    def __str__(self) -> str:
        return self.action

    def save(self, **how: Any) -> None:  # type: ignore[override]
        if self.pk:
            raise TypeError("The history is only added to.")
        super().save(**how)

    def delete(self, **_how: Any) -> tuple[int, dict[str, int]]:  # type: ignore[override]
        raise TypeError("The history is only added to.")

    @property
    def who(self) -> str:
        """The author's name and address at that time, or whom the line is about in words."""
        return f"{self.by_name} ({self.by_label})" if self.by_name else self.by_label
