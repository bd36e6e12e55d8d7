"""Who needs a look: people who want meetings and have none, and those whom most want to meet."""

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from conference import history
from conference.models import Conference
from conference.organiser_admin import page
from meetings import reasons
from meetings.admin.addresses import address, home_address
from meetings.board import idle, most_wanted
from meetings.models import Meeting, MeetingRules

view_meetings = permission_required("meetings.view_meeting", raise_exception=True)


@view_meetings
@require_safe
def people(request: HttpRequest, pk: int) -> HttpResponse:
    """Idle participants, the most wanted, and agreed meetings without a time with the reason."""
    conference = get_object_or_404(Conference, pk=pk)
    unplaced = list(Meeting.objects.unplaced().filter(conference=conference).with_people().order_by("agreed_at", "pk"))
    alone, wanted = idle(conference), most_wanted(conference)
    rows = len(alone) + len(wanted) + len(unplaced)
    history.record_view(conference, _("who needs a look for meetings"), by=request.user, rows=rows)
    return page(
        request,
        "admin/meetings/people.html",
        MeetingRules,
        title=_("Who needs a look"),
        subject=conference,
        back=home_address(conference),
        conference=conference,
        idle=alone,
        wanted=wanted,
        unplaced=reasons.unplaced_with_reasons(unplaced, reasons.published_reasons(conference) if unplaced else {}),
        board_url=address("board", conference),
        # Rows add a number to it: resolving each address would cost more than all the rest.
        person_url=reverse("admin:registrations_participant_change", args=[0]).removesuffix("0/change/"),
    )
