"""The conference day as organisers plan it, its frozen public releases, and who speaks."""

import datetime
import secrets
import string
import uuid
from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from agenda.kinds import BREAKS, Role, SessionKind
from agenda.programme import Programme
from agenda.states import GONE, SpeakerStatus
from conference.languages import OFFICIAL_LANGUAGES, language_name, validate_language_codes
from conference.models import Conference, Room
from mailings.models import Mail
from registrations.models import Delegation, Participant
from registrations.states import ParticipantStatus

_CODE_ALPHABET = string.digits + string.ascii_uppercase


def new_code() -> str:
    """Six of [0-9A-Z], as the schedule exchange format asks for: two thousand million of them."""
    return "".join(secrets.choice(_CODE_ALPHABET) for _letter in range(6))


def document_path(document: "Document", _name: str) -> str:
    """A name that tells nothing and collides with none: what it was called stands in the row."""
    return f"documents/{document.speaker.conference_id}/{document.key}"


class Plan(models.Model):
    """What holds for a conference's whole programme. Its row is locked by every change of the programme."""

    conference = models.OneToOneField(
        Conference, on_delete=models.CASCADE, related_name="plan", verbose_name=_("conference")
    )
    # Rises with every change of any session: who saves what they saw earlier is told.
    version = models.PositiveIntegerField(default=1, editable=False)
    changed_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    venue_opens_at = models.TimeField(
        _("venue opens at"), null=True, blank=True, help_text=_("Empty: when the conference begins.")
    )
    venue_closes_at = models.TimeField(
        _("venue closes at"), null=True, blank=True, help_text=_("Empty: when the conference ends.")
    )
    speakers_reply_by = models.DateField(_("speakers reply by"), null=True, blank=True)
    documents_due_on = models.DateField(
        _("slides and speeches due on"),
        null=True,
        blank=True,
        help_text=_("Speeches go to the interpreters, slides to the technicians of the room."),
    )
    remind_days_before = models.PositiveSmallIntegerField(
        _("remind speakers, days before"),
        null=True,
        blank=True,
        default=3,
        help_text=_("Before each of the two dates above. Empty: never."),
    )
    # The working version that the last return to a release replaced, so that it can be brought back.
    set_aside = models.JSONField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("programme")
        verbose_name_plural = _("programmes")
        ordering: ClassVar = ["-conference__held_on"]

    def __str__(self) -> str:
        return self.conference.title


class SpeakerQuerySet(models.QuerySet["Speaker"]):
    def with_names(self) -> "SpeakerQuerySet":
        """With all that their names, functions and organisations are read from."""
        return self.select_related("participant__delegation")

    def accepted(self) -> "SpeakerQuerySet":
        return self.filter(status=SpeakerStatus.ACCEPTED)


