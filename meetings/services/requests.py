"""Asking and answering. Each locks both people in ascending order and looks again at all it relies on."""

import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from conference import history
from conference.transitions import TransitionRefused, move
from meetings.models import Meeting, MeetingRequest, MeetingRules, Profile, Refusal, Slot
from meetings.queries import free_slots, refuse_each_other, requests_left, rules_of
from meetings.services import seats
from meetings.services.seats import MeetingRefused
from meetings.states import REQUEST_TRANSITIONS, MeetingStatus, RequestStatus
from registrations.models import Participant


@transaction.atomic
def ask(
    asker: Participant, asked: Participant, *, message: str = "", slot: Slot | None = None, by: User | None
) -> MeetingRequest:
    """A request without a slot holds nothing; with one it holds the seats of both until it is answered.

    Raises MeetingRefused, with the reason, where the rules, the caps or the two calendars do not allow it.
    """
    asker, asked = _locked(asker.pk, asked.pk)
    rules = rules_of(asker.conference_id)
    if not rules.is_open:
        raise MeetingRefused(_("Meetings cannot be booked at present."))
    _check_may_meet(rules, asker, asked)
    free = free_slots(asker.conference, [asker.pk], now=timezone.now())[asker.pk]
    if not requests_left(rules, asker, free=len(free)):
        raise MeetingRefused(_("You have as many open requests as your free times allow. Wait for an answer first."))
    return _create(rules, asker, asked, message=message, slot=slot, by=by)


@transaction.atomic
def accept(request: MeetingRequest, *, slot: Slot | None = None, by: User | None) -> Meeting:
    """Agrees on the slot of the request, else on `slot`, else leaves the time to the placer.

    Raises MeetingRefused where one of the two is no longer free or no longer comes, or the request is closed already.
    """
    request, asker, asked = _locked_request(request)
    if request.is_expired_at(timezone.now()):
        raise MeetingRefused(_("This request has expired."))
    seats.check_still_take_part(asker, asked)
    seats.let_go(request)
    chosen = request.slot or slot
    if chosen:
        seats.check_free(chosen, asker, asked)
    _close(request, RequestStatus.ACCEPTED, action="accepted", by=by)
    meeting = Meeting.objects.create(
        conference_id=request.conference_id,
        request=request,
        slot=chosen,
        table=seats.table_at(chosen) if chosen else None,
        status=MeetingStatus.PUBLISHED if chosen else MeetingStatus.UNPLACED,
    )
    seats.seat(meeting, chosen)
    history.record(meeting, "agreed", by=by, to_status=meeting.status)
    return meeting


@transaction.atomic
def counter(request: MeetingRequest, *, slot: Slot, message: str = "", by: User | None) -> MeetingRequest:
    """Answers with another time: the request is closed, and one the other way round holds that time.

    Raises MeetingRefused like `ask`; the caps do not count, since an answer is no new wish.
    """
    request, asker, asked = _locked_request(request)
    seats.let_go(request)
    _close(request, RequestStatus.COUNTERED, action="answered with another proposal", by=by)
    rules = rules_of(request.conference_id)
    return _create(rules, asked, asker, message=message, slot=slot, by=by, counters=request)


@transaction.atomic
def decline(request: MeetingRequest, *, answer: str = "", by: User | None) -> None:
    """Raises MeetingRefused where it is closed already."""
    request, *_people = _locked_request(request)
    seats.let_go(request)
    _close(request, RequestStatus.DECLINED, action="declined", by=by, answer=answer)


@transaction.atomic
def refuse(request: MeetingRequest, *, by: User | None) -> None:
    """“No thanks”: declined, and neither can ask the other again. The asker reads no more than “declined”."""
    request, asker, asked = _locked_request(request)
    seats.let_go(request)
    _close(request, RequestStatus.REFUSED, action="no thanks", by=by)
    Refusal.objects.get_or_create(participant=asked, refused=asker)


@transaction.atomic
def withdraw(request: MeetingRequest, *, by: User | None) -> None:
    """The asker takes it back. Raises MeetingRefused where it is closed already."""
    request, *_people = _locked_request(request)
    seats.let_go(request)
    _close(request, RequestStatus.WITHDRAWN, action="withdrawn", by=by)


