"""What an organiser sets for the balance of one conference, and the proposals that were made from it."""

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conference.models import Conference, MemberState

_WEIGHT = [MinValueValidator(0), MaxValueValidator(10)]


class BalanceSettings(models.Model):
    """How the balance of one conference is measured. Without a row the defaults below hold."""

    class StateShares(models.TextChoices):
        COMMITTEE = "committee", _("seats in the Committee of the Regions")
        ROOT = "root", _("square root of the population")
        CAMBRIDGE = "cambridge", _("Cambridge Compromise")
        EQUAL = "equal", _("equal")

    conference = models.OneToOneField(
        Conference, on_delete=models.CASCADE, related_name="balance_settings", verbose_name=_("conference")
    )
    state_shares = models.CharField(
        _("target shares of Member States"), max_length=10, choices=StateShares, default=StateShares.COMMITTEE
    )
    state_weight = models.FloatField(_("weight of Member States"), default=1.0, validators=_WEIGHT)
    size_weight = models.FloatField(_("weight of city sizes"), default=1.0, validators=_WEIGHT)
    experience_weight = models.FloatField(_("weight of experience"), default=1.0, validators=_WEIGHT)
    host_state = models.ForeignKey(
        MemberState,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("host's Member State"),
        help_text=_("Cities of the host region are those of this state; empty: no such dimension."),
    )
    host_share = models.FloatField(
        _("share of the host region"), default=0.1, validators=[MinValueValidator(0), MaxValueValidator(1)]
    )
    acceptance = models.FloatField(
        _("chance of acceptance"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
        help_text=_("Between 0 and 1. Empty: estimated from the replies so far, beginning at 0.4."),
    )
    overflow_risk = models.FloatField(
        _("risk of overflow"),
        default=0.05,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
        help_text=_("How likely it may be that more cities accept than there are places."),
    )

    class Meta:
        verbose_name = _("balance settings")
        verbose_name_plural = _("balance settings")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state_weight__gte=0, size_weight__gte=0, experience_weight__gte=0),
                name="balance_weights_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(acceptance=None) | Q(acceptance__gte=0, acceptance__lte=1),
                name="balance_acceptance_is_a_probability",
            ),
            models.CheckConstraint(
                condition=Q(overflow_risk__gte=0, overflow_risk__lte=1), name="balance_risk_is_a_probability"
            ),
            models.CheckConstraint(
                condition=Q(host_share__gte=0, host_share__lte=1), name="balance_host_share_is_a_share"
            ),
        ]

    def __str__(self) -> str:
        return self.conference.title


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
