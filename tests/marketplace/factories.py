"""Test data for the market place that says only what matters to a test."""

import datetime
import itertools

from django.utils import timezone

from conference.models import Conference
from marketplace.models import Call, HallPlace, Stand, StandApplication, Term
from registrations.models import Participant
from tests.factories import ConferenceFactory, DelegationFactory, person

_numbers = itertools.count(1)


def call(conference: Conference | None = None, **fields: object) -> Call:
    """Open since yesterday, for ten stands."""
    now = timezone.now()
    known = {"opens_at": now - datetime.timedelta(days=1), "closes_at": now + datetime.timedelta(days=1), "stands": 10}
    return Call.objects.create(conference=conference or ConferenceFactory(), **{**known, **fields})


def application(of: Call | None = None, **fields: object) -> StandApplication:
    """A city's, submitted."""
    of = of or call()
    known = {
        "kind": "city",
        "status": "submitted",
        "initiative": "Street work",
        "evidence": "monitored",
        "stage": "running",
        "languages": ["en"],
        "submitted_at": timezone.now(),
    }
    if "delegation" not in fields:
        known["delegation"] = DelegationFactory(conference=of.conference)
    return StandApplication.objects.create(call=of, conference=of.conference, **{**known, **fields})


def term(of: Call, use: str = "topic", **fields: object) -> Term:
    number = next(_numbers)
    return Term.objects.create(call=of, use=use, **{"name": f"Word {number}", "position": number, **fields})


def hall_place(conference: Conference, **fields: object) -> HallPlace:
    number = next(_numbers)
    return HallPlace.objects.create(conference=conference, **{"number": number, "row": 1, "spot": number, **fields})


def stand(of: Call | None = None, **fields: object) -> Stand:
    """A live one on a place of its own."""
    accepted = application(of, status="accepted")
    number = next(_numbers)
    known = {"kind": accepted.kind, "stand_no": number, "kind_no": number}
    if "place" not in fields:
        known["place"] = hall_place(accepted.conference)
    return Stand.objects.create(call=accepted.call, application=accepted, **{**known, **fields})


def visitor(conference: Conference) -> Participant:
    """A confirmed participant of an own city."""
    number = next(_numbers)
    delegation = DelegationFactory(conference=conference)
    return Participant.objects.create(
        conference=conference,
        delegation=delegation,
        category=delegation.category,
        status="confirmed",
        seat_no=1,
        place_no=number,
        **person(number).fields(),
    )
