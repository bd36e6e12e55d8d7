"""The organisers' page at the door: look for a name, tap, next one."""

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from conference import history, pdf
from conference.models import Conference
from conference.organiser_admin import change_address, may, page
from conference.requests import row_key
from registrations import door
from registrations.attendance_list import attendance_list_pdf
from registrations.door import Filters, Line
from registrations.models import Category, Participant
from registrations.services import arrivals
from registrations.states import ParticipantStatus

view_participant = permission_required("registrations.view_participant", raise_exception=True)
change_participant = permission_required("registrations.change_participant", raise_exception=True)

# Lines of one page; a search leaves a handful.
PER_PAGE = 100


def address(name: str, pk: int) -> str:
    return reverse(f"admin:registrations_participant_{name}", args=[pk])


@dataclass(frozen=True)
class _Shown:
    """A line with its key on the page and, for who is not expected, the reason and where a seat is given."""

    line: Line
    key: str
    reason: str = ""
    way: str = ""
    way_url: str = ""
    refusal: str = ""


@view_participant
@require_safe
def arrivals_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The people whom the filters in the address leave; to htmx the list alone."""
    conference = get_object_or_404(Conference, pk=pk)
    filters = Filters.of(request.GET)
    participants = door.participants_of(conference)
    found = Paginator(door.find(conference, participants, filters), PER_PAGE).get_page(request.GET.get("p"))
    history.record_view(conference, _("check-in"), by=request.user, rows=len(participants))
    context = {
        **_context(request, conference, filters),
        "people": found,
        "lines": [_shown(conference, line) for line in found],
    }
    if request.htmx and not request.htmx.history_restore_request:
        return HttpResponse(render_to_string("admin/registrations/arrivals/people.html", context, request))
    return page(
        request,
        "admin/registrations/arrivals/page.html",
        Participant,
        title=_("Check-in"),
        subject=conference,
        back=change_address(conference),
        categories=Category.choices,
        first_day=arrivals.first_day(conference),
        pdf_url=address("attendance_list", pk),
        **context,
        **_sums(conference, participants),
    )


@view_participant
@require_safe
def arrivals_sums(request: HttpRequest, pk: int) -> HttpResponse:
    """How many are here, for a page that stays open at another door."""
    conference = get_object_or_404(Conference, pk=pk)
    context = {**_context(request, conference, Filters()), **_sums(conference, door.participants_of(conference))}
    return HttpResponse(render_to_string("admin/registrations/arrivals/sums.html", context, request))


@require_POST
@change_participant
def record_arrival(request: HttpRequest, pk: int) -> HttpResponse:
    """Checks in the participant whose number is posted as `here`, or takes that back where it is posted as `undo`.

    To htmx the line of this person comes back, with the new sums; without it the page of the same filters.
    """
    conference = get_object_or_404(Conference, pk=pk)
    filters = Filters.of(request.GET)
    is_undo = "undo" in request.POST
    number = request.POST.get("undo" if is_undo else "here", "")
    participant = get_object_or_404(Participant, pk=row_key(number), conference=conference)
    refusal = ""
    try:
        change = arrivals.undo_check_in if is_undo else arrivals.check_in
        change(participant, by=request.user)
    except arrivals.CheckInRefused as refused:
        refusal = str(refused)
    if not request.htmx:
        if refusal:
            messages.error(request, refusal)
        elif is_undo:
            messages.success(request, _("The check-in of %(name)s is undone.") % {"name": participant.full_name})
        else:
            messages.success(request, _("%(name)s is checked in.") % {"name": participant.full_name})
        return redirect(f"{address('arrivals', pk)}?{filters.query}")
    participants = door.participants_of(conference)
    line = next(door.line_of(one) for one in participants if one.pk == participant.pk)
    context = {
        **_context(request, conference, filters),
        **_sums(conference, participants),
        "shown": _shown(conference, line, refusal=refusal),
    }
    return HttpResponse(render_to_string("admin/registrations/arrivals/recorded.html", context, request))


@view_participant
@require_safe
def attendance_list(request: HttpRequest, pk: int) -> HttpResponse:
    """The expected people on paper, with room for signatures."""
    conference = get_object_or_404(Conference.objects.select_related("venue"), pk=pk)
    try:
        content = attendance_list_pdf(conference)
    except pdf.PdfUnavailable as missing:
        return HttpResponse(str(missing), status=503, content_type="text/plain; charset=utf-8")
    rows = conference.participants.confirmed().count()
    history.record_export(conference, _("attendance list to sign (PDF)"), by=request.user, rows=rows)
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'inline; filename="{conference.slug}-attendance-list.pdf"',
            "Cache-Control": "private, no-store",
        },
    )


def _context(request: HttpRequest, conference: Conference, filters: Filters) -> dict[str, object]:
    """What all parts of the page need."""
    return {
        "conference": conference,
        "filters": filters,
        "is_open": arrivals.is_open(conference),
        "is_over": conference.today > conference.held_on,
        "may_record": arrivals.is_open(conference) and may(request, "change", Participant),
        "page_url": address("arrivals", conference.pk),
        "record_url": address("record_arrival", conference.pk),
        "sums_url": address("arrivals_sums", conference.pk),
    }


def _sums(conference: Conference, participants: list[Participant]) -> dict[str, object]:
    sums, total = door.sums(participants)
    return {"sums": sums, "total": total}


def _shown(conference: Conference, line: Line, *, refusal: str = "") -> _Shown:
    participant, invitation = line.participant, line.proposed_by
    if participant is None:
        return _Shown(
            line,
            f"proposed-{invitation.pk}",
            _("Proposed by %(delegation)s instead of somebody who declined; not registered.")
            % {"delegation": invitation.delegation.name},
            _("Give a seat: the invitation"),
            change_address(invitation),
        )
    key, reason = f"person-{participant.pk}", arrivals.why_not_expected(participant)
    way, way_url = _way_to_a_seat(conference, participant) if reason else ("", "")
    return _Shown(line, key, reason, way, way_url, refusal)


def _way_to_a_seat(conference: Conference, participant: Participant) -> tuple[str, str]:
    """Where an organiser can give this person a seat, or finds who has it: the words of a link, and its address."""
    if participant.status == ParticipantStatus.REPLACED and getattr(participant, "replaced_by", None):
        look_for = Filters(participant.replaced_by.full_name).query
        return _("Look for who came instead"), f"{address('arrivals', conference.pk)}?{look_for}"
    if participant.waiting_for == Participant.WaitingFor.CONFERENCE:
        return _("Give a seat: places of the conference"), change_address(conference)
    if participant.waiting_for == Participant.WaitingFor.DELEGATION or participant.invitation_id is None:
        return _("Give a seat: seats of the delegation"), change_address(participant.delegation)
    return _("Give a seat: the invitation"), reverse(
        "admin:registrations_invitation_change", args=[participant.invitation_id]
    )
