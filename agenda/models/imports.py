"""Programmes that were uploaded to be taken in."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from conference import incoming
from conference.models import Conference


class ProgrammeImport(incoming.IncomingFile):
    """A programme from its upload to its application: read by a worker, checked, applied or discarded.

    Its content is dropped with either outcome.
    """

    conference = models.ForeignKey(
        Conference, on_delete=models.CASCADE, related_name="programme_imports", verbose_name=_("conference")
    )
    name = models.CharField(_("file"), max_length=200)
    # What was read, see services.imports; before, what is to be done with it; empty once applied or discarded.
    content = models.JSONField(default=dict, editable=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )

    class Meta:
        verbose_name = _("programme import")
        verbose_name_plural = _("programme imports")
        ordering: ClassVar = ["-uploaded_at"]
        constraints: ClassVar = [incoming.constraint("programme_import_file_only_while_read")]

    def __str__(self) -> str:
        return self.name
