"""Seats of delegations, places of the conference, and the waiting list.

Every function here counts under the lock of the conference's row (`conference.services.lock`), so that counting and
writing cannot interleave; unique seat and place numbers in the database are the net below. The why and the
measurements: docs/decisions/0003-capacity.md.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from conference import history
from conference.models import Conference
from conference.services import lock
from conference.transitions import move
from registrations import emails
from registrations.models import Category, Delegation, Invitation, Participant
from registrations.states import PARTICIPANT_TRANSITIONS, ParticipantStatus


class SeatsRefused(Exception):
    """The number of seats cannot be changed so; the message says why."""


@dataclass(frozen=True)
class Placement:
    """Where a person would land now: seat and place, or what they wait for."""

    seat_no: int = 0
    place_no: int = 0
    waiting_for: str = ""


def _lowest_free(taken: Collection[int | None], upper: int) -> int:
    """The lowest number from 1 to `upper` that is not taken, or 0."""
    return next((number for number in range(1, upper + 1) if number not in taken), 0)


def held_by_others(delegation: Delegation, invitation: Invitation | None) -> int:
    """Seats of the delegation that other invitations hold and nobody occupies yet."""
    others = (
        delegation.invitations.holding_seats()
        .exclude(pk=invitation.pk if invitation else 0)
        .annotate(occupied=Count("participants", filter=Q(participants__status=ParticipantStatus.CONFIRMED)))
        .values_list("seats", "occupied")
    )
    return sum(max(0, seats - occupied) for seats, occupied in others)


def held_places(conference: Conference, *, besides: Invitation | None = None) -> int:
    """Places that open invitations hold, where the conference holds places from the invitation on; else 0."""
    if conference.places_taken != Conference.PlacesTaken.ON_INVITATION:
        return 0
    holding = (
        conference.invitations.holding_seats()
        .exclude(pk=besides.pk if besides else 0)
        .annotate(occupied=Count("participants", filter=Q(participants__status=ParticipantStatus.CONFIRMED)))
        .annotate(unoccupied=Greatest(F("seats") - F("occupied"), 0))
    )
    return holding.aggregate(total=Sum("unoccupied"))["total"] or 0


def free_places(conference: Conference, *, besides: Invitation | None = None) -> int:
    """Places that can be given away now; below zero where the limit was lowered under what is taken."""
    taken = conference.participants.confirmed().count()
    return conference.capacity - taken - held_places(conference, besides=besides)


def free_seats(delegation: Delegation, *, besides: Invitation | None = None) -> int:
    """Seats of the delegation that nobody occupies and no other invitation holds."""
    taken = delegation.participants.confirmed().count()
    return delegation.seats - taken - held_by_others(delegation, besides)


def _unoccupied(holding: QuerySet[Invitation], occupied: Mapping[int | None, int]) -> int:
    """Seats that these invitations hold, less those that their own people occupy."""
    return sum(max(0, seats - occupied.get(pk, 0)) for pk, seats in holding.values_list("pk", "seats").order_by())


def _placement(conference: Conference, delegation: Delegation, invitation: Invitation | None) -> Placement:
    confirmed = list(
        conference.participants.confirmed().values_list("delegation", "invitation", "seat_no", "place_no").order_by()
    )
    here = {seat_no: holder for owner, holder, seat_no, _place in confirmed if owner == delegation.pk}
    seats, places = set(here), {place_no for *_others, place_no in confirmed}
    held = _unoccupied(
        delegation.invitations.holding_seats().exclude(pk=invitation.pk if invitation else 0), Counter(here.values())
    )
    if delegation.seats - len(seats) - held < 1:
        return Placement(waiting_for=Participant.WaitingFor.DELEGATION)
    if conference.capacity - len(places) - held_places(conference, besides=invitation) < 1:
        return Placement(waiting_for=Participant.WaitingFor.CONFERENCE)
    # Numbers above a limit that was lowered stay with their holders, so the range must reach beyond the limit.
    return Placement(
        seat_no=_lowest_free(seats, delegation.seats + len(seats)),
        place_no=_lowest_free(places, conference.capacity + len(places)),
    )


def place(participant: Participant, *, conference: Conference, by: User | None, by_label: str = "") -> None:
    """Saves a new participant as confirmed or waiting and writes the mail that says which.

    Needs the lock of `conference`. `participant` is unsaved and has its delegation and invitation.
    """
    delegation = participant.delegation
    participant.conference = conference
    participant.category = delegation.category
    placement = _placement(conference, delegation, participant.invitation)
    if placement.waiting_for:
        participant.status = ParticipantStatus.WAITING
        participant.waiting_since = timezone.now()
        participant.waiting_for = placement.waiting_for
    else:
        participant.status = ParticipantStatus.CONFIRMED
        participant.seat_no, participant.place_no = placement.seat_no, placement.place_no
        participant.calendar_sequence = 1
    participant.save(force_insert=True)
    history.record(participant, "registered", by=by, by_label=by_label, to_status=participant.status)
    if placement.waiting_for:
        emails.queue_waiting(participant, position=position(participant), reason=reason_for_waiting(participant))
    else:
        emails.queue_confirmation(participant)


def position(participant: Participant) -> int:
    """The person's place in the line they stand in, from 1: their delegation's, or the conference's."""
    line = participant.conference.participants.waiting()
    if participant.waiting_for == Participant.WaitingFor.DELEGATION:
        line = line.filter(delegation=participant.delegation_id)
    before = line.filter(
        Q(waiting_since__lt=participant.waiting_since)
        | Q(waiting_since=participant.waiting_since, pk__lt=participant.pk)
    )
    return before.count() + 1


