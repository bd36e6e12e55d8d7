"""Organisers' pages of the rules, and of the tables with their plan."""

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from conference.formsets import RowsOfNow
from conference.models import Conference
from conference.organiser_admin import list_address, may, page, succeeds
from meetings.admin.addresses import address, home_address
from meetings.admin.forms import HallForm, RulesForm, TablesFormSet
from meetings.models import MeetingRules, Profile, Table
from meetings.queries import rules_of
from meetings.services import places as service
from meetings.services.blocks import IN_A_ROW
from meetings.services.places import PlacesRefused

view_rules = permission_required("meetings.view_meetingrules", raise_exception=True)
change_rules = permission_required("meetings.change_meetingrules", raise_exception=True)
read_and_post = require_http_methods(["GET", "HEAD", "POST"])

# The plan, in units of its picture.
_WIDTH, _HEIGHT, _GAP = 54, 40, 14


@change_rules
@read_and_post
def rules(request: HttpRequest, pk: int) -> HttpResponse:
    """When booking is open, what one may ask for, and who may ask whom."""
    conference = get_object_or_404(Conference, pk=pk)
    present = rules_of(conference.pk)
    present.conference = conference
    form = RulesForm(request.POST or None, instance=present)
    if form.is_valid() and succeeds(
        form,
        lambda: service.save_rules(form.instance, changed=form.changed_fields, by=request.user),
        refusals=PlacesRefused,
    ):
        messages.success(request, _("Saved."))
        return redirect(home_address(conference))
    return page(
        request,
        "admin/meetings/rules.html",
        MeetingRules,
        title=_("Rules and dates"),
        subject=conference,
        back=home_address(conference),
        profiles_url=list_address(Profile, conference__id__exact=conference.pk),
        conference=conference,
        form=form,
    )


# Tables ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Spot:
    """A table on the plan's picture."""

    table: Table
    x: int
    y: int

    @property
    def middle(self) -> int:
        return self.x + _WIDTH // 2

    @property
    def baseline(self) -> int:
        return self.y + _HEIGHT // 2 + 7


@dataclass(frozen=True)
class Plan:
    """The tables seen from above, and the same as a list: row by row."""

    spots: list[Spot]
    width: int
    height: int
    rows: list[tuple[int, list[Table]]]


def plan_of(tables: list[Table]) -> Plan:
    rows: dict[int, list[Table]] = {}
    for table in sorted(tables, key=lambda table: (table.row, table.place)):
        rows.setdefault(table.row, []).append(table)
    places = max((table.place for table in tables), default=1)
    last_row = max((table.row for table in tables), default=1)
    return Plan(
        spots=[
            Spot(
                table,
                _GAP + (table.place - 1) * (_WIDTH + _GAP),
                _GAP + (table.row - 1) * (_HEIGHT + _GAP),
            )
            for table in tables
        ],
        width=_GAP + places * (_WIDTH + _GAP),
        height=_GAP + last_row * (_HEIGHT + _GAP),
        rows=list(rows.items()),
    )


@view_rules
@read_and_post
def tables(request: HttpRequest, pk: int) -> HttpResponse:
    """The plan as a picture and as a list; where each table stands, and which are spare."""
    conference = get_object_or_404(Conference, pk=pk)
    found = Table.objects.filter(conference=conference).order_by("number")
    may_change = may(request, "change", MeetingRules)
    formset = TablesFormSet(request.POST if request.method == "POST" and may_change else None, queryset=found)
    if formset.is_bound and formset.is_valid():
        wanted = {
            form.instance.number: (
                form.cleaned_data["row"],
                form.cleaned_data["place"],
                form.cleaned_data["is_spare"],
            )
            for form in formset
        }
        try:
            _check_all_there(formset)
            service.save_tables(conference, wanted, by=request.user)
        except PlacesRefused as refusal:
            formset.non_form_errors().append(str(refusal))
        else:
            messages.success(request, _("The plan is saved."))
            return redirect(address("tables", conference))
    # Read again: the forms have put what was typed into theirs, and more tables may have come.
    present = list(found.all())
    response = page(
        request,
        "admin/meetings/tables.html",
        MeetingRules,
        title=_("Tables and plan"),
        subject=conference,
        back=home_address(conference),
        conference=conference,
        formset=formset,
        rows=[(form.instance.number, form) for form in formset],
        plan=plan_of(present),
        spare=sum(table.is_spare for table in present),
        hall_url=address("hall", conference),
        may_change=may_change,
    )
    if formset.is_bound:
        response.status_code = 422
    return response


def _check_all_there(formset: RowsOfNow) -> None:
    """Raises PlacesRefused, with what was typed for them, where tables of the page are gone."""
    if not formset.gone:
        return
    # They are numbered from 1 without a gap, and so they are listed.
    typed = [
        _("table %(number)d: row %(row)s, place %(place)s")
        % {"number": row.place + 1, "row": row.value("row")[:10] or "–", "place": row.value("place")[:10] or "–"}
        for row in formset.gone
    ]
    words = ngettext(
        "Somebody else has removed %(number)d table meanwhile. You had typed: %(typed)s. Look at the plan, then save "
        "again.",
        "Somebody else has removed %(number)d tables meanwhile. You had typed: %(typed)s. Look at the plan, then save "
        "again.",
        len(typed),
    )
    raise PlacesRefused(words % {"number": len(typed), "typed": "; ".join(typed)})


@change_rules
@read_and_post
def hall(request: HttpRequest, pk: int) -> HttpResponse:
    """How many tables there are, laid out anew row by row."""
    conference = get_object_or_404(Conference, pk=pk)
    found = Table.objects.filter(conference=conference)
    initial = {"count": found.count() or 20, "in_a_row": found.filter(row=1).count() or IN_A_ROW}
    form = HallForm(request.POST or None, initial=initial)
    if form.is_valid() and succeeds(
        form, lambda: service.set_tables(conference, **form.cleaned_data, by=request.user), refusals=PlacesRefused
    ):
        messages.success(request, _("The tables are laid out."))
        return redirect(address("tables", conference))
    percent = rules_of(conference.pk).spare_percent
    return page(
        request,
        "admin/question.html",
        MeetingRules,
        title=_("Lay the tables out anew"),
        subject=conference,
        back=address("tables", conference),
        submit=_("Lay out"),
        form=form,
        explanation=_(
            "Row by row from the entrance, numbered from 1. Spare tables: %(percent)d per cent, spread so that each "
            "break has its share; only organisers give them away. Tables with meetings keep their numbers."
        )
        % {"percent": percent},
    )
