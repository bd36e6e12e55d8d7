"""The working version as readers would see it: for organisers, before it is published."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from agenda import listing
from agenda.queries import working_programme
from conference.models import Conference


@never_cache
@require_safe
def preview(request: HttpRequest, slug: str) -> HttpResponse:
    """The list of the day. The conference need not be published; for all but organisers there is no such page."""
    if not (request.user.is_staff and request.user.has_perm("agenda.view_session")):
        raise Http404
    conference = get_object_or_404(Conference.objects.select_related("venue"), slug=slug)
    programme = working_programme(conference)
    context = {
        "conference": conference,
        "programme": programme,
        "zone": listing.zone_in_words(programme),
        "days": listing.days(programme, timezone.now()),
    }
    return render(request, "agenda/preview.html", context)
