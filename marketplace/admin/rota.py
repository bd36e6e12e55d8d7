"""Who stands at which stand when, for the organisers: also which stands nobody looks after."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from marketplace.admin.addresses import call_page, named_call, view_call
from marketplace.models import Duty, Stand
from marketplace.queries import live_stands
from marketplace.rota import Span, gaps


@dataclass(frozen=True)
class Line:
    stand: Stand
    duties: list[Duty]
    gaps: list[Span]


@require_safe
@view_call
def rota(request: HttpRequest, pk: int) -> HttpResponse:
    call = named_call(pk)
    lines = []
    for stand in live_stands(call).prefetch_related("duties__participant"):
        duties = list(stand.duties.all())
        covered = [(duty.starts_at, duty.ends_at) for duty in duties]
        lines.append(Line(stand, duties, gaps(call.stands_from, call.stands_until, covered)))
    return call_page(
        request,
        "call/rota.html",
        call,
        here="rota",
        title=_("Duty rota"),
        lines=lines,
        without=sum(not line.duties for line in lines),
    )
