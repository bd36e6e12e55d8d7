"""The facts of a choice, read from the database: who is in, who may come how likely, who could be asked."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from conference.models import Conference, MemberState
from registrations.balance import targets
from registrations.balance.chances import acceptance, fullness
from registrations.balance.values import Candidate, Choice, Place
from registrations.models import BalanceSettings, Category, Delegation, Invitation, Participant
from registrations.services.balance_targets import ANSWERS, dimensions, places_for_cities, settings_of
from registrations.states import ACTIVE, InvitationStatus, ParticipantStatus

# Ways to look at the guests; the first is what proposals count with.
VIEWS = {
    "expected": _("Expected"),
    "invited": _("Invited"),
    "accepted": _("Accepted"),
    "confirmed": _("Confirmed"),
    "attended": _("Attended"),
}
OPEN = {InvitationStatus.SELECTED, InvitationStatus.SENT}
REFUSED = {InvitationStatus.DECLINED, InvitationStatus.LAPSED}
ACCEPTED_ONCE = {InvitationStatus.ACCEPTED, InvitationStatus.WITHDRAWN}


class Known(NamedTuple):
    """What is read of a city's delegation, and of the city. Plain values: there may be many cities, and each edit of a
    proposal reads them all."""

    # Its number.
    delegation: int
    name: str
    seats: int
    email: str
    language: str
    member_state: str
    experience: str
    took_part_before: bool | None
    tags: list[str]
    on_reserve: bool
    city: int
    other_names: str
    population: int | None
    latitude: Decimal | None
    longitude: Decimal | None
    # In the order of `ANSWERS`.
    answers: tuple[bool | None, ...]


def _known(conference: Conference) -> list[Known]:
    rows = conference.delegations.filter(category=Category.CITY).order_by("pk")
    of_city = ("city", "city__other_names", "city__population", "city__latitude", "city__longitude")
    fields = ("pk", *Known._fields[1 : Known._fields.index("city")], *of_city, *ANSWERS)
    split = len(fields) - len(ANSWERS)
    return [Known._make((*row[:split], row[split:])) for row in rows.values_list(*fields)]


@dataclass(frozen=True)
class CityFacts:
    """One city: what it is, and how far it is with its invitation."""

    known: Known
    city: Candidate
    # "confirmed", "accepted", "invited", "gone" or "free".
    status: str
    confirmed: int
    active: int
    attended: int
    pending: int
    offered: int

    @property
    def can_be_asked(self) -> bool:
        return self.status == "free" and bool(self.known.email) and self.known.seats > 0


@dataclass(frozen=True)
class Estimate:
    """How likely delegations of a category accept, by what replies."""

    category: str
    accepted: int
    refused: int
    waiting: int
    chance: float
    # The organiser has set it.
    is_set: bool

    @property
    def label(self) -> str:
        return str(Category(self.category).label)


@dataclass(frozen=True)
class Facts:
    """All that is known of the cities of one conference, read once."""

    conference: Conference
    settings: BalanceSettings
    room: int
    cities: Sequence[CityFacts]
    estimates: Mapping[str, Estimate]
    # Share of its seats that an accepting city uses.
    fullness: float
    attendance_is_known: bool

    @property
    def member_states(self) -> dict[str, str]:
        """Names of the states that are members on the day, by code."""
        states = MemberState.objects.on(self.conference.held_on).in_protocol_order()
        return dict(states.values_list("code", "name"))

    def choice(self, *, seats: int | None = None) -> Choice:
        """What a proposal chooses from; `seats` expected ones, None for all that are left."""
        held = self.seen("expected")
        left = max(0, self.room - round(sum(city.expected for city in held)))
        shown = dimensions(self.conference, self.settings, self.room)
        states = next((one for one in shown if one.key == "state"), None)
        coverage: dict[Place, float] = {}
        if states and self.settings.coverage > 0:
            coverage = {("state", group.key): self.settings.coverage for group in states.groups if group.target > 0}
        return Choice(
            dimensions=shown,
            candidates=tuple(one.city for one in self.cities if one.can_be_asked),
            seats=float(left if seats is None else seats),
            held=tuple(held),
            coverage=coverage,
            room=self.room,
            risk=self.settings.overflow_risk,
            seed=self.conference.pk,
        )

    def seen(self, view: str) -> list[Candidate]:
        """The cities that count in this view, each with the seats that count."""
        found = []
        for one in self.cities:
            certain = {
                "expected": one.confirmed,
                "invited": one.offered or one.active,
                "accepted": one.active,
                "confirmed": one.confirmed,
                "attended": one.attended,
            }[view]
            if certain:
                found.append(replace(one.city, chance=1.0, seats=certain, size=None))
            if view == "expected" and one.pending:
                size = min(float(one.pending), max(1.0, one.pending * self.fullness))
                found.append(replace(one.city, seats=one.pending, size=size))
        return found


class _Counted(NamedTuple):
    statuses: set[str]
    open_seats: int
    offered: int


class _People(NamedTuple):
    """How many of each delegation, by its number."""

    confirmed: Counter[int]
    active: Counter[int]
    attended: Counter[int]


def facts_of(conference: Conference) -> Facts:
    """Reads them in a number of queries that does not grow."""
    chosen = settings_of(conference)
    invited = _invitations(conference)
    people = _people(conference)
    estimates = _estimates(conference, chosen)
    share = fullness(people.active.total(), _offered_by_accepted(conference))
    returning = _took_part_before(conference)
    chance = estimates[Category.CITY].chance
    cities = []
    nothing = _Counted(set(), 0, 0)
    for known in _known(conference):
        counted = invited.get(known.delegation, nothing)
        confirmed, active = people.confirmed[known.delegation], people.active[known.delegation]
        city = _candidate(known, chosen, chance=chance, fullness=share, returning=returning)
        if confirmed:
            status = "confirmed"
        elif active or InvitationStatus.ACCEPTED in counted.statuses:
            status = "accepted"
        elif counted.statuses & OPEN:
            status = "invited"
        elif counted.statuses - {InvitationStatus.REVOKED}:
            status = "gone"
        else:
            status = "free"
        cities.append(
            CityFacts(
                known,
                city,
                status,
                confirmed,
                active,
                people.attended[known.delegation],
                max(0, min(counted.open_seats, known.seats - confirmed)),
                counted.offered,
            )
        )
    attendance_is_known = conference.participants.checked_in().exists()
    return Facts(conference, chosen, places_for_cities(conference), cities, estimates, share, attendance_is_known)


def _invitations(conference: Conference) -> dict[int, _Counted]:
    """By delegation: all statuses, seats offered without an answer yet, and seats offered at all."""
    statuses: defaultdict[int, set[str]] = defaultdict(set)
    pending: Counter[int] = Counter()
    offered: Counter[int] = Counter()
    rows = conference.invitations.filter(delegation__category=Category.CITY)
    for number, status, seats in rows.values_list("delegation", "status", "seats"):
        statuses[number].add(status)
        if status in OPEN:
            pending[number] += seats
        if status not in {InvitationStatus.SELECTED, InvitationStatus.REVOKED}:
            offered[number] = max(offered[number], seats)
    return {number: _Counted(found, pending[number], offered[number]) for number, found in statuses.items()}


def _people(conference: Conference) -> _People:
    found = _People(Counter(), Counter(), Counter())
    rows = conference.participants.filter(category=Category.CITY, status__in=ACTIVE)
    for delegation, status, checked_in_at in rows.values_list("delegation", "status", "checked_in_at"):
        found.active[delegation] += 1
        found.confirmed[delegation] += status == ParticipantStatus.CONFIRMED
        found.attended[delegation] += checked_in_at is not None
    return found


def _offered_by_accepted(conference: Conference) -> int:
    accepted = Invitation.objects.filter(
        conference=conference, delegation__category=Category.CITY, status=InvitationStatus.ACCEPTED
    )
    return sum(accepted.values_list("seats", flat=True))


def _estimates(conference: Conference, chosen: BalanceSettings) -> dict[str, Estimate]:
    """By category: the organiser's own number, else the prior with the replies."""
    counted: Counter[tuple[str, str]] = Counter()
    rows = conference.invitations.order_by().values_list("delegation__category", "status")
    for category, status, number in rows.annotate(number=Count("delegation", distinct=True)):
        counted[category, status] += number
    found = {}
    for category in Category.values:
        accepted = sum(counted[category, status] for status in ACCEPTED_ONCE)
        refused = sum(counted[category, status] for status in REFUSED)
        own = getattr(chosen, f"acceptance_{category}")
        chance = acceptance(accepted, refused) if own is None else own
        waiting = counted[category, InvitationStatus.SENT]
        found[category] = Estimate(category, accepted, refused, waiting, chance, own is not None)
    return found