def reason_for_waiting(participant: Participant) -> str:
    """Why the person waits, in a sentence."""
    delegation = participant.delegation
    if participant.waiting_for == Participant.WaitingFor.CONFERENCE:
        return _("All places of the conference are taken.")
    if delegation.seats == 1:
        return _("The seat of %(delegation)s is taken.") % {"delegation": delegation.name}
    return _("The %(seats)d seats of %(delegation)s are taken.") % {
        "seats": delegation.seats,
        "delegation": delegation.name,
    }


def waiting_reason_now(invitation: Invitation) -> str:
    """Why one more person of `invitation` would have to wait, in a sentence; empty where they would get a seat.

    A forecast for the page before the form: only the reply itself counts under the lock.
    """
    delegation = invitation.delegation
    waiting_for = _placement(invitation.conference, delegation, invitation).waiting_for
    return reason_for_waiting(Participant(delegation=delegation, waiting_for=waiting_for)) if waiting_for else ""


def fill_free_places(conference: Conference, *, by: User | None = None) -> list[Participant]:
    """Moves the waiting list up: in order, each as soon as both a seat and a place are free. Returns who moved up.

    Call it, under the lock, after anything that frees seats or places. Who waits for a seat of their delegation does
    not block those behind them.
    """
    waiting = list(conference.participants.waiting().select_related("delegation", "invitation"))
    moved: list[Participant] = []
    if not waiting:
        return moved
    seats_left = _SeatsLeft(conference, waiting)
    places = set(conference.participants.confirmed().values_list("place_no", flat=True).order_by())
    held = held_places(conference)
    for participant in waiting:
        # Places that their own invitation holds are theirs to take.
        own = seats_left.held_by(participant.invitation) if held else 0
        has_place = conference.capacity - len(places) - (held - own) >= 1
        seat_no = seats_left.lowest_for(participant)
        if seat_no and has_place:
            place_no = _lowest_free(places, conference.capacity + len(places))
            move(
                participant,
                ParticipantStatus.CONFIRMED,
                transitions=PARTICIPANT_TRANSITIONS,
                action="moved up from the waiting list",
                by=by,
                seat_no=seat_no,
                place_no=place_no,
                waiting_since=None,
                waiting_for="",
                calendar_sequence=participant.calendar_sequence + 1,
            )
            places.add(place_no)
            held -= 1 if own else 0
            seats_left.take(participant, seat_no)
            emails.queue_moved_up(participant)
            moved.append(participant)
            continue
        waits_for = Participant.WaitingFor.CONFERENCE if seat_no else Participant.WaitingFor.DELEGATION
        if participant.waiting_for != waits_for:
            participant.waiting_for = waits_for
            participant.save(update_fields=["waiting_for"])
    return moved


class _SeatsLeft:
    """Occupied and held seats of the delegations that people wait for, read once and kept up while people move up."""

    def __init__(self, conference: Conference, waiting: list[Participant]) -> None:
        delegations = {participant.delegation_id for participant in waiting}
        self.taken: dict[int, set[int | None]] = {pk: set() for pk in delegations}
        self.occupied: Counter[int | None] = Counter()
        for delegation, seat_no, invitation in (
            conference.participants.confirmed()
            .filter(delegation__in=delegations)
            .values_list("delegation", "seat_no", "invitation")
        ):
            self.taken[delegation].add(seat_no)
            self.occupied[invitation] += 1
        self.holding: dict[int, list[tuple[int, int]]] = {pk: [] for pk in delegations}
        for pk, delegation, seats in (
            conference.invitations.holding_seats()
            .filter(delegation__in=delegations)
            .values_list("pk", "delegation", "seats")
        ):
            self.holding[delegation].append((pk, seats))

    def held_by(self, invitation: Invitation | None) -> int:
        if invitation is None or not invitation.holds_seats:
            return 0
        return max(0, invitation.seats - self.occupied[invitation.pk])

    def lowest_for(self, participant: Participant) -> int:
        delegation, taken = participant.delegation, self.taken[participant.delegation_id]
        held = sum(
            max(0, seats - self.occupied[pk])
            for pk, seats in self.holding[participant.delegation_id]
            if pk != participant.invitation_id
        )
        if delegation.seats - len(taken) - held < 1:
            return 0
        return _lowest_free(taken, delegation.seats + len(taken))

    def take(self, participant: Participant, seat_no: int) -> None:
        self.taken[participant.delegation_id].add(seat_no)
        self.occupied[participant.invitation_id] += 1


@transaction.atomic
def set_seats(delegation: Delegation, seats: int, *, by: User | None) -> None:
    """Changes how many seats a delegation owns; added ones go to its waiting list.

    Raises SeatsRefused where more are occupied or held, or for a second seat of a Member State.
    """
    conference = lock(delegation.conference_id)
    delegation = Delegation.objects.get(pk=delegation.pk)
    if delegation.category == Category.MEMBER_STATE and seats > 1:
        raise SeatsRefused(_("A Member State has one seat."))
    occupied = delegation.participants.confirmed().count()
    held = held_by_others(delegation, None)
    if seats < occupied + held:
        raise SeatsRefused(
            _("%(occupied)d seats are occupied and %(held)d held by open invitations; there cannot be fewer.")
            % {"occupied": occupied, "held": held}
        )
    before, delegation.seats = delegation.seats, seats
    delegation.save(update_fields=["seats"])
    history.record(delegation, "seats changed", by=by, detail=f"{before} → {seats}")
    fill_free_places(conference, by=by)
