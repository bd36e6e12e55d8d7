"""A proposal for the next wave: its reasons and locks, edits with their effect at once, and its way into a wave."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from conference.folding import fold
from conference.models import Conference
from conference.organiser_admin import change_address, list_address, may, page, succeeds
from conference.requests import line, row_key
from registrations.admin.balance_pictures import map_of, tables
from registrations.balance.proposing import Reason, additions, effect, reasons
from registrations.balance.rows import Rows, rows_of
from registrations.balance.values import Choice
from registrations.balance.wording import mends_in_words, off_balance
from registrations.models import BalanceSettings, Delegation, Proposal, Wave
from registrations.services import balancing
from registrations.services.balance_facts import Facts, facts_of

change_wave = permission_required("registrations.change_wave", raise_exception=True)
view_wave = permission_required("registrations.view_wave", raise_exception=True)
# How many cities are offered to be taken in.
OFFERED = 12
SOLVERS = {
    "greedy": gettext_lazy("the best city first, one by one"),
    "swaps": gettext_lazy("exchanges of one city for another"),
    "programme": gettext_lazy("mixed-integer programming"),
    "by hand": gettext_lazy("hand"),
}


def _address(name: str, pk: int) -> str:
    return reverse(f"admin:registrations_balancesettings_{name}", args=[pk])


class SeatsForm(forms.Form):
    seats = forms.IntegerField(min_value=1, max_value=2000)
    seed = forms.IntegerField(min_value=1, max_value=2_000_000_000, required=False)


class WaveForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name of the wave"), max_length=100)
    reply_by = forms.DateField(
        label=gettext_lazy("Reply by"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


@require_POST
@change_wave
def propose(request: HttpRequest, pk: int) -> HttpResponse:
    """Makes a proposal for so many expected seats and shows it."""
    conference = get_object_or_404(Conference, pk=pk)
    form = SeatsForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say how many expected seats the wave should bring, as a whole number from 1 on."))
        return redirect(_address("standing", pk))
    try:
        proposal = balancing.make_proposal(
            conference, seats=form.cleaned_data["seats"], seed=form.cleaned_data["seed"], by=request.user
        )
    except balancing.ProposalRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(_address("standing", pk))
    return redirect(_address("proposal", proposal.pk))


def weigh(request: HttpRequest, delegations: list[Delegation]) -> HttpResponse:
    """A proposal of the delegations that were ticked in their list, with the same figures as a computed one."""
    conferences = {delegation.conference_id: delegation.conference for delegation in delegations}
    if len(conferences) != 1:
        several = _("Filter by conference first: a proposal belongs to one.")
        messages.error(request, several if conferences else _("No delegation is chosen."))
        return redirect(list_address(Delegation))
    try:
        proposal = balancing.start_by_hand(next(iter(conferences.values())), delegations, by=request.user)
    except balancing.ProposalRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(list_address(Delegation))
    left_out = len(delegations) - len(proposal.chosen)
    if left_out:
        words = ngettext(
            "%d of them is no city that can be invited now.",
            "%d of them are no cities that can be invited now.",
            left_out,
        )
        messages.warning(request, words % left_out)
    return redirect(_address("proposal", proposal.pk))


def in_short(conference: Conference, numbers: list[int]) -> dict[str, object] | None:
    """What a choice by hand would do to the balance; None where it holds no city that can be invited."""
    choice = balancing.choice_of(conference)
    chosen = choice.of(map(str, numbers))
    if not chosen:
        return None
    now = effect(choice, [city.key for city in chosen])
    return {
        "before": effect(choice, []),
        "effect": now,
        "room": choice.room,
        "overflow": None if now.overflow is None else round(100 * now.overflow, 1),
        "sentences": off_balance(choice.dimensions, now.expected),
    }


@dataclass(frozen=True)
class Proposed:
    """A line of the proposal: a city that is in, why, and what else could be."""

    key: str
    name: str
    state: str
    mends: str
    without: float
    swap: str
    swap_key: str
    with_swap: float
    is_must: bool


@dataclass(frozen=True)
class Offered:
    """A city that is not in, and what it would do."""

    key: str
    name: str
    state: str
    mends: str
    with_it: float
    change: float


def _proposed(states: dict[str, str], choice: Choice, keys: list[str], rows: Rows) -> list[Proposed]:
    return [
        Proposed(
            reason.candidate.key,
            reason.candidate.name,
            _state_of(states, reason),
            mends_in_words(choice.dimensions, reason),
            reason.without,
            reason.swap.name if reason.swap else "",
            reason.swap.key if reason.swap else "",
            reason.with_swap,
            reason.candidate.key in choice.must,
        )
        for reason in sorted(reasons(choice, keys, rows=rows), key=lambda reason: -reason.without)
    ]


def _state_of(states: dict[str, str], reason: Reason) -> str:
    code = dict(reason.candidate.places).get("state", "")
    return states.get(code, code)


def _offered(
    facts: Facts, states: dict[str, str], choice: Choice, keys: list[str], query: str, rows: Rows
) -> tuple[list[Offered], int]:
    """The best of those that match, and how many match."""
    among = None
    if words := fold(query).split():
        among = {
            one.city.key
            for one in facts.cities
            if all(
                word in fold(f"{one.known.name} {one.known.other_names} {states.get(one.known.member_state, '')}")
                for word in words
            )
        }
    found, matching = additions(choice, set(keys), number=OFFERED, among=among, rows=rows)
    best = [
        Offered(
            reason.candidate.key,
            reason.candidate.name,
            _state_of(states, reason),
            mends_in_words(choice.dimensions, reason),
            reason.with_swap,
            reason.with_swap - reason.without,
        )
        for reason in found
    ]
    return best, matching


def _context(request: HttpRequest, proposal: Proposal) -> dict[str, object]:
    """All that changes with an edit. The facts are read once."""
    facts = facts_of(proposal.conference)
    choice = balancing.choice_for(proposal, facts)
    keys = [str(number) for number in proposal.chosen]
    rows, states = rows_of(choice), facts.member_states
    # A wave's cities are among the held already.
    now = effect(choice, [] if proposal.wave_id else keys)
    before = effect(choice, [])
    query = line(request.POST.get("q", request.POST.get("kept_q")) or request.GET.get("q"), most=100)
    offered, matching = ([], 0) if proposal.wave_id else _offered(facts, states, choice, keys, query, rows)
    names = {one.known.delegation: one.known.name for one in facts.cities}
    can_be_asked = {city.key for city in choice.candidates}
    return {
        "proposal": proposal,
        "lines": _proposed(states, choice, keys, rows),
        "offered": offered,
        "matching": matching,
        "query": query,
        "nevers": [(number, names[number]) for number in proposal.never if number in names],
        "unavailable": [
            names.get(number, "?")
            for number in proposal.chosen
            if str(number) not in can_be_asked and not proposal.wave_id
        ],
        "before": before,
        "editable": may(request, "change", Wave) and not proposal.wave_id,
        "edit_url": _address("edit", proposal.pk),
        "find_url": _address("find", proposal.pk),
        "choice": choice,
        "effect": now,
        "overflow": None if now.overflow is None else round(100 * now.overflow, 1),
        "too_risky": now.overflow is not None and now.overflow > choice.risk,
        "risk": round(100 * choice.risk),
        "sentences": off_balance(choice.dimensions, now.expected),
        "tables": tables(choice, now.expected),
        "map": map_of(facts, choice, now.expected, proposed=set(keys)),
    }


@require_safe
@view_wave
def proposal_page(request: HttpRequest, pk: int) -> HttpResponse:
    return _show(request, _proposal_or_404(pk))


def _proposal_or_404(pk: int) -> Proposal:
    return get_object_or_404(Proposal.objects.select_related("conference", "wave"), pk=pk)


def _show(request: HttpRequest, proposal: Proposal, form: WaveForm | None = None) -> HttpResponse:
    conference = proposal.conference
    if form is None:
        name = _("Wave %(number)d") % {"number": conference.waves.count() + 1}
        form = WaveForm(initial={"name": name}, label_suffix="")
    gap = proposal.log.get("gap")
    solver = proposal.log.get("solver", "")
    return page(
        request,
        "admin/registrations/balance/proposal.html",
        BalanceSettings,
        title=_("Proposed wave"),
        subject=conference,
        back=_address("standing", conference.pk),
        wave_url=_address("to_wave", proposal.pk),
        again_url=_address("again", proposal.pk),
        made_wave=change_address(proposal.wave) if proposal.wave else "",
        solver=SOLVERS.get(solver, solver),
        is_by_hand=solver == "by hand",
        gap=None if gap is None else round(100 * gap),
        lowered=proposal.log.get("seats", proposal.seats) < proposal.seats,
        form=form,
        **_context(request, proposal),
    )


@require_POST
@change_wave
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes a city in or out, exchanges two, or locks one. By htmx the changed part of the page comes back."""
    proposal = _proposal_or_404(pk)
    try:
        proposal = _edited(request, proposal)
    except balancing.ProposalRefused as refusal:
        messages.error(request, str(refusal))
        response = redirect(_address("proposal", pk))
        if request.headers.get("HX-Request"):
            response = HttpResponse(status=204)
            response["HX-Redirect"] = _address("proposal", pk)
        return response
    if not request.headers.get("HX-Request"):
        return redirect(_address("proposal", pk))
    return HttpResponse(
        render_to_string("admin/registrations/balance/cities.html", _context(request, proposal), request)
    )