def _took_part_before(conference: Conference) -> frozenset[int]:
    """Cities with somebody confirmed at an earlier conference of this site."""
    earlier = Participant.objects.confirmed().filter(category=Category.CITY, conference__held_on__lt=conference.held_on)
    return frozenset(earlier.values_list("delegation__city", flat=True).distinct().order_by())


def _candidate(
    known: Known, chosen: BalanceSettings, *, chance: float, fullness: float, returning: frozenset[int]
) -> Candidate:
    """The city as a candidate. What is not known of it counts nowhere."""
    before = known.took_part_before
    if before is None:
        before = known.city in returning
    answers = list(zip(ANSWERS, known.answers, strict=True))
    places: list[Place] = [
        ("state", known.member_state),
        ("size", targets.size_band(known.population, chosen.size_bounds)),
        (
            "experience",
            targets.experience((answer for name, answer in answers if name != "wants_stand"), known.experience),
        ),
        ("visits", "returning" if before else "first"),
        ("language", known.language),
        *(("tags", tag) for tag in known.tags),
        *((name, "yes" if answer else "no") for name, answer in answers if answer is not None),
    ]
    if chosen.host_state_id:
        places.append(("host", "host" if known.member_state == chosen.host_state_id else "elsewhere"))
    size = min(float(known.seats), max(1.0, known.seats * fullness)) if fullness < 1 else None
    belongs = tuple(place for place in places if place[1])
    return Candidate(str(known.delegation), known.name, chance, known.seats, belongs, size)


