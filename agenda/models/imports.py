"""Programmes that were uploaded to be taken in."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conference.models import Conference


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
