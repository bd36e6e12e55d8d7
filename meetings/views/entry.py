"""The way from a conference to the user's own pages, and the question for whom where there are several."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from conference.models import Conference
from meetings.models import Meeting, MeetingRequest
from meetings.permissions import represented_by
from registrations.models import Participant


@never_cache
@require_safe
def entry(request: HttpRequest, slug: str) -> HttpResponse:
    """To the meetings of the one whom the user acts for, or to the directory as long as there is nothing to see.

    Who has not opted in yet finds the question in the directory.
    """
    conference, people = _people(request, slug)
    if len(people) == 1:
        return redirect(_first_page(people[0]), people[0].pk)
    return _choose(request, conference, [(person, reverse(_first_page(person), args=[person.pk])) for person in people])


@never_cache
@require_safe
def with_somebody(request: HttpRequest, slug: str, other: int) -> HttpResponse:
    """From elsewhere on the site, such as a stand: to the page where `other` is asked for a meeting."""
    conference, people = _people(request, slug)
    if len(people) == 1:
        return redirect("meetings:ask", people[0].pk, other)
    return _choose(
        request, conference, [(person, reverse("meetings:ask", args=[person.pk, other])) for person in people]
    )


def _first_page(person: Participant) -> str:
    has_begun = Meeting.objects.of(person).exists() or MeetingRequest.objects.of(person).pending().exists()
    return "meetings:mine" if has_begun else "meetings:directory"


def _choose(request: HttpRequest, conference: Conference, choices: list[tuple[Participant, str]]) -> HttpResponse:
    """For whom? Each leads to their own page."""
    return render(request, "meetings/entry.html", {"conference": conference, "choices": choices})


def _people(request: HttpRequest, slug: str) -> tuple[Conference, list[Participant]]:
    conference = get_object_or_404(
        Conference.objects.published().filter(meeting_rules__isnull=False).select_related("venue"), slug=slug
    )
    people = represented_by(request.user).confirmed().filter(conference=conference)
    return conference, list(people.select_related("delegation", "meeting_profile"))
