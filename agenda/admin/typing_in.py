"""Organisers type in a whole day, one line a session, look at what was understood, and enter it."""

import datetime
import hashlib
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from agenda.admin.addresses import board_address
from agenda.admin.forms import day_widget
from agenda.admin.moving import version_seen
from agenda.local_times import NoSingleInstant
from agenda.models import Plan, Session, Speaker
from agenda.queries import plan_of
from agenda.rearranging import day_of
from agenda.services import planning
from agenda.services import typing_in as service
from agenda.typing_in import LineProblem, TypedSession, read
from conference.form_fields import DayField
from conference.models import Conference, Room
from conference.organiser_admin import may, page, succeeds


class DayForm(forms.Form):
    day = DayField(label=gettext_lazy("Day"), widget=day_widget())
    lines = forms.CharField(
        label=gettext_lazy("One line a session"),
        max_length=40_000,
        widget=forms.Textarea(attrs={"rows": 18, "spellcheck": "true"}),
        help_text=gettext_lazy(
            "Below a session stand its people and, after a hyphen, its presentations. Times may be written 9.30, 9:30 "
            "or 9h30; without an end, a session lasts until the next one. What stands after @ is the room."
        ),
    )


@dataclass(frozen=True)
class Understood:
    """One line of the preview; times are local."""

    typed: TypedSession
    begins: datetime.datetime
    ends: datetime.datetime
    kind: str


@permission_required("agenda.add_session", raise_exception=True)
@require_http_methods(["GET", "HEAD", "POST"])
def type_in(request: HttpRequest, pk: int) -> HttpResponse:
    """Text, then what it means, then entered. The text is read anew each time; nothing else is taken from the page."""
    conference = get_object_or_404(Conference.objects.select_related("venue"), pk=pk)
    plan = plan_of(conference)
    form = DayForm(request.POST or None, initial={"day": conference.held_on})
    rows: list[Understood] = []
    found: list[LineProblem] = []
    context: dict[str, Any] = {}
    if form.is_valid():
        day = form.cleaned_data["day"]
        typed, found = read(form.cleaned_data["lines"])
        names = service.look_up(conference, typed)
        found += [*service.problems(typed, names), *_not_allowed(request, names, typed)]
        rows, odd = _understood(conference, day, typed)
        found = sorted([*found, *odd], key=lambda problem: problem.line)
        if found:
            form.add_error("lines", _("Some lines could not be read: see below."))
        elif not rows:
            form.add_error("lines", _("There is no session in it yet."))
        elif request.POST.get("do") == "save" and _is_entered(request, conference, plan, form, typed):
            messages.success(
                request, ngettext("%d session is entered.", "%d sessions are entered.", len(rows)) % len(rows)
            )
            return redirect(board_address(conference))
        plan = plan_of(conference)
        context = {
            "new_rooms": names.new_rooms,
            "guests": names.guests,
            "participants": list(names.participants.values()),
            "shown": _digest(form),
            "already": sum(day_of(slot.starts_at, conference.zone) == day for slot in planning.slots_of(conference)),
        }
    return page(
        request,
        "admin/agenda/plan/type_in.html",
        Plan,
        title=_("Type in a day"),
        subject=conference,
        back=board_address(conference),
        conference=conference,
        form=form,
        plan=plan,
        rows=rows,
        problems=found,
        **context,
    )


def _digest(form: forms.Form) -> str:
    facts = f"{form.cleaned_data['day']}\n{form.data['lines']}"
    return hashlib.sha256(facts.encode()).hexdigest()[:16]


def _is_entered(
    request: HttpRequest, conference: Conference, plan: Plan, form: forms.Form, typed: list[TypedSession]
) -> bool:
    """Enters what the page showed; else the form says why it has to be looked at again."""
    seen = version_seen(request)
    if seen == plan.version and request.POST.get("shown") != _digest(form):
        form.add_error(None, _("This is what you typed now. Look at it, then enter it."))
        return False
    return succeeds(
        form,
        lambda: service.enter(conference, form.cleaned_data["day"], typed, seen=seen, by=request.user),
        refusals=planning.PlanRefused,
    )


def _not_allowed(request: HttpRequest, names: service.Names, typed: list[TypedSession]) -> list[LineProblem]:
    """Rooms and people are added by those who may."""
    found = []
    if names.new_rooms and not may(request, "add", Room):
        message = _("There is no such room at the venue.")
        found += [
            LineProblem(session.line, session.room, message) for session in typed if session.room in names.new_rooms
        ]
    if names.new_people and not may(request, "add", Speaker):
        message = _("There is no such speaker yet.")
        found += [
            LineProblem(session.line, person.name, message)
            for session in typed
            for person in session.people
            if person in names.new_people
        ]
    return found


def _understood(
    conference: Conference, day: datetime.date, typed: list[TypedSession]
) -> tuple[list[Understood], list[LineProblem]]:
    rows, odd = [], []
    for one in typed:
        try:
            starts_at, minutes = one.slot(day, conference.zone)
        except NoSingleInstant as problem:
            odd.append(LineProblem(one.line, one.title, str(problem)))
            continue
        preview = Session(starts_at=starts_at, minutes=minutes, kind=one.kind)
        begins, ends = (instant.astimezone(conference.zone) for instant in (preview.starts_at, preview.ends_at))
        rows.append(Understood(one, begins, ends, preview.get_kind_display()))
    return rows, odd
