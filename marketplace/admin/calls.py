"""Organisers' page of the call: dates, numbers, equipment, criteria and the lists of words."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from conference import history
from conference.deadlines import check_not_midnight
from conference.form_fields import MomentField
from conference.formsets import InlineRowsAsPosted, LimitedRows
from conference.models import Conference, Room
from conference.organiser_admin import OrganiserAdmin
from conference.requests import row_key
from marketplace.admin import deciding, hall, papers, placing, reading, report, rota
from marketplace.admin.addresses import tabs
from marketplace.models import Call, Criterion, StandKind, Term
from marketplace.queries import use_of_kinds
from marketplace.services import calls

_LIMIT = "limit_"


def _limit_field(kind: StandKind) -> forms.IntegerField:
    return forms.IntegerField(
        label=kind.label,
        required=False,
        min_value=0,
        max_value=2000,
    )


class CallForm(forms.ModelForm):
    """With the number of stands of each kind; an empty one is no limit."""

    limit_network = _limit_field(StandKind.NETWORK)
    limit_programme = _limit_field(StandKind.PROGRAMME)
    limit_project = _limit_field(StandKind.PROJECT)
    limit_institution = _limit_field(StandKind.INSTITUTION)
    limit_city = _limit_field(StandKind.CITY)

    class Meta:
        model = Call
        fields: ClassVar = [
            "conference",
            "opens_at",
            "closes_at",
            "stands",
            "equipment",
            "room",
            "stands_from",
            "stands_until",
            "audience",
            "is_archived",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = dict(self.instance.limits.values_list("kind", "stands")) if self.instance.pk else {}
        for kind in StandKind:
            if field := self.fields.get(_LIMIT + kind):
                field.initial = self.initial.setdefault(_LIMIT + kind, known.get(kind))
        if "room" in self.fields and self.instance.pk:
            self.fields["room"].queryset = Room.objects.filter(  # type: ignore[attr-defined]
                venue=self.instance.conference.venue_id
            )

    @property
    def limits(self) -> dict[str, int | None]:
        return {kind.value: self.cleaned_data.get(_LIMIT + kind) for kind in StandKind}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        stands = data.get("stands")
        if conference := data.get("conference") or (self.instance.conference if self.instance.pk else None):
            try:
                check_not_midnight(data.get("closes_at"), conference.zone)
            except ValidationError as error:
                self.add_error("closes_at", error)
        for kind in StandKind:
            number = data.get(_LIMIT + kind)
            if stands and number and number > stands:
                self.add_error(_LIMIT + kind, _("There are only %(number)d stands in all.") % {"number": stands})
        return data


class NamedRow(forms.ModelForm):
    """A row of a table, whose column heads are no labels to those who hear the page."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.row = str(self.instance) if self.instance.pk else _("new row")
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = f"{capfirst(field.label)}: {self.row}"


