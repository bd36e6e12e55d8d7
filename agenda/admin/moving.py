"""Moving sessions: what is typed, then all times that come of it, and only then saving. No time is ever posted."""

import datetime
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from agenda import rearranging, warnings
from agenda.admin.addresses import board_address
from agenda.admin.forms import DuplicateForm, LengthForm, MoveDayForm, MoveForm, OrderForm, ShiftForm, clock
from agenda.models import Plan, Session
from agenda.queries import plan_of
from agenda.rearranging import Changed, Followers, Slot, day_of
from agenda.services import planning
from conference.models import Conference, Room
from conference.organiser_admin import page, succeeds
from conference.requests import row_key

change_sessions = permission_required("agenda.change_session", raise_exception=True)
add_sessions = permission_required("agenda.add_session", raise_exception=True)
read_and_post = require_http_methods(["GET", "HEAD", "POST"])


@dataclass(frozen=True)
class Line:
    """One session of a preview, with its times before and after; local."""

    title: str
    is_break: bool
    old_begins: datetime.datetime | None
    old_ends: datetime.datetime | None
    begins: datetime.datetime
    ends: datetime.datetime
    old_room: str
    room: str
    moves: bool

    @property
    def other_day(self) -> bool:
        return self.old_begins is not None and self.old_begins.date() != self.begins.date()


@dataclass(frozen=True)
class Proposal:
    """What would be saved: `what` says it for the history, `digest` knows it again."""

    changed: Changed
    what: str

    @property
    def digest(self) -> str:
        facts = sorted((key, slot.starts_at.isoformat(), slot.minutes, slot.room) for key, slot in self.changed.items())
        return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


Propose = Callable[[dict[str, Any], list[Slot]], Proposal]


def _rearrange(
    request: HttpRequest,
    conference: Conference,
    *,
    title: str,
    make_form: Callable[..., forms.Form],
    propose: Propose,
    lead: str = "",
) -> HttpResponse:
    """The page of one kind of rearrangement. What its address says is taken as typed, and previewed at once."""
    # The version first: whoever changes the programme from now on makes the answer to this page be refused.
    plan = plan_of(conference)
    slots = planning.slots_of(conference)
    form = make_form(_typed(request, make_form(None)))
    proposal = propose(form.cleaned_data, slots) if form.is_valid() else None
    if proposal is not None and request.POST.get("do") == "save":
        if _is_saved(request, conference, plan, form, proposal):
            return redirect(board_address(conference))
        plan, slots = plan_of(conference), planning.slots_of(conference)
        try:
            proposal = propose(form.cleaned_data, slots)
        except KeyError:
            messages.error(request, _("Somebody else deleted this session. Nothing was moved."))
            return redirect(board_address(conference))
    return page(
        request,
        "admin/agenda/plan/move.html",
        Plan,
        title=title,
        lead=lead,
        subject=conference,
        back=board_address(conference),
        form=form,
        plan=plan,
        proposal=proposal,
        days=preview_days(conference, slots, proposal.changed) if proposal else [],
        arising=warnings.arising(conference, proposal.changed) if proposal and proposal.changed else [],
        conference=conference,
    )


def _typed(request: HttpRequest, blank: forms.Form) -> Any:
    """What was posted or stands in the address; None for a page that was only opened."""
    if request.method == "POST":
        return request.POST
    if not blank.fields.keys() & request.GET.keys():
        return None
    # A link that says one thing leaves the others as they are.
    known = {name: blank.get_initial_for_field(field, name) for name, field in blank.fields.items()}
    return {**known, **request.GET.dict()}


def _is_saved(request: HttpRequest, conference: Conference, plan: Plan, form: forms.Form, proposal: Proposal) -> bool:
    """Saves what the page showed; else the form says why it has to be looked at again."""
    seen = version_seen(request)
    if not proposal.changed:
        form.add_error(None, _("Nothing would move: there is nothing to save."))
        return False
    if seen == plan.version and request.POST.get("shown") != proposal.digest:
        form.add_error(None, _("These are the times for what you typed now. Look at them, then save."))
        return False
    try:
        moved = planning.rearrange(conference, proposal.changed, seen=seen, what=proposal.what, by=request.user)
    except planning.PlanRefused as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, ngettext("%d session is changed.", "%d sessions are changed.", moved) % moved)
    return True


def version_seen(request: HttpRequest) -> int:
    """The plan's version that the page showed; 0, which no plan has, where it says none."""
    return row_key(request.POST.get("version"))


# Previews -------------------------------------------------------------------------------------


