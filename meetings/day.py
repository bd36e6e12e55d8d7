"""One person's meetings as their page shows them: what waits, what was agreed, and their day slot by slot."""

import datetime
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from django.db.models import Q
from django.utils.translation import gettext as _

from conference.models import Conference
from meetings import reasons
from meetings.models import Meeting, MeetingRequest, MeetingRules, MeetingSeat, Slot
from meetings.queries import engagements, left_of, slots_with_tables
from meetings.states import MeetingStatus, RequestStatus
from registrations.commitments import Commitment
from registrations.models import Participant

# How many of the requests that ended are still shown.
_ENDED = 20
_CAME_TO_NOTHING = [RequestStatus.DECLINED, RequestStatus.REFUSED, RequestStatus.EXPIRED, RequestStatus.CANCELLED]
_Kind = Literal["meeting", "kept", "busy", "free", "full", "past"]


@dataclass(frozen=True)
class Line:
    """One slot of the day. `kept` for a request; `busy` or `full` (nobody can be found for it) because of `reason`."""

    slot: Slot
    kind: _Kind
    meeting: Meeting | None = None
    request: MeetingRequest | None = None
    reason: str = ""


@dataclass(frozen=True)
class Appointment:
    """A meeting with a time, and what both have said of it."""

    meeting: Meeting
    own: MeetingSeat
    other: MeetingSeat | None

    @property
    def slot(self) -> Slot:
        if self.meeting.slot is None:
            raise ValueError("An appointment has a slot.")
        return self.meeting.slot

    @property
    def partner(self) -> Participant:
        return self.meeting.partner_of(self.own.participant)


@dataclass
class Day:
    """All that “my meetings” shows of one participant at one instant."""

    next: Appointment | None = None
    # Begun or over, without a word of this person on whether they took place.
    to_confirm: list[Appointment] = field(default_factory=list)
    to_answer: list[MeetingRequest] = field(default_factory=list)
    asked: list[MeetingRequest] = field(default_factory=list)
    without_time: list[Meeting] = field(default_factory=list)
    # Why the last placement found no time for one of these, by its primary key, in words for this person.
    why_without: dict[int, str] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    ended: list[MeetingRequest] = field(default_factory=list)
    cancelled: list[Meeting] = field(default_factory=list)
    # More requests that can be sent, and free times.
    left: int = 0
    free: int = 0


def day_of(participant: Participant, *, rules: MeetingRules, now: datetime.datetime) -> Day:
    """Reads it all, in a number of queries that does not depend on how much there is."""
    day = Day()
    shown = Q(status=RequestStatus.PENDING) | Q(asker=participant, status__in=_CAME_TO_NOTHING)
    requests = MeetingRequest.objects.of(participant).filter(shown).select_related("slot__block")
    meetings = Meeting.objects.of(participant).select_related("request", "table", "slot__block")
    meetings = meetings.prefetch_related("seats").order_by("slot__starts_at", "agreed_at", "pk")
    _introduce(participant, requests, meetings)
    _add_requests(day, participant, requests)
    appointments = _add_meetings(day, participant, meetings, now=now)
    _add_lines(day, participant, appointments, rules=rules, now=now)
    day.free = sum(line.kind in {"free", "full"} for line in day.lines)
    agreed = sum(meeting.status == MeetingStatus.UNPLACED for meeting in day.without_time)
    day.left = left_of(rules, free=day.free, asked=len(day.asked), agreed=agreed)
    return day


def _introduce(me: Participant, requests: Iterable[MeetingRequest], meetings: Iterable[Meeting]) -> None:
    """Gives both people, the conference and its clock to each: one query for all partners, where joining both people
    of each request and each meeting costs three times as much."""
    asked = [*requests, *(meeting.request for meeting in meetings)]
    partners = {request.asked_id if request.asker_id == me.pk else request.asker_id for request in asked}
    people = Participant.objects.select_related("delegation__member_state", "meeting_profile").in_bulk(partners)
    people[me.pk] = me
    for request in asked:
        request.asker, request.asked = people[request.asker_id], people[request.asked_id]
    for thing in (*requests, *meetings):
        thing.conference = me.conference
        _know(thing.slot, me.conference)


