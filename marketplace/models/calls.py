"""The call for stands: when it is open, how many stands there are of each kind, and by what they are judged."""

import datetime
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from conference.models import Conference


class StandKind(models.TextChoices):
    NETWORK = "network", _("network")
    PROGRAMME = "programme", _("EU funding programme")
    PROJECT = "project", _("project")
    INSTITUTION = "institution", _("institution")
    CITY = "city", _("city")


class Call(models.Model):
    """What holds for the whole market place of a conference."""

    class Audience(models.TextChoices):
        PUBLIC = "public", _("everybody")
        PARTICIPANTS = "participants", _("participants only")

    conference = models.OneToOneField(
        Conference, on_delete=models.CASCADE, related_name="stand_call", verbose_name=_("conference")
    )
    opens_at = models.DateTimeField(_("opens"))
    closes_at = models.DateTimeField(_("closes"))
    stands = models.PositiveSmallIntegerField(
        _("stands in all"), validators=[MinValueValidator(1), MaxValueValidator(2000)]
    )
    equipment = models.TextField(
        _("what a stand has"), blank=True, max_length=1000, help_text=_("Such as table, wall, power, screen.")
    )
    audience = models.CharField(
        _("who sees the catalogue"), max_length=12, choices=Audience, default=Audience.PARTICIPANTS
    )
    is_archived = models.BooleanField(
        _("kept as an archive"), default=False, help_text=_("The catalogue stays open after the conference.")
    )

    class Meta:
        verbose_name = _("call for stands")
        verbose_name_plural = _("calls for stands")
        ordering: ClassVar = ["-conference__held_on"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at")),
                name="call_closes_after_it_opens",
                violation_error_message=_("The call closes before it opens."),
            ),
            models.CheckConstraint(
                condition=Q(stands__gte=1),
                name="call_has_a_stand",
                violation_error_message=_("A call offers at least one stand."),
            ),
        ]

    def __str__(self) -> str:
        return self.conference.title

    def is_open_at(self, now: datetime.datetime) -> bool:
        """Whether applications can be submitted."""
        return self.opens_at <= now < self.closes_at


class KindLimit(models.Model):
    """How many stands of one kind a call has at most. A kind without a limit has none."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="limits", verbose_name=_("call"))
    kind = models.CharField(_("kind"), max_length=11, choices=StandKind)
    stands = models.PositiveSmallIntegerField(_("stands"), validators=[MaxValueValidator(2000)])

    class Meta:
        verbose_name = _("stands of a kind")
        verbose_name_plural = _("stands of each kind")
        ordering: ClassVar = ["kind"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["call", "kind"],
                name="kind_limit_one_a_kind",
                violation_error_message=_("This kind has its number already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.stands}"


class Criterion(models.Model):
    """One question by which reviewers mark applications, from 0 to 5 points."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="criteria", verbose_name=_("call"))
    name = models.CharField(_("name"), max_length=200)
    weight = models.PositiveSmallIntegerField(
        _("weight"), default=1, validators=[MinValueValidator(1), MaxValueValidator(10)]
    )
    position = models.PositiveSmallIntegerField(_("position"), default=1)

    class Meta:
        verbose_name = _("criterion")
        verbose_name_plural = _("criteria")
        ordering: ClassVar = ["position", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["call", "name"],
                name="criterion_unique_name",
                violation_error_message=_("There is a criterion of this name already."),
            ),
            models.CheckConstraint(condition=Q(weight__gte=1, weight__lte=10), name="criterion_weighs_something"),
        ]

    def __str__(self) -> str:
        return self.name
