"""Organisers' pages of balance: where a conference stands, and who comes in the place of who does not."""

import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from conference.models import Conference
from conference.organiser_admin import OrganiserAdmin, carry_out, change_address, list_address, may, page
from conference.requests import one_of, row_key
from registrations.admin import balance_future, balance_proposals, balance_targets
from registrations.admin.balance_pictures import map_of, tables
from registrations.balance.proposing import Effect, contradictions, effect
from registrations.balance.values import Candidate, Choice, expected_seats, imbalance
from registrations.balance.wording import alike_in_words, contradiction, mends_in_words, off_balance
from registrations.models import BalanceSettings, Category, Delegation, Proposal, Wave
from registrations.services import reserve
from registrations.services.balance_facts import VIEWS, Facts, expected_of_others, facts_of, not_coming

change_wave = permission_required("registrations.change_wave", raise_exception=True)
view_wave = permission_required("registrations.view_wave", raise_exception=True)


@admin.register(BalanceSettings)
class BalanceSettingsAdmin(OrganiserAdmin):
    """The settings have a page of their own, which shows what they come to in seats."""

    list_display = ("conference", "overflow_risk", "promotes")
    list_select_related = ("conference",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: BalanceSettings | None = None) -> bool:
        return False

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        found = get_object_or_404(BalanceSettings, pk=row_key(object_id))
        return redirect(_address("targets", found.conference_id))

    def get_urls(self) -> list[URLPattern]:
        return [
            self.own_path("<int:pk>/standing/", standing, name="standing"),
            self.own_path("stand-ins/<int:pk>/", stand_ins, name="stand_ins"),
            self.own_path("stand-ins/<int:pk>/invite/", invite_stand_in, name="invite_stand_in"),
            self.own_path("<int:pk>/targets/", balance_targets.targets_page, name="targets"),
            self.own_path("<int:pk>/targets/preview/", balance_targets.preview, name="targets_preview"),
            self.own_path("<int:pk>/propose/", balance_proposals.propose, name="propose"),
            self.own_path("proposals/<int:pk>/", balance_proposals.proposal_page, name="proposal"),
            self.own_path("proposals/<int:pk>/edit/", balance_proposals.edit, name="edit"),
            self.own_path("proposals/<int:pk>/find/", balance_proposals.find, name="find"),
            self.own_path("proposals/<int:pk>/again/", balance_proposals.again, name="again"),
            self.own_path("proposals/<int:pk>/wave/", balance_proposals.to_wave, name="to_wave"),
            self.own_path("<int:pk>/what-if/", balance_future.what_if, name="what_if"),
            self.own_path("<int:pk>/how-cities-were-chosen.pdf", balance_future.report, name="report"),
            *super().get_urls(),
        ]


def _address(name: str, pk: int) -> str:
    return reverse(f"admin:registrations_balancesettings_{name}", args=[pk])


def in_figures(choice: Choice, now: Effect) -> dict[str, object]:
    """What the included templates of all these pages take."""
    return {
        "choice": choice,
        "effect": now,
        "overflow": None if now.overflow is None else round(100 * now.overflow, 1),
        "sentences": off_balance(choice.dimensions, now.expected),
        "tables": tables(choice, now.expected),
    }


def _seen(choice: Choice, cities: list[Candidate]) -> Effect:
    """What these cities come to, without a chance of overflow: they are counted, not expected."""
    expected = expected_seats(cities)
    return Effect(sum(city.expected for city in cities), imbalance(choice.dimensions, cities), expected, None)


