"""Whom the acting participant might meet, the best first, with the reasons."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from meetings import kept as keeping
from meetings.acting import acting
from meetings.suggestions import shown_suggestions
from meetings.views.directory import is_listed, render_for


@never_cache
@require_safe
def suggestions(request: HttpRequest, me: int) -> HttpResponse:
    """The list as it was computed, without those who cannot be asked any more."""
    participant = acting(request, me)
    kept = keeping.of(participant.conference)
    if not is_listed(participant):
        return render_for(request, "meetings/not_listed.html", participant, here="suggestions")
    is_described, suggested = shown_suggestions(participant, kept, now=timezone.now())
    context = {
        "suggestions": suggested,
        "is_described": is_described,
        # Looked up once, not for each row.
        "words": {"ask": _("Ask for a meeting"), "of_100": _("of 100")},
    }
    return render_for(request, "meetings/suggestions.html", participant, here="suggestions", **context)