def expire_due(now: datetime.datetime) -> int:
    """Closes requests whose time is up, each in a transaction of its own; returns how many."""
    return sum(_expire(request, now) for request in MeetingRequest.objects.pending().filter(expires_at__lte=now))


@transaction.atomic
def _expire(request: MeetingRequest, now: datetime.datetime) -> bool:
    try:
        request, *_people = _locked_request(request)
    except MeetingRefused:
        # Answered at this instant.
        return False
    seats.let_go(request)
    _close(request, RequestStatus.EXPIRED, action="expired", by=None)
    return True


def expires_at(rules: MeetingRules, begins_at: datetime.datetime, *, now: datetime.datetime) -> datetime.datetime:
    """After the days of the rules, sooner near the day: never later than half the time that is left before it."""
    return min(now + datetime.timedelta(days=rules.expiry_days), now + max(begins_at - now, datetime.timedelta(0)) / 2)


def _create(
    rules: MeetingRules,
    asker: Participant,
    asked: Participant,
    *,
    message: str,
    slot: Slot | None,
    by: User | None,
    counters: MeetingRequest | None = None,
) -> MeetingRequest:
    seats.check_still_take_part(asker, asked)
    if slot:
        seats.check_free(slot, asker, asked)
    begins_at = slot.starts_at if slot else asker.conference.starts_at
    request = MeetingRequest(
        conference=asker.conference,
        asker=asker,
        asked=asked,
        message=message,
        slot=slot,
        counters=counters,
        expires_at=expires_at(rules, begins_at, now=timezone.now()),
    )
    try:
        with transaction.atomic():
            request.save(force_insert=True)
    except IntegrityError as error:
        raise MeetingRefused(_("There is an open request between you two already.")) from error
    if slot:
        seats.hold(request, slot)
    history.record(request, "asked", by=by, to_status=request.status)
    return request


def _check_may_meet(rules: MeetingRules, asker: Participant, asked: Participant) -> None:
    if asker.pk == asked.pk:
        raise MeetingRefused(_("Nobody meets oneself."))
    listed = set(Profile.objects.listed().filter(participant__in=[asker, asked]).values_list("participant", flat=True))
    if asker.pk not in listed:
        raise MeetingRefused(_("Say first that you want one-to-one meetings."))
    if (
        asked.pk not in listed
        or asked.conference_id != asker.conference_id
        or not rules.allows(asker.category, asked.category)
        or refuse_each_other(asker, asked)
    ):
        # One sentence for all, so that a “no thanks” stays private.
        raise MeetingRefused(_("This person cannot be asked for a meeting."))
    if MeetingRequest.objects.pending().between(asker.pk, asked.pk).exists():
        raise MeetingRefused(_("There is an open request between you two already."))
    if Meeting.objects.ahead().of(asker).filter(seats__participant=asked).exists():
        raise MeetingRefused(_("You have agreed on a meeting already."))


def _locked(first: int, second: int) -> tuple[Participant, Participant]:
    people = seats.lock_people(first, second)
    return people[first], people[second]


def _locked_request(request: MeetingRequest) -> tuple[MeetingRequest, Participant, Participant]:
    """With both people locked, as it stands now. Raises MeetingRefused where it is no longer open."""
    asker, asked = _locked(request.asker_id, request.asked_id)
    fresh = MeetingRequest.objects.select_related("slot__block__conference").get(pk=request.pk)
    if not fresh.is_pending:
        raise MeetingRefused(
            _("This is not possible any more: the status is “%(status)s”.")
            % {"status": RequestStatus(fresh.status).label}
        )
    return fresh, asker, asked


def _close(request: MeetingRequest, to: str, *, action: str, by: User | None, **changes: Any) -> None:
    try:
        move(
            request,
            to,
            transitions=REQUEST_TRANSITIONS,
            action=action,
            by=by,
            closed_at=timezone.now(),
            **changes,
        )
    except TransitionRefused as error:
        raise MeetingRefused(str(error)) from error
