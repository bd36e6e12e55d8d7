"""Requests, the meetings that come of them, and the seats that both persons take. Never twice: see the constraints."""

import datetime
import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest, Least
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conference.models import Conference
from meetings.models.places import Slot, Table
from meetings.states import AHEAD, PLACED, SHOWN, MeetingStatus, RequestStatus
from registrations.models import Participant


class MeetingRequestQuerySet(models.QuerySet["MeetingRequest"]):
    def pending(self) -> "MeetingRequestQuerySet":
        return self.filter(status=RequestStatus.PENDING)

    def of(self, participant: Participant) -> "MeetingRequestQuerySet":
        """Sent or received by them."""
        return self.filter(Q(asker=participant) | Q(asked=participant))

    def between(self, one: int, other: int) -> "MeetingRequestQuerySet":
        """Of these two participants, whoever asked."""
        return self.filter(Q(asker=one, asked=other) | Q(asker=other, asked=one))

    def with_people(self) -> "MeetingRequestQuerySet":
        """With all that a page or a mail says of both."""
        people = [
            f"{side}__{path}"
            for side in ("asker", "asked")
            for path in ("delegation__city", "delegation__member_state", "meeting_profile", "conference__venue")
        ]
        return self.select_related("slot__block__conference", "conference", *people)