def expected_of_others(facts: Facts) -> float:
    """Expected seats of all other categories: the confirmed, and those with an open invitation by its chance."""
    conference = facts.conference
    total = 0.0
    rows = conference.delegations.exclude(category=Category.CITY).annotate(
        confirmed=Count("participants", filter=Q(participants__status=ParticipantStatus.CONFIRMED), distinct=True),
        is_open=Count("invitations", filter=Q(invitations__status=InvitationStatus.SENT), distinct=True),
    )
    for category, seats, confirmed, is_open in rows.values_list("category", "seats", "confirmed", "is_open"):
        total += confirmed
        if is_open:
            total += facts.estimates[category].chance * max(0, seats - confirmed)
    return total


def can_be_asked(conference: Conference) -> QuerySet[Delegation]:
    """The cities that `CityFacts.can_be_asked` is true of, by a query."""
    asked = Invitation.objects.filter(delegation=OuterRef("pk")).exclude(status=InvitationStatus.REVOKED)
    there = Participant.objects.active().filter(delegation=OuterRef("pk"))
    cities = conference.delegations.filter(category=Category.CITY, seats__gte=1).exclude(email="")
    return cities.filter(~Exists(asked), ~Exists(there))


def not_coming(conference: Conference) -> QuerySet[Delegation]:
    """Cities that were asked and have no open or accepted invitation left, nor anybody confirmed."""
    asked = conference.delegations.filter(category=Category.CITY)
    gone = asked.with_invitation(InvitationStatus.DECLINED, InvitationStatus.LAPSED, InvitationStatus.WITHDRAWN)
    still = asked.with_invitation(InvitationStatus.SELECTED, InvitationStatus.SENT, InvitationStatus.ACCEPTED)
    return gone.exclude(pk__in=still.values("pk")).exclude(participants__status=ParticipantStatus.CONFIRMED)
