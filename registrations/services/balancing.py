"""Balance: the facts of a choice read from the database, proposals made, edited, and turned into a wave."""

import datetime
from collections import Counter
from collections.abc import Collection
from dataclasses import replace

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from conference import history
from conference.models import Conference, MemberState
from conference.services import lock
from registrations.balance import targets
from registrations.balance.chances import acceptance
from registrations.balance.proposing import Reason, propose, replacements
from registrations.balance.values import Candidate, Choice, Dimension, Group
from registrations.balance_models import BalanceSettings, Proposal
from registrations.models import Category, Delegation, Wave
from registrations.services import waves
from registrations.states import InvitationStatus, ParticipantStatus

SHARES = {
    BalanceSettings.StateShares.COMMITTEE: targets.committee_of_the_regions,
    BalanceSettings.StateShares.ROOT: targets.root_of_population,
    BalanceSettings.StateShares.CAMBRIDGE: targets.cambridge_compromise,
    BalanceSettings.StateShares.EQUAL: targets.equal,
}
# How many seconds the programme may take over a proposal.
SECONDS = 3.0


class ProposalRefused(Exception):
    """The proposal cannot be made or used so; the message says why."""


@transaction.atomic
def save_settings(settings: BalanceSettings, *, changed: Collection[str], by: User | None) -> None:
    """Saves them, with a line in the conference's history."""
    settings.save()
    detail = history.field_labels(BalanceSettings, changed)
    history.record(settings.conference, "balance settings changed", by=by, detail=detail)


def settings_of(conference: Conference) -> BalanceSettings:
    """The organiser's settings, or the defaults, unsaved."""
    found = BalanceSettings.objects.filter(conference=conference).first()
    return found or BalanceSettings(conference=conference)


def places_for_cities(conference: Conference) -> int:
    """The conference's capacity less the seats of all other categories."""
    others = conference.delegations.exclude(category=Category.CITY).values_list("seats", flat=True)
    return max(0, conference.capacity - sum(others))


def choice_of(conference: Conference, *, seats: int | None = None) -> Choice:
    """Everything known for choosing: the dimensions, the cities that hold seats, and those never invited.

    `seats` are the expected seats of the next wave; None asks for all that are left. Five queries.
    """
    chosen = settings_of(conference)
    room = places_for_cities(conference)
    rows = list(
        conference.delegations.filter(category=Category.CITY)
        .select_related("city")
        .annotate(
            confirmed=Count("participants", filter=Q(participants__status=ParticipantStatus.CONFIRMED), distinct=True)
        )
        .order_by("pk")
    )
    statuses: dict[int, set[str]] = {}
    pairs = conference.invitations.filter(delegation__category=Category.CITY).values_list("delegation", "status")
    for number, status in pairs:
        statuses.setdefault(number, set()).add(status)
    replies: Counter[str] = Counter(status for of in statuses.values() for status in of)
    chance = chosen.acceptance
    if chance is None:
        came = replies[InvitationStatus.ACCEPTED] + replies[InvitationStatus.WITHDRAWN]
        chance = acceptance(came, replies[InvitationStatus.DECLINED] + replies[InvitationStatus.LAPSED])
    held, candidates = [], []
    for delegation in rows:
        city = _candidate(delegation, chance, chosen.host_state_id)
        of = statuses.get(delegation.pk, set())
        if delegation.confirmed:
            held.append(replace(city, chance=1.0, seats=delegation.confirmed))
        elif InvitationStatus.SENT in of or InvitationStatus.SELECTED in of:
            held.append(city)
        elif not of and delegation.email and delegation.seats:
            candidates.append(city)
    left = max(0, room - round(sum(city.expected for city in held)))
    return Choice(
        dimensions=_dimensions(conference, chosen, room),
        candidates=tuple(candidates),
        seats=float(left if seats is None else seats),
        held=tuple(held),
        room=room,
        risk=chosen.overflow_risk,
        seed=conference.pk,
    )


def _candidate(delegation: Delegation, chance: float, host: str | None) -> Candidate:
    # The database holds that a city's delegation has both.
    if delegation.city is None or delegation.member_state_id is None:
        raise ValueError(delegation.pk)
    answers = (
        delegation.has_strategy,
        delegation.has_multi_agency,
        delegation.has_dedicated_staff,
        delegation.has_evaluation,
    )
    places = {
        "state": delegation.member_state_id,
        "size": targets.size_band(delegation.city.population),
        "experience": targets.experience(answers),
    }
    if host:
        places["host"] = "host" if delegation.member_state_id == host else "elsewhere"
    known = tuple((dimension, group) for dimension, group in places.items() if group)
    return Candidate(str(delegation.pk), delegation.name, chance, delegation.seats, known)


def _dimensions(conference: Conference, chosen: BalanceSettings, room: int) -> tuple[Dimension, ...]:
    states = dict(MemberState.objects.on(conference.held_on).in_protocol_order().values_list("code", "name"))
    bands = [
        _("below 50,000 inhabitants"),
        _("50,000 to 100,000"),
        _("100,000 to 250,000"),
        _("250,000 to 500,000"),
        _("500,000 to 1 million"),
        _("1 million and more"),
    ]
    sizes = {str(number): label for number, label in enumerate(bands)}
    grades = {"starting": _("starting"), "developing": _("developing"), "advanced": _("advanced")}

    def dimension(key: str, label: str, labels: dict[str, str], shares: dict[str, float], weight: float) -> Dimension:
        return Dimension(key, label, tuple(Group(one, labels[one], room * shares[one]) for one in labels), weight)

    by_state = SHARES[BalanceSettings.StateShares(chosen.state_shares)](states)
    found = [
        dimension("state", _("Member State"), states, by_state, chosen.state_weight),
        dimension("size", _("Size"), sizes, targets.equal(sizes), chosen.size_weight),
        dimension("experience", _("Experience"), grades, targets.equal(grades), chosen.experience_weight),
    ]
    if chosen.host_state_id:
        regions = {"host": _("host region"), "elsewhere": _("elsewhere")}
        shares = {"host": chosen.host_share, "elsewhere": 1 - chosen.host_share}
        found.append(dimension("host", _("Host region"), regions, shares, 1.0))
    return tuple(found)


