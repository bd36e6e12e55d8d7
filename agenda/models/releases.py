"""The frozen public programmes."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from agenda.programme import Programme
from conference.models import Conference


class Release(models.Model):
    """A frozen public programme. Never changed; the newest is what everybody reads."""

    conference = models.ForeignKey(
        Conference, on_delete=models.CASCADE, related_name="releases", verbose_name=_("conference")
    )
    number = models.PositiveIntegerField(_("number"))
    published_at = models.DateTimeField(_("published"), default=timezone.now)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    note = models.TextField(_("note"), blank=True)
    # Programme.to_data: all that is public.
    content = models.JSONField(editable=False)
    # The working version as it was, to go back to: see services.planning.
    working_copy = models.JSONField(editable=False)
    # What changed since the release before, a sentence each.
    changes = models.JSONField(default=list, editable=False)

    class Meta:
        verbose_name = _("release")
        verbose_name_plural = _("releases")
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["conference", "number"], name="release_unique_number"),
            models.CheckConstraint(condition=Q(number__gte=1), name="release_number_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.number}"

    @cached_property
    def programme(self) -> Programme:
        return Programme.from_data(self.content)
