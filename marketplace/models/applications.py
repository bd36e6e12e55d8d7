"""What a delegation would show at its stand, and the marks that reviewers give it."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conference.languages import validate_language_codes
from conference.models import Conference
from marketplace.models.calls import Call, Criterion, StandKind, Term
from marketplace.states import ApplicationStatus
from registrations.models import Delegation, Participant


class Stage(models.TextChoices):
    """How far an initiative has come, as of `StandApplication.as_of`."""

    PLANNED = "planned", _("planned")
    RUNNING = "running", _("running")
    COMPLETED = "completed", _("completed")


class Evidence(models.TextChoices):
    """How it is known that an initiative works, from weak to strong."""

    EXPERIENCE = "experience", _("experience of practitioners")
    MONITORED = "monitored", _("figures are collected")
    EVALUATED = "evaluated", _("evaluated by those who run it")
    INDEPENDENT = "independent", _("evaluated independently")


# In the storage; below it a folder for each conference.
FOLDER = "stands"


def picture_path(application: "StandApplication", _name: str) -> str:
    """Under the key: the name a file came with is nobody's business."""
    return f"{FOLDER}/{application.conference_id}/{application.picture_key}.jpg"


class StandApplication(models.Model):
    """An initiative with which a delegation applies for a stand. Everything but its kind may be empty in a draft.

    Once accepted it is the entry of the catalogue. That shows `initiative`, `challenge`, `approach`, `results`,
    `transferable`, `seeks`, `offers`, `languages`, `links`, and the picture with `picture_says` as its text
    alternative; it filters by `kind`, `evidence`, `languages`, the words `topics`, `target_groups`, `sought` and
    `offered`, and the delegation's Member State. `stage` and `as_of` say what the entry's state is and of which day;
    `contact` is the person whom visitors may ask for a meeting, where one is named; `is_example` marks invented
    entries and must be shown with them. `needs_power` and `needs` are the organiser's alone.
    """

    conference = models.ForeignKey(
        Conference, on_delete=models.CASCADE, related_name="stand_applications", verbose_name=_("conference")
    )
    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="applications", verbose_name=_("call"))
    delegation = models.ForeignKey(
        Delegation, on_delete=models.PROTECT, related_name="stand_applications", verbose_name=_("delegation")
    )
    kind = models.CharField(_("kind"), max_length=11, choices=StandKind)
    status = models.CharField(
        _("status"), max_length=11, choices=ApplicationStatus, default=ApplicationStatus.DRAFT, editable=False
    )
    initiative = models.CharField(_("initiative"), max_length=200, blank=True)
    challenge = models.TextField(_("challenge addressed"), max_length=2000, blank=True)
    approach = models.TextField(_("approach"), max_length=4000, blank=True)
    topics = models.ManyToManyField(
        Term,
        blank=True,
        related_name="applications_on",
        limit_choices_to={"use": Term.Use.TOPIC},
        verbose_name=_("topics"),
    )
    target_groups = models.ManyToManyField(
        Term,
        blank=True,
        related_name="applications_for",
        limit_choices_to={"use": Term.Use.TARGET_GROUP},
        verbose_name=_("target groups"),
    )
    results = models.TextField(_("results and evidence"), max_length=4000, blank=True)
    evidence = models.CharField(_("evidence"), max_length=11, choices=Evidence, blank=True)
    stage = models.CharField(_("stage"), max_length=9, choices=Stage, blank=True)
    as_of = models.DateField(_("as of"), default=timezone.localdate, help_text=_("The day of which the entry speaks."))
    transferable = models.TextField(_("what others can take over"), max_length=2000, blank=True)
    languages = models.JSONField(_("languages"), default=list, blank=True, validators=[validate_language_codes])
    seeks = models.TextField(_("seeks"), max_length=1000, blank=True)
    sought = models.ManyToManyField(
        Term,
        blank=True,
        related_name="applications_seeking",
        limit_choices_to={"use": Term.Use.EXCHANGE},
        verbose_name=_("seeks, in short"),
    )
    offers = models.TextField(_("offers"), max_length=1000, blank=True)
    offered = models.ManyToManyField(
        Term,
        blank=True,
        related_name="applications_offering",
        limit_choices_to={"use": Term.Use.EXCHANGE},
        verbose_name=_("offers, in short"),
    )
    picture_key = models.UUIDField(default=uuid.uuid4, editable=False)
    picture = models.FileField(_("picture"), upload_to=picture_path, max_length=200, blank=True)
    picture_says = models.CharField(
        _("what the picture shows"), max_length=200, blank=True, help_text=_("For those who cannot see it.")
    )
    applicant = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("written by"),
        help_text=_("Mails about the application go there."),
    )
    contact = models.ForeignKey(
        Participant,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("contact person"),
        help_text=_("Named with the entry; visitors can ask this person for a meeting."),
    )
    needs_power = models.BooleanField(_("needs power"), default=False)
    needs = models.TextField(_("other needs"), max_length=1000, blank=True)
    is_example = models.BooleanField(
        _("example"), default=False, editable=False, help_text=_("Invented, to show what an entry looks like.")
    )
    created_at = models.DateTimeField(_("begun"), default=timezone.now, editable=False)
    changed_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True, editable=False)
    waiting_since = models.DateTimeField(_("waiting since"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("application for a stand")
        verbose_name_plural = _("applications for stands")
        ordering: ClassVar = ["-created_at", "-pk"]
        indexes: ClassVar = [models.Index(fields=["call", "status", "kind"], name="application_by_status")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["call", "delegation"],
                condition=~Q(status="withdrawn"),
                name="application_one_a_delegation",
                violation_error_message=_("This delegation has applied already."),
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "withdrawn"]) | (Q(submitted_at__isnull=False) & ~Q(initiative="")),
                name="application_submitted_with_a_name",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "withdrawn"]) | (~Q(evidence="") & ~Q(stage="")),
                name="application_submitted_with_its_evidence",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "withdrawn"]) | Q(picture="") | ~Q(picture_says=""),
                name="application_submitted_with_its_picture_in_words",
            ),
            models.CheckConstraint(
                condition=~Q(status="waiting") | Q(waiting_since__isnull=False),
                name="application_waits_since_a_time",
            ),
        ]

    def __str__(self) -> str:
        return self.initiative or str(self.delegation)


