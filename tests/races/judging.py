"""What the races need to begin with and to be judged by."""

from collections import Counter

from conference.models import Conference
from mailings.models import Mail
from registrations.models import Delegation, Invitation, Participant
from tests.factories import InvitationFactory, person


def invite(delegation: Delegation, number: int, **fields: object) -> Invitation:
    """One of several invitations of a delegation; it keeps no seat for itself, so that all compete."""
    return InvitationFactory(
        **{
            "delegation": delegation,
            "email": f"office{number}@city.example",
            "holds_seats": False,
            "seats": 1,
            **fields,
        }
    )


def occupy(delegations: list[Delegation], seats: int) -> list[Participant]:
    """Confirmed people on the first seats of each delegation, with the conference's places in that order."""
    each = [(delegation, seat) for seat in range(1, seats + 1) for delegation in delegations]
    return Participant.objects.bulk_create(
        Participant(
            conference=delegation.conference,
            delegation=delegation,
            category=delegation.category,
            status="confirmed",
            seat_no=seat,
            place_no=place,
            **person(10_000 + place).fields(),
        )
        for place, (delegation, seat) in enumerate(each, start=1)
    )


def oversold(conference: Conference) -> int:
    """People above the limit of the conference or of their delegation."""
    confirmed = Counter(conference.participants.confirmed().values_list("delegation", flat=True))
    seats = dict(conference.delegations.values_list("pk", "seats"))
    return max(0, confirmed.total() - conference.capacity) + sum(
        max(0, taken - seats[delegation]) for delegation, taken in confirmed.items()
    )


def stuck(conference: Conference) -> list[Participant]:
    """Who waits although both a seat of their delegation and a place of the conference are free."""
    free_places = conference.capacity - conference.participants.confirmed().count()
    taken = Counter(conference.participants.confirmed().values_list("delegation", flat=True))
    waiting = conference.participants.waiting().select_related("delegation")
    return [
        participant
        for participant in waiting
        if free_places > 0 and taken[participant.delegation_id] < participant.delegation.seats
    ]


def unexplained(conference: Conference) -> list[Participant]:
    """Who waits for something else than their record says."""
    taken = Counter(conference.participants.confirmed().values_list("delegation", flat=True))
    return [
        participant
        for participant in conference.participants.waiting().select_related("delegation")
        if (participant.waiting_for == Participant.WaitingFor.DELEGATION)
        != (taken[participant.delegation_id] >= participant.delegation.seats)
    ]


def mails(kind: str) -> int:
    return Mail.objects.filter(kind=kind).count()
