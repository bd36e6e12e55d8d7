"""What the programme puts onto the organisers' start page: speakers' dates, and what is open in the programme."""

from collections.abc import Iterator
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from agenda.models import Plan, Speaker, SpeakerQuerySet
from agenda.services import documents
from agenda.states import GONE, SpeakerStatus
from conference.links import ends_at
from conference.models import Conference
from registrations import start_page
from registrations.start_page import Area, Coming, ToDecide
from registrations.states import ParticipantStatus


def connect() -> None:
    start_page.register("agenda", entries)
    start_page.register_area(
        "agenda", Area(gettext_lazy("Programme"), "admin:agenda_plan_board", "agenda.view_session", position=1)
    )


def entries(conference: Conference, user: User) -> Iterator[Coming | ToDecide]:
    """Nothing of a conference without a plan, of one that is over, and for who may not see speakers."""
    plan = Plan.objects.filter(conference=conference).first()
    if plan is None or not user.has_perm("agenda.view_speaker") or timezone.now() > ends_at(conference):
        return
    speakers = _in_the_programme(conference)
    yield from _dates(conference, plan)
    if gone := speakers.filter(_is_gone()).count():
        words = ngettext(
            "%d speaker of the programme no longer comes: somebody else is needed.",
            "%d speakers of the programme no longer come: others are needed.",
            gone,
        )
        yield ToDecide(words % gone, reverse("admin:agenda_plan_warnings", args=[conference.pk]))
    if planned := speakers.filter(status=SpeakerStatus.PLANNED).exclude(_is_gone()).count():
        words = ngettext(
            "%d speaker of the programme has not been asked yet.",
            "%d speakers of the programme have not been asked yet.",
            planned,
        )
        yield ToDecide(words % planned, _list(conference, SpeakerStatus.PLANNED))


def _dates(conference: Conference, plan: Plan) -> Iterator[Coming]:
    today = conference.today
    if plan.speakers_reply_by and plan.speakers_reply_by >= today:
        asked = conference.speakers.filter(status=SpeakerStatus.ASKED).count()
        words = _("Speakers: last day for their replies")
        if asked:
            words = ngettext(
                "Speakers: last day for one reply that is open",
                "Speakers: last day for %(number)d replies that are open",
                asked,
            ) % {"number": asked}
        yield Coming(plan.speakers_reply_by, words, _list(conference, SpeakerStatus.ASKED))
    if plan.documents_due_on and plan.documents_due_on >= today:
        accepted = _in_the_programme(conference).accepted().exclude(_is_gone())
        late = sum(bool(what) for what in documents.missing_of(list(accepted)).values())
        words = _("Slides and speeches are due")
        if late:
            words = ngettext(
                "Slides and speeches are due: one speaker has not sent everything",
                "Slides and speeches are due: %(number)d speakers have not sent everything",
                late,
            ) % {"number": late}
        yield Coming(plan.documents_due_on, words, _list(conference, SpeakerStatus.ACCEPTED))


def _in_the_programme(conference: Conference) -> SpeakerQuerySet:
    speakers = Speaker.objects.filter(conference=conference)
    return speakers.filter(Q(appearances__isnull=False) | Q(presentations__isnull=False)).distinct()


def _is_gone() -> Q:
    """As `Speaker.is_gone`, for the database."""
    left = [ParticipantStatus.WITHDRAWN, ParticipantStatus.REPLACED]
    return Q(status__in=GONE) | Q(participant__status__in=left)


def _list(conference: Conference, status: str) -> str:
    filters = {"conference__id__exact": conference.pk, "status__exact": status}
    return f"{reverse('admin:agenda_speaker_changelist')}?{urlencode(filters)}"
