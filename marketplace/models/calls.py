"""The call for stands: when it is open, how many stands there are of each kind, by what words initiatives are found,
and by what they are judged."""

import datetime
import uuid
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from conference.models import Conference, Room


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
    room = models.ForeignKey(
        Room,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("hall"),
        help_text=_("Where the stands are."),
    )
    stands_from = models.DateTimeField(
        _("stands open"), null=True, blank=True, help_text=_("When visitors come: the duty rota fills this time.")
    )
    stands_until = models.DateTimeField(_("stands close"), null=True, blank=True)
    audience = models.CharField(
        _("who sees the catalogue"), max_length=12, choices=Audience, default=Audience.PARTICIPANTS
    )
    is_archived = models.BooleanField(
        _("kept as an archive"), default=False, help_text=_("The catalogue stays open after the conference.")
    )
    # Another one with each change of what the catalogue shows: processes keep the catalogue that they read under it.
    catalogue_key = models.UUIDField(default=uuid.uuid4, editable=False)

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
            models.CheckConstraint(
                condition=Q(stands_from=None, stands_until=None)
                # Compared with nothing, a time would pass: unknown is no refusal in SQL.
                | Q(stands_from__isnull=False, stands_until__isnull=False, stands_until__gt=F("stands_from")),
                name="call_stands_close_after_they_open",
                violation_error_message=_("Give both times of the market place, the later one last, or neither."),
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


class Term(models.Model):
    """A word of one of the call's short lists, from which applications choose and by which the catalogue filters.

    The organiser edits the lists; a word that an application has chosen stays.
    """

    class Use(models.TextChoices):
        TOPIC = "topic", _("topic")
        TARGET_GROUP = "group", _("target group")
        EXCHANGE = "exchange", _("sought or offered")

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="terms", verbose_name=_("call"))
    use = models.CharField(_("list"), max_length=8, choices=Use)
    name = models.CharField(_("word"), max_length=80)
    position = models.PositiveSmallIntegerField(_("position"), default=1)

    class Meta:
        verbose_name = _("word to choose")
        verbose_name_plural = _("words to choose")
        ordering: ClassVar = ["use", "position", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["call", "use", "name"],
                name="term_unique_in_its_list",
                violation_error_message=_("This list has the word already."),
            ),
            models.CheckConstraint(condition=~Q(name=""), name="term_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name


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
