"""The stand sheets, all in one document."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from conference import history, pdf
from conference.requests import whole_number
from marketplace.admin.addresses import call_address, named_call, view_call
from marketplace.papers import sheets as papers


@require_safe
@view_call
def sheets(request: HttpRequest, pk: int) -> HttpResponse:
    """Of the stands that have a place; without Pango back to the hall, which says what is missing."""
    call = named_call(pk)
    part = whole_number(request.GET.get("part"), least=1, most=999) or 1
    try:
        document = papers.stand_sheets(call, part=part)
    except papers.NothingToPrint as refusal:
        messages.error(request, str(refusal))
        return redirect(call_address("hall", call))
    except pdf.PdfUnavailable as refusal:
        messages.error(request, str(refusal))
        return redirect(call_address("hall", call))
    history.record_export(call.conference, _("stand sheets (PDF)"), by=request.user)
    headers = {"Content-Disposition": f'inline; filename="{call.conference.slug}-{_("stands")}.pdf"'}
    return HttpResponse(document, content_type="application/pdf", headers=headers)
