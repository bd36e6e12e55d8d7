"""What organisers print for the meetings, as PDF: made in the background, then kept."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from conference import history
from conference.models import Conference
from conference.organiser_admin import Button, page
from meetings.admin.addresses import address, home_address
from meetings.models import MeetingRules, Paper
from meetings.services import papers as service

view_meetings = permission_required("meetings.view_meeting", raise_exception=True)

# Seconds after which a worker that is well would have taken it.
_PATIENCE = 60


@view_meetings
@require_safe
def paper(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Whether it is there, and whether it shows all as it is now; else how far it is, or what went wrong."""
    found = _paper(pk, kind)
    return page(
        request,
        "admin/meetings/paper.html",
        MeetingRules,
        title=found.get_kind_display(),
        subtitle=_("To print"),
        subject=found.conference,
        back=home_address(found.conference),
        **_state(found),
    )


@view_meetings
@require_safe
def progress(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """The part of the page that shows how far it is; asked for every two seconds while somebody waits."""
    found = _paper(pk, kind)
    if not found.is_wanted:
        # What is there now stands on the page.
        return HttpResponse(headers={"HX-Refresh": "true"})
    return HttpResponse(render_to_string("admin/meetings/paper_progress.html", _state(found), request))


@view_meetings
@require_POST
def make(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    found = _paper(pk, kind)
    service.ask(found.conference, kind=kind, by=request.user)
    return redirect(address("paper", found.conference, kind))


@view_meetings
@require_safe
def file(request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
    """The newest that was made. Where the storage has lost it, the page says so."""
    found = _paper(pk, kind)
    if not found.file:
        raise Http404
    name = str(found.file.name)
    try:
        opened = default_storage.open(name)
    # A missing file, a store that does not answer: each storage backend has errors of its own.
    except Exception:
        service.logger.exception("A paper could not be read.")
        messages.error(request, _("The file cannot be read at the moment. You can have it made again."))
        return redirect(address("paper", found.conference, kind))
    what = _("%(paper)s (printed for the meetings)") % {"paper": found.get_kind_display()}
    history.record_export(found.conference, what, by=request.user)
    ending = name.rsplit(".", 1)[-1]
    return FileResponse(opened, filename=f"{found.conference.slug}-{kind}.{ending}")


def _paper(pk: int, kind: str) -> Paper:
    """An unsaved one where nobody has asked for it yet."""
    if kind not in Paper.Kind.values:
        raise Http404
    conference = get_object_or_404(Conference.objects.select_related("venue"), pk=pk)
    found = Paper.objects.filter(conference=conference, kind=kind).first() or Paper(kind=kind)
    found.conference = conference
    return found


def _state(found: Paper) -> dict[str, object]:
    conference, kind = found.conference, found.kind
    is_current = not found.is_wanted and service.is_current(found)
    buttons = []
    if not found.is_wanted:
        label, look = (_("Make it again"), "") if is_current else (_("Make the PDF"), "primary")
        buttons.append(Button(label, address("paper_make", conference, kind), look=look))
    return {
        "paper": found,
        "is_current": is_current,
        "words": progress_in_words(found),
        "paper_buttons": buttons,
        "progress_url": address("paper_progress", conference, kind),
        "file_url": address("paper_file", conference, kind) if found.file else "",
        "is_archive": str(found.file.name).endswith(".zip"),
    }


def progress_in_words(found: Paper) -> str:
    """“40 of 150 pages are laid out.”, or why it does not begin. Empty where nobody waits."""
    if found.asked_at is None:
        return ""
    now = timezone.now()
    if found.lease_until is None:
        waited = round((now - found.asked_at).total_seconds())
        if waited <= _PATIENCE:
            return _("Waiting for a worker.")
        return ngettext(
            "It has waited for a worker for %(minutes)d minute. Either all are busy, or none is running: tell who "
            "operates the site.",
            "It has waited for a worker for %(minutes)d minutes. Either all are busy, or none is running: tell who "
            "operates the site.",
            waited // 60,
        ) % {"minutes": waited // 60}
    if found.lease_until < now:
        return _("Its worker was lost. Another one begins again within a minute or two, if one is running.")
    if found.sheets and found.done == found.sheets:
        return _("All is laid out; the file is being written.")
    return ngettext(
        "%(done)d of %(number)d sheet is laid out.", "%(done)d of %(number)d sheets are laid out.", found.sheets
    ) % {"done": found.done, "number": found.sheets}
