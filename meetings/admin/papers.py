"""What organisers print for the meetings, as PDF."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_safe

from conference import pdf
from conference.models import Conference
from meetings.admin.addresses import home_address
from meetings.papers.schedules import schedules_pdf
from meetings.papers.tables import table_cards_pdf, table_signs_pdf

view_meetings = permission_required("meetings.view_meeting", raise_exception=True)


def _paper(make: Callable[[Conference], bytes], name: str) -> Callable[..., HttpResponse]:
    """A view that makes one document; where this machine cannot, the organisers' page says what is missing."""

    @view_meetings
    @require_safe
    def view(request: HttpRequest, pk: int) -> HttpResponse:
        conference = get_object_or_404(Conference.objects.select_related("venue"), pk=pk)
        try:
            document = make(conference)
        except pdf.PdfUnavailable as missing:
            messages.error(request, str(missing))
            return redirect(home_address(conference))
        return HttpResponse(
            document,
            content_type="application/pdf",
            headers={
                "Content-Disposition": f'inline; filename="{conference.slug}-{name}.pdf"',
                "Cache-Control": "private, no-store",
            },
        )

    return view


table_signs = _paper(table_signs_pdf, "table-signs")
table_cards = _paper(table_cards_pdf, "table-cards")
schedules = _paper(schedules_pdf, "meeting-schedules")
