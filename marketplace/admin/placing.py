"""Giving places in the hall: one by hand, or all by a proposal."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from conference.organiser_admin import carry_out
from conference.requests import row_key
from marketplace import placing
from marketplace.admin.addresses import call_address, call_page, change_stands, named_call
from marketplace.models import Call, HallPlace, Stand
from marketplace.queries import live_stands, spots_of
from marketplace.services import hall as service
from marketplace.services.hall import PlaceRefused


@require_POST
@change_stands
def place(request: HttpRequest, pk: int) -> HttpResponse:
    """One stand onto one place, or off it. Of two organisers at once, the second is told whose it is."""
    call = named_call(pk)
    stand = get_object_or_404(live_stands(call), pk=row_key(request.POST.get("stand")))
    typed = request.POST.get("number", "").strip()
    chosen = HallPlace.objects.filter(conference=call.conference_id, number=row_key(typed)).first()
    if typed and chosen is None:
        messages.error(request, _("There is no place “%(typed)s” in the hall.") % {"typed": typed[:20]})
        return redirect(call_address("hall", call))
    seen = request.POST.get("seen", "")
    if chosen:
        done = _("“%(stand)s” has place %(number)d.") % {
            "stand": stand.application.initiative,
            "number": chosen.number,
        }
    else:
        done = _("“%(stand)s” has no place now.") % {"stand": stand.application.initiative}
    return carry_out(
        request,
        lambda: service.give_place(stand, chosen, by=request.user, seen=row_key(seen) if seen else None),
        refusals=(PlaceRefused,),
        done=done,
        to=call_address("hall", call),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@change_stands
def propose(request: HttpRequest, pk: int) -> HttpResponse:
    """Places for all stands that have none; what is shown is what is carried out, as far as it still holds."""
    call = named_call(pk)
    stands = {stand.pk: stand for stand in live_stands(call).prefetch_related("application__topics")}
    if request.method == "POST":
        return _carry_out(request, call, stands)
    proposal = placing.propose(spots_of(call), [_placeable(stand) for stand in stands.values()])
    keys = dict(HallPlace.objects.filter(conference=call.conference_id).values_list("number", "pk"))
    rows = sorted((number, keys[number], stands[key]) for key, number in proposal.places.items())
    return call_page(
        request,
        "call/propose_places.html",
        call,
        here="hall",
        title=_("Propose places"),
        rows=rows,
        without_power=[stands[key] for key in proposal.without_power],
        left_out=[stands[key] for key in proposal.left_out],
        together=proposal.together,
        number_of_stands=len(stands),
    )


def _placeable(stand: Stand) -> placing.Placeable:
    return placing.Placeable(
        stand.pk,
        [topic.pk for topic in stand.application.topics.all()],
        stand.application.needs_power,
        stand.place.number if stand.place else None,
    )


def _carry_out(request: HttpRequest, call: Call, stands: dict[int, Stand]) -> HttpResponse:
    places = HallPlace.objects.filter(conference=call.conference_id).in_bulk()
    wanted = {}
    for text in request.POST.getlist("place"):
        stand, _colon, spot = text.partition(":")
        if row_key(stand) in stands and row_key(spot) in places:
            wanted[stands[row_key(stand)]] = places[row_key(spot)]
    refused = service.give_places(wanted, by=request.user)
    for stand, reason in refused:
        messages.error(request, f"{stand.application.initiative}: {reason}")
    return carry_out(
        request,
        lambda: None,
        refusals=(),
        done=ngettext("%d stand has a place now.", "%d stands have a place now.", len(wanted) - len(refused))
        % (len(wanted) - len(refused)),
        to=call_address("hall", call),
    )