class MeetingRequest(models.Model):
    """One participant asks another. Without a slot it holds nothing; with one, the seats of both until the answer."""

    conference = models.ForeignKey(
        Conference, on_delete=models.CASCADE, related_name="meeting_requests", verbose_name=_("conference")
    )
    asker = models.ForeignKey(
        Participant, on_delete=models.PROTECT, related_name="requests_made", verbose_name=_("asks")
    )
    asked = models.ForeignKey(
        Participant, on_delete=models.PROTECT, related_name="requests_received", verbose_name=_("is asked")
    )
    message = models.TextField(_("message"), blank=True, max_length=1000)
    slot = models.ForeignKey(
        Slot, on_delete=models.SET_NULL, null=True, blank=True, related_name="requests", verbose_name=_("slot")
    )
    status = models.CharField(
        _("status"), max_length=10, choices=RequestStatus, default=RequestStatus.PENDING, editable=False
    )
    # The one to which this is the other proposal.
    counters = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="countered_by",
        verbose_name=_("proposed instead of"),
    )
    answer = models.TextField(_("answer"), blank=True, max_length=1000, editable=False)
    created_at = models.DateTimeField(_("asked"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires"), editable=False)
    reminded_at = models.DateTimeField(_("reminded"), null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(_("answered or closed"), null=True, blank=True, editable=False)

    objects = MeetingRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("meeting request")
        verbose_name_plural = _("meeting requests")
        ordering: ClassVar = ["-created_at", "-pk"]
        indexes: ClassVar = [
            models.Index(fields=["expires_at"], condition=Q(status="pending"), name="request_pending"),
            models.Index(fields=["asker", "status"], name="request_by_asker"),
            models.Index(fields=["asked", "status"], name="request_by_asked"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                Least("asker", "asked"),
                Greatest("asker", "asked"),
                condition=Q(status="pending"),
                name="request_one_open_a_pair",
                violation_error_message=_("There is an open request between you two already."),
            ),
            models.CheckConstraint(
                condition=~Q(asker=F("asked")),
                name="request_asks_somebody_else",
                violation_error_message=_("Nobody meets oneself."),
            ),
            models.CheckConstraint(
                condition=Q(status="pending", closed_at=None) | (~Q(status="pending") & Q(closed_at__isnull=False)),
                name="request_closed_at_exactly_when_closed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asker} → {self.asked}"

    @property
    def is_pending(self) -> bool:
        return self.status == RequestStatus.PENDING

    @property
    def status_told(self) -> str:
        """The status in words for the two: “no thanks” reads like any other refusal."""
        told = RequestStatus.DECLINED if self.status == RequestStatus.REFUSED else RequestStatus(self.status)
        return str(told.label)

    def is_expired_at(self, now: datetime.datetime) -> bool:
        return self.expires_at <= now

    def partner_of(self, participant: Participant) -> Participant:
        """The other one of the two."""
        return self.asked if participant.pk == self.asker_id else self.asker


class Refusal(models.Model):
    """“No thanks”: the one never meets the other at this conference. The other is not told."""

    participant = models.ForeignKey(
        Participant, on_delete=models.CASCADE, related_name="refusals", verbose_name=_("refuses")
    )
    refused = models.ForeignKey(
        Participant, on_delete=models.CASCADE, related_name="refused_by", verbose_name=_("is refused")
    )
    at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name = _("refusal")
        verbose_name_plural = _("refusals")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["participant", "refused"], name="refusal_once_a_pair"),
            models.CheckConstraint(condition=~Q(participant=F("refused")), name="refusal_of_somebody_else"),
        ]

    def __str__(self) -> str:
        return f"{self.participant_id}/{self.refused_id}"


class MeetingQuerySet(models.QuerySet["Meeting"]):
    def ahead(self) -> "MeetingQuerySet":
        """Agreed and still to come, with or without a time."""
        return self.filter(status__in=AHEAD)

    def still_to_come(self, now: datetime.datetime) -> "MeetingQuerySet":
        """Ahead, and not over by the clock: of those, nobody has said yet whether they took place."""
        return self.ahead().filter(Q(slot=None) | Q(slot__ends_at__gt=now))

    def unplaced(self) -> "MeetingQuerySet":
        return self.filter(status=MeetingStatus.UNPLACED)

    def placed(self) -> "MeetingQuerySet":
        """With a slot and a table, whether participants see it yet or not."""
        return self.filter(status__in=PLACED)

    def shown(self) -> "MeetingQuerySet":
        """What both persons see with its time and table."""
        return self.filter(status__in=SHOWN)

    def in_calendars(self) -> "MeetingQuerySet":
        """What was put into calendars: shown with a time, or cancelled after it had been."""
        return self.filter(Q(status__in=SHOWN) | Q(status=MeetingStatus.CANCELLED, slot__isnull=False, sequence__gt=0))

    def of(self, participant: Participant) -> "MeetingQuerySet":
        return self.filter(seats__participant=participant)

    def with_people(self) -> "MeetingQuerySet":
        """With all that a page or a mail says of both and of the place."""
        people = [
            f"request__{side}__{path}"
            for side in ("asker", "asked")
            for path in ("delegation__city", "delegation__member_state", "meeting_profile", "conference__venue")
        ]
        return self.select_related("conference__venue", "slot__block__conference", "table", *people)


class Meeting(models.Model):
    """What two participants agreed on. Placed means: a slot, a table, and a seat of each in that slot."""

    conference = models.ForeignKey(
        Conference, on_delete=models.CASCADE, related_name="meetings", verbose_name=_("conference")
    )
    request = models.OneToOneField(
        MeetingRequest, on_delete=models.PROTECT, related_name="meeting", verbose_name=_("request")
    )
    # A cancelled meeting keeps where it was to be; its seats are free all the same.
    slot = models.ForeignKey(
        Slot, on_delete=models.PROTECT, null=True, blank=True, related_name="meetings", verbose_name=_("slot")
    )
    table = models.ForeignKey(
        Table, on_delete=models.PROTECT, null=True, blank=True, related_name="meetings", verbose_name=_("table")
    )
    status = models.CharField(
        _("status"), max_length=11, choices=MeetingStatus, default=MeetingStatus.UNPLACED, editable=False
    )
    is_locked = models.BooleanField(
        _("locked"), default=False, editable=False, help_text=_("No placement moves it to another slot or table.")
    )
    # Rises with every change of slot, table or lock: who moves what they saw earlier is told.
    version = models.PositiveIntegerField(default=1, editable=False)
    # The calendar entry keeps its UID for ever; SEQUENCE rises with each change sent out.
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sequence = models.PositiveIntegerField(default=0, editable=False)
    agreed_at = models.DateTimeField(_("agreed"), default=timezone.now, editable=False)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, blank=True, editable=False)
    cancelled_by = models.ForeignKey(
        Participant,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("cancelled by"),
        help_text=_("Empty: an organiser or the system."),
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True, editable=False)

    objects = MeetingQuerySet.as_manager()

    class Meta:
        verbose_name = _("meeting")
        verbose_name_plural = _("meetings")
        ordering: ClassVar = ["slot__starts_at", "table__number", "pk"]
        indexes: ClassVar = [models.Index(fields=["conference", "status"], name="meeting_by_status")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["table", "slot"],
                condition=~Q(status="cancelled"),
                name="meeting_one_a_table_and_slot",
                violation_error_message=_("This table is taken at this time."),
            ),
            models.CheckConstraint(
                condition=Q(status="unplaced", slot=None, table=None)
                | Q(status="cancelled")
                | (~Q(status__in=["unplaced", "cancelled"]) & Q(slot__isnull=False, table__isnull=False)),
                name="meeting_placed_exactly_with_slot_and_table",
            ),
            models.CheckConstraint(
                condition=Q(status="cancelled", cancelled_at__isnull=False)
                | (~Q(status="cancelled") & Q(cancelled_at=None, cancelled_by=None)),
                name="meeting_cancelled_at_exactly_when_cancelled",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request.asker} – {self.request.asked}"

    @property
    def is_shown(self) -> bool:
        return self.status in SHOWN

    def is_over_at(self, now: datetime.datetime) -> bool:
        return self.slot is not None and self.slot.ends_at <= now

    @property
    def people(self) -> tuple[Participant, Participant]:
        return self.request.asker, self.request.asked

    def partner_of(self, participant: Participant) -> Participant:
        return self.request.partner_of(participant)


class MeetingSeat(models.Model):
    """A person's seat in a meeting, or held for a request that names a slot. Its slot is its meeting's; only
    `services.seats` writes it. Empty for a meeting without a time, and for one that was cancelled."""

    meeting = models.ForeignKey(
        Meeting, on_delete=models.CASCADE, null=True, blank=True, related_name="seats", verbose_name=_("meeting")
    )
    request = models.ForeignKey(
        MeetingRequest,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="held_seats",
        verbose_name=_("request"),
    )
    participant = models.ForeignKey(
        Participant, on_delete=models.PROTECT, related_name="meeting_seats", verbose_name=_("participant")
    )
    slot = models.ForeignKey(
        Slot, on_delete=models.PROTECT, null=True, blank=True, related_name="seats", verbose_name=_("slot")
    )
    late_at = models.DateTimeField(_("said “I'm late”"), null=True, blank=True, editable=False)
    says_held = models.BooleanField(_("says it took place"), null=True, blank=True, editable=False)
    said_at = models.DateTimeField(_("said so"), null=True, blank=True, editable=False)
    # Read by its writer alone.
    note = models.TextField(_("private note"), blank=True, max_length=2000, editable=False)

    class Meta:
        verbose_name = _("seat")
        verbose_name_plural = _("seats")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["participant", "slot"],
                name="seat_one_a_person_and_slot",
                violation_error_message=_("This person has a meeting at this time."),
            ),
            models.UniqueConstraint(fields=["meeting", "participant"], name="seat_one_a_person_and_meeting"),
            models.UniqueConstraint(fields=["request", "participant"], name="seat_one_a_person_and_request"),
            models.CheckConstraint(
                condition=Q(meeting__isnull=False, request=None)
                | Q(meeting=None, request__isnull=False, slot__isnull=False),
                name="seat_of_a_meeting_or_a_request",
            ),
            models.CheckConstraint(
                condition=Q(says_held=None, said_at=None) | Q(says_held__isnull=False, said_at__isnull=False),
                name="seat_word_and_its_time_both_or_neither",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.participant_id}/{self.slot_id}"
