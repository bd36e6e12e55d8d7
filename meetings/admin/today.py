"""The organisers' page for the day itself: the slot of now and the next one, who is late, what did not take place."""

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from conference.models import Conference
from conference.organiser_admin import may, page
from meetings.admin.addresses import address, home_address
from meetings.models import Meeting, MeetingRules, Placement
from meetings.today import read_today

view_meetings = permission_required("meetings.view_meeting", raise_exception=True)


@view_meetings
@require_safe
def today(request: HttpRequest, pk: int) -> HttpResponse:
    conference = get_object_or_404(Conference, pk=pk)
    return page(
        request,
        "admin/meetings/today.html",
        MeetingRules,
        title=_("On the day"),
        subject=conference,
        back=home_address(conference),
        insert_url=address("insert", conference),
        may_place=may(request, "add", Placement),
        waiting=Meeting.objects.unplaced().filter(conference=conference).count(),
        **_context(conference),
    )


@view_meetings
@require_safe
def part(request: HttpRequest, pk: int) -> HttpResponse:
    """What changes during a break; asked for every half minute."""
    conference = get_object_or_404(Conference, pk=pk)
    return HttpResponse(render_to_string("admin/meetings/today_part.html", _context(conference), request))


def _context(conference: Conference) -> dict[str, object]:
    now = timezone.now()
    return {
        "conference": conference,
        "day": read_today(conference, now=now),
        "asked_at": now,
        "zone": conference.time_zone,
        "board_url": address("board", conference),
        "part_url": address("today_part", conference),
    }
