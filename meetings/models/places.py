"""When and where people can meet: the conference's rules, blocks in its breaks, their slots, the numbered tables."""

import datetime
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conference.models import Conference
from meetings.states import BlockStatus
from registrations.models import Category


def everybody() -> dict[str, list[str]]:
    """Each category may ask each."""
    return {asker: list(Category.values) for asker in Category.values}


class MeetingRules(models.Model):
    """What holds for all meetings of a conference. Its row is locked by every placement that is published."""

    conference = models.OneToOneField(
        Conference, on_delete=models.CASCADE, related_name="meeting_rules", verbose_name=_("conference")
    )
    opens_at = models.DateTimeField(_("booking opens"), null=True, blank=True, help_text=_("Empty: not yet."))
    closes_at = models.DateTimeField(
        _("booking closes"), null=True, blank=True, help_text=_("Empty: when the last block ends.")
    )
    pending_factor = models.PositiveSmallIntegerField(
        _("open requests for each free slot"),
        default=2,
        validators=[MinValueValidator(1), MaxValueValidator(20)],
        help_text=_("So many times their own free slots people may have requests waiting for an answer."),
    )
    meetings_per_block = models.PositiveSmallIntegerField(
        _("meetings a person and break"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Empty: as many as there are slots."),
    )
    expiry_days = models.PositiveSmallIntegerField(
        _("requests expire after, days"),
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
        help_text=_("Sooner where the day is near; a reminder goes out before."),
    )
    spare_percent = models.PositiveSmallIntegerField(
        _("tables kept spare, per cent"), default=15, validators=[MaxValueValidator(90)]
    )
    # Which categories each category may ask: {"city": ["city", "organisation"]}.
    may_ask = models.JSONField(_("who may ask whom"), default=everybody, blank=True)

    class Meta:
        verbose_name = _("rules of meetings")
        verbose_name_plural = _("rules of meetings")
        ordering: ClassVar = ["-conference__held_on"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(opens_at=None) | Q(closes_at=None) | Q(closes_at__gt=F("opens_at")),
                name="meeting_rules_close_after_they_open",
                violation_error_message=_("Booking closes before it opens."),
            ),
            models.CheckConstraint(
                condition=Q(pending_factor__gte=1, expiry_days__gte=1, spare_percent__lte=90)
                & (Q(meetings_per_block=None) | Q(meetings_per_block__gte=1)),
                name="meeting_rules_leave_something_possible",
                violation_error_message=_("With these numbers nobody could meet."),
            ),
        ]

    def __str__(self) -> str:
        return self.conference.title

    def is_open_at(self, now: datetime.datetime) -> bool:
        """Whether requests can be sent. Answers and cancellations stay possible after the closing."""
        return self.opens_at is not None and self.opens_at <= now and (self.closes_at is None or now < self.closes_at)

    @property
    def is_open(self) -> bool:
        return self.is_open_at(timezone.now())

    def allows(self, asker: str, asked: str) -> bool:
        """Whether people of one category may ask those of another."""
        return asked in self.may_ask.get(asker, ())


class BlockQuerySet(models.QuerySet["Block"]):
    def open(self) -> "BlockQuerySet":
        return self.filter(status=Block.Status.OPEN)