def preview_days(
    conference: Conference, slots: Sequence[Slot], changed: Changed
) -> list[tuple[datetime.date, list[Line]]]:
    """All sessions of the days that a change touches, by their new times, those that stay as well."""
    zone = conference.zone
    touched = {
        day_of(slot.starts_at, zone)
        for before in slots
        if before.key in changed
        for slot in (before, changed[before.key])
    }
    after = sorted((changed.get(slot.key, slot) for slot in slots), key=lambda slot: (slot.starts_at, slot.key))
    before = {slot.key: slot for slot in slots}
    shown = [slot for slot in after if day_of(slot.starts_at, zone) in touched]
    sessions = Session.objects.in_bulk([slot.key for slot in shown])
    rooms = Room.objects.in_bulk({room for slot in shown for room in (slot.room, before[slot.key].room) if room})
    days: dict[datetime.date, list[Line]] = {}
    for slot in shown:
        old = before[slot.key]
        line = Line(
            title=sessions[slot.key].title,
            is_break=sessions[slot.key].is_break,
            old_begins=old.starts_at.astimezone(zone),
            old_ends=old.ends_at.astimezone(zone),
            begins=slot.starts_at.astimezone(zone),
            ends=slot.ends_at.astimezone(zone),
            old_room=rooms[old.room].name if old.room else "",
            room=rooms[slot.room].name if slot.room else "",
            moves=slot.key in changed,
        )
        days.setdefault(day_of(slot.starts_at, zone), []).append(line)
    return list(days.items())


# One session ----------------------------------------------------------------------------------


def _subjects(pk: int, session: int) -> tuple[Conference, Session]:
    conference = get_object_or_404(Conference.objects.select_related("venue"), pk=pk)
    return conference, get_object_or_404(Session, conference=conference, pk=session)


@change_sessions
@read_and_post
def move(request: HttpRequest, pk: int, session: int) -> HttpResponse:
    """To another time, length or room."""
    conference, moved = _subjects(pk, session)

    def propose(typed: dict[str, Any], slots: list[Slot]) -> Proposal:
        changed = rearranging.move(
            slots,
            moved.pk,
            starts_at=typed["starts_at"],
            minutes=typed["minutes"],
            room=typed["room"].pk if typed["room"] else None,
            follow=Followers(typed["follow"]),
            zone=conference.zone,
        )
        words = {"session": moved, "time": formats.date_format(typed["starts_at"].astimezone(conference.zone), _TIME)}
        return Proposal(changed, _("%(session)s to %(time)s") % words)

    return _rearrange(
        request,
        conference,
        title=_("Move “%(session)s”") % {"session": moved},
        make_form=lambda data: MoveForm(data, session=moved, conference=conference),
        propose=propose,
    )


_TIME = "j F, G.i"


@change_sessions
@read_and_post
def lengthen(request: HttpRequest, pk: int, session: int) -> HttpResponse:
    """To another length; what follows makes room or closes up."""
    conference, moved = _subjects(pk, session)

    def propose(typed: dict[str, Any], slots: list[Slot]) -> Proposal:
        changed = rearranging.move(
            slots,
            moved.pk,
            starts_at=moved.starts_at,
            minutes=typed["minutes"],
            follow=Followers(typed["follow"]),
            zone=conference.zone,
        )
        words = {"session": moved, "minutes": typed["minutes"]}
        return Proposal(changed, _("%(session)s: %(minutes)s minutes") % words)

    return _rearrange(
        request,
        conference,
        title=_("Lengthen or shorten “%(session)s”") % {"session": moved},
        lead=_("It begins at %(time)s and lasts %(minutes)s minutes.")
        % {"time": clock(moved.starts_at, conference), "minutes": moved.minutes},
        make_form=lambda data: LengthForm(data, initial={"minutes": moved.minutes}),
        propose=propose,
    )


@change_sessions
@read_and_post
def order(request: HttpRequest, pk: int, session: int) -> HttpResponse:
    """To another place of its day; those between make room."""
    conference, moved = _subjects(pk, session)
    day = day_of(moved.starts_at, conference.zone)
    others = [
        other
        for other in Session.objects.filter(conference=conference).exclude(pk=moved.pk).in_order()
        if day_of(other.starts_at, conference.zone) == day
    ]

    def propose(typed: dict[str, Any], slots: list[Slot]) -> Proposal:
        place = typed["place"]
        if place in {OrderForm.EARLIER, OrderForm.LATER}:
            later = place == OrderForm.LATER
            changed = rearranging.one_place(slots, moved.pk, later=later, zone=conference.zone)
        else:
            after = None if place == OrderForm.FIRST else int(place)
            changed = rearranging.reorder(slots, moved.pk, after=after, zone=conference.zone)
        return Proposal(changed, _("%(session)s in another order") % {"session": moved})

    return _rearrange(
        request,
        conference,
        title=_("Another place for “%(session)s”") % {"session": moved},
        lead=_("Sessions that change places keep their lengths and the pauses between them."),
        make_form=lambda data: OrderForm(data, others=others, conference=conference),
        propose=propose,
    )