@require_safe
@view_wave
def standing(request: HttpRequest, pk: int) -> HttpResponse:
    """Seats of each group against its target, in words, bars, numbers and on a map, in the view that is asked for."""
    conference = get_object_or_404(Conference, pk=pk)
    facts = facts_of(conference)
    choice = facts.choice()
    views = [name for name in VIEWS if name != "attended" or facts.attendance_is_known]
    view = one_of(request.GET.get("view"), views, otherwise="expected")
    now = effect(choice, []) if view == "expected" else _seen(choice, facts.seen(view))
    gone = not_coming(conference).order_by("name")
    return page(
        request,
        "admin/registrations/balance/standing.html",
        BalanceSettings,
        title=_("Balance"),
        subject=conference,
        back=change_address(conference),
        conference=conference,
        view=view,
        views=[(name, VIEWS[name]) for name in views],
        problems=[contradiction(found, choice.dimensions) for found in contradictions(choice)],
        may_change=may(request, "change", Wave),
        propose_url=_address("propose", pk),
        targets_url=_address("targets", pk),
        what_if_url=_address("what_if", pk),
        report_url=_address("report", pk),
        reserve_url=list_address(Delegation, conference__id__exact=pk, state="reserve"),
        delegations_url=list_address(Delegation, conference__id__exact=pk, category__exact=Category.CITY),
        others=expected_of_others(facts),
        whole=expected_of_others(facts) + effect(choice, []).seats,
        estimates=facts.estimates.values(),
        fullness=round(100 * facts.fullness),
        map=map_of(facts, choice, now.expected),
        candidates=len(choice.candidates),
        reserve=sum(one.can_be_asked and one.known.on_reserve for one in facts.cities),
        proposals=[
            (proposal, _address("proposal", proposal.pk))
            for proposal in Proposal.objects.filter(conference=conference).select_related("wave")[:10]
        ],
        gone=[(delegation, _address("stand_ins", delegation.pk)) for delegation in gone],
        **in_figures(choice, now),
    )


class StandInForm(forms.Form):
    city = forms.IntegerField(min_value=1)
    reply_by = forms.DateField(
        label=gettext_lazy("Reply by"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


def _gone_or_404(pk: int) -> Delegation:
    cities = Delegation.objects.filter(category=Category.CITY).select_related("conference", "city")
    return get_object_or_404(cities, pk=pk)


@require_safe
@view_wave
def stand_ins(request: HttpRequest, pk: int) -> HttpResponse:
    """Who may come in the place of a city that will not, best first, and why."""
    return _show_stand_ins(request, _gone_or_404(pk))


def _show_stand_ins(request: HttpRequest, gone: Delegation, form: StandInForm | None = None) -> HttpResponse:
    facts: Facts = facts_of(gone.conference)
    found = reserve.stand_ins(gone, facts=facts)
    conference = gone.conference
    usual = min(
        conference.today + datetime.timedelta(days=facts.settings.promotion_days),
        conference.held_on - datetime.timedelta(days=1),
    )
    form = form or StandInForm(initial={"reply_by": usual})
    last = gone.invitations.filter(status__in=reserve.GONE).order_by("-pk").first()
    response = page(
        request,
        "admin/registrations/balance/stand_ins.html",
        BalanceSettings,
        title=_("Instead of %(name)s") % {"name": gone.name},
        subject=conference,
        back=_address("standing", conference.pk),
        gone=gone,
        last=last,
        stand_in=getattr(last, "stand_in", None) if last else None,
        may_change=may(request, "change", Wave) and last is not None,
        invite_url=_address("invite_stand_in", gone.pk),
        reserve_url=list_address(Delegation, conference__id__exact=conference.pk, state="never"),
        from_reserve=found.from_reserve,
        stands=effect(found.choice, []).imbalance,
        promotes=facts.settings.promotes,
        date_form=form,
        lines=[
            (
                reason.candidate,
                mends_in_words(found.choice.dimensions, reason),
                alike_in_words(found.choice.dimensions, reason.candidate, found.leaving),
                reason.with_swap,
            )
            for reason in found.reasons
        ],
    )
    if form.is_bound:
        response.status_code = 422
    return response


@require_POST
@change_wave
def invite_stand_in(request: HttpRequest, pk: int) -> HttpResponse:
    """Invites the chosen city at once, with the reason in the history of both."""
    gone = _gone_or_404(pk)
    form = StandInForm(request.POST)
    last = gone.invitations.filter(status__in=reserve.GONE).order_by("-pk").first()
    if not form.is_valid() or last is None:
        messages.error(request, _("Choose the day until which the city may reply."))
        return _show_stand_ins(request, gone, form)
    found = reserve.stand_ins(gone)
    chosen = [reason for reason in found.reasons if reason.candidate.key == str(form.cleaned_data["city"])]
    if not chosen:
        messages.error(request, _("This city cannot be invited now."))
        return redirect(_address("stand_ins", pk))
    city = Delegation.objects.get(pk=form.cleaned_data["city"])
    return carry_out(
        request,
        lambda: reserve.invite_with_reason(
            last, city, chosen[0], found, reply_by=form.cleaned_data["reply_by"], by=request.user
        ),
        refusals=(reserve.PromotionRefused,),
        done=_("%(name)s is invited.") % {"name": city.name},
        to=_address("stand_ins", pk),
    )
