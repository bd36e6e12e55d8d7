"""The duty rota of one stand, kept by its delegation."""

import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from marketplace.forms import DutyForm
from marketplace.models import Call, Stand
from marketplace.rota import gaps
from marketplace.services import duties as service
from marketplace.services.duties import DutyRefused
from marketplace.views.applications import own_delegation
from registrations.models import Delegation, Participant


def _own_stand(request: HttpRequest, pk: int) -> tuple[Delegation, Call, Stand]:
    """The live stand of a delegation that the user manages; else 404."""
    delegation, call = own_delegation(request, pk)
    stand = (
        Stand.objects.filter(call=call, application__delegation=delegation, released_at=None)
        .select_related("application", "place", "call__conference")
        .first()
    )
    if stand is None:
        raise Http404
    return delegation, call, stand


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def duties(request: HttpRequest, delegation: int) -> HttpResponse:
    """Who stands there when, which times nobody covers, and the form for one more."""
    own, call, stand = _own_stand(request, delegation)
    zone = call.conference.zone
    people = Participant.objects.active().filter(delegation=own).order_by("family_name", "given_name", "pk")
    hours = [at.astimezone(zone).time() for at in (call.stands_from, call.stands_until) if at]
    form = DutyForm(request.POST if request.method == "POST" else None, people=people, hours=hours)
    if form.is_valid():
        day = call.stands_from.astimezone(zone).date() if call.stands_from else call.conference.held_on
        starts_at, ends_at = (
            datetime.datetime.combine(day, form.cleaned_data[name], zone) for name in ("starts", "ends")
        )
        try:
            service.add(stand, form.cleaned_data["participant"], starts_at=starts_at, ends_at=ends_at, by=request.user)
        except DutyRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Added. No meeting is placed into this time."))
            return redirect("marketplace:duties", own.pk)
    rota = list(stand.duties.select_related("participant"))
    context = {
        "conference": call.conference,
        "call": call,
        "delegation": own,
        "stand": stand,
        "form": form,
        "people": people,
        "duties": rota,
        "gaps": gaps(call.stands_from, call.stands_until, [(duty.starts_at, duty.ends_at) for duty in rota]),
    }
    with timezone.override(zone):
        return render(request, "marketplace/duties.html", context, status=422 if form.errors else 200)


@require_POST
def remove_duty(request: HttpRequest, delegation: int, duty: int) -> HttpResponse:
    own, _call, stand = _own_stand(request, delegation)
    found = stand.duties.filter(pk=duty).first()
    if found is not None:
        service.remove(found, by=request.user)
    messages.success(request, _("The duty is removed."))
    return redirect("marketplace:duties", own.pk)
