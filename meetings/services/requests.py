"""Asking and answering. Each locks both people in ascending order and looks again at all it relies on."""

import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from conference import history
from conference.transitions import TransitionRefused, move
from meetings import emails
from meetings.models import Meeting, MeetingRequest, MeetingRules, Profile, Refusal, Slot
from meetings.naming import acted_for
from meetings.queries import free_slots, refuse_each_other, requests_left, rules_of
from meetings.services import seats
from meetings.services.seats import MeetingRefused
from meetings.states import REQUEST_TRANSITIONS, MeetingStatus, RequestStatus
from registrations.models import Participant

# Of a request's life, and at most: when whoever was asked is reminded before its end.
_REMIND_BEFORE = datetime.timedelta(days=1)
_REMIND_LAST_PART = 3
# A request that lives no longer than this is answered on the day, or not: a reminder would come with the request.
_TOO_SHORT_TO_REMIND = datetime.timedelta(hours=3)


class AlreadyAsked(MeetingRefused):
    """There is an open request between the two. `request` is that one, whoever asked."""

    def __init__(self, request: MeetingRequest) -> None:
        super().__init__(_("There is an open request between you two already."))
        self.request = request


class AlreadyAgreed(MeetingRefused):
    """The two have agreed on `meeting` already."""

    def __init__(self, meeting: Meeting) -> None:
        super().__init__(_("You have agreed on a meeting already."))
        self.meeting = meeting


class AlreadyClosed(MeetingRefused):
    """The request was answered, withdrawn or closed before. `request` says how."""

    def __init__(self, request: MeetingRequest) -> None:
        super().__init__(
            _("This is not possible any more: the status is “%(status)s”.") % {"status": request.status_told}
        )
        self.request = request


@transaction.atomic
def ask(
    asker: Participant, asked: Participant, *, message: str = "", slot: Slot | None = None, by: User | None
) -> MeetingRequest:
    """A request without a slot holds nothing; with one it holds the seats of both until it is answered.

    Raises MeetingRefused, with the reason, where the rules, the caps or the two calendars do not allow it; as
    AlreadyAsked, AlreadyAgreed or TimeTaken where the user can go on from there.
    """
    asker, asked = _locked(asker.pk, asked.pk)
    rules = rules_of(asker.conference_id)
    if present := _check_not_asked(asker, asked):
        # Its time was up, and nobody has looked since.
        _let_expire(present)
    _check_may_meet(rules, asker, asked)
    _check_left(rules, asker)
    request = _create(rules, asker, asked, message=message, slot=slot, by=by)
    emails.queue_request(_with_people(request), by=by)
    return request


def check_may_ask(asker: Participant, asked: Participant) -> None:
    """What `ask` would say before anything is chosen, without a lock: for the page that offers it."""
    rules = rules_of(asker.conference_id)
    _check_not_asked(asker, asked)
    _check_may_meet(rules, asker, asked)
    _check_left(rules, asker)


@transaction.atomic
def accept(request: MeetingRequest, *, slot: Slot | None = None, by: User | None) -> Meeting:
    """Agrees on the slot of the request, else on `slot`, else leaves the time to the placer.

    Raises MeetingRefused where one of the two no longer comes or the request is closed already (AlreadyClosed), and
    TimeTaken where one is no longer free: the request then stays open.
    """
    request, asker, asked = _open_request(request)
    seats.check_still_take_part(asker, asked)
    seats.let_go(request)
    chosen = request.slot or slot
    if chosen:
        seats.check_free(chosen, asker, asked)
    table = seats.table_at(chosen) if chosen else None
    _close(request, RequestStatus.ACCEPTED, action="accepted", by=by, detail=acted_for(asked, by))
    meeting = Meeting.objects.create(
        conference_id=request.conference_id,
        request=request,
        slot=chosen,
        table=table,
        status=MeetingStatus.PUBLISHED if chosen else MeetingStatus.UNPLACED,
    )
    seats.seat(meeting, chosen)
    history.record(meeting, "agreed", by=by, to_status=meeting.status, detail=acted_for(asked, by))
    told = Meeting.objects.with_people().get(pk=meeting.pk)
    if chosen:
        emails.queue_placed(told, by=by)
    else:
        emails.queue_accepted(told, by=by)
    return told


