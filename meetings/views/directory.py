"""Those who want meetings, to look through, filter and search."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from meetings.acting import acting
from meetings.models import Profile


@never_cache
@require_safe
def directory(request: HttpRequest, me: int) -> HttpResponse:
    """Everybody but oneself who can be found."""
    participant = acting(request, me)
    found = Profile.objects.listed().of(participant.conference).exclude(participant=participant)
    found = found.select_related("participant__delegation__member_state").order_by("sort_key", "pk")
    context = {
        "conference": participant.conference,
        "me": participant,
        "here": "directory",
        "page": Paginator(found, 20).get_page(request.GET.get("page")),
    }
    return render(request, "meetings/directory.html", context)
