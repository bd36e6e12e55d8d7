"""What if, and the page that says how cities were chosen."""

import hashlib
from dataclasses import replace
from typing import Any

from django import forms
from django.contrib.auth.decorators import permission_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from conference import pdf
from conference.models import Conference
from conference.organiser_admin import page
from registrations.balance.simulating import RUNS, STRATEGIES, Outcome, Supposed, simulate
from registrations.models import BalanceSettings
from registrations.services.balance_facts import Facts, facts_of
from registrations.services.balance_report import context_of

view_wave = permission_required("registrations.view_wave", raise_exception=True)
NAMES = {
    "biggest": gettext_lazy("Biggest cities first"),
    "first": gettext_lazy("First come, first served"),
    "proposed": gettext_lazy("As proposed here"),
}
# Of the report's tables, the loosest first.
DENSITIES = ("", "dense", "densest")
# How long a computed answer is kept, in seconds; what is known of the cities is part of its name.
KEPT = 600


def _slider(**attributes: int) -> forms.NumberInput:
    return forms.NumberInput(attrs={"type": "range", **attributes})


class SupposedForm(forms.Form):
    """Sliders, each with its number beside it."""

    acceptance = forms.IntegerField(
        label=gettext_lazy("Chance that a city accepts"),
        min_value=1,
        max_value=100,
        widget=_slider(step=1),
        help_text=gettext_lazy("In per cent; at first what the replies so far make likely."),
    )
    waves = forms.IntegerField(
        label=gettext_lazy("Waves of invitations"),
        min_value=1,
        max_value=6,
        widget=_slider(step=1),
        help_text=gettext_lazy("Each invites for the places that the replies before it leave."),
    )
    overbooking = forms.IntegerField(
        label=gettext_lazy("Overbooking"),
        min_value=0,
        max_value=100,
        widget=_slider(step=5),
        help_text=gettext_lazy("In per cent of the free places; 0: as many as keep overflow unlikely."),
    )
    reserve = forms.IntegerField(
        label=gettext_lazy("The reserve list moves up"),
        min_value=0,
        max_value=8,
        widget=_slider(step=1),
        help_text=gettext_lazy("So often after the last wave, each time by as many as would all find room."),
    )


def _usual(facts: Facts) -> dict[str, int]:
    return {
        "acceptance": max(1, round(100 * facts.estimates["city"].chance)),
        "waves": 3,
        "overbooking": 0,
        # Where it does by itself, it is quick: so often between the last wave and the day.
        "reserve": 4 if facts.settings.promotes else 0,
    }


@require_safe
@view_wave
def what_if(request: HttpRequest, pk: int) -> HttpResponse:
    """A thousand simulated runs for each way of choosing, with what is supposed in the address."""
    conference = get_object_or_404(Conference, pk=pk)
    facts = facts_of(conference)
    usual = _usual(facts)
    asked = {name: request.GET.get(name) or number for name, number in usual.items()}
    form = SupposedForm(asked, label_suffix="")
    outcomes = []
    if form.is_valid():
        outcomes = [(NAMES[way], found) for way, found in _simulated(facts, **form.cleaned_data).items()]
    most = max((found.imbalance for _name, found in outcomes), default=0) or 1
    return page(
        request,
        "admin/registrations/balance/what_if.html",
        BalanceSettings,
        title=_("What if?"),
        subject=conference,
        back=reverse("admin:registrations_balancesettings_standing", args=[pk]),
        form=form,
        sliders=[form[name] for name in form.fields],
        runs=RUNS,
        room=facts.room,
        states=len(facts.member_states),
        lines=[
            (name, found, round(100 * found.imbalance / most), 100 * found.full, 100 * found.overflow)
            for name, found in outcomes
        ],
        action=request.path,
    )


def _simulated(facts: Facts, *, acceptance: int, waves: int, overbooking: int, reserve: int) -> dict[str, Outcome]:
    """Computed once for the same facts and suppositions."""
    choice = facts.choice()
    times = acceptance / 100 / max(0.01, facts.estimates["city"].chance)
    supposed = Supposed(acceptance=times, waves=waves, overbooking=overbooking / 100, reserve=reserve)
    digest = hashlib.sha256(repr((choice, supposed)).encode()).hexdigest()
    name = f"balance-what-if:{facts.conference.pk}:{digest}"
    found = cache.get(name)
    if found is None:
        populations = {one.city.key: one.known.population for one in facts.cities}
        found = {}
        for way in STRATEGIES:
            outcome = simulate(choice, way, supposed, populations=populations)
            # The single runs are not shown; without them it is small enough to keep.
            found[way] = replace(
                outcome, seats=outcome.seats[:0], missing=outcome.missing[:0], imbalances=outcome.imbalances[:0]
            )
        cache.set(name, found, KEPT)
    return found


@require_safe
@view_wave
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """How cities were chosen, on one page."""
    conference = get_object_or_404(Conference.objects.select_related("venue"), pk=pk)
    try:
        content = pdf.write(_on_one_page(context_of(conference)))
    except pdf.PdfUnavailable as missing:
        return HttpResponse(str(missing), status=503, content_type="text/plain; charset=utf-8")
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="how-cities-were-chosen-{conference.slug}.pdf"'
    return response


def _on_one_page(context: dict[str, object]) -> Any:
    """The report as loosely as one page lets it; as tightly as it can be where even that is not enough."""
    for density in DENSITIES:
        document = pdf.lay_out("pdf/balance.html", {**context, "density": density})
        if len(document.pages) == 1:
            break
    return document
