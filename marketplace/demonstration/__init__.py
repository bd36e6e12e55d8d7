"""The market place of the demonstration conference: the concept note's networks and programmes, and cities.

What the entries say is invented after what such organisations and cities do, and marked as examples.
"""

import datetime

from django.db import transaction
from django.utils import timezone

from conference import history
from conference.models import City, Conference, Room
from marketplace import placing
from marketplace.demonstration.cities import CITIES
from marketplace.demonstration.organisations import ORGANISATIONS
from marketplace.demonstration.values import Example, ExampleCity
from marketplace.halls import read
from marketplace.kinds import kinds_of
from marketplace.models import Call, HallPlace, Link, Stand, StandApplication, StandKind, Term
from marketplace.queries import spots_of
from marketplace.services import calls, hall
from marketplace.services.stands import Numbers
from marketplace.states import ApplicationStatus
from registrations.models import Category, Delegation

HALL = """\
pppppp..pppppp

oooooo..oooooo"""


@transaction.atomic
def load_market_place(conference: Conference) -> Call:
    """A call that is open, the stands with their places, and some applications that wait for a decision."""
    zone = conference.zone
    now = timezone.now()
    closes_at = datetime.datetime.combine(
        conference.held_on - datetime.timedelta(weeks=6), datetime.time(18), conference.zone
    )
    call = Call(
        conference=conference,
        # Of a conference in the past, too, the call closes after it opened.
        opens_at=min(now, closes_at - datetime.timedelta(weeks=4)),
        closes_at=closes_at,
        stands=24,
        equipment="A table, two chairs, a wall of 2 metres and Wi-Fi. Power on request.",
        room=Room.objects.filter(venue=conference.venue, name="Atrium").first(),
        stands_from=datetime.datetime.combine(conference.held_on, datetime.time(12, 30), zone),
        stands_until=datetime.datetime.combine(conference.held_on, datetime.time(13, 45), zone),
        audience=Call.Audience.PUBLIC,
    )
    calls.save_call(call, limits={StandKind.CITY: 10}, by=None)
    hall.draw(conference, read(HALL), by=None)
    numbers = Numbers(call)
    for delegation in Delegation.objects.filter(conference=conference, name__in=ORGANISATIONS).order_by("pk"):
        _load(call, delegation, ORGANISATIONS[delegation.name], numbers)
    for city in CITIES:
        _load(call, _delegation(conference, city), city.example, numbers if city.is_accepted else None)
    _give_places(call)
    return call


def _delegation(conference: Conference, example: ExampleCity) -> Delegation:
    latitude, longitude = example.coordinates
    city, _created = City.objects.get_or_create(
        member_state_id=example.state,
        name=example.name,
        defaults={
            "population": example.population,
            "other_names": example.other_names,
            "latitude": latitude,
            "longitude": longitude,
        },
    )
    delegation = Delegation.objects.create(
        conference=conference,
        category=Category.CITY,
        city=city,
        member_state_id=example.state,
        name=example.name,
        seats=2,
        wants_stand=True,
    )
    history.record(delegation, "created", by=None)
    return delegation


def _load(call: Call, delegation: Delegation, example: Example, numbers: Numbers | None) -> None:
    """With `numbers` it gets a stand; without, it waits for a decision. No mail: nobody of these has an address."""
    application = StandApplication.objects.create(
        conference_id=call.conference_id,
        call=call,
        delegation=delegation,
        kind=kinds_of(delegation)[0],
        status=ApplicationStatus.ACCEPTED if numbers else ApplicationStatus.SUBMITTED,
        initiative=example.initiative,
        challenge=example.challenge,
        approach=example.approach,
        results=example.results,
        evidence=example.evidence,
        stage=example.stage,
        transferable=example.transferable,
        languages=list(example.languages),
        seeks=example.seeks,
        offers=example.offers,
        needs_power=example.needs_power,
        is_example=True,
        submitted_at=timezone.now(),
    )
    terms = list(Term.objects.filter(call=call))

    def chosen(use: str, beginnings: tuple[str, ...]) -> list[Term]:
        return [term for term in terms if term.use == use and term.name.startswith(beginnings)]

    application.topics.set(chosen(Term.Use.TOPIC, example.topics))
    application.target_groups.set(chosen(Term.Use.TARGET_GROUP, example.groups))
    application.sought.set(chosen(Term.Use.EXCHANGE, example.sought))
    application.offered.set(chosen(Term.Use.EXCHANGE, example.offered))
    Link.objects.bulk_create(
        [
            Link(application=application, position=position, title=title, url=url)
            for position, (title, url) in enumerate(example.links, start=1)
        ]
    )
    history.record(application, "loaded as an example", by=None, to_status=application.status)
    if numbers:
        numbers.give(application)


def _give_places(call: Call) -> None:
    stands = {stand.pk: stand for stand in Stand.objects.filter(call=call).select_related("application", "call")}
    proposal = placing.propose(
        spots_of(call),
        [
            placing.Placeable(
                stand.pk,
                list(stand.application.topics.values_list("pk", flat=True)),
                stand.application.needs_power,
            )
            for stand in stands.values()
        ],
    )
    places = {place.number: place for place in HallPlace.objects.filter(conference=call.conference_id)}
    hall.give_places({stands[key]: places[number] for key, number in proposal.places.items()}, by=None)
