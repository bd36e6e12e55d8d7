"""Organisers' pages of balance: where a conference stands, a proposal for the next wave, and its way into a wave."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import URLPattern, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from conference.models import Conference
from conference.organiser_admin import OrganiserAdmin, change_address, may, page
from registrations.balance.proposing import Effect, Reason, contradictions, effect, reasons
from registrations.balance.values import Choice, Place, expected_seats
from registrations.balance.wording import contradiction, off_balance
from registrations.models import BalanceSettings, Category, Delegation, Proposal, Wave
from registrations.services import balancing

change_wave = permission_required("registrations.change_wave", raise_exception=True)
view_wave = permission_required("registrations.view_wave", raise_exception=True)

FIELDS = (
    "conference",
    "state_shares",
    "state_weight",
    "size_weight",
    "experience_weight",
    "host_state",
    "host_share",
    "acceptance",
    "overflow_risk",
)


@admin.register(BalanceSettings)
class BalanceSettingsAdmin(OrganiserAdmin):
    list_display = ("conference", "state_shares")
    list_select_related = ("conference",)
    fields = FIELDS

    def get_readonly_fields(self, request: HttpRequest, obj: BalanceSettings | None = None) -> tuple[str, ...]:
        return ("conference",) if obj else ()

    def save_model(self, request: HttpRequest, obj: BalanceSettings, form: Any, change: bool) -> None:
        balancing.save_settings(obj, changed=form.changed_data, by=request.user)

    def has_delete_permission(self, request: HttpRequest, obj: BalanceSettings | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        return [
            self.own_path("<int:pk>/standing/", standing, name="standing"),
            self.own_path("<int:pk>/propose/", propose, name="propose"),
            self.own_path("stand-ins/<int:pk>/", stand_ins, name="stand_ins"),
            self.own_path("proposals/<int:pk>/", proposal_page, name="proposal"),
            self.own_path("proposals/<int:pk>/toggle/", toggle, name="toggle"),
            self.own_path("proposals/<int:pk>/wave/", to_wave, name="to_wave"),
            *super().get_urls(),
        ]


def _address(name: str, pk: int) -> str:
    return reverse(f"admin:registrations_balancesettings_{name}", args=[pk])


class SeatsForm(forms.Form):
    seats = forms.IntegerField(min_value=1, max_value=2000)
    # A city that the proposal must hold.
    must = forms.IntegerField(required=False, min_value=1)


class WaveForm(forms.Form):
    name = forms.CharField(max_length=100)
    reply_by = forms.DateField()


@dataclass(frozen=True)
class Line:
    """A group against its target; `width` and `mark` are hundredths of the dimension's longest bar."""

    label: str
    expected: float
    target: float
    width: int
    mark: int

    @property
    def off(self) -> float:
        return self.expected - self.target


def _tables(choice: Choice, expected: dict[Place, float]) -> list[tuple[str, list[Line]]]:
    found = []
    for dimension in choice.dimensions:
        numbers = [(group, expected.get((dimension.key, group.key), 0.0)) for group in dimension.groups]
        longest = max((max(number, group.target) for group, number in numbers), default=0) or 1
        lines = [
            Line(group.label, number, group.target, round(100 * number / longest), round(100 * group.target / longest))
            for group, number in numbers
        ]
        found.append((dimension.label, lines))
    return found


def _standing(choice: Choice, now: Effect) -> dict[str, object]:
    return {
        "choice": choice,
        "effect": now,
        "overflow": None if now.overflow is None else round(100 * now.overflow, 1),
        "sentences": off_balance(choice.dimensions, now.expected),
        "tables": _tables(choice, now.expected),
    }


@require_safe
@view_wave
def standing(request: HttpRequest, pk: int) -> HttpResponse:
    """Expected seats of each group against its target, in words, bars and numbers."""
    conference = get_object_or_404(Conference, pk=pk)
    choice = balancing.choice_of(conference)
    return page(
        request,
        "admin/registrations/balance/standing.html",
        BalanceSettings,
        title=_("Balance"),
        subject=conference,
        back=change_address(conference),
        conference=conference,
        problems=[contradiction(found, choice.dimensions) for found in contradictions(choice)],
        may_change=may(request, "change", Wave),
        propose_url=_address("propose", pk),
        settings_url=_settings_address(conference),
        proposals=[
            (proposal, _address("proposal", proposal.pk))
            for proposal in Proposal.objects.filter(conference=conference).select_related("wave")[:10]
        ],
        gone=[
            (delegation, _address("stand_ins", delegation.pk))
            for delegation in balancing.not_coming(conference).order_by("name")
        ],
        **_standing(choice, effect(choice, [])),
    )


@require_safe
@view_wave
def stand_ins(request: HttpRequest, pk: int) -> HttpResponse:
    """Who may come in the place of a city that will not, best first, and why."""
    cities = Delegation.objects.filter(category=Category.CITY).select_related("conference", "city")
    gone = get_object_or_404(cities, pk=pk)
    choice = balancing.choice_of(gone.conference)
    found = balancing.stand_ins(gone, choice=choice)
    return page(
        request,
        "admin/registrations/balance/stand_ins.html",
        BalanceSettings,
        title=_("Instead of %(name)s") % {"name": gone.name},
        subject=gone.conference,
        back=_address("standing", gone.conference_id),
        may_change=may(request, "change", Wave),
        propose_url=_address("propose", gone.conference_id),
        stands=effect(choice, []).imbalance,
        lines=[(reason.candidate, _mends(choice, reason), reason.with_swap) for reason in found],
    )


