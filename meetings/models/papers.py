"""Large documents to print: who waits for one, how far it is, and the newest that was made."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from conference.models import Conference


class Paper(models.Model):
    """One kind of document of one conference. A worker makes it; it is kept until another takes its place."""

    class Kind(models.TextChoices):
        SIGNS = "table-signs", _("Table signs")
        CARDS = "table-cards", _("Table cards")
        SCHEDULES = "schedules", _("Everybody’s schedule")

    conference = models.ForeignKey(
        Conference, on_delete=models.CASCADE, related_name="meeting_papers", verbose_name=_("conference")
    )
    kind = models.CharField(_("kind"), max_length=11, choices=Kind)
    # While somebody waits for it.
    asked_at = models.DateTimeField(_("asked for"), null=True, editable=False)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("by"),
    )
    # Of the worker that has it, and until when nobody else takes it: what a killed worker had begins again.
    claim = models.UUIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    done = models.PositiveIntegerField(_("sheets laid out"), default=0, editable=False)
    sheets = models.PositiveIntegerField(_("of"), default=0, editable=False)
    # Of the last try, fit for organisers.
    error = models.TextField(_("error"), blank=True, editable=False)
    # The newest that was made. `fingerprint` is that of all it shows.
    file = models.FileField(_("file"), max_length=200, blank=True, editable=False)
    fingerprint = models.CharField(max_length=64, blank=True, editable=False)
    made_at = models.DateTimeField(_("made"), null=True, editable=False)

    class Meta:
        verbose_name = _("paper")
        verbose_name_plural = _("papers")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["conference", "kind"], name="paper_one_of_each_kind"),
            models.CheckConstraint(
                condition=Q(claim=None, lease_until=None)
                | Q(claim__isnull=False, lease_until__isnull=False, asked_at__isnull=False),
                name="paper_claimed_only_while_asked_for",
            ),
            models.CheckConstraint(
                condition=Q(file="", fingerprint="", made_at=None)
                | (~Q(file="") & ~Q(fingerprint="") & Q(made_at__isnull=False)),
                name="paper_file_with_fingerprint_and_time",
            ),
            models.CheckConstraint(condition=Q(done__lte=F("sheets")), name="paper_done_at_most_all"),
        ]

    def __str__(self) -> str:
        return str(self.get_kind_display())

    @property
    def is_wanted(self) -> bool:
        """Somebody waits for it."""
        return self.asked_at is not None
