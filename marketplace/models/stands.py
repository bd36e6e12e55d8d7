"""The hall as numbered places, the stands that take them, and who stands there when."""

from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from conference.models import Conference
from marketplace.models.applications import StandApplication
from marketplace.models.calls import Call, StandKind
from registrations.models import Participant


class HallPlace(models.Model):
    """A spot in the hall where a stand can be: the organiser draws the plan as rows and places in them."""

    conference = models.ForeignKey(
        Conference, on_delete=models.CASCADE, related_name="hall_places", verbose_name=_("conference")
    )
    number = models.PositiveSmallIntegerField(_("number"), validators=[MinValueValidator(1)])
    row = models.PositiveSmallIntegerField(_("row on the plan"), validators=[MinValueValidator(1)])
    spot = models.PositiveSmallIntegerField(_("place in its row"), validators=[MinValueValidator(1)])
    has_power = models.BooleanField(_("has power"), default=False)

    class Meta:
        verbose_name = _("place in the hall")
        verbose_name_plural = _("places in the hall")
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["conference", "number"], name="hall_place_unique_number"),
            models.UniqueConstraint(
                fields=["conference", "row", "spot"],
                name="hall_place_alone_on_its_spot",
                violation_error_message=_("Another place is drawn there."),
            ),
            models.CheckConstraint(
                condition=Q(number__gte=1, row__gte=1, spot__gte=1), name="hall_place_numbers_are_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}"


class Stand(models.Model):
    """An accepted application's stand, live until it is released.

    `stand_no` counts from 1 over all live stands of the call and `kind_no` over those of its kind: as the services
    give no number above the call's, unique numbers keep the totals.
    """

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="all_stands", verbose_name=_("call"))
    application = models.OneToOneField(
        StandApplication, on_delete=models.PROTECT, related_name="stand", verbose_name=_("application")
    )
    kind = models.CharField(_("kind"), max_length=11, choices=StandKind, editable=False)
    stand_no = models.PositiveSmallIntegerField(editable=False)
    kind_no = models.PositiveSmallIntegerField(editable=False)
    place = models.ForeignKey(
        HallPlace, on_delete=models.PROTECT, null=True, blank=True, related_name="stands", verbose_name=_("place")
    )
    released_at = models.DateTimeField(_("released"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("stand")
        verbose_name_plural = _("stands")
        ordering: ClassVar = ["place__number", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["place"],
                condition=Q(released_at=None),
                name="stand_alone_on_its_place",
                violation_error_message=_("Another stand has this place."),
            ),
            models.UniqueConstraint(
                fields=["call", "stand_no"], condition=Q(released_at=None), name="stand_unique_number_in_all"
            ),
            models.UniqueConstraint(
                fields=["call", "kind", "kind_no"], condition=Q(released_at=None), name="stand_unique_number_of_kind"
            ),
            models.CheckConstraint(condition=Q(stand_no__gte=1, kind_no__gte=1), name="stand_numbers_are_positive"),
        ]

    def __str__(self) -> str:
        return str(self.application)


class Duty(models.Model):
    """A participant stands at a stand for a while."""

    stand = models.ForeignKey(Stand, on_delete=models.CASCADE, related_name="duties", verbose_name=_("stand"))
    participant = models.ForeignKey(
        Participant, on_delete=models.CASCADE, related_name="stand_duties", verbose_name=_("participant")
    )
    starts_at = models.DateTimeField(_("begins"))
    ends_at = models.DateTimeField(_("ends"))

    class Meta:
        verbose_name = _("duty at a stand")
        verbose_name_plural = _("duties at stands")
        ordering: ClassVar = ["starts_at", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="duty_ends_after_it_begins",
                violation_error_message=_("The duty ends before it begins."),
            ),
            models.UniqueConstraint(
                fields=["participant", "starts_at"],
                name="duty_one_at_a_time",
                violation_error_message=_("This person has a duty from then on already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.participant}"
