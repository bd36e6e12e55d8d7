"""What an organiser sets for the balance of one conference, and the proposals that were made from it."""

from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conference.models import Conference, MemberState
from registrations.balance.targets import SIZE_BANDS

_PROBABILITY = [MinValueValidator(0), MaxValueValidator(1)]


def default_bounds() -> list[int]:
    return list(SIZE_BANDS)


def validate_bounds(bounds: object) -> None:
    """Raises ValidationError unless these are whole numbers above 0, each above the one before."""
    numbers = bounds if isinstance(bounds, list) else [None]
    if not all(isinstance(number, int) and number > 0 for number in numbers) or numbers != sorted(set(numbers)):
        raise ValidationError(_("Enter whole numbers, each above the one before, such as 50000, 100000, 250000."))


class BalanceSettings(models.Model):
    """What is known of all cities of one conference alike. Without a row the defaults below hold."""

    conference = models.OneToOneField(
        Conference, on_delete=models.CASCADE, related_name="balance_settings", verbose_name=_("conference")
    )
    size_bounds = models.JSONField(
        _("bounds of size"),
        default=default_bounds,
        blank=True,
        validators=[validate_bounds],
        help_text=_("Inhabitants at which the next band of cities begins, with commas between."),
    )
    host_state = models.ForeignKey(
        MemberState,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("host region"),
        help_text=_("Cities of this Member State are those of the host region."),
    )
    acceptance_city = models.FloatField(_("chance that a city accepts"), null=True, blank=True, validators=_PROBABILITY)
    acceptance_organisation = models.FloatField(
        _("chance that an organisation accepts"), null=True, blank=True, validators=_PROBABILITY
    )
    acceptance_institution = models.FloatField(
        _("chance that an EU institution accepts"), null=True, blank=True, validators=_PROBABILITY
    )
    acceptance_member_state = models.FloatField(
        _("chance that a Member State accepts"), null=True, blank=True, validators=_PROBABILITY
    )
    overflow_risk = models.FloatField(
        _("risk of overflow"),
        default=0.05,
        validators=_PROBABILITY,
        help_text=_("How likely it may be that more cities accept than there are places, between 0 and 1."),
    )
    coverage = models.FloatField(
        _("chance of each Member State to be present"),
        default=0.7,
        validators=[MinValueValidator(0), MaxValueValidator(0.99)],
        help_text=_("What a proposal tries to reach for each state, between 0 and 0.99; 0: it does not try."),
    )
    promotes = models.BooleanField(
        _("invite from the reserve list automatically"),
        default=False,
        help_text=_("When a city declines or lapses, the best of the reserve list is invited at once."),
    )
    promotion_days = models.PositiveSmallIntegerField(
        _("days to reply for who is invited so"), default=10, validators=[MinValueValidator(1), MaxValueValidator(60)]
    )

    class Meta:
        verbose_name = _("balance settings")
        verbose_name_plural = _("balance settings")
        constraints: ClassVar = [
            *(
                models.CheckConstraint(
                    condition=Q(**{f"acceptance_{category}": None})
                    | Q(**{f"acceptance_{category}__gte": 0, f"acceptance_{category}__lte": 1}),
                    name=f"balance_acceptance_{category}_is_a_probability",
                )
                for category in ("city", "organisation", "institution", "member_state")
            ),
            models.CheckConstraint(
                condition=Q(overflow_risk__gte=0, overflow_risk__lte=1), name="balance_risk_is_a_probability"
            ),
            models.CheckConstraint(
                condition=Q(coverage__gte=0, coverage__lt=1), name="balance_coverage_is_no_certainty"
            ),
            models.CheckConstraint(condition=Q(promotion_days__gte=1), name="balance_promotion_leaves_a_day"),
        ]

    def __str__(self) -> str:
        return self.conference.title


class BalanceDimension(models.Model):
    """One thing that is balanced, and by which rule its groups get their shares. Weight 0: it is not looked at."""

    class Rule(models.TextChoices):
        COMMITTEE = "committee", _("seats in the Committee of the Regions")
        ROOT = "root", _("square root of the population")
        CAMBRIDGE = "cambridge", _("Cambridge Compromise")
        EQUAL = "equal", _("equal shares")
        TYPED = "typed", _("typed in below")

    conference = models.ForeignKey(
        Conference, on_delete=models.CASCADE, related_name="balance_dimensions", verbose_name=_("conference")
    )
    key = models.CharField(_("dimension"), max_length=30)
    weight = models.FloatField(_("weight"), default=1.0, validators=[MinValueValidator(0), MaxValueValidator(10)])
    rule = models.CharField(_("shares"), max_length=10, choices=Rule, default=Rule.EQUAL)

    class Meta:
        verbose_name = _("dimension of balance")
        verbose_name_plural = _("dimensions of balance")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["conference", "key"], name="balance_dimension_once"),
            models.CheckConstraint(condition=Q(weight__gte=0), name="balance_weight_not_negative"),
        ]

    def __str__(self) -> str:
        return self.key


class BalanceGroup(models.Model):
    """What an organiser typed for one group of a dimension: its part of the whole, and limits in expected seats."""

    dimension = models.ForeignKey(
        BalanceDimension, on_delete=models.CASCADE, related_name="groups", verbose_name=_("dimension")
    )
    key = models.CharField(_("group"), max_length=60)
    share = models.FloatField(_("share"), null=True, blank=True, validators=[MinValueValidator(0)])
    floor = models.FloatField(_("floor"), default=0, validators=[MinValueValidator(0)])
    ceiling = models.FloatField(_("ceiling"), null=True, blank=True, validators=[MinValueValidator(0)])

    class Meta:
        verbose_name = _("group of balance")
        verbose_name_plural = _("groups of balance")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["dimension", "key"], name="balance_group_once"),
            models.CheckConstraint(condition=Q(share=None) | Q(share__gte=0), name="balance_share_not_negative"),
            models.CheckConstraint(
                condition=Q(floor__gte=0) & (Q(ceiling=None) | Q(ceiling__gte=F("floor"))),
                name="balance_floor_not_above_ceiling",
            ),
        ]

    def __str__(self) -> str:
        return self.key


class Proposal(models.Model):
    """A proposed wave: what it was made from, and whom it names now. Edited until it becomes a wave."""

    conference = models.ForeignKey(
        Conference, on_delete=models.CASCADE, related_name="wave_proposals", verbose_name=_("conference")
    )
    seats = models.PositiveIntegerField(_("expected seats"))
    seed = models.PositiveIntegerField(_("seed"))
    # Numbers of delegations.
    must = models.JSONField(_("must"), default=list, blank=True)
    never = models.JSONField(_("never"), default=list, blank=True)
    chosen = models.JSONField(_("chosen"), default=list, blank=True)
    # How it was made: solver, gap, seats asked for in the end, imbalance then.
    log = models.JSONField(_("log"), default=dict, blank=True)
    created_at = models.DateTimeField(_("made"), default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    wave = models.OneToOneField(
        "registrations.Wave",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="proposal",
        verbose_name=_("wave"),
    )

    class Meta:
        verbose_name = _("proposal")
        verbose_name_plural = _("proposals")
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [models.CheckConstraint(condition=Q(seats__gte=1), name="proposal_asks_for_seats")]

    def __str__(self) -> str:
        return f"{_('Proposal')} {self.pk}"