class Speaker(models.Model):
    """Somebody who appears in the programme: a participant, or a guest from outside such as a Commissioner.

    A participant's name, function, address and language are those of the registration.
    """

    class Gender(models.TextChoices):
        WOMAN = "woman", _("woman")
        MAN = "man", _("man")
        ANOTHER = "another", _("another")

    conference = models.ForeignKey(
        Conference, on_delete=models.CASCADE, related_name="speakers", verbose_name=_("conference")
    )
    code = models.CharField(max_length=6, default=new_code, editable=False)
    guid = models.UUIDField(default=uuid.uuid4, editable=False)
    participant = models.ForeignKey(
        Participant,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="speakers",
        verbose_name=_("participant"),
        help_text=_("Empty for a guest from outside, whose name you then type below."),
    )
    title = models.CharField(_("title"), max_length=60, blank=True)
    given_name = models.CharField(_("first name"), max_length=100, blank=True)
    family_name = models.CharField(_("family name"), max_length=100, blank=True)
    function = models.CharField(_("function"), max_length=200, blank=True)
    organisation = models.CharField(_("organisation"), max_length=200, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    language = models.CharField(_("language of mails"), max_length=2, choices=OFFICIAL_LANGUAGES, default="en")
    gender = models.CharField(
        _("gender"),
        max_length=7,
        choices=Gender,
        blank=True,
        help_text=_("Only where the person said so, to see whether panels are balanced. Never published."),
    )
    status = models.CharField(
        _("status"), max_length=10, choices=SpeakerStatus, default=SpeakerStatus.PLANNED, editable=False
    )
    biography = models.TextField(_("biography"), blank=True, max_length=2000)
    message = models.TextField(_("message of the speaker"), blank=True, editable=False)
    asked_at = models.DateTimeField(_("asked"), null=True, blank=True, editable=False)
    replied_at = models.DateTimeField(_("replied"), null=True, blank=True, editable=False)
    reminded_to_reply_at = models.DateTimeField(null=True, blank=True, editable=False)
    reminded_of_documents_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = SpeakerQuerySet.as_manager()

    class Meta:
        verbose_name = _("speaker")
        verbose_name_plural = _("speakers")
        ordering: ClassVar = ["family_name", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["conference", "code"], name="speaker_unique_code"),
            models.UniqueConstraint(fields=["conference", "guid"], name="speaker_unique_guid"),
            models.UniqueConstraint(
                fields=["conference", "participant"],
                name="speaker_unique_participant",
                violation_error_message=_("This participant is a speaker already."),
            ),
            models.CheckConstraint(
                condition=(
                    Q(participant__isnull=False, given_name="", family_name="", function="", organisation="", email="")
                )
                | (Q(participant=None) & ~Q(family_name="")),
                name="speaker_is_participant_or_named_guest",
                violation_error_message=_("Choose a participant, or type the name of a guest from outside."),
            ),
        ]

    def __str__(self) -> str:
        return self.full_name

    @property
    def full_name(self) -> str:
        source = self.participant or self
        return f"{source.given_name} {source.family_name}".strip()

    @property
    def sorted_name(self) -> str:
        source = self.participant or self
        return f"{source.family_name} {source.given_name}".strip().casefold()

    @property
    def addressed_name(self) -> str:
        """With the title: as mails and the programme name the person."""
        source = self.participant or self
        return f"{source.title} {source.given_name} {source.family_name}".replace("  ", " ").strip()

    @property
    def function_now(self) -> str:
        return self.participant.function if self.participant else self.function

    @property
    def organisation_now(self) -> str:
        return self.participant.delegation.name if self.participant else self.organisation

    @property
    def email_now(self) -> str:
        return self.participant.email if self.participant else self.email

    @property
    def language_now(self) -> str:
        return self.participant.language if self.participant else self.language

    @property
    def is_gone(self) -> bool:
        """Whether they leave a gap: they declined, or no longer take part in the conference."""
        if self.status in GONE:
            return True
        return self.participant is not None and self.participant.status in {
            ParticipantStatus.WITHDRAWN,
            ParticipantStatus.REPLACED,
        }

    @property
    def is_public(self) -> bool:
        """Whether a release may name them."""
        return self.status == SpeakerStatus.ACCEPTED and not self.is_gone


