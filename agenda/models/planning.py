"""What holds for a whole programme, and which warnings of it were set aside."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conference.models import Conference


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