# A whole day ----------------------------------------------------------------------------------


@change_sessions
@read_and_post
def shift(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything of a day from one session on, by so many minutes."""
    conference = get_object_or_404(Conference.objects.select_related("venue"), pk=pk)
    sessions = list(Session.objects.filter(conference=conference).in_order())
    titles = {session.pk: session.title for session in sessions}

    def propose(typed: dict[str, Any], slots: list[Slot]) -> Proposal:
        first, minutes = int(typed["session"]), typed["minutes"]
        changed = rearranging.shift_from(slots, first, minutes=minutes, zone=conference.zone)
        words = {"session": titles[first], "minutes": f"{minutes:+d}"}
        return Proposal(changed, _("everything from %(session)s on by %(minutes)s minutes") % words)

    return _rearrange(
        request,
        conference,
        title=_("Shift everything from here"),
        lead=_("All sessions of the day from this one on, in all rooms."),
        make_form=lambda data: ShiftForm(data, sessions=sessions, conference=conference),
        propose=propose,
    )


@change_sessions
@read_and_post
def move_day(request: HttpRequest, pk: int) -> HttpResponse:
    """All sessions of a day to another one, as when a conference is postponed."""
    conference = get_object_or_404(Conference.objects.select_related("venue"), pk=pk)
    days = _days(planning.slots_of(conference), conference)

    def propose(typed: dict[str, Any], slots: list[Slot]) -> Proposal:
        day, to = typed["day"], typed["to"]
        changed = rearranging.move_day(slots, day=day, to=to, zone=conference.zone)
        words = {"day": formats.date_format(day), "to": formats.date_format(to)}
        return Proposal(changed, _("all of %(day)s to %(to)s") % words)

    return _rearrange(
        request,
        conference,
        title=_("Move a day"),
        lead=_("All sessions of the day, at the same times of another one."),
        make_form=lambda data: MoveDayForm(data, days=days, conference=conference),
        propose=propose,
    )


@add_sessions
@read_and_post
def duplicate(request: HttpRequest, pk: int) -> HttpResponse:
    """All sessions of a day, with people and presentations, once more on an empty day."""
    conference = get_object_or_404(Conference.objects.select_related("venue"), pk=pk)
    plan = plan_of(conference)
    slots = planning.slots_of(conference)
    present = _days(slots, conference)
    form = DuplicateForm(request.POST or None, days=present)
    days = []
    if form.is_valid():
        day, to = form.cleaned_data["day"], form.cleaned_data["to"]
        if request.POST.get("do") == "save":
            seen = version_seen(request)
            if succeeds(
                form,
                lambda: planning.duplicate_day(conference, day, to=to, seen=seen, by=request.user),
                refusals=planning.PlanRefused,
            ):
                messages.success(request, _("The day is copied to %(day)s.") % {"day": formats.date_format(to)})
                return redirect(board_address(conference))
            plan, slots = plan_of(conference), planning.slots_of(conference)
        elif to in present:
            form.add_error("to", _("There are sessions on that day already. Choose an empty one."))
        days = preview_days(conference, *_as_moved(slots, day, to, conference))
    return page(
        request,
        "admin/agenda/plan/duplicate.html",
        Plan,
        title=_("Duplicate a day"),
        subject=conference,
        back=board_address(conference),
        form=form,
        plan=plan,
        days=days,
    )


def _days(slots: Sequence[Slot], conference: Conference) -> list[datetime.date]:
    return sorted({day_of(slot.starts_at, conference.zone) for slot in slots})


def _as_moved(
    slots: Sequence[Slot], day: datetime.date, to: datetime.date, conference: Conference
) -> tuple[list[Slot], Changed]:
    """The copies, shown as if their originals moved."""
    originals = [slot for slot in slots if day_of(slot.starts_at, conference.zone) == day]
    copies = rearranging.duplicate(originals, day=day, to=to, zone=conference.zone)
    return originals, {copy.key: copy for copy in copies}
