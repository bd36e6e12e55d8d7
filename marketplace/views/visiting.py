"""What a visitor does: remember stands, walk through the hall by the list, leave a contact and take it back."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRefresh

from conference import pdf
from conference.models import Page
from conference.queries import newest_page
from conference.requests import next_address, row_key
from marketplace import calendars, halls
from marketplace.models import ContactLeft, Duty, HallPlace, Stand
from marketplace.services import interest
from marketplace.services.interest import InterestRefused
from marketplace.views.access import Admission, choose, for_visitors, live_stand
from marketplace.visiting import Stop, walking_order


def _home(admission: Admission) -> str:
    return reverse("marketplace:visiting_list", args=[admission.conference.slug])


@for_visitors
@require_http_methods(["GET", "HEAD", "POST"])
def remember(request: HttpRequest, admission: Admission) -> HttpResponse:
    """Puts the stand that `remember` names on the visiting list, or takes that of `forget` off it.

    Who had to sign in first comes back by a GET and finds their list.
    """
    if request.method != "POST":
        return redirect(_home(admission))
    wanted = "remember" in request.POST
    pk = row_key(request.POST.get("remember" if wanted else "forget", ""))
    stand = get_object_or_404(Stand.objects.select_related("application"), call=admission.call, pk=pk)
    try:
        if wanted:
            interest.remember(stand, admission.visitor)
        else:
            interest.forget(stand, admission.visitor)
    except InterestRefused as refusal:
        messages.info(request, str(refusal))
        return HttpResponseClientRefresh() if request.htmx else redirect(_next(request, admission))
    if request.htmx:
        context = {
            "slug": admission.conference.slug,
            "stand": pk,
            "title": stand.application.initiative,
            "state": "yes" if wanted else "no",
        }
        return render(request, "marketplace/remember.html", context)
    return redirect(_next(request, admission))


def _next(request: HttpRequest, admission: Admission) -> str:
    """Where the form was, if that is a page of this site."""
    return next_address(request, otherwise=_home(admission))


@for_visitors
@require_http_methods(["GET", "HEAD", "POST"])
def visit_for(request: HttpRequest, admission: Admission) -> HttpResponse:
    """Another of the people whom the user manages: theirs are now the list, and the contact that is left."""
    if request.method == "POST":
        wanted = row_key(request.POST.get("person", ""))
        person = next((one for one in admission.people if one.pk == wanted), None)
        if person is None:
            raise Http404
        choose(request, admission, person)
        messages.success(request, _("You now visit for %(name)s.") % {"name": person.full_name})
    return redirect(_home(admission))


# The list -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _VisitingList:
    """The remembered stands in walking order, those that are gone, and the plan with the first ones marked."""

    stands: list[Stand]
    gone: list[Stand]
    plan: halls.Picture | None


def _visiting_list(admission: Admission) -> _VisitingList:
    remembered = (
        Stand.objects.filter(call=admission.call, remembered__participant=admission.visitor)
        .select_related("application__delegation__member_state", "place")
        .order_by("remembered__created_at", "pk")
    )
    found = {stand.pk: stand for stand in remembered}
    live = [stand for stand in found.values() if stand.released_at is None]
    way = walking_order(
        Stop(stand.pk, stand.place.row, stand.place.spot) if stand.place else Stop(stand.pk) for stand in live
    )
    marked = {stand.place.number: (stand.pk, stand.application.initiative, stand.kind) for stand in live if stand.place}
    places = HallPlace.objects.filter(conference=admission.conference).order_by("number") if marked else ()
    spots = [halls.Spot(place.number, place.row, place.spot, place.has_power) for place in places]
    return _VisitingList(
        stands=[found[stop.stand] for stop in way],
        gone=[stand for stand in found.values() if stand.released_at is not None],
        plan=halls.picture(spots, marked) if spots else None,
    )


def _times(admission: Admission) -> Any:
    duties = Duty.objects.filter(stand__call=admission.call).values_list("starts_at", "ends_at")
    return calendars.opening_times(admission.call, () if admission.call.stands_from else list(duties))


@for_visitors
@require_safe
def visiting_list(request: HttpRequest, admission: Admission) -> HttpResponse:
    """The stands to visit in the order of the way, on a plan and as a list; and the contacts that were left."""
    visiting = _visiting_list(admission)
    context = {
        "conference": admission.conference,
        "call": admission.call,
        "visitor": admission.visitor,
        "is_other": admission.visitor.user_id != request.user.pk,
        "others": admission.others,
        "visiting": visiting,
        "times": _times(admission),
        "contacts": ContactLeft.objects.filter(participant=admission.visitor, revoked_at=None).select_related(
            "stand__application__delegation", "notice"
        ),
    }
    return render(request, "marketplace/visiting_list.html", context)


@for_visitors
@require_safe
def visiting_list_pdf(request: HttpRequest, admission: Admission) -> HttpResponse:
    """The list to print; without Pango the page that says so."""
    conference = admission.conference
    context = {
        "conference": conference,
        "call": admission.call,
        "visitor": admission.visitor,
        "visiting": _visiting_list(admission),
        "times": _times(admission),
    }
    try:
        document = pdf.render("pdf/marketplace/visiting_list.html", context)
    except pdf.PdfUnavailable:
        return pdf.unavailable(request, conference, back=_home(admission))
    headers = {"Content-Disposition": f'inline; filename="{conference.slug}-visiting-list.pdf"'}
    return HttpResponse(document, content_type="application/pdf", headers=headers)


@for_visitors
@require_safe
def visiting_list_calendar(request: HttpRequest, admission: Admission) -> HttpResponse:
    """The list as a file for the visitor's calendar."""
    text = calendars.visiting_entry(
        admission.call, admission.visitor, _visiting_list(admission).stands, _times(admission)
    )
    return HttpResponse(
        text,
        content_type=f"text/calendar; charset=utf-8; method={calendars.PUBLISH}",
        headers={"Content-Disposition": f'attachment; filename="{admission.conference.slug}-visiting-list.ics"'},
    )


