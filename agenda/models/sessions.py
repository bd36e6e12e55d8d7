"""The working version of the day: sessions, who appears in them, and what is presented."""

import datetime
import uuid
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from agenda.kinds import BREAKS, Role, SessionKind
from agenda.models.codes import new_code
from agenda.models.speakers import Speaker
from conference.languages import language_name, validate_language_codes
from conference.models import Conference, Room
from registrations.models import Delegation


class SessionQuerySet(models.QuerySet["Session"]):
    def in_order(self) -> "SessionQuerySet":
        """As they take place; beside each other by room."""
        return self.order_by("starts_at", "room__name", "number")

    def with_people(self) -> "SessionQuerySet":
        """With rooms, people, presentations and their documents, in a number of queries that does not grow."""
        return self.select_related("room").prefetch_related(
            models.Prefetch("appearances", Appearance.objects.order_by("position", "pk")),
            "appearances__speaker__participant__delegation",
            models.Prefetch("presentations", Presentation.objects.order_by("position", "pk")),
            "presentations__delegation",
            "presentations__speaker__participant__delegation",
            "presentations__documents",
        )


class Session(models.Model):
    """One item of the day in the working version."""

    conference = models.ForeignKey(
        Conference, on_delete=models.CASCADE, related_name="programme_sessions", verbose_name=_("conference")
    )
    # What calendars and the exchange formats know it by, for ever.
    guid = models.UUIDField(default=uuid.uuid4, editable=False)
    code = models.CharField(max_length=6, default=new_code, editable=False)
    number = models.PositiveIntegerField(editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    kind = models.CharField(_("kind"), max_length=20, choices=SessionKind)
    title = models.CharField(_("title"), max_length=200)
    room = models.ForeignKey(
        Room, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("room")
    )
    starts_at = models.DateTimeField(_("begins"))
    minutes = models.PositiveSmallIntegerField(
        _("minutes"), validators=[MinValueValidator(1), MaxValueValidator(24 * 60)]
    )
    languages = models.JSONField(
        _("interpretation"),
        default=list,
        blank=True,
        validators=[validate_language_codes],
        help_text=_("Codes of the languages into which is interpreted, such as en, fr, de."),
    )
    abstract = models.TextField(_("abstract"), blank=True, help_text=_("Markdown."))
    question = models.CharField(
        _("question"), max_length=300, blank=True, help_text=_("The one that a debate turns about.")
    )
    note = models.TextField(_("note"), blank=True, help_text=_("For organisers and the run-of-show, never published."))

    objects = SessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        ordering: ClassVar = ["starts_at", "number"]
        indexes: ClassVar = [models.Index(fields=["conference", "starts_at"], name="session_in_order")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["conference", "guid"], name="session_unique_guid"),
            models.UniqueConstraint(fields=["conference", "code"], name="session_unique_code"),
            models.UniqueConstraint(fields=["conference", "number"], name="session_unique_number"),
            models.CheckConstraint(
                condition=Q(minutes__gte=1, minutes__lte=24 * 60),
                name="session_lasts_between_a_minute_and_a_day",
                violation_error_message=_("A session lasts between one minute and one day."),
            ),
            models.CheckConstraint(condition=Q(number__gte=1), name="session_number_is_positive"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def ends_at(self) -> datetime.datetime:
        return self.starts_at + datetime.timedelta(minutes=self.minutes)

    @property
    def is_break(self) -> bool:
        return self.kind in BREAKS

    @property
    def language_names(self) -> list[str]:
        return [language_name(code) for code in self.languages]


class Appearance(models.Model):
    """A speaker's role in a session."""

    session = models.ForeignKey(
        Session, on_delete=models.CASCADE, related_name="appearances", verbose_name=_("session")
    )
    speaker = models.ForeignKey(
        Speaker, on_delete=models.PROTECT, related_name="appearances", verbose_name=_("speaker")
    )
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.PANELLIST)
    position = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering: ClassVar = ["position", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["session", "speaker"],
                name="appearance_once_a_session",
                violation_error_message=_("This person is in the session already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.speaker}, {self.get_role_display()}"


class Presentation(models.Model):
    """A short talk at the beginning of a panel; what they leave of the panel is debate."""

    session = models.ForeignKey(
        Session, on_delete=models.CASCADE, related_name="presentations", verbose_name=_("session")
    )
    guid = models.UUIDField(default=uuid.uuid4, editable=False)
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    title = models.CharField(_("title"), max_length=200)
    minutes = models.PositiveSmallIntegerField(_("minutes"), default=5, validators=[MinValueValidator(1)])
    delegation = models.ForeignKey(
        Delegation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="presentations",
        verbose_name=_("presented by"),
    )
    speaker = models.ForeignKey(
        Speaker,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="presentations",
        verbose_name=_("speaker"),
        help_text=_("Empty: to be confirmed."),
    )
    abstract = models.TextField(_("abstract"), blank=True)

    class Meta:
        verbose_name = _("presentation")
        verbose_name_plural = _("presentations")
        ordering: ClassVar = ["position", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["session", "guid"], name="presentation_unique_guid"),
            models.CheckConstraint(
                condition=Q(minutes__gte=1),
                name="presentation_lasts_a_minute",
                violation_error_message=_("A presentation lasts at least one minute."),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def conference_id(self) -> int:
        return self.session.conference_id
