"""The organisers' board: meetings in slots and at tables, moved by keyboard or pointer, with and without a script."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from conference import history
from conference.models import Conference
from conference.organiser_admin import carry_out, may, page, succeeds
from conference.requests import line, row_key, whole_number
from meetings.admin.addresses import address, home_address
from meetings.admin.forms import CancelForm
from meetings.board import Board, conflict_in_words, read_board
from meetings.models import Meeting, MeetingRules, Placement, Slot, Table
from meetings.services import board as service
from meetings.services.seats import MeetingRefused

view_meetings = permission_required("meetings.view_meeting", raise_exception=True)
change_meetings = permission_required("meetings.change_meeting", raise_exception=True)
read_and_post = require_http_methods(["GET", "HEAD", "POST"])


@view_meetings
@require_safe
def board(request: HttpRequest, pk: int) -> HttpResponse:
    """All of it; with `?meeting=` the places where that one could go, with `?q=` a person's meetings marked."""
    conference = get_object_or_404(Conference.objects.select_related("venue"), pk=pk)
    may_move = may(request, "change", Meeting)
    search = line(request.GET.get("q"), most=100)
    found = read_board(conference, chosen=whole_number(request.GET.get("meeting")) if may_move else None, search=search)
    rows = len(found.cells) + len(found.unplaced)
    history.record_view(conference, _("board of meetings"), by=request.user, rows=rows)
    return page(
        request,
        "admin/meetings/board.html",
        MeetingRules,
        title=_("Board"),
        subject=conference,
        back=home_address(conference),
        conference=conference,
        board=found,
        search=search,
        found=_found(found, search),
        may_move=may_move,
        may_place=may(request, "add", Placement),
        board_url=address("board", conference),
        go_url=address("board_go", conference),
        targets_url=address("board_targets", conference, 0),
        publish_url=address("board_publish", conference),
        repair_url=address("repair", conference),
        conflicts=[(cell, conflict_in_words(one)) for cell in found.in_conflict for one in cell.conflicts],
        **_chosen_urls(conference, found),
    )


def _chosen_urls(conference: Conference, found: Board) -> dict[str, str]:
    if found.chosen is None:
        return {}
    return {f"{name}_url": address(f"board_{name}", conference, found.chosen.pk) for name in ("lock", "off", "cancel")}


def _found(board: Board, search: str) -> str:
    """How many meetings the search marks, in a sentence; empty without one."""
    if not search:
        return ""
    number = sum(cell.is_found for cell in board.cells.values())
    words = {"number": number, "search": search}
    return (
        ngettext(
            "%(number)d meeting of “%(search)s” is marked.", "%(number)d meetings of “%(search)s” are marked.", number
        )
        % words
    )


@view_meetings
@require_safe
def targets(request: HttpRequest, pk: int, meeting: int) -> HttpResponse:
    """Where a meeting could go, for the script: `{"12-3": ""}` is slot 12, table 3; a text says why not."""
    conference = get_object_or_404(Conference, pk=pk)
    found = read_board(conference, chosen=meeting)
    marks = {
        f"{cell.slot.pk}-{cell.table.pk}": {"why": cell.target.why, "swaps": cell.target.swaps}
        for cell in found.cells.values()
        if cell.target
    }
    return JsonResponse({"targets": marks})


class GoForm(forms.Form):
    """`place` is “slot-table”, both by primary key; `meeting` and `other` with the versions that were seen."""

    meeting = forms.IntegerField()
    version = forms.IntegerField()
    place = forms.RegexField(r"^\d{1,9}-\d{1,9}$")


@change_meetings
@require_POST
def go(request: HttpRequest, pk: int) -> HttpResponse:
    """Moves the chosen meeting to a place; where another one sits there, they change places."""
    conference = get_object_or_404(Conference, pk=pk)
    form = GoForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose a meeting and a place on the board."))
        return redirect(address("board", conference))
    meeting = _meeting(pk, form.cleaned_data["meeting"])
    slot_pk, table_pk = (int(part) for part in form.cleaned_data["place"].split("-"))
    slot = get_object_or_404(Slot.objects.select_related("block"), block__conference=pk, pk=slot_pk)
    table = get_object_or_404(Table, conference=pk, pk=table_pk)
    seen = form.cleaned_data["version"]
    try:
        said = _move(request, meeting, slot, table, seen=seen)
    except MeetingRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(address("board", conference, meeting=meeting.pk) + "#chosen")
    messages.success(request, said)
    return redirect(f"{address('board', conference)}#m{meeting.pk}")