class SpeakerLink(models.Model):
    """A speaker's personal link that went out in one mail. Only its hash is kept."""

    speaker = models.ForeignKey(Speaker, on_delete=models.CASCADE, related_name="links", verbose_name=_("speaker"))
    token_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    mail = models.ForeignKey(
        Mail, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("mail")
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires"))
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        verbose_name = _("personal link")
        verbose_name_plural = _("personal links")
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_good(self) -> bool:
        return self.revoked_at is None and timezone.now() < self.expires_at


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


class Document(models.Model):
    """An uploaded file. Checked before it is kept, stored under a random name outside the web root."""

    class Kind(models.TextChoices):
        PHOTO = "photo", _("photograph")
        SLIDES = "slides", _("slides")
        ABSTRACT = "abstract", _("abstract")
        SPEECH = "speech", _("speech for the interpreters")

    speaker = models.ForeignKey(Speaker, on_delete=models.CASCADE, related_name="documents", verbose_name=_("speaker"))
    presentation = models.ForeignKey(
        Presentation,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="documents",
        verbose_name=_("presentation"),
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    file = models.FileField(_("file"), upload_to=document_path)
    name = models.CharField(_("name"), max_length=200, help_text=_("As it was called when it was uploaded."))
    content_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveIntegerField(_("bytes"))
    uploaded_at = models.DateTimeField(_("uploaded"), default=timezone.now)
    is_public = models.BooleanField(
        _("public"), default=False, help_text=_("Offered on the session's page from the next release on.")
    )

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering: ClassVar = ["-uploaded_at", "-pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def conference_id(self) -> int:
        return self.speaker.conference_id


class Release(models.Model):
    """A frozen public programme. Never changed; the newest is what everybody reads."""

    conference = models.ForeignKey(
        Conference, on_delete=models.CASCADE, related_name="releases", verbose_name=_("conference")
    )
    number = models.PositiveIntegerField(_("number"))
    published_at = models.DateTimeField(_("published"), default=timezone.now)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    note = models.TextField(_("note"), blank=True)
    # Programme.to_data: all that is public.
    content = models.JSONField(editable=False)
    # The working version as it was, to go back to: see services.planning.
    working_copy = models.JSONField(editable=False)
    # What changed since the release before, a sentence each.
    changes = models.JSONField(default=list, editable=False)

    class Meta:
        verbose_name = _("release")
        verbose_name_plural = _("releases")
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["conference", "number"], name="release_unique_number"),
            models.CheckConstraint(condition=Q(number__gte=1), name="release_number_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.number}"

    @cached_property
    def programme(self) -> Programme:
        return Programme.from_data(self.content)


class DismissedWarning(models.Model):
    """A warning that an organiser has looked at and set aside, with the reason."""

    conference = models.ForeignKey(
        Conference, on_delete=models.CASCADE, related_name="dismissed_warnings", verbose_name=_("conference")
    )
    # Names the rule, whom it concerns and the facts: other facts are a new warning.
    key = models.CharField(max_length=200)
    text = models.TextField(_("warning"))
    reason = models.CharField(_("reason"), max_length=300)
    at = models.DateTimeField(_("when"), default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("who")
    )

    class Meta:
        verbose_name = _("dismissed warning")
        verbose_name_plural = _("dismissed warnings")
        ordering: ClassVar = ["-at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["conference", "key"], name="dismissed_warning_once"),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="dismissed_warning_has_a_reason",
                violation_error_message=_("Say why the warning can be set aside."),
            ),
        ]

    def __str__(self) -> str:
        return self.text


class Reader(models.Model):
    """What somebody who is signed in wants of a conference's programme."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="programmes")
    conference = models.ForeignKey(Conference, on_delete=models.CASCADE, related_name="programme_readers")
    wants_changes = models.BooleanField(_("tell me when the programme changes"), default=False)
    # Of the address of the personal calendar feed; empty: there is none. A new address revokes the old one.
    feed_sha256 = models.CharField(max_length=64, unique=True, null=True, editable=False)
    feed_made_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("reader")
        verbose_name_plural = _("readers")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "conference"], name="reader_once_a_conference"),
            models.CheckConstraint(
                condition=Q(feed_sha256=None, feed_made_at=None)
                | Q(feed_sha256__isnull=False, feed_made_at__isnull=False),
                name="reader_feed_and_its_time_both_or_neither",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}/{self.conference_id}"


class Star(models.Model):
    """A session that a reader marked. Known by its GUID: the session may leave the working version and come back."""

    reader = models.ForeignKey(Reader, on_delete=models.CASCADE, related_name="stars")
    session_guid = models.UUIDField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("star")
        verbose_name_plural = _("stars")
        constraints: ClassVar = [models.UniqueConstraint(fields=["reader", "session_guid"], name="star_once_a_session")]

    def __str__(self) -> str:
        return str(self.session_guid)


class ProgrammeImport(models.Model):
    """An uploaded programme between its dry run and its application. Its content is dropped with either outcome."""

    class Status(models.TextChoices):
        PENDING = "pending", _("checked, not applied")
        APPLIED = "applied", _("applied")
        DISCARDED = "discarded", _("discarded")

    conference = models.ForeignKey(
        Conference, on_delete=models.CASCADE, related_name="programme_imports", verbose_name=_("conference")
    )
    name = models.CharField(_("file"), max_length=200)
    # What was read, see services.imports.prepare_import; empty once applied or discarded.
    content = models.JSONField(default=dict, editable=False)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PENDING, editable=False)
    uploaded_at = models.DateTimeField(_("uploaded"), default=timezone.now, editable=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )

    class Meta:
        verbose_name = _("programme import")
        verbose_name_plural = _("programme imports")
        ordering: ClassVar = ["-uploaded_at"]

    def __str__(self) -> str:
        return self.name