def not_coming(conference: Conference) -> QuerySet[Delegation]:
    """Cities that were asked and have no open or accepted invitation left, nor anybody confirmed."""
    asked = conference.delegations.filter(category=Category.CITY)
    gone = asked.with_invitation(InvitationStatus.DECLINED, InvitationStatus.LAPSED, InvitationStatus.WITHDRAWN)
    still = asked.with_invitation(InvitationStatus.SELECTED, InvitationStatus.SENT, InvitationStatus.ACCEPTED)
    return gone.exclude(pk__in=still.values("pk")).exclude(participants__status=ParticipantStatus.CONFIRMED)


def stand_ins(gone: Delegation, *, choice: Choice) -> list[Reason]:
    """Who among the cities never invited best comes in its place, as `balance.proposing.replacements` says."""
    settings = settings_of(gone.conference)
    return replacements(choice, _candidate(gone, 0.0, settings.host_state_id))


def choice_for(proposal: Proposal) -> Choice:
    """What the proposal chooses from, with its locks, as things stand now."""
    return replace(
        choice_of(proposal.conference, seats=proposal.seats),
        must=frozenset(map(str, proposal.must)),
        never=frozenset(map(str, proposal.never)),
        seed=proposal.seed,
    )


def make_proposal(
    conference: Conference,
    *,
    seats: int,
    by: User | None,
    must: Collection[int] = (),
    never: Collection[int] = (),
    seconds: float = SECONDS,
) -> Proposal:
    """Solves and keeps the result with all it came from. Raises ProposalRefused where there is nothing to choose.

    No transaction is open while it solves, so that nobody waits for it.
    """
    if seats < 1:
        raise ProposalRefused(_("Ask for one seat at least."))
    choice = choice_of(conference, seats=seats)
    if not choice.candidates:
        raise ProposalRefused(_("There is no city with an e-mail address that was never invited."))
    choice = replace(choice, must=frozenset(map(str, must)), never=frozenset(map(str, never)))
    found = propose(choice, seconds=seconds)
    with transaction.atomic():
        proposal = Proposal.objects.create(
            conference=conference,
            seats=seats,
            seed=choice.seed,
            must=sorted(must),
            never=sorted(never),
            chosen=[int(city.key) for city in found.chosen],
            log={
                "solver": found.solver,
                "gap": found.gap,
                "proven": found.proven,
                "seats": found.seats,
                "imbalance": round(found.effect.imbalance, 3),
                "candidates": len(choice.candidates),
            },
            created_by=by,
        )
        history.record(proposal, "proposed", by=by, detail=f"seed {choice.seed}, {found.solver}")
    return proposal


@transaction.atomic
def toggle(proposal: Proposal, delegation_id: int, *, by: User | None) -> Proposal:
    """Takes a city out of the proposal, or in. Raises ProposalRefused where it is a wave, or the city is invited."""
    lock(proposal.conference_id)
    proposal = Proposal.objects.get(pk=proposal.pk)
    if proposal.wave_id:
        raise ProposalRefused(_("This proposal has become a wave."))
    chosen = list(proposal.chosen)
    if delegation_id in chosen:
        chosen.remove(delegation_id)
        action = "city taken out"
    elif any(city.key == str(delegation_id) for city in choice_for(proposal).candidates):
        chosen.append(delegation_id)
        action = "city taken in"
    else:
        raise ProposalRefused(_("This city cannot be invited now."))
    proposal.chosen = chosen
    proposal.save(update_fields=["chosen"])
    history.record(proposal, action, by=by, detail=Delegation.objects.get(pk=delegation_id).name)
    return proposal


@transaction.atomic
def turn_into_wave(proposal: Proposal, *, name: str, reply_by: datetime.date, by: User | None) -> Wave:
    """Makes a wave of the chosen cities, ready to be sent. Raises ProposalRefused."""
    conference = lock(proposal.conference_id)
    proposal = Proposal.objects.get(pk=proposal.pk)
    if proposal.wave_id:
        raise ProposalRefused(_("This proposal has become a wave."))
    if not proposal.chosen:
        raise ProposalRefused(_("Choose one city at least."))
    if not conference.today <= reply_by < conference.held_on:
        raise ProposalRefused(_("Choose a day from today on and before the conference."))
    if conference.waves.filter(name=name).exists():
        raise ProposalRefused(_("There is a wave of this name already."))
    wave = Wave.objects.create(conference=conference, name=name, reply_by=reply_by)
    history.record(wave, "created", by=by, to_status=wave.status, detail=str(proposal))
    selection = waves.add_to_wave(wave, Delegation.objects.filter(pk__in=proposal.chosen), by=by)
    if not selection.added:
        raise ProposalRefused(_("None of these cities can be invited any more."))
    proposal.wave = wave
    proposal.save(update_fields=["wave"])
    history.record(proposal, "turned into a wave", by=by, detail=name)
    return wave
