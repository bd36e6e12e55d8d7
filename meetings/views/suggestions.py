"""Whom the acting participant might meet, the best first, with the reasons."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from meetings.acting import acting
from meetings.suggestions import shown_suggestions
from meetings.views.directory import is_listed, render_for


@never_cache
@require_safe
def suggestions(request: HttpRequest, me: int) -> HttpResponse:
    """The list as it was computed, without those who cannot be asked any more."""
    participant = acting(request, me)
    if not is_listed(participant):
        return render_for(request, "meetings/not_listed.html", participant, here="suggestions")
    context = {
        "suggestions": shown_suggestions(participant, now=timezone.now()),
        # Looked up once, not for each row.
        "words": {"ask": _("Ask for a meeting"), "of_100": _("of 100")},
        "is_described": participant.meeting_profile.ticks.exists(),
    }
    return render_for(request, "meetings/suggestions.html", participant, here="suggestions", **context)
