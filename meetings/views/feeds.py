"""The calendar of one person's meetings, whose address is long, hashed at rest and revocable; and the look of phones
at whether anything has changed."""

import hashlib

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from meetings import calendars, live
from meetings.acting import acting
from meetings.models import Meeting
from meetings.services import feeds


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def calendar(request: HttpRequest, me: int) -> HttpResponse:
    """Makes a new address for a calendar and shows it, this once. Who had to sign in first comes back by a GET."""
    participant = acting(request, me)
    if request.method != "POST":
        return redirect("meetings:mine", participant.pk)
    address = settings.SITE_URL + reverse("meetings:feed", args=[feeds.make_feed(participant, by=request.user)])
    context = {
        "conference": participant.conference,
        "me": participant,
        "here": "mine",
        "address": address,
        "subscribe": "webcal://" + address.split("://", maxsplit=1)[1],
    }
    return render(request, "meetings/calendar.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def calendar_revoke(request: HttpRequest, me: int) -> HttpResponse:
    """Ends the calendar address."""
    participant = acting(request, me)
    if request.method == "POST":
        feeds.revoke_feed(participant, by=request.user)
        messages.success(request, _("The calendar address no longer works. Calendars that used it stop updating."))
    return redirect("meetings:mine", participant.pk)


@login_not_required
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """The meetings with a time; those that were cancelled stay in it as cancelled."""
    profile = feeds.find_by_feed(token)
    if profile is None:
        raise Http404
    participant = profile.participant
    meetings = list(Meeting.objects.in_calendars().of(participant).with_people())
    # Of what the file is made of, not of the file: most calendars ask many times a day and get a 304.
    made_of = " ".join(f"{meeting.pk}.{meeting.sequence}.{meeting.status}.{meeting.version}" for meeting in meetings)
    etag = f'"{hashlib.sha256(made_of.encode()).hexdigest()[:32]}"'
    response = get_conditional_response(request, etag=etag) or HttpResponse(
        calendars.feed(participant.conference, participant, meetings),
        content_type="text/calendar; charset=utf-8; method=PUBLISH",
        headers={"Content-Disposition": f'inline; filename="meetings-{participant.conference.slug}.ics"'},
    )
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    return response


@login_not_required
@require_safe
def poll(request: HttpRequest, token: str) -> HttpResponse:
    """304 while the page that asks is up to date, else the event that makes it load its living part anew."""
    participant = live.participant_of(token)
    if participant is None:
        raise Http404
    etag = f'"{live.state_of(participant, now=timezone.now())}"'
    response = get_conditional_response(request, etag=etag) or HttpResponse(
        status=204, headers={"HX-Trigger": "meetings-changed"}
    )
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-store"
    return response
