"""The report of the market place: stands by kind, country and city size, interest, and what nobody found."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from marketplace import reporting
from marketplace.admin.addresses import call_page, named_call, view_call


@require_safe
@view_call
def report(request: HttpRequest, pk: int) -> HttpResponse:
    call = named_call(pk)
    return call_page(
        request,
        "call/report.html",
        call,
        here="report",
        title=_("Report"),
        tables=reporting.spread_of(call),
        interest=reporting.interest_in(call),
        misses=reporting.unmet_searches(call),
        number_of_stands=reporting.number_of_stands(call),
    )
