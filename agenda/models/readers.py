"""What those who are signed in want of a programme."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conference.models import Conference


class Reader(models.Model):
    """What somebody who is signed in wants of a conference's programme."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="programmes")
    conference = models.ForeignKey(Conference, on_delete=models.CASCADE, related_name="programme_readers")
    wants_changes = models.BooleanField(_("tell me when the programme changes"), default=False)
    # Of the address of the personal calendar feed; empty: there is none. A new address revokes the old one.
    feed_sha256 = models.CharField(max_length=64, unique=True, null=True, editable=False)
    feed_made_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("reader")
        verbose_name_plural = _("readers")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "conference"], name="reader_once_a_conference"),
            models.CheckConstraint(
                condition=Q(feed_sha256=None, feed_made_at=None)
                | Q(feed_sha256__isnull=False, feed_made_at__isnull=False),
                name="reader_feed_and_its_time_both_or_neither",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}/{self.conference_id}"


class Star(models.Model):
    """A session that a reader marked. Known by its GUID: the session may leave the working version and come back."""

    reader = models.ForeignKey(Reader, on_delete=models.CASCADE, related_name="stars")
    session_guid = models.UUIDField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("star")
        verbose_name_plural = _("stars")
        constraints: ClassVar = [models.UniqueConstraint(fields=["reader", "session_guid"], name="star_once_a_session")]

    def __str__(self) -> str:
        return str(self.session_guid)
