"""Proposals for the next wave: made, locked, edited, and turned into a wave."""

import datetime
from collections.abc import Collection, Iterable
from dataclasses import replace

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from conference import history
from conference.models import Conference
from conference.services import lock
from registrations.balance.proposing import propose
from registrations.balance.values import Choice
from registrations.models import Category, Delegation, Proposal, Wave
from registrations.services import waves
from registrations.services.balance_facts import Facts, can_be_asked, facts_of

# How many seconds the programme may take over a proposal.
SECONDS = 3.0
MUST, NEVER, FREE = "must", "never", "free"


class ProposalRefused(Exception):
    """The proposal cannot be made or used so; the message says why."""


def choice_of(conference: Conference, *, seats: int | None = None) -> Choice:
    """Everything known for choosing; `seats` are the expected seats of the next wave, None all that are left."""
    return facts_of(conference).choice(seats=seats)


def choice_for(proposal: Proposal, facts: Facts | None = None) -> Choice:
    """What the proposal chooses from, with its locks, as things stand now."""
    facts = facts or facts_of(proposal.conference)
    return replace(
        facts.choice(seats=proposal.seats),
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
    seed: int | None = None,
    seconds: float = SECONDS,
) -> Proposal:
    """Solves and keeps the result with all it came from. Raises ProposalRefused where there is nothing to choose.

    Without a `seed` the conference's number is one. No transaction is open while it solves, so that nobody waits.
    """
    if seats < 1:
        raise ProposalRefused(_("Ask for one seat at least."))
    choice = choice_of(conference, seats=seats)
    if not choice.candidates:
        raise ProposalRefused(_("There is no city with an e-mail address that was never invited."))
    choice = replace(
        choice, must=frozenset(map(str, must)), never=frozenset(map(str, never)), seed=seed or conference.pk
    )
    found = propose(choice, seconds=seconds)
    if not found.chosen:
        raise ProposalRefused(
            _("No city can be added: none of those left would mend anything within the seats that are free.")
        )
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
def start_by_hand(conference: Conference, delegations: Iterable[Delegation], *, by: User | None) -> Proposal:
    """A proposal of cities that an organiser has chosen, to be weighed like any other. Raises ProposalRefused.

    Those that cannot be invited now are left out.
    """
    conference = lock(conference.pk)
    choice = choice_of(conference)
    chosen = choice.of(str(delegation.pk) for delegation in delegations)
    if not chosen:
        raise ProposalRefused(_("None of these is a city that can be invited now."))
    proposal = Proposal.objects.create(
        conference=conference,
        seats=max(1, round(sum(city.expected for city in chosen))),
        seed=conference.pk,
        chosen=[int(city.key) for city in chosen],
        log={"solver": "by hand", "candidates": len(choice.candidates)},
        created_by=by,
    )
    history.record(proposal, "begun by hand", by=by, detail=str(len(chosen)))
    return proposal


def _editable(proposal: Proposal) -> Proposal:
    """Needs a transaction: the proposal under the lock of its conference."""
    conference = lock(proposal.conference_id)
    fresh = Proposal.objects.get(pk=proposal.pk)
    fresh.conference = conference
    if fresh.wave_id:
        raise ProposalRefused(_("This proposal has become a wave."))
    return fresh


@transaction.atomic
def toggle(proposal: Proposal, delegation_id: int, *, instead_of: int = 0, by: User | None) -> Proposal:
    """Takes a city out of the proposal, or in; in the place of `instead_of` where that is given.

    Raises ProposalRefused where the proposal is a wave, or the city cannot be invited now.
    """
    proposal = _editable(proposal)
    chosen = list(proposal.chosen)
    if delegation_id in chosen:
        chosen.remove(delegation_id)
        proposal.must = [number for number in proposal.must if number != delegation_id]
        action = "city taken out"
    elif can_be_asked(proposal.conference).filter(pk=delegation_id).exists():
        chosen = [number for number in chosen if number != instead_of]
        proposal.must = [number for number in proposal.must if number != instead_of]
        chosen.append(delegation_id)
        proposal.never = [number for number in proposal.never if number != delegation_id]
        action = "city taken in"
    else:
        raise ProposalRefused(_("This city cannot be invited now."))
    proposal.chosen = chosen
    proposal.save(update_fields=["chosen", "must", "never"])
    history.record(proposal, action, by=by, detail=Delegation.objects.get(pk=delegation_id).name)
    return proposal


@transaction.atomic
def set_lock(proposal: Proposal, delegation_id: int, to: str, *, by: User | None) -> Proposal:
    """Locks a city: "must" takes it in and keeps it, "never" takes it out and keeps it out, "free" lets it be chosen.

    The locks hold for whatever is proposed from here. Raises ProposalRefused as `toggle` does.
    """
    proposal = _editable(proposal)
    delegation = Delegation.objects.filter(
        pk=delegation_id, conference=proposal.conference_id, category=Category.CITY
    ).first()
    if delegation is None or to not in {MUST, NEVER, FREE}:
        raise ProposalRefused(_("This city cannot be invited now."))
    if to == MUST and not can_be_asked(proposal.conference).filter(pk=delegation_id).exists():
        raise ProposalRefused(_("This city cannot be invited now."))
    proposal.must = [number for number in proposal.must if number != delegation_id]
    proposal.never = [number for number in proposal.never if number != delegation_id]
    if to == MUST:
        proposal.must = sorted([*proposal.must, delegation_id])
        if delegation_id not in proposal.chosen:
            proposal.chosen = [*proposal.chosen, delegation_id]
    elif to == NEVER:
        proposal.never = sorted([*proposal.never, delegation_id])
        proposal.chosen = [number for number in proposal.chosen if number != delegation_id]
    proposal.save(update_fields=["chosen", "must", "never"])
    history.record(proposal, f"locked: {to}", by=by, detail=delegation.name)
    return proposal


@transaction.atomic
def turn_into_wave(proposal: Proposal, *, name: str, reply_by: datetime.date, by: User | None) -> Wave:
    """Makes a wave of the chosen cities, ready to be sent. Raises ProposalRefused."""
    proposal = _editable(proposal)
    conference = proposal.conference
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