class KeptRows(InlineRowsAsPosted):
    """Rows that something refers to are renamed, not deleted."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].widget.attrs["aria-label"] = _("Delete: %(row)s") % {"row": form.row}

    def clean(self) -> None:
        super().clean()
        for form in self.deleted_forms:
            if form.instance.pk and (number := _times_used(form.instance)):
                form.add_error(
                    None,
                    _("“%(name)s” is used by %(number)d applications: rename it, or leave it.")
                    % {"name": form.instance.name, "number": number},
                )
                raise forms.ValidationError(_("A row that is in use cannot be deleted."))


def _times_used(row: Criterion | Term) -> int:
    if isinstance(row, Criterion):
        return row.marks.values("application").distinct().count()
    return sum(
        relation.count()
        for relation in (
            row.applications_on,
            row.applications_for,
            row.applications_seeking,
            row.applications_offering,
        )
    )


class CriterionInline(LimitedRows, admin.TabularInline):
    model = Criterion
    form, formset = NamedRow, KeptRows
    fields = ("name", "weight", "position")
    extra = 1


class TermInline(LimitedRows, admin.TabularInline):
    model = Term
    form, formset = NamedRow, KeptRows
    fields = ("use", "name", "position")
    extra = 3


@admin.register(Call)
class CallAdmin(OrganiserAdmin):
    form = CallForm
    change_form_template = "admin/marketplace/call/change_form.html"
    list_display = ("conference", "opens_at", "closes_at", "stands", "audience")
    list_select_related = ("conference",)
    ordering = ("-conference__held_on",)
    fieldsets = (
        (None, {"fields": ("conference", ("opens_at", "closes_at"))}),
        (
            gettext_lazy("Stands"),
            {
                "description": gettext_lazy("The number in all, and how many of each kind at most. Empty: no limit."),
                "fields": ("stands", tuple(_LIMIT + kind for kind in StandKind), "equipment"),
            },
        ),
        (gettext_lazy("On the day"), {"fields": ("room", ("stands_from", "stands_until"))}),
        (gettext_lazy("Catalogue"), {"fields": ("audience", "is_archived")}),
    )
    formfield_overrides: ClassVar = {
        **OrganiserAdmin.formfield_overrides,
        # The browser's own field; the admin's two fields need its scripts.
        models.DateTimeField: {
            "form_class": MomentField,
            "widget": forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        },
    }

    def get_readonly_fields(self, request: HttpRequest, obj: Call | None = None) -> tuple[str, ...]:
        return ("conference",) if obj else ()

    def get_inlines(self, request: HttpRequest, obj: Call | None) -> list[type[admin.TabularInline]]:
        """A new call begins with lists that can be edited afterwards."""
        return [CriterionInline, TermInline] if obj else []

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        newest = Conference.objects.filter(stand_call=None).order_by("-held_on").values_list("pk", flat=True).first()
        return {"conference": newest, **super().get_changeform_initial_data(request)}

    def has_delete_permission(self, request: HttpRequest, obj: Call | None = None) -> bool:
        return super().has_delete_permission(request, obj) and obj is not None and not obj.applications.exists()

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Times are typed and shown on the venue's clock."""
        with timezone.override(_zone_of(request, object_id)):
            response = super().changeform_view(request, object_id, form_url, extra_context)
            return response.render() if hasattr(response, "render") else response

    def page_context(self, request: HttpRequest, subject: Call) -> dict[str, object]:
        return {
            "tabs": list(tabs(subject, "call")),
            "uses": use_of_kinds(subject),
            "entries": history.of(subject)[:10],
        }

    def save_model(self, request: HttpRequest, obj: Call, form: CallForm, change: bool) -> None:
        """`save_related` saves it, with the names of the lists that were changed."""
        if not change:
            calls.save_call(obj, limits=form.limits, by=request.user)

    def save_related(self, request: HttpRequest, form: CallForm, formsets: list[Any], change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if change:
            lists = [_RELATED[formset.model] for formset in formsets if formset.has_changed()]
            calls.save_call(form.instance, limits=form.limits, changed=[*form.changed_data, *lists], by=request.user)

    def get_urls(self) -> list[URLPattern]:
        return [
            self.own_path("of/<int:pk>/", of_conference, name="of"),
            self.own_path("<int:pk>/read/", reading.read, name="read"),
            self.own_path("<int:pk>/shortlist/", deciding.shortlist, name="shortlist"),
            self.own_path("<int:pk>/decide/", deciding.decide, name="decide"),
            self.own_path("<int:pk>/hall/", hall.hall, name="hall"),
            self.own_path("<int:pk>/hall/draw/", hall.draw, name="draw"),
            self.own_path("<int:pk>/hall/place/", placing.place, name="place"),
            self.own_path("<int:pk>/hall/propose/", placing.propose, name="propose"),
            self.own_path("<int:pk>/sheets/", papers.sheets, name="sheets"),
            self.own_path("<int:pk>/rota/", rota.rota, name="rota"),
            self.own_path("<int:pk>/report/", report.report, name="report"),
            *super().get_urls(),
        ]


@permission_required("marketplace.view_call", raise_exception=True)
@require_safe
def of_conference(request: HttpRequest, pk: int) -> HttpResponse:
    """The conference's call, or the page on which one is begun."""
    conference = get_object_or_404(Conference.objects.select_related("stand_call"), pk=pk)
    call = getattr(conference, "stand_call", None)
    if call:
        return redirect("admin:marketplace_call_change", call.pk)
    return redirect(f"{reverse('admin:marketplace_call_add')}?conference={conference.pk}")


_RELATED: dict[type[models.Model], str] = {Criterion: "criteria", Term: "terms"}


def _zone_of(request: HttpRequest, object_id: str | None) -> Any:
    """The venue's zone, of the call or of the conference that is chosen for a new one."""
    if object_id:
        found = Conference.objects.filter(stand_call=row_key(object_id)).first()
    else:
        number = request.POST.get("conference") or request.GET.get("conference")
        found = Conference.objects.filter(pk=row_key(number)).first()
    return found.zone if found else timezone.get_default_timezone()
