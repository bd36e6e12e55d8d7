"""What a delegation would show at its stand, and the marks that reviewers give it."""

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conference.languages import validate_language_codes
from conference.models import Conference
from marketplace.models.calls import Call, Criterion, StandKind
from marketplace.states import ApplicationStatus
from registrations.models import Delegation


class StandApplication(models.Model):
    """An initiative with which a delegation applies for a stand. Everything but its kind may be empty in a draft."""

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
    target_group = models.CharField(_("target group"), max_length=200, blank=True)
    results = models.TextField(_("results and evidence"), max_length=4000, blank=True)
    transferable = models.TextField(_("what others can take over"), max_length=2000, blank=True)
    languages = models.JSONField(_("languages"), default=list, blank=True, validators=[validate_language_codes])
    seeks = models.TextField(_("seeks"), max_length=1000, blank=True)
    offers = models.TextField(_("offers"), max_length=1000, blank=True)
    needs_power = models.BooleanField(_("needs power"), default=False)
    needs = models.TextField(_("other needs"), max_length=1000, blank=True)
    created_at = models.DateTimeField(_("begun"), default=timezone.now, editable=False)
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
                condition=~Q(status="waiting") | Q(waiting_since__isnull=False),
                name="application_waits_since_a_time",
            ),
        ]

    def __str__(self) -> str:
        return self.initiative or str(self.delegation)


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