@transaction.atomic
def counter(request: MeetingRequest, *, slot: Slot, message: str = "", by: User | None) -> MeetingRequest:
    """Answers with another time: the request is closed, and one the other way round holds that time.

    Raises MeetingRefused like `ask`; the caps do not count, since an answer is no new wish.
    """
    request, asker, asked = _open_request(request)
    seats.let_go(request)
    _close(request, RequestStatus.COUNTERED, action="answered with another proposal", by=by)
    rules = rules_of(request.conference_id)
    proposal = _create(rules, asked, asker, message=message, slot=slot, by=by, counters=request)
    emails.queue_countered(_with_people(proposal), by=by)
    return proposal


@transaction.atomic
def decline(request: MeetingRequest, *, answer: str = "", by: User | None) -> None:
    """The asker reads `answer`. Raises AlreadyClosed where it is closed already."""
    request, _asker, asked = _locked_request(request)
    seats.let_go(request)
    _close(request, RequestStatus.DECLINED, action="declined", by=by, detail=acted_for(asked, by), answer=answer)
    emails.queue_declined(_with_people(request), by=by)


@transaction.atomic
def refuse(request: MeetingRequest, *, by: User | None) -> None:
    """“No thanks”: declined, and neither can ask the other again. The asker reads no more than “declined”."""
    request, asker, asked = _locked_request(request)
    seats.let_go(request)
    _close(request, RequestStatus.REFUSED, action="no thanks", by=by, detail=acted_for(asked, by))
    Refusal.objects.get_or_create(participant=asked, refused=asker)
    emails.queue_declined(_with_people(request), by=by)


@transaction.atomic
def withdraw(request: MeetingRequest, *, by: User | None) -> None:
    """The asker takes it back. Raises AlreadyClosed where it is closed already."""
    request, asker, _asked = _locked_request(request)
    seats.let_go(request)
    _close(request, RequestStatus.WITHDRAWN, action="withdrawn", by=by, detail=acted_for(asker, by))
    emails.queue_withdrawn(_with_people(request), by=by)


def expire_due(now: datetime.datetime) -> int:
    """Closes requests whose time is up, each in a transaction of its own; returns how many."""
    return sum(_expire(request, now) for request in MeetingRequest.objects.pending().filter(expires_at__lte=now))


@transaction.atomic
def _expire(request: MeetingRequest, now: datetime.datetime) -> bool:
    try:
        request, *_people = _locked_request(request)
    except AlreadyClosed:
        # Answered at this instant.
        return False
    _let_expire(request)
    return True


def _let_expire(request: MeetingRequest) -> None:
    seats.let_go(request)
    _close(request, RequestStatus.EXPIRED, action="expired", by=None)
    emails.queue_expired(_with_people(request))


def remind_due(now: datetime.datetime) -> int:
    """Reminds of requests that expire soon, once each; returns how many mails were written."""
    waiting = MeetingRequest.objects.pending().filter(
        reminded_at=None, expires_at__gt=now, expires_at__lte=now + _REMIND_BEFORE
    )
    return sum(_remind(request, now) for request in waiting.with_people() if _reminder_at(request) <= now)


def _reminder_at(request: MeetingRequest) -> datetime.datetime:
    """A day before the end, later where the request lives for less than three; never for the shortest."""
    life = request.expires_at - request.created_at
    if life <= _TOO_SHORT_TO_REMIND:
        return request.expires_at
    return request.expires_at - min(_REMIND_BEFORE, life / _REMIND_LAST_PART)


@transaction.atomic
def _remind(request: MeetingRequest, now: datetime.datetime) -> bool:
    # The update compares: of two reminders, and of a reminder and an answer at the same instant, one wins.
    if not MeetingRequest.objects.pending().filter(pk=request.pk, reminded_at=None).update(reminded_at=now):
        return False
    emails.queue_reminder(request)
    return True


def expires_at(rules: MeetingRules, begins_at: datetime.datetime, *, now: datetime.datetime) -> datetime.datetime:
    """After the days of the rules, sooner near the day: never later than half the time that is left before it."""
    return min(now + datetime.timedelta(days=rules.expiry_days), now + max(begins_at - now, datetime.timedelta(0)) / 2)


