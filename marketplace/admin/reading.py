"""Side-by-side reading: some applications in columns, each with the reviewer's own marks below."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from conference.requests import one_of, whole_numbers
from marketplace.admin.addresses import call_page, change_applications, named_call
from marketplace.marks import MOST_POINTS
from marketplace.models import Call, Criterion, Mark, StandApplication, StandKind
from marketplace.queries import scores
from marketplace.services import selection
from marketplace.services.selection import JUDGED, SelectionRefused

COLUMNS = 3
# What is read, in this order: name of the field.
_TEXTS = (
    "challenge",
    "approach",
    "results",
    "transferable",
    "seeks",
    "offers",
    "needs",
)


class MarksForm(forms.Form):
    """One reviewer's points for one application, a field a criterion."""

    def __init__(
        self, *args: Any, application: StandApplication, criteria: list[Criterion], own: dict[int, int], **kwargs: Any
    ) -> None:
        super().__init__(*args, prefix=f"marks-{application.pk}", label_suffix="", **kwargs)
        self.application, self.criteria = application, criteria
        self.title = application.initiative
        for criterion in criteria:
            self.fields[str(criterion.pk)] = forms.TypedChoiceField(
                label=criterion.name,
                required=False,
                coerce=int,
                empty_value=None,
                choices=[("", "–"), *((points, str(points)) for points in range(MOST_POINTS + 1))],
                initial=own.get(criterion.pk),
            )

    @property
    def points(self) -> dict[Criterion, int | None]:
        return {criterion: self.cleaned_data[str(criterion.pk)] for criterion in self.criteria}


@require_http_methods(["GET", "HEAD", "POST"])
@change_applications
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """Others' marks of an application are shown only once one has marked it oneself: nobody leans on anybody."""
    call = named_call(pk)
    criteria = list(call.criteria.all())
    kind = one_of(request.GET.get("kind"), StandKind.values)
    todo = request.GET.get("todo") == "1"
    chosen = _chosen(call, kind=kind, todo=todo, reviewer=request.user, criteria=len(criteria))
    pages = Paginator(chosen, COLUMNS)
    current = pages.get_page(request.GET.get("p"))
    columns = list(current.object_list)
    if request.method == "POST":
        # The columns that were on the page: while marking, “not marked yet” loses them.
        numbers = whole_numbers(request.POST.getlist("application"))
        columns = list(_judged(call).filter(pk__in=numbers[:COLUMNS]))
        _tell_who_is_gone(request, call, set(numbers[:COLUMNS]) - {one.pk for one in columns})
    own: dict[int, dict[int, int]] = {application.pk: {} for application in columns}
    for mark in Mark.objects.filter(application__in=columns, reviewer=request.user):
        own[mark.application_id][mark.criterion_id] = mark.points
    forms_of = [
        MarksForm(
            request.POST if request.method == "POST" else None,
            application=application,
            criteria=criteria,
            own=own[application.pk],
        )
        for application in columns
    ]
    if request.method == "POST" and _all_valid(forms_of):
        return _keep(request, forms_of)
    found = scores(call)
    return call_page(
        request,
        "call/read.html",
        call,
        here="read",
        title=_("Read and mark"),
        marks=forms_of,
        criteria=criteria,
        mark_rows=[(criterion, [form[str(criterion.pk)] for form in forms_of]) for criterion in criteria],
        texts=[
            (StandApplication._meta.get_field(name).verbose_name, [getattr(one, name) for one in columns])
            for name in _TEXTS
        ],
        columns=columns,
        scores=[found.get(one.pk) if len(own[one.pk]) == len(criteria) and criteria else None for one in columns],
        rows=current,
        total=pages.count,
        kinds=StandKind.choices,
        kind=kind,
        todo=todo,
    )


def _judged(call: Call) -> QuerySet[StandApplication]:
    return (
        StandApplication.objects.filter(call=call, status__in=JUDGED)
        .select_related("delegation__member_state", "delegation__city", "conference")
        .prefetch_related("topics", "target_groups", "links")
        .order_by("kind", "delegation__name", "pk")
    )


def _chosen(call: Call, *, kind: str, todo: bool, reviewer: Any, criteria: int) -> QuerySet[StandApplication]:
    found = _judged(call)
    if kind:
        found = found.filter(kind=kind)
    if todo:
        done = (
            Mark.objects.filter(application__call=call, reviewer=reviewer)
            .values("application")
            .annotate(number=Count("pk"))
            .filter(number__gte=criteria)
        )
        found = found.exclude(pk__in=done.values("application"))
    return found


def _tell_who_is_gone(request: HttpRequest, call: Call, numbers: set[int]) -> None:
    """Applications that were withdrawn or decided while the page was read: the marks for them are not saved."""
    if not numbers:
        return
    names = StandApplication.objects.filter(call=call, pk__in=numbers).values_list("initiative", flat=True)
    for name in names:
        messages.error(
            request, _("“%(name)s” is not judged any more: your marks for it are not saved.") % {"name": name}
        )
    if len(names) < len(numbers):
        messages.error(request, _("An application of this page no longer exists: your marks for it are not saved."))


def _all_valid(forms_of: list[MarksForm]) -> bool:
    """Looks at every one, so that each shows its errors."""
    return len([form for form in forms_of if form.is_valid()]) == len(forms_of)


def _keep(request: HttpRequest, forms_of: list[MarksForm]) -> HttpResponse:
    kept = 0
    for form in forms_of:
        if not form.has_changed():
            continue
        try:
            selection.give_marks(form.application, form.points, by=request.user)
        except SelectionRefused as refusal:
            messages.error(request, f"{form.application.initiative}: {refusal}")
        else:
            kept += 1
    if kept:
        words = ngettext("Your marks of %d application are saved.", "Your marks of %d applications are saved.", kept)
        messages.success(request, words % kept)
    return redirect(request.get_full_path())
