"""Who wants to meet, what they seek and offer, when they cannot, and who may act for them."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from conference.languages import validate_language_codes
from conference.models import Conference
from registrations.models import Participant
from registrations.states import ParticipantStatus


class TermQuerySet(models.QuerySet["Term"]):
    def offered(self) -> "TermQuerySet":
        """Which can be chosen; those that were retired stay with whom chose them."""
        return self.filter(is_retired=False)


class Term(models.Model):
    """A word of the controlled list, which the organiser edits."""

    class Kind(models.TextChoices):
        TOPIC = "topic", _("topic to seek or offer")
        CHALLENGE = "challenge", _("challenge")

    conference = models.ForeignKey(
        Conference, on_delete=models.CASCADE, related_name="meeting_terms", verbose_name=_("conference")
    )
    kind = models.CharField(_("kind"), max_length=9, choices=Kind)
    name = models.CharField(_("name"), max_length=120)
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    is_retired = models.BooleanField(_("no longer offered"), default=False)

    objects = TermQuerySet.as_manager()

    class Meta:
        verbose_name = _("term")
        verbose_name_plural = _("terms")
        ordering: ClassVar = ["kind", "position", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["conference", "kind", "name"],
                name="term_unique_name",
                violation_error_message=_("The list holds this term already."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class ProfileQuerySet(models.QuerySet["Profile"]):
    def listed(self) -> "ProfileQuerySet":
        """Of people who want meetings, may have them, and take part: those whom others can find and ask."""
        return self.filter(opted_in=True, no_meetings=False, participant__status=ParticipantStatus.CONFIRMED)

    def of(self, conference: Conference) -> "ProfileQuerySet":
        return self.filter(conference=conference)


class Profile(models.Model):
    """What a participant says for those whom they might meet. Contact details are no part of it."""

    participant = models.OneToOneField(
        Participant, on_delete=models.CASCADE, related_name="meeting_profile", verbose_name=_("participant")
    )
    # A copy of the participant's, so that the directory is read along one index.
    conference = models.ForeignKey(
        Conference,
        on_delete=models.CASCADE,
        editable=False,
        related_name="meeting_profiles",
        verbose_name=_("conference"),
    )
    opted_in = models.BooleanField(_("wants one-to-one meetings"), default=False)
    opted_in_at = models.DateTimeField(_("since"), null=True, blank=True, editable=False)
    names_shown = models.BooleanField(
        _("my name may be shown in the directory"),
        default=False,
        help_text=_("Otherwise only your function and your city or organisation, until a meeting is agreed."),
    )
    no_meetings = models.BooleanField(
        _("no meetings"), default=False, help_text=_("Set by organisers, for guests whom nobody may ask.")
    )
    languages = models.JSONField(
        _("languages I can talk in"), default=list, blank=True, validators=[validate_language_codes]
    )
    text = models.TextField(_("about my work"), blank=True, max_length=2000)
    terms = models.ManyToManyField(Term, through="ProfileTerm", related_name="profiles", verbose_name=_("terms"))
    # Rises with each change: who saves what they read earlier is told, and suggestions made of an older one are old.
    version = models.PositiveIntegerField(default=1, editable=False)
    # What the directory is sorted by and searched in, folded (see services.listing). The name only if it is shown.
    sort_key = models.CharField(max_length=200, default="", editable=False)
    search = models.TextField(default="", editable=False)
    # Of the address of the personal calendar feed; empty: there is none. A new address revokes the old one.
    feed_sha256 = models.CharField(max_length=64, unique=True, null=True, editable=False)
    feed_made_at = models.DateTimeField(null=True, editable=False)

    objects = ProfileQuerySet.as_manager()

    class Meta:
        verbose_name = _("meeting profile")
        verbose_name_plural = _("meeting profiles")
        ordering: ClassVar = ["pk"]
        indexes: ClassVar = [models.Index(fields=["conference", "sort_key", "id"], name="profile_in_directory")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(opted_in=True, opted_in_at__isnull=False) | Q(opted_in=False, opted_in_at=None),
                name="profile_opted_in_exactly_with_its_time",
            ),
            models.CheckConstraint(
                condition=Q(feed_sha256=None, feed_made_at=None)
                | Q(feed_sha256__isnull=False, feed_made_at__isnull=False),
                name="profile_feed_and_its_time_both_or_neither",
            ),
        ]

    def __str__(self) -> str:
        return str(self.participant)

    def save(self, **how: Any) -> None:  # type: ignore[override]
        self.conference_id = self.participant.conference_id
        super().save(**how)

    @property
    def is_listed(self) -> bool:
        """Whether others can find and ask them; the same as `ProfileQuerySet.listed`."""
        return self.opted_in and not self.no_meetings and self.participant.status == ParticipantStatus.CONFIRMED


class ProfileTerm(models.Model):
    """A term that a profile ticks, and in which sense."""

    class Sense(models.TextChoices):
        SEEKS = "seeks", _("I seek")
        OFFERS = "offers", _("I offer")
        CHALLENGE = "challenge", _("I work on")

    class Level(models.IntegerChoices):
        BEGINNING = 1, _("we begin")
        SOME = 2, _("some experience")
        ESTABLISHED = 3, _("established practice")
        EVALUATED = 4, _("evaluated practice")

    profile = models.ForeignKey(Profile, on_delete=models.CASCADE, related_name="ticks", verbose_name=_("profile"))
    term = models.ForeignKey(Term, on_delete=models.CASCADE, related_name="ticks", verbose_name=_("term"))
    sense = models.CharField(_("sense"), max_length=9, choices=Sense)
    # For suggestions only. Never shown to others.
    level = models.PositiveSmallIntegerField(_("experience"), choices=Level, null=True, blank=True)

    class Meta:
        verbose_name = _("ticked term")
        verbose_name_plural = _("ticked terms")
        ordering: ClassVar = ["term__position", "term__name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["profile", "term", "sense"], name="profile_term_once_a_sense"),
            models.CheckConstraint(
                condition=Q(level=None) | Q(level__gte=1, level__lte=4), name="profile_term_level_is_one_to_four"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_sense_display()}: {self.term}"


class AssistantQuerySet(models.QuerySet["Assistant"]):
    def of(self, user: User) -> "AssistantQuerySet":
        return self.filter(email__iexact=user.email)


class Assistant(models.Model):
    """Somebody who may ask, answer and cancel for a participant, known by the address they sign in with."""

    participant = models.ForeignKey(
        Participant, on_delete=models.CASCADE, related_name="meeting_assistants", verbose_name=_("participant")
    )
    email = models.EmailField(_("e-mail"), help_text=_("With which they sign in."))
    added_at = models.DateTimeField(_("since"), default=timezone.now, editable=False)

    objects = AssistantQuerySet.as_manager()

    class Meta:
        verbose_name = _("assistant")
        verbose_name_plural = _("assistants")
        ordering: ClassVar = ["email"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["participant", "email"],
                name="assistant_once_a_participant",
                violation_error_message=_("They may act for you already."),
            )
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def conference_id(self) -> int:
        return self.participant.conference_id


class Absence(models.Model):
    """A time at which a participant cannot meet, as they or an organiser say."""

    participant = models.ForeignKey(
        Participant, on_delete=models.CASCADE, related_name="meeting_absences", verbose_name=_("participant")
    )
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    reason = models.CharField(_("reason"), max_length=200, blank=True, help_text=_("Not shown to others."))

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        ordering: ClassVar = ["starts_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="absence_ends_after_it_begins",
                violation_error_message=_("The absence ends before it begins."),
            )
        ]

    def __str__(self) -> str:
        zone = self.participant.conference.zone
        return f"{self.starts_at.astimezone(zone):%d/%m/%Y %H.%M}–{self.ends_at.astimezone(zone):%H.%M}"

    @property
    def conference_id(self) -> int:
        return self.participant.conference_id


class SuggestionList(models.Model):
    """Whom to meet, as last computed for one participant. What has changed since is left out when it is read."""

    participant = models.OneToOneField(
        Participant, on_delete=models.CASCADE, related_name="suggestion_list", verbose_name=_("participant")
    )
    # Of the profile that it was made for.
    version = models.PositiveIntegerField()
    made_at = models.DateTimeField(_("made"), default=timezone.now)
    # [[participant, score, likeness of the texts], …], the first ones to be shown first.
    entries = models.JSONField(default=list)

    class Meta:
        verbose_name = _("list of suggestions")
        verbose_name_plural = _("lists of suggestions")
        ordering: ClassVar = ["participant"]

    def __str__(self) -> str:
        return str(self.participant_id)
