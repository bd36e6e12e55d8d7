"""Who speaks, and the personal links that went to them."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agenda.models.codes import new_code
from agenda.states import GONE, SpeakerStatus
from conference.languages import OFFICIAL_LANGUAGES
from conference.models import Conference
from mailings.models import Mail
from registrations.models import Participant
from registrations.states import ParticipantStatus


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
