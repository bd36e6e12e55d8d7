"""Background jobs. Each can run twice or beside itself."""

from celery import shared_task
from django.utils import timezone

from conference.models import Conference
from meetings.services import listing, papers, placements, requests, suggestions
from registrations.models import Participant


@shared_task
def expire_requests() -> None:
    """Every minute: requests whose time is up let go of what they hold."""
    requests.expire_due(timezone.now())


@shared_task
def remind_of_requests() -> None:
    """Every few minutes: whoever has not answered is reminded before the request expires."""
    requests.remind_due(timezone.now())


@shared_task
def place_meetings(placement_id: int) -> None:
    """One run of the placer."""
    placements.work(placement_id)


@shared_task
def continue_placements() -> None:
    """Every minute: runs whose message was lost, and those whose worker was killed."""
    for placement_id in placements.due():
        placements.work(placement_id)


@shared_task
def make_paper(paper_id: int) -> None:
    """One large document to print."""
    papers.work(paper_id)


@shared_task
def continue_papers() -> None:
    """Every minute: papers whose message was lost, and those whose worker was killed."""
    for paper_id in papers.due():
        papers.work(paper_id)


@shared_task
def tidy_papers() -> None:
    """Nightly: files that nothing refers to any more."""
    papers.tidy()


@shared_task
def make_suggestions() -> None:
    """Every few minutes: what organisers renamed is found again, and whom to meet follows what changed."""
    for conference in Conference.objects.filter(meeting_rules__isnull=False, held_on__gte=timezone.localdate()):
        listing.refresh(conference)
    suggestions.refresh_where_needed()


@shared_task
def make_suggestions_for(participant: int) -> None:
    """Somebody has just changed their profile."""
    found = Participant.objects.confirmed().select_related("conference").filter(pk=participant).first()
    if found:
        suggestions.make_list(found)
