"""The placer's runs: what was asked for, how far it came, what it found, and what became of it."""

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conference.models import Conference
from meetings.states import PlacementStatus


class Placement(models.Model):
    """One run of the placer. Meetings change only when it is published."""

    class Mode(models.TextChoices):
        ANEW = "anew", _("place all, published meetings weigh more")
        FREEZE = "freeze", _("leave all that is placed, insert the rest")
        REPAIR = "repair", _("repair with as few changes as possible")

    conference = models.ForeignKey(
        Conference, on_delete=models.CASCADE, related_name="placements", verbose_name=_("conference")
    )
    mode = models.CharField(_("mode"), max_length=6, choices=Mode, default=Mode.ANEW)
    seed = models.PositiveIntegerField(
        _("seed"), default=1, help_text=_("The same seed gives the same order of tries.")
    )
    limit_seconds = models.PositiveSmallIntegerField(
        _("seconds at most"), default=30, validators=[MinValueValidator(1), MaxValueValidator(3600)]
    )
    status = models.CharField(
        _("status"), max_length=11, choices=PlacementStatus, default=PlacementStatus.QUEUED, editable=False
    )
    # Of the worker that has it, and until when nobody else takes it: a killed worker's run begins again.
    claim = models.UUIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    progress = models.PositiveSmallIntegerField(_("per cent"), default=0, editable=False)
    # What the placer is at: the name of a stage.
    aim = models.CharField(_("at present"), max_length=20, blank=True, editable=False)
    # The best so far is kept as the result.
    stop_asked_at = models.DateTimeField(_("asked to stop"), null=True, blank=True, editable=False)
    placed = models.PositiveIntegerField(_("placed"), null=True, blank=True, editable=False)
    bound = models.PositiveIntegerField(_("of at most"), null=True, blank=True, editable=False)
    # [{"meeting": 7, "version": 3, "slot": 2, "table": 5}, …]; slot and table null for what found no place.
    result = models.JSONField(default=list, editable=False)
    # New, moved, dropped, to whom; and why others found no place. See meetings.services.placements.
    differences = models.JSONField(default=dict, editable=False)
    reasons = models.JSONField(default=dict, editable=False)
    error = models.TextField(_("error"), blank=True, editable=False)
    created_at = models.DateTimeField(_("asked for"), default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("by"),
    )
    started_at = models.DateTimeField(_("begun"), null=True, blank=True, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True, editable=False)
    published_at = models.DateTimeField(_("published"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("placement")
        verbose_name_plural = _("placements")
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["conference"],
                condition=Q(status__in=["queued", "running"]),
                name="placement_one_at_work",
                violation_error_message=_("A placement is being computed already."),
            ),
            models.CheckConstraint(
                condition=Q(claim=None, lease_until=None) | Q(claim__isnull=False, lease_until__isnull=False),
                name="placement_claim_and_lease_both_or_neither",
            ),
            models.CheckConstraint(condition=Q(progress__lte=100), name="placement_progress_is_per_cent"),
            models.CheckConstraint(
                condition=Q(status="published", published_at__isnull=False)
                | (~Q(status="published") & Q(published_at=None)),
                name="placement_published_at_exactly_when_published",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_mode_display()} ({self.pk})"
