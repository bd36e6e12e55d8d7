"""My programme: what somebody who is signed in sees of a conference's programme, and how they mark it."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRefresh

from agenda import personal
from agenda.entries import entries_of
from agenda.models import Reader, Release
from agenda.queries import newest_release, speaker_codes, starred_guids
from agenda.services import readers
from conference.models import Conference
from conference.requests import next_address
from registrations.models import Participant

_ALL = "everything"


@never_cache
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """The conferences that the user has to do with; with one of them, its page."""
    conferences = list(
        Conference.objects.published()
        .filter(
            Exists(Participant.objects.managed_by(request.user).filter(conference=OuterRef("pk")))
            | Exists(Reader.objects.filter(user=request.user, conference=OuterRef("pk")))
        )
        .select_related("venue")
    )
    if len(conferences) == 1:
        return redirect("agenda:my_programme", conferences[0].slug)
    return render(request, "agenda/my_programmes.html", {"conferences": conferences})


def _conference(slug: str) -> Conference:
    return get_object_or_404(Conference.objects.published().select_related("venue"), slug=slug)


@never_cache
@require_safe
def my_programme(request: HttpRequest, slug: str) -> HttpResponse:
    """The user's day from the newest release: where they speak, what they starred, breaks; or everything."""
    conference = _conference(slug)
    release = newest_release(conference)
    context: dict[str, Any] = {
        "conference": conference,
        "release": release,
        "reader": Reader.objects.filter(conference=conference, user=request.user).first(),
    }
    if release:
        context |= _day(request, conference, release)
    return render(request, "agenda/my_programme.html", context)


def _items(request: HttpRequest, conference: Conference, release: Release, stars: set[UUID]) -> list[personal.Item]:
    return personal.items_of(
        release.programme,
        codes=speaker_codes(conference, request.user),
        stars=stars,
        entries=entries_of(request.user, conference),
        now=timezone.now(),
    )


def _day(request: HttpRequest, conference: Conference, release: Release) -> dict[str, Any]:
    programme = release.programme
    stars = starred_guids(conference, request.user)
    items = _items(request, conference, release, stars)
    everything = request.GET.get("show") == _ALL
    shown = [item for item in items if everything or item.is_wanted or item.is_break]
    return {
        "programme": programme,
        "everything": everything,
        "own": [item for item in items if item.is_own],
        "days": list(personal.by_day(programme, shown)),
        "nothing_wanted": not any(item.is_wanted for item in items),
        "dropped": [session for session in programme.dropped if session.guid in stars],
    }


def _home(conference: Conference) -> str:
    return reverse("agenda:my_programme", args=[conference.slug])


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def star(request: HttpRequest, slug: str) -> HttpResponse:
    """Marks a session, or takes the mark away: `session` is its GUID, `wanted` 1 or 0, so that twice is once.

    Who had to sign in first comes back by a GET and finds their programme.
    """
    conference = _conference(slug)
    if request.method != "POST":
        return redirect(_home(conference))
    try:
        guid = UUID(request.POST.get("session", ""))
    except ValueError as error:
        raise Http404 from error
    wanted = request.POST.get("wanted") == "1"
    try:
        if wanted:
            readers.star(conference, guid, by=request.user)
        else:
            readers.unstar(conference, guid, by=request.user)
    except readers.NotInTheProgramme as refusal:
        messages.info(request, str(refusal))
        return HttpResponseClientRefresh() if request.htmx else redirect(_home(conference))
    if request.htmx and (release := newest_release(conference)):
        for item in _items(request, conference, release, starred_guids(conference, request.user)):
            if item.session and item.session.guid == guid:
                context = {"conference": conference, "item": item, "next": _next(request, conference)}
                return render(request, "agenda/star.html", context)
    return HttpResponseClientRefresh() if request.htmx else redirect(_next(request, conference))


def _next(request: HttpRequest, conference: Conference) -> str:
    """Where the form was, if that is a page of this site."""
    return next_address(request, otherwise=_home(conference))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def changes(request: HttpRequest, slug: str) -> HttpResponse:
    """Switches the mails about changes on or off: `wanted` is 1 or 0."""
    conference = _conference(slug)
    if request.method == "POST":
        wanted = request.POST.get("wanted") == "1"
        readers.tell_of_changes(conference, wanted=wanted, by=request.user)
        if wanted:
            messages.success(request, _("You will get an e-mail when the programme changes."))
        else:
            messages.success(request, _("You will get no more e-mails about changes of the programme."))
    return redirect(_home(conference))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def calendar(request: HttpRequest, slug: str) -> HttpResponse:
    """Makes a new address for the user's calendar and shows it, this once."""
    conference = _conference(slug)
    if request.method != "POST":
        return redirect(_home(conference))
    address = settings.SITE_URL + reverse("agenda:feed", args=[readers.make_feed(conference, by=request.user)])
    context = {
        "conference": conference,
        "address": address,
        "subscribe": "webcal://" + address.split("://", maxsplit=1)[1],
    }
    return render(request, "agenda/my_programme_calendar.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def calendar_revoke(request: HttpRequest, slug: str) -> HttpResponse:
    """Ends the user's calendar address."""
    conference = _conference(slug)
    if request.method == "POST":
        readers.revoke_feed(conference, by=request.user)
        messages.success(request, _("The calendar address no longer works. Calendars that used it stop updating."))
    return redirect(_home(conference))
