"""The page of targets: dimensions with weights, shares and limits, and what they come to in seats."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from conference.form_fields import PhrasesField
from conference.models import Conference
from conference.organiser_admin import may, page
from conference.requests import whole_number
from registrations.balance.proposing import contradictions
from registrations.balance.wording import contradiction
from registrations.models import BalanceDimension, BalanceSettings, Wave
from registrations.services import balance_targets
from registrations.services.balance_facts import facts_of
from registrations.services.balance_targets import Limits, Setting, settings_of

view_wave = permission_required("registrations.view_wave", raise_exception=True)
SHARE_HELP = gettext_lazy("In relation to each other: 1 and 3 are a quarter and three quarters.")


class BoundsField(PhrasesField):
    """Whole numbers, typed with commas between them; thousands may stand apart."""

    def to_python(self, value: Any) -> list[int]:  # type: ignore[override]
        found = []
        for word in super().to_python(value):
            digits = word.replace(" ", "").replace("\N{NO-BREAK SPACE}", "")
            number = whole_number(digits)
            if number is None:
                raise ValidationError(_("“%(word)s” is not a whole number.") % {"word": word})
            found.append(number)
        return found


class SettingsForm(forms.ModelForm):
    size_bounds = BoundsField(
        label=gettext_lazy("Bounds of size"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Inhabitants at which the next band begins: 50000, 100000, 250000."),
    )

    class Meta:
        model = BalanceSettings
        fields = (
            "size_bounds",
            "host_state",
            "coverage",
            "overflow_risk",
            "acceptance_city",
            "acceptance_organisation",
            "acceptance_institution",
            "acceptance_member_state",
            "promotes",
            "promotion_days",
        )
        help_texts = {"acceptance_city": gettext_lazy("Between 0 and 1. Empty: from the replies, beginning at 0.4.")}


class DimensionForm(forms.Form):
    """One dimension: its weight, its rule, and for each group what is typed."""

    weight = forms.FloatField(label=gettext_lazy("Weight"), min_value=0, max_value=10)
    rule = forms.ChoiceField(label=gettext_lazy("Target shares"))

    def __init__(self, data: QueryDict | None, setting: Setting) -> None:
        initial: dict[str, Any] = {"weight": f"{setting.weight:g}", "rule": setting.rule}
        super().__init__(data, prefix=setting.key, initial=initial, label_suffix="")
        self.setting = setting
        self.fields["rule"].choices = setting.rules
        for number, (key, label) in enumerate(setting.labels.items()):
            limits = setting.limits.get(key, Limits())
            for name, value, title in (
                ("share", limits.share, _("Share of %(group)s")),
                ("floor", limits.floor or None, _("Floor of %(group)s, in seats")),
                ("ceiling", limits.ceiling, _("Ceiling of %(group)s, in seats")),
            ):
                field = forms.FloatField(label=title % {"group": label}, min_value=0, required=False)
                field.widget.attrs.update({"step": "any", "aria-label": title % {"group": label}})
                field.initial = None if value is None else f"{value:g}"
                self.fields[f"{name}_{number}"] = field

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for number, label in enumerate(self.setting.labels.values()):
            floor, ceiling = data.get(f"floor_{number}"), data.get(f"ceiling_{number}")
            if floor is not None and ceiling is not None and ceiling < floor:
                self.add_error(f"ceiling_{number}", _("%(group)s: the floor is above the ceiling.") % {"group": label})
        if data.get("rule") == BalanceDimension.Rule.TYPED and self.setting.key != "host":
            typed = [data.get(f"share_{number}") or 0 for number in range(len(self.setting.labels))]
            if self.setting.labels and not sum(typed):
                self.add_error("rule", _("Type in the share of one group at least, or choose another rule."))
        return data

    def typed(self) -> Setting:
        """The setting as far as it is understood; what is not stays as it was."""
        data: Mapping[str, Any] = getattr(self, "cleaned_data", {})
        weight, rule = data.get("weight"), data.get("rule") or self.setting.rule
        limits = {}
        for number, key in enumerate(self.setting.labels):
            one = Limits(data.get(f"share_{number}"), data.get(f"floor_{number}") or 0.0, data.get(f"ceiling_{number}"))
            if one != Limits():
                limits[key] = one
        return Setting(
            self.setting.key,
            self.setting.label,
            self.setting.weight if weight is None else weight,
            rule,
            self.setting.labels,
            limits,
        )

    def rows(self, places: int) -> list[dict[str, Any]]:
        """Each group with its fields and its target in seats."""
        typed = self.typed() if self.is_bound else self.setting
        dimension = typed.dimension(places)
        return [
            {
                "id": f"seats-{self.setting.key}-{number}",
                "label": group.label,
                "target": group.target,
                "share": self[f"share_{number}"],
                "floor": self[f"floor_{number}"],
                "ceiling": self[f"ceiling_{number}"],
            }
            for number, group in enumerate(dimension.groups)
        ]


def _forms(conference: Conference, data: QueryDict | None) -> tuple[SettingsForm, list[DimensionForm], BalanceSettings]:
    chosen = settings_of(conference)
    form = SettingsForm(data, instance=chosen, label_suffix="")
    # Bands follow the bounds that are typed, so that their targets are shown at once.
    form.is_valid()
    settings = balance_targets.settings_in_use(conference, form.instance)
    return form, [DimensionForm(data, setting) for setting in settings], chosen


def _context(conference: Conference, form: SettingsForm, dimensions: list[DimensionForm]) -> dict[str, Any]:
    places = balance_targets.places_for_cities(conference)
    for one in dimensions:
        one.is_valid()
    typed = [one.typed() if one.is_bound else one.setting for one in dimensions]
    choice = facts_of(conference).choice()
    shown = tuple(setting.dimension(places) for setting in typed if setting.weight > 0 and setting.labels)
    found = contradictions(replace(choice, dimensions=shown))
    errors = [
        {"target": f"id_{one.prefix}-{name}", "message": message}
        for one in dimensions
        for name, messages_ in one.errors.items()
        for message in messages_
    ]
    errors += [
        {"target": f"id_{name}", "message": message} for name, messages_ in form.errors.items() for message in messages_
    ]
    return {
        "places": places,
        "capacity": conference.capacity,
        "others": conference.capacity - places,
        "form": form,
        "errors": errors if form.is_bound else [],
        "dimensions": [
            {
                "form": one,
                "setting": setting,
                "rows": one.rows(places),
                "used": setting.weight > 0,
                "empty": not setting.labels,
                # Bounds of size were typed, or somebody else added a group: the fields on the page are others.
                "other_groups": one.is_bound
                and sum(name.startswith(f"{one.prefix}-share_") for name in one.data) != len(setting.labels),
            }
            for one, setting in zip(dimensions, typed, strict=True)
        ],
        "problems": [contradiction(one, shown) for one in found if one.kind != "no candidates"],
        "preview_url": reverse("admin:registrations_balancesettings_targets_preview", args=[conference.pk]),
    }


@view_wave
def targets_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows and saves them. What cannot be saved stays as it was typed, with the error beside it."""
    conference = get_object_or_404(Conference, pk=pk)
    may_change = may(request, "change", Wave)
    data = request.POST if request.method == "POST" and may_change else None
    form, dimensions, chosen = _forms(conference, data)
    saves = data is not None and "calculate" not in data
    if saves and form.is_valid() and all(one.is_valid() for one in dimensions):
        typed = [one.typed() for one in dimensions]
        balance_targets.save_targets(chosen, typed, changed=form.changed_data, by=request.user)
        messages.success(request, _("The targets are saved."))
        return redirect("admin:registrations_balancesettings_targets", pk)
    standing = reverse("admin:registrations_balancesettings_standing", args=[pk])
    response = page(
        request,
        "admin/registrations/balance/targets.html",
        BalanceSettings,
        title=_("Targets, weights and chances"),
        subject=conference,
        back=standing,
        may_change=may_change,
        **_context(conference, form, dimensions),
    )
    if saves:
        response.status_code = 422
    return response


@require_POST
@view_wave
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The targets in seats as they would be with what is typed; nothing is saved. Posted, since it may be long."""
    conference = get_object_or_404(Conference, pk=pk)
    form, dimensions, _chosen = _forms(conference, request.POST)
    context = {**_context(conference, form, dimensions), "may_change": True}
    return HttpResponse(render_to_string("admin/registrations/balance/seats.html", context, request))
