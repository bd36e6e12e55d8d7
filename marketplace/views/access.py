"""Who comes to the market place: what every view of it asks first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.cache import add_never_cache_headers, patch_vary_headers

from conference.models import Conference
from conference.prepared import Prepared
from marketplace.listing import people_of
from marketplace.models import Call, Stand
from registrations.models import Participant


@dataclass(frozen=True)
class Admission:
    """The market place, and as whom it is visited: by nobody where a stranger or an organiser looks at it."""

    call: Call
    people: Sequence[Participant] = ()
    # Of the one whom the user has chosen to visit for, where there are several.
    chosen: int | None = None

    @property
    def visitor(self) -> Participant | None:
        """Whose visiting list it is: of the one who was chosen, else the first of the people whom the user manages."""
        return next((person for person in self.people if person.pk == self.chosen), next(iter(self.people), None))

    @property
    def others(self) -> list[Participant]:
        """For whom else the user can visit."""
        return [person for person in self.people if person != self.visitor]

    @property
    def delegations(self) -> set[int]:
        """Whose stands the user looks after (primary keys)."""
        return {person.delegation_id for person in self.people}

    @property
    def conference(self) -> Conference:
        return self.call.conference

    @property
    def is_archive(self) -> bool:
        """The conference's day is over, and the catalogue stays as a collection of practices."""
        return self.conference.today > self.conference.held_on


View = Callable[..., HttpResponseBase]


_CALL = Prepared(
    lambda slug: Call.objects.filter(conference__slug=slug, conference__is_published=True).select_related(
        "conference__venue", "room"
    ),
    stand_in="address",
)


def _call(slug: str) -> Call:
    found = _CALL.first(slug)
    if found is None:
        raise Http404
    return found


def open_to_its_audience(view: View) -> View:
    """The catalogue and what belongs to it. Strangers sign in first unless it is public; whoever is signed in and not
    of its audience gets a 404. After the conference's day it is closed, unless the call keeps it as an archive."""

    @login_not_required
    @wraps(view)
    def wrapped(request: HttpRequest, slug: str, **more: Any) -> HttpResponseBase:
        call = _call(slug)
        is_public = call.audience == Call.Audience.PUBLIC
        if not is_public and not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        admission = _admission(request, call)
        if not is_public and admission.visitor is None and not request.user.is_staff:
            raise Http404
        if admission.is_archive and not call.is_archived:
            context = {"conference": call.conference, "visitor": admission.visitor}
            return render(request, "marketplace/closed.html", context, status=410)
        response = view(request, admission, **more)
        if not response.has_header("Cache-Control"):
            if request.user.is_authenticated:
                add_never_cache_headers(response)
            else:
                response["Cache-Control"] = "no-cache"
            patch_vary_headers(response, ["Cookie", "HX-Request"])
        return response

    return wrapped


def for_visitors(view: View) -> View:
    """For people who take part, or manage somebody who does; also after the market place has closed."""

    @wraps(view)
    def wrapped(request: HttpRequest, slug: str, **more: Any) -> HttpResponseBase:
        call = _call(slug)
        admission = _admission(request, call)
        if admission.visitor is None:
            raise Http404
        response = view(request, admission, **more)
        add_never_cache_headers(response)
        return response

    return wrapped


def for_its_holders(view: View) -> View:
    """For the people of a stand's delegation, while it is their stand; `stand` takes the place of its number."""

    @wraps(view)
    def wrapped(request: HttpRequest, slug: str, stand: int, **more: Any) -> HttpResponseBase:
        call = _call(slug)
        admission = _admission(request, call)
        held = live_stand(call, stand)
        if held.application.delegation_id not in admission.delegations:
            raise Http404
        response = view(request, admission, stand=held, **more)
        add_never_cache_headers(response)
        return response

    return wrapped


def live_stand(call: Call, pk: int) -> Stand:
    """The stand with what its page shows. Raises Http404 for one that was released."""
    stands = Stand.objects.select_related(
        "application__delegation__member_state", "application__delegation__city", "application__contact", "place"
    )
    return get_object_or_404(stands, call=call, pk=pk, released_at=None)


def choose(request: HttpRequest, admission: Admission, person: Participant) -> None:
    """From now on the user visits for this one of the `admission.people`, until they choose again or sign out."""
    request.session[_chosen(admission.call)] = person.pk


def _chosen(call: Call) -> str:
    return f"visits-for:{call.conference_id}"


def _admission(request: HttpRequest, call: Call) -> Admission:
    if not request.user.is_authenticated:
        return Admission(call)
    people = people_of(request.user, call.conference_id)
    return Admission(call, people, request.session.get(_chosen(call)) if len(people) > 1 else None)