class Block(models.Model):
    """A stretch of the programme in which people meet, cut into slots of equal length."""

    Status = BlockStatus

    conference = models.ForeignKey(
        Conference, on_delete=models.CASCADE, related_name="meeting_blocks", verbose_name=_("conference")
    )
    # The session of the programme in which it lies. It may leave the working version and come back.
    session_guid = models.UUIDField(null=True, blank=True, editable=False)
    title = models.CharField(_("title"), max_length=200)
    place = models.CharField(_("place"), max_length=200, blank=True, help_text=_("Such as “Atrium”."))
    starts_at = models.DateTimeField(_("begins"))
    minutes = models.PositiveSmallIntegerField(_("minutes"), validators=[MinValueValidator(1)])
    slot_minutes = models.PositiveSmallIntegerField(
        _("minutes of a meeting"), default=12, validators=[MinValueValidator(1), MaxValueValidator(240)]
    )
    changeover_minutes = models.PositiveSmallIntegerField(
        _("minutes to change tables"), default=3, validators=[MaxValueValidator(60)]
    )
    table_count = models.PositiveSmallIntegerField(
        _("tables"), validators=[MinValueValidator(1), MaxValueValidator(5000)], help_text=_("The first so many.")
    )
    status = models.CharField(_("status"), max_length=6, choices=Status, default=Status.DRAFT, editable=False)

    objects = BlockQuerySet.as_manager()

    class Meta:
        verbose_name = _("block of meetings")
        verbose_name_plural = _("blocks of meetings")
        ordering: ClassVar = ["starts_at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["conference", "session_guid"],
                name="block_one_a_session",
                violation_error_message=_("This break has a block already."),
            ),
            models.CheckConstraint(
                condition=Q(slot_minutes__gte=1, minutes__gte=F("slot_minutes"), table_count__gte=1),
                name="block_holds_a_slot_and_a_table",
                violation_error_message=_("The block is shorter than one meeting, or has no table."),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def ends_at(self) -> datetime.datetime:
        return self.starts_at + datetime.timedelta(minutes=self.minutes)

    @property
    def slot_times(self) -> list[tuple[datetime.datetime, datetime.datetime]]:
        """When its slots begin and end: as many as fit; the last needs no change-over after it."""
        step = datetime.timedelta(minutes=self.slot_minutes + self.changeover_minutes)
        length = datetime.timedelta(minutes=self.slot_minutes)
        times, begin = [], self.starts_at
        while begin + length <= self.ends_at:
            times.append((begin, begin + length))
            begin += step
        return times


class SlotQuerySet(models.QuerySet["Slot"]):
    def of(self, conference: Conference) -> "SlotQuerySet":
        return self.filter(block__conference=conference)

    def open(self) -> "SlotQuerySet":
        """In blocks that are open; the times of the others are not offered."""
        return self.filter(block__status=Block.Status.OPEN)

    def after(self, now: datetime.datetime) -> "SlotQuerySet":
        return self.filter(starts_at__gt=now)


class Slot(models.Model):
    """One time at which all tables of its block are taken or free."""

    block = models.ForeignKey(Block, on_delete=models.CASCADE, related_name="slots", verbose_name=_("block"))
    number = models.PositiveSmallIntegerField(_("number"), help_text=_("In its block, from 1."))
    starts_at = models.DateTimeField(_("begins"))
    ends_at = models.DateTimeField(_("ends"))

    objects = SlotQuerySet.as_manager()

    class Meta:
        verbose_name = _("slot")
        verbose_name_plural = _("slots")
        ordering: ClassVar = ["starts_at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["block", "number"], name="slot_unique_number"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="slot_ends_after_it_begins"),
        ]

    def __str__(self) -> str:
        local = self.starts_at.astimezone(self.block.conference.zone)
        return f"{local:%d/%m/%Y %H.%M}"


class TableQuerySet(models.QuerySet["Table"]):
    def bookable(self) -> "TableQuerySet":
        """Without those kept spare, which only organisers give away."""
        return self.filter(is_spare=False)


class Table(models.Model):
    """A numbered table, the same in all blocks."""

    conference = models.ForeignKey(
        Conference, on_delete=models.CASCADE, related_name="meeting_tables", verbose_name=_("conference")
    )
    number = models.PositiveSmallIntegerField(_("number"), validators=[MinValueValidator(1)])
    row = models.PositiveSmallIntegerField(_("row on the plan"), default=1, validators=[MinValueValidator(1)])
    place = models.PositiveSmallIntegerField(_("place in its row"), default=1, validators=[MinValueValidator(1)])
    is_spare = models.BooleanField(_("spare"), default=False)

    objects = TableQuerySet.as_manager()

    class Meta:
        verbose_name = _("table")
        verbose_name_plural = _("tables")
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["conference", "number"], name="table_unique_number"),
            models.UniqueConstraint(
                fields=["conference", "row", "place"],
                name="table_alone_on_its_spot",
                violation_error_message=_("Another table stands there."),
            ),
            models.CheckConstraint(
                condition=Q(number__gte=1, row__gte=1, place__gte=1), name="table_numbers_are_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}"