# Contacts -------------------------------------------------------------------------------------


@for_visitors
@require_http_methods(["GET", "HEAD", "POST"])
def leave_contact(request: HttpRequest, admission: Admission, stand: int) -> HttpResponse:
    """Asks whether this stand may have the visitor's contact, in so many words; yes is a button."""
    found = live_stand(admission.call, stand)
    entry = reverse("marketplace:entry", args=[admission.conference.slug, found.pk])
    notice = newest_page(admission.conference, Page.Kind.PRIVACY)
    if request.method == "POST" and notice:
        if row_key(request.POST.get("person", "")) != admission.visitor.pk:
            # Chosen anew in another window: the page must show whose contact it is before anybody agrees.
            messages.info(request, _("You now visit for somebody else. Look again whose contact it is."))
            return redirect(request.path)
        try:
            interest.leave_contact(
                found, admission.visitor, notice=row_key(request.POST.get("notice", "")), by=request.user
            )
        except InterestRefused as refusal:
            messages.info(request, str(refusal))
            return redirect(request.path)
        messages.success(
            request, _("“%(stand)s” has your contact. You can take it back at any time.") % {"stand": found}
        )
        return redirect(entry)
    if ContactLeft.objects.filter(stand=found, participant=admission.visitor, revoked_at=None).exists():
        return redirect(entry)
    context = {
        "conference": admission.conference,
        "visitor": admission.visitor,
        "is_other": admission.visitor.user_id != request.user.pk,
        "stand": found,
        "notice": notice,
        "entry": entry,
    }
    return render(request, "marketplace/leave_contact.html", context)


@for_visitors
@require_http_methods(["GET", "HEAD", "POST"])
def revoke_contact(request: HttpRequest, admission: Admission, pk: int) -> HttpResponse:
    """Takes a contact back, at once: also after the conference, and from a stand that is no more."""
    if request.method == "POST":
        contacts = ContactLeft.objects.select_related("stand__application", "participant")
        contact = get_object_or_404(contacts, pk=pk, participant__in=admission.people, stand__call=admission.call)
        interest.revoke_contact(contact, by=request.user)
        messages.success(request, _("“%(stand)s” no longer has your contact.") % {"stand": contact.stand})
        return redirect(_next(request, admission))
    return redirect(_home(admission))