class Link(models.Model):
    """A page on the web where more is said about an initiative."""

    MOST = 5

    application = models.ForeignKey(
        StandApplication, on_delete=models.CASCADE, related_name="links", verbose_name=_("application")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=1)
    title = models.CharField(_("what is found there"), max_length=120)
    url = models.URLField(_("address"), max_length=500)

    class Meta:
        verbose_name = _("link")
        verbose_name_plural = _("links")
        ordering: ClassVar = ["position", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["application", "position"], name="link_alone_in_its_position"),
            models.CheckConstraint(condition=Q(position__gte=1, position__lte=5), name="link_one_of_five"),
            # Anything else, such as javascript:, would run or lead elsewhere when somebody follows it.
            models.CheckConstraint(
                condition=Q(url__startswith="http://") | Q(url__startswith="https://"),
                name="link_leads_to_the_web",
                violation_error_message=_("Give an address that begins with https:// or http://."),
            ),
            models.CheckConstraint(condition=~Q(title=""), name="link_has_a_title"),
        ]

    def __str__(self) -> str:
        return self.title


class Mark(models.Model):
    """The points, 0 to 5, that one reviewer gives an application by one criterion."""

    application = models.ForeignKey(
        StandApplication, on_delete=models.CASCADE, related_name="marks", verbose_name=_("application")
    )
    criterion = models.ForeignKey(
        Criterion, on_delete=models.PROTECT, related_name="marks", verbose_name=_("criterion")
    )
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="stand_marks", verbose_name=_("reviewer")
    )
    points = models.PositiveSmallIntegerField(_("points"), validators=[MaxValueValidator(5)])

    class Meta:
        verbose_name = _("mark")
        verbose_name_plural = _("marks")
        ordering: ClassVar = ["application", "criterion", "reviewer"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["application", "criterion", "reviewer"], name="mark_one_a_reviewer_and_criterion"
            ),
            models.CheckConstraint(condition=Q(points__lte=5), name="mark_at_most_five_points"),
        ]

    def __str__(self) -> str:
        return f"{self.points}"