def _last_chance(conference_id: int, starts_at: datetime.datetime, *, now: datetime.datetime) -> datetime.datetime:
    """Until when a request without a slot can lead to something: the conference's begin, on the day its last slot."""
    if starts_at > now:
        return starts_at
    ahead = Slot.objects.filter(block__conference=conference_id).open().after(now).order_by("-starts_at")
    return ahead.values_list("starts_at", flat=True).first() or now


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
        seats.check_table(slot)
    now = timezone.now()
    begins_at = slot.starts_at if slot else _last_chance(asker.conference_id, asker.conference.starts_at, now=now)
    request = MeetingRequest(
        conference=asker.conference,
        asker=asker,
        asked=asked,
        message=message,
        slot=slot,
        counters=counters,
        created_at=now,
        expires_at=expires_at(rules, begins_at, now=now),
    )
    try:
        with transaction.atomic():
            request.save(force_insert=True)
    except IntegrityError as error:
        raise MeetingRefused(_("There is an open request between you two already.")) from error
    if slot:
        seats.hold(request, slot)
    history.record(request, "asked", by=by, to_status=request.status, detail=acted_for(asker, by))
    return request


def _check_not_asked(asker: Participant, asked: Participant) -> MeetingRequest | None:
    """Raises AlreadyAsked where there is an open request; returns the one that should have expired, if any."""
    present = MeetingRequest.objects.pending().between(asker.pk, asked.pk).first()
    if present and not present.is_expired_at(timezone.now()):
        raise AlreadyAsked(present)
    return present


def _check_left(rules: MeetingRules, asker: Participant) -> None:
    """Raises MeetingRefused where booking is closed, or the asker has no free time or too many open requests."""
    if not rules.is_open:
        raise MeetingRefused(_("Meetings cannot be booked at present."))
    free = free_slots(asker.conference, [asker.pk], now=timezone.now())[asker.pk]
    if not free:
        raise MeetingRefused(_("You have no free time left for a meeting."))
    if not requests_left(rules, asker, free=len(free)):
        raise MeetingRefused(_("You have as many open requests as your free times allow. Wait for an answer first."))


def _check_may_meet(rules: MeetingRules, asker: Participant, asked: Participant) -> None:
    if asker.pk == asked.pk:
        raise MeetingRefused(_("Nobody meets oneself."))
    if meeting := Meeting.objects.still_to_come(timezone.now()).of(asker).filter(seats__participant=asked).first():
        raise AlreadyAgreed(meeting)
    listed = set(Profile.objects.listed().filter(participant__in=[asker, asked]).values_list("participant", flat=True))
    if asker.pk not in listed:
        raise MeetingRefused(_("Say first that you want one-to-one meetings."))
    # After any refusal the other one decides whether to ask, so that “no thanks” cannot be told from it.
    refused = MeetingRequest.objects.filter(
        asker=asker, asked=asked, status__in=[RequestStatus.DECLINED, RequestStatus.REFUSED]
    )
    if refused.exists():
        raise MeetingRefused(_("This person has declined before. They may ask you, should they want to meet."))
    if (
        asked.pk not in listed
        or asked.conference_id != asker.conference_id
        or not rules.allows(asker.category, asked.category)
        or refuse_each_other(asker, asked)
    ):
        # One sentence for all, so that a “no thanks” stays private.
        raise MeetingRefused(_("This person cannot be asked for a meeting."))


def _locked(first: int, second: int) -> tuple[Participant, Participant]:
    people = seats.lock_people(first, second)
    return people[first], people[second]


def _locked_request(request: MeetingRequest) -> tuple[MeetingRequest, Participant, Participant]:
    """With both people locked, as it stands now. Raises AlreadyClosed where it is no longer open."""
    asker, asked = _locked(request.asker_id, request.asked_id)
    fresh = MeetingRequest.objects.select_related("slot__block__conference").get(pk=request.pk)
    if not fresh.is_pending:
        raise AlreadyClosed(fresh)
    return fresh, asker, asked


def _open_request(request: MeetingRequest) -> tuple[MeetingRequest, Participant, Participant]:
    """As above. Raises MeetingRefused also where its time is up and nobody has closed it yet."""
    fresh, asker, asked = _locked_request(request)
    if fresh.is_expired_at(timezone.now()):
        raise MeetingRefused(_("This request has expired."))
    return fresh, asker, asked


def _with_people(request: MeetingRequest) -> MeetingRequest:
    return MeetingRequest.objects.with_people().get(pk=request.pk)


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
        raise AlreadyClosed(MeetingRequest.objects.get(pk=request.pk)) from error
