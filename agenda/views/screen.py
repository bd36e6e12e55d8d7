"""The big screen of a room: what takes place, what comes next, and the countdown for who speaks."""

import json
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from agenda import screens
from agenda.models import Release
from agenda.queries import newest_release
from conference.models import Conference


@login_not_required
@never_cache
@require_safe
def screens_list(request: HttpRequest, slug: str) -> HttpResponse:
    """The rooms of the newest release, each with the way to its screen."""
    conference, release = _published(slug)
    rooms = screens.rooms_of(release.programme)
    return render(request, "agenda/screens.html", {"conference": conference, "rooms": rooms.items()})


def _published(slug: str) -> tuple[Conference, Release]:
    conference = get_object_or_404(Conference.objects.published().select_related("venue"), slug=slug)
    release = newest_release(conference)
    if release is None:
        raise Http404
    return conference, release


def _room(release: Release, room: str) -> str:
    """The room's name."""
    try:
        return screens.rooms_of(release.programme)[room]
    except KeyError as error:
        raise Http404 from error


@login_not_required
@never_cache
@require_safe
def screen(request: HttpRequest, slug: str, room: str) -> HttpResponse:
    """One page without a menu. All that its script needs comes with it, so that it outlives the network."""
    conference, release = _published(slug)
    programme = release.programme
    name = _room(release, room)
    scenes = screens.scenes_of(programme, name)
    now = timezone.now()
    current, upcoming = screens.at(scenes, now), screens.after(scenes, now)
    shown = current or upcoming
    step = current.steps[0] if current and current.steps else None
    words = _words()
    context = {
        "conference": conference,
        "programme": programme,
        "room": room,
        "name": name,
        "now": now,
        "milliseconds": int(now.timestamp() * 1000),
        "is_now": current is not None,
        "shown": shown,
        "title": step.title if step else shown.title if shown else words["over"],
        "step": step,
        "next_step": current.steps[1] if current and len(current.steps) > 1 else None,
        "upcoming": upcoming if current or not upcoming else screens.after(scenes, upcoming.starts_at),
        "content": json.dumps(_content(release, scenes)),
        "words": json.dumps(words),
    }
    return render(request, "agenda/screen.html", context)


def _content(release: Release, scenes: list[screens.Scene]) -> dict[str, Any]:
    return {"release": release.number, "scenes": [scene.to_data() for scene in scenes]}


def _words() -> dict[str, str]:
    """What the script writes; braces stand for what it fills in."""
    return {
        "now": _("Now"),
        "later": _("Begins at {time}"),
        "over": _("The programme in this room is over. Thank you."),
        "ready": _("Ready"),
        "running": _("Running"),
        "paused": _("Paused"),
        "last": _("Last minute"),
        "out": _("Time is over"),
        "one_left": _("1 minute left"),
        "start": _("Start"),
        "go_on": _("Go on"),
        "pause": _("Pause"),
        "of_one": _("of 1 minute"),
        "of_many": _("of {minutes} minutes"),
        "stale": _("No connection. Shown is release {release}."),
    }


@login_not_required
@require_safe
def screen_data(request: HttpRequest, slug: str, room: str) -> HttpResponse:
    """What the screen's script looks at each minute: a 304 until a new release is out."""
    newest = Release.objects.filter(conference__slug=slug, conference__is_published=True).order_by("-number")
    number = newest.values_list("pk", flat=True).first()
    if number is None:
        raise Http404
    etag = f'"{number}"'
    response = get_conditional_response(request, etag=etag)
    if response is None:
        release = Release.objects.get(pk=number)
        scenes = screens.scenes_of(release.programme, _room(release, room))
        response = HttpResponse(json.dumps(_content(release, scenes)), content_type="application/json")
    response["ETag"] = etag
    response["Cache-Control"] = "no-cache"
    return response
