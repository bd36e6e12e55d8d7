"""What visitors remember, whom they leave their contact, what nobody found, and where the search looks."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conference.models import Conference, Page
from marketplace.models.calls import Call
from marketplace.models.stands import Stand
from registrations.models import Participant


class Remembered(models.Model):
    """A stand on a participant's visiting list."""

    stand = models.ForeignKey(Stand, on_delete=models.CASCADE, related_name="remembered", verbose_name=_("stand"))
    participant = models.ForeignKey(
        Participant, on_delete=models.CASCADE, related_name="remembered_stands", verbose_name=_("participant")
    )
    created_at = models.DateTimeField(_("remembered"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("remembered stand")
        verbose_name_plural = _("remembered stands")
        ordering: ClassVar = ["created_at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["stand", "participant"], name="remembered_once"),
        ]

    def __str__(self) -> str:
        return f"{self.stand}"


class ContactLeft(models.Model):
    """A participant's consent that this one stand may have their contact, until they revoke it."""

    stand = models.ForeignKey(Stand, on_delete=models.CASCADE, related_name="contacts", verbose_name=_("stand"))
    participant = models.ForeignKey(
        Participant, on_delete=models.CASCADE, related_name="contacts_left", verbose_name=_("participant")
    )
    notice = models.ForeignKey(
        Page, on_delete=models.PROTECT, related_name="+", verbose_name=_("privacy statement shown")
    )
    consented_at = models.DateTimeField(_("consented"), default=timezone.now, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("contact left")
        verbose_name_plural = _("contacts left")
        ordering: ClassVar = ["consented_at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["stand", "participant"], condition=Q(revoked_at=None), name="contact_left_once"
            ),
            models.CheckConstraint(
                condition=Q(revoked_at=None) | Q(revoked_at__gte=F("consented_at")),
                name="contact_revoked_after_consent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.participant}"


class SearchMiss(models.Model):
    """Words that were searched for without a result, counted by day. Who searched is not kept."""

    conference = models.ForeignKey(
        Conference, on_delete=models.CASCADE, related_name="search_misses", verbose_name=_("conference")
    )
    day = models.DateField(_("day"))
    words = models.CharField(_("words"), max_length=100)
    times = models.PositiveIntegerField(_("times"), default=1)

    class Meta:
        verbose_name = _("search without a result")
        verbose_name_plural = _("searches without a result")
        ordering: ClassVar = ["-times", "words"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["conference", "day", "words"], name="search_miss_one_a_day"),
            models.CheckConstraint(condition=Q(times__gte=1) & ~Q(words=""), name="search_miss_says_something"),
        ]

    def __str__(self) -> str:
        return self.words


class IndexedStand(models.Model):
    """What the search reads of a live stand: folded words in three weights. Written by marketplace/search.py alone."""

    stand = models.OneToOneField(
        Stand, on_delete=models.CASCADE, primary_key=True, related_name="indexed", verbose_name=_("stand")
    )
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="+", verbose_name=_("call"))
    heading = models.TextField(_("its name"))
    about = models.TextField(_("whose it is, and for whom"))
    text = models.TextField(_("all else"))

    class Meta:
        verbose_name = _("stand in the index")
        verbose_name_plural = _("stands in the index")
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.stand}"