def _mends(choice: Choice, reason: Reason) -> str:
    labels = {(one.key, group.key): group.label for one in choice.dimensions for group in one.groups}
    words = ", ".join(f"{labels[one.place]} +{one.seats:.1f}" for one in reason.mends)
    return words or _("fills a seat")


def _settings_address(conference: Conference) -> str:
    found = BalanceSettings.objects.filter(conference=conference).first()
    if found:
        return change_address(found)
    return f"{reverse('admin:registrations_balancesettings_add')}?conference={conference.pk}"


@require_POST
@change_wave
def propose(request: HttpRequest, pk: int) -> HttpResponse:
    """Makes a proposal for so many expected seats and shows it."""
    conference = get_object_or_404(Conference, pk=pk)
    form = SeatsForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say how many expected seats the wave should bring, as a whole number from 1 on."))
        return redirect(_address("standing", pk))
    must = [form.cleaned_data["must"]] if form.cleaned_data["must"] else []
    try:
        proposal = balancing.make_proposal(conference, seats=form.cleaned_data["seats"], must=must, by=request.user)
    except balancing.ProposalRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(_address("standing", pk))
    return redirect(_address("proposal", proposal.pk))


@dataclass(frozen=True)
class Proposed:
    """A line of the proposal: a city that is in, why, and what else could be."""

    key: str
    name: str
    mends: str
    without: float
    swap: str
    with_swap: float


def _proposal_context(proposal: Proposal) -> dict[str, object]:
    choice = balancing.choice_for(proposal)
    labels = {(one.key, group.key): group.label for one in choice.dimensions for group in one.groups}
    keys = [str(number) for number in proposal.chosen]
    # A wave's cities are among the held already.
    now = effect(choice, [] if proposal.wave_id else keys)
    lines = [
        Proposed(
            reason.candidate.key,
            reason.candidate.name,
            _mends(choice, reason),
            reason.without,
            reason.swap.name if reason.swap else "",
            reason.with_swap,
        )
        for reason in reasons(choice, keys)
    ]
    chosen = set(keys)
    others = [
        (city.key, city.name, ", ".join(labels[place] for place in city.places if place in labels))
        for city in sorted(choice.candidates, key=lambda city: city.name)
        if city.key not in chosen
    ]
    gap = proposal.log.get("gap")
    return {
        "proposal": proposal,
        "lines": lines,
        "others": others,
        "before": sum(expected_seats(choice.held).get(place, 0.0) for place in labels if place[0] == "state"),
        "gap": None if gap is None else round(100 * gap),
        "toggle_url": _address("toggle", proposal.pk),
        **_standing(choice, now),
    }


@require_safe
@view_wave
def proposal_page(request: HttpRequest, pk: int) -> HttpResponse:
    return _show(request, get_object_or_404(Proposal.objects.select_related("conference", "wave"), pk=pk))


def _show(request: HttpRequest, proposal: Proposal, form: WaveForm | None = None) -> HttpResponse:
    conference = proposal.conference
    name = _("Wave %(number)d") % {"number": conference.waves.count() + 1}
    return page(
        request,
        "admin/registrations/balance/proposal.html",
        BalanceSettings,
        title=_("Proposed wave"),
        subject=conference,
        back=_address("standing", conference.pk),
        may_change=may(request, "change", Wave),
        wave_url=_address("to_wave", proposal.pk),
        wave_name=name,
        made_wave=change_address(proposal.wave) if proposal.wave else "",
        form=form,
        **_proposal_context(proposal),
    )


@require_POST
@change_wave
def toggle(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes a city in or out. By htmx the changed part of the page comes back, else the page."""
    proposal = get_object_or_404(Proposal.objects.select_related("conference", "wave"), pk=pk)
    number = request.POST.get("city", "")
    try:
        proposal = balancing.toggle(proposal, int(number) if number.isdecimal() else 0, by=request.user)
    except balancing.ProposalRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(_address("proposal", pk))
    if not request.headers.get("HX-Request"):
        return redirect(_address("proposal", pk))
    context: dict[str, Any] = {**_proposal_context(proposal), "may_change": True}
    return HttpResponse(render_to_string("admin/registrations/balance/cities.html", context, request))


@require_POST
@change_wave
def to_wave(request: HttpRequest, pk: int) -> HttpResponse:
    """Makes a wave of the proposal and goes to it, where it is looked at once more and sent."""
    proposal = get_object_or_404(Proposal.objects.select_related("conference", "wave"), pk=pk)
    form = WaveForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give the wave a name and a reply-by date."))
        return redirect(_address("proposal", pk))
    try:
        wave = balancing.turn_into_wave(proposal, by=request.user, **form.cleaned_data)
    except balancing.ProposalRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(_address("proposal", pk))
    messages.success(request, _("The wave is ready. Look at it once more and send it."))
    return redirect(change_address(wave))
