"""Guest lists that were uploaded and checked, and what became of them."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from conference import incoming
from conference.models import Conference


class GuestListImport(incoming.IncomingFile):
    """A guest list from its upload to its application: read by a worker, checked, applied or discarded.

    Its content is dropped with either outcome.
    """

    conference = models.ForeignKey(
        Conference, on_delete=models.CASCADE, related_name="guest_list_imports", verbose_name=_("conference")
    )
    uploaded_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("uploaded by")
    )
    file_name = models.CharField(_("file"), max_length=200)
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField(default=bytes, blank=True)
    include_outside = models.BooleanField(
        _("take in cities of states that are not Member States on the day"), default=False
    )
    report = models.JSONField(_("report"), default=dict, blank=True)
    applied_at = models.DateTimeField(_("applied"), null=True, blank=True)
    applied_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("applied by")
    )

    class Meta:
        verbose_name = _("guest list import")
        verbose_name_plural = _("guest list imports")
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            incoming.constraint("guest_list_import_file_only_while_read"),
            models.CheckConstraint(
                condition=Q(status="applied", applied_at__isnull=False) | (~Q(status="applied") & Q(applied_at=None)),
                name="guest_list_import_applied_at_exactly_when_applied",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name