def _edited(request: HttpRequest, proposal: Proposal) -> Proposal:
    by: Any = request.user
    for lock in (balancing.MUST, balancing.NEVER, balancing.FREE):
        if lock in request.POST:
            return balancing.set_lock(proposal, row_key(request.POST[lock]), lock, by=by)
    if "swap" in request.POST:
        goes, _colon, comes = request.POST["swap"].partition(":")
        return balancing.toggle(proposal, row_key(comes), instead_of=row_key(goes), by=by)
    return balancing.toggle(proposal, row_key(request.POST.get("city", "")), by=by)


@require_safe
@view_wave
def find(request: HttpRequest, pk: int) -> HttpResponse:
    """The cities that match what is typed, best first: a part of the page, or the page without htmx."""
    proposal = _proposal_or_404(pk)
    if not request.headers.get("HX-Request"):
        return _show(request, proposal)
    return HttpResponse(
        render_to_string("admin/registrations/balance/offered.html", _context(request, proposal), request)
    )


@require_POST
@change_wave
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """A new proposal with the locks of this one."""
    proposal = _proposal_or_404(pk)
    form = SeatsForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say how many expected seats the wave should bring, as a whole number from 1 on."))
        return redirect(_address("proposal", pk))
    try:
        made = balancing.make_proposal(
            proposal.conference,
            seats=form.cleaned_data["seats"],
            seed=form.cleaned_data["seed"] or proposal.seed,
            must=proposal.must,
            never=proposal.never,
            by=request.user,
        )
    except balancing.ProposalRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(_address("proposal", pk))
    return redirect(_address("proposal", made.pk))


@require_POST
@change_wave
def to_wave(request: HttpRequest, pk: int) -> HttpResponse:
    """Makes a wave of the proposal and goes to it, where it is looked at once more and sent."""
    proposal = _proposal_or_404(pk)
    form = WaveForm(request.POST, label_suffix="")
    waves: list[Wave] = []

    def turn() -> None:
        waves.append(balancing.turn_into_wave(proposal, by=request.user, **form.cleaned_data))

    if not form.is_valid() or not succeeds(form, turn, refusals=balancing.ProposalRefused):
        return _show(request, proposal, form)
    messages.success(request, _("The wave is ready. Look at it once more and send it."))
    return redirect(change_address(waves[0]))
