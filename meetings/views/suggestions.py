"""Whom the acting participant might meet, the best first, with the reasons."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from conference.fragments import fragment
from meetings import kept as keeping
from meetings.acting import acting
from meetings.suggestions import Suggested, shown_suggestions
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
        "cards": [_card(one) for one in suggested],
        "is_described": is_described,
    }
    return render_for(request, "meetings/suggestions.html", participant, here="suggestions", **context)


def _card(one: Suggested) -> SafeString:
    return fragment(
        "meetings/suggestion.html",
        address=one.found.address,
        ask_address=one.found.ask_address,
        heading=one.found.heading,
        line=one.found.line,
        score=one.score,
        reasons=tuple(one.reasons),
    )