def _move(request: HttpRequest, meeting: Meeting, slot: Slot, table: Table, *, seen: int) -> str:
    other = whole_number(request.POST.get(f"other-{slot.pk}-{table.pk}"))
    version = whole_number(request.POST.get(f"version-{slot.pk}-{table.pk}"))
    if other and version:
        partner = _meeting(meeting.conference_id, other)
        service.swap(meeting, partner, seen=(seen, version), by=request.user)
        return _("%(one)s and %(other)s have changed places. Who knew of a time is told.") % {
            "one": meeting,
            "other": partner,
        }
    service.place(meeting, slot, table, seen=seen, by=request.user)
    time = time_format(slot.starts_at.astimezone(meeting.conference.zone))
    words: dict[str, Any] = {"meeting": meeting, "time": time, "table": table.number}
    if meeting.is_shown:
        return _("%(meeting)s: now at %(time)s, table %(table)d. Both are told.") % words
    return _("%(meeting)s: at %(time)s, table %(table)d. Nobody is told before you publish it.") % words


@change_meetings
@require_POST
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """What was placed by hand becomes what both people read."""
    conference = get_object_or_404(Conference, pk=pk)
    number = service.publish_by_hand(conference, by=request.user)
    said = ngettext(
        "%(number)d meeting is published; both people are told.",
        "%(number)d meetings are published; all are told.",
        number,
    )
    messages.success(request, said % {"number": number})
    return redirect(address("board", conference))


@change_meetings
@require_POST
def lock(request: HttpRequest, pk: int, meeting: int) -> HttpResponse:
    """Locks, or unlocks what is locked."""
    found = _meeting(pk, meeting)
    locked = request.POST.get("locked") == "1"
    return carry_out(
        request,
        lambda: service.set_lock(found, locked=locked, seen=_seen(request), by=request.user),
        refusals=MeetingRefused,
        done=_("%(meeting)s is locked.") % {"meeting": found}
        if locked
        else _("%(meeting)s is unlocked.") % {"meeting": found},
        to=address("board", found.conference, meeting=found.pk) + "#chosen",
    )


@change_meetings
@require_POST
def take_off(request: HttpRequest, pk: int, meeting: int) -> HttpResponse:
    """Its time goes, the agreement stays."""
    found = _meeting(pk, meeting)
    return carry_out(
        request,
        lambda: service.take_off(found, seen=_seen(request), by=request.user),
        refusals=MeetingRefused,
        done=_("%(meeting)s has no time any more and waits for another one.") % {"meeting": found},
        to=address("board", found.conference, meeting=found.pk) + "#chosen",
    )


@change_meetings
@read_and_post
def cancel(request: HttpRequest, pk: int, meeting: int) -> HttpResponse:
    """Asks for the reason, which both people read."""
    found = _meeting(pk, meeting)
    conference = found.conference
    form = CancelForm(request.POST or None)
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        if succeeds(
            form,
            lambda: service.cancel(found, reason=reason, seen=_seen(request), by=request.user),
            refusals=MeetingRefused,
        ):
            messages.success(request, _("%(meeting)s is cancelled; both are told.") % {"meeting": found})
            return redirect(address("board", conference))
    return page(
        request,
        "admin/meetings/cancel.html",
        MeetingRules,
        title=_("Cancel this meeting?"),
        subject=conference,
        back=address("board", conference, meeting=found.pk) + "#chosen",
        submit=_("Cancel the meeting"),
        danger=True,
        form=form,
        explanation=str(found),
        version=found.version if request.method == "GET" else _seen(request),
    )


def _meeting(conference: int, pk: int) -> Meeting:
    return get_object_or_404(Meeting.objects.with_people(), conference=conference, pk=pk)


def _seen(request: HttpRequest) -> int:
    """The version that the page showed; 0, which no meeting has, where it says none."""
    return row_key(request.POST.get("version"))
