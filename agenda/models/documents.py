"""What speakers send."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agenda.models.sessions import Presentation
from agenda.models.speakers import Speaker


def document_path(document: "Document", _name: str) -> str:
    """A name that tells nothing and collides with none: what it was called stands in the row."""
    return f"documents/{document.speaker.conference_id}/{document.key}"


class Document(models.Model):
    """An uploaded file. Checked before it is kept, stored under a random name outside the web root."""

    class Kind(models.TextChoices):
        PHOTO = "photo", _("photograph")
        SLIDES = "slides", _("slides")
        ABSTRACT = "abstract", _("abstract")
        SPEECH = "speech", _("speech for the interpreters")

    speaker = models.ForeignKey(Speaker, on_delete=models.CASCADE, related_name="documents", verbose_name=_("speaker"))
    presentation = models.ForeignKey(
        Presentation,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="documents",
        verbose_name=_("presentation"),
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    file = models.FileField(_("file"), upload_to=document_path)
    name = models.CharField(_("name"), max_length=200, help_text=_("As it was called when it was uploaded."))
    content_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveIntegerField(_("bytes"))
    uploaded_at = models.DateTimeField(_("uploaded"), default=timezone.now)
    is_public = models.BooleanField(
        _("public"), default=False, help_text=_("Offered on the session's page from the next release on.")
    )

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering: ClassVar = ["-uploaded_at", "-pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def conference_id(self) -> int:
        return self.speaker.conference_id