def _add_requests(day: Day, participant: Participant, requests: Iterable[MeetingRequest]) -> None:
    for request in requests:
        if not request.is_pending:
            day.ended.append(request)
        elif request.asker_id == participant.pk:
            day.asked.append(request)
        else:
            day.to_answer.append(request)
    for waiting in (day.asked, day.to_answer):
        waiting.sort(key=lambda request: (request.expires_at, request.pk))
    day.ended.sort(key=lambda request: (request.closed_at or request.created_at, request.pk), reverse=True)
    del day.ended[_ENDED:]


def _add_meetings(
    day: Day, participant: Participant, meetings: Iterable[Meeting], *, now: datetime.datetime
) -> list[Appointment]:
    appointments = []
    for meeting in meetings:
        if meeting.is_shown:
            appointments.append(_appointment(meeting, participant))
        elif meeting.status == MeetingStatus.CANCELLED:
            day.cancelled.append(meeting)
        else:
            day.without_time.append(meeting)
    day.cancelled.sort(key=lambda meeting: (meeting.cancelled_at or meeting.agreed_at, meeting.pk), reverse=True)
    del day.cancelled[_ENDED:]
    if day.without_time:
        why = reasons.published_reasons(participant.conference)
        day.why_without = {meeting.pk: reasons.why_not(meeting, participant, why) for meeting in day.without_time}
    for appointment in appointments:
        is_open = appointment.meeting.status == MeetingStatus.PUBLISHED
        if is_open and appointment.slot.ends_at > now and day.next is None:
            day.next = appointment
        elif appointment.slot.ends_at <= now and appointment.own.says_held is None:
            day.to_confirm.append(appointment)
    return appointments


def _appointment(meeting: Meeting, participant: Participant) -> Appointment:
    seats = {seat.participant_id: seat for seat in meeting.seats.all()}
    own = seats.pop(participant.pk)
    own.participant = participant
    return Appointment(meeting, own, next(iter(seats.values()), None))


def _know(slot: Slot | None, conference: Conference) -> None:
    """Times are read by the conference's clock: it need not be looked up for each slot."""
    if slot:
        slot.block.conference = conference


def _add_lines(
    day: Day,
    participant: Participant,
    appointments: list[Appointment],
    *,
    rules: MeetingRules,
    now: datetime.datetime,
) -> None:
    conference = participant.conference
    slots = list(Slot.objects.of(conference).open().select_related("block"))
    for slot in slots:
        _know(slot, conference)
    meetings = {appointment.slot.pk: appointment for appointment in appointments}
    # Of blocks that were closed since.
    slots += [found.slot for found in meetings.values() if found.slot not in slots]
    kept = {request.slot_id: request for request in [*day.to_answer, *day.asked] if request.slot_id}
    empty = [slot for slot in slots if slot.pk not in meetings and slot.pk not in kept]
    with_tables = set(slots_with_tables([slot for slot in empty if slot.starts_at > now]))
    bound = list(engagements(conference, [participant.pk])) if empty else []
    taken = Counter(slot.block_id for slot in slots if slot.pk in meetings or slot.pk in kept)
    limit = rules.meetings_per_block
    for slot in sorted(slots, key=lambda slot: (slot.starts_at, slot.pk)):
        if found := meetings.get(slot.pk):
            day.lines.append(Line(slot, "meeting", meeting=found.meeting))
        elif request := kept.get(slot.pk):
            day.lines.append(Line(slot, "kept", request=request))
        elif bound_by := _reasons(slot, bound):
            day.lines.append(Line(slot, "busy", reason=bound_by))
        elif slot.starts_at <= now:
            day.lines.append(Line(slot, "past"))
        elif limit is not None and taken[slot.block_id] >= limit:
            day.lines.append(Line(slot, "full", reason=_("You have all the meetings that one break allows.")))
        elif slot not in with_tables:
            day.lines.append(Line(slot, "full", reason=_("All tables are taken.")))
        else:
            day.lines.append(Line(slot, "free"))


def _reasons(slot: Slot, bound: Iterable[Commitment]) -> str:
    """What binds somebody during the slot, in words; empty where nothing does."""
    meets = (duty.what for duty in bound if duty.starts_at < slot.ends_at and slot.starts_at < duty.ends_at)
    return ", ".join(dict.fromkeys(meets))
