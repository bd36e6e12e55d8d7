"""What the meetings put onto the organisers' start page: when booking opens and closes, and what needs a decision."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from conference.models import Conference
from meetings.admin.addresses import address, home_address
from meetings.conflicts import conflicts_of
from meetings.models import MeetingRules, Placement
from meetings.states import PlacementStatus
from registrations import start_page
from registrations.start_page import Area, Coming, ToDecide

TO_REVIEW = (PlacementStatus.PROVISIONAL, PlacementStatus.REVIEWED)


def connect() -> None:
    start_page.register("meetings", entries)
    start_page.register_area(
        "meetings",
        Area(
            gettext_lazy("One-to-one meetings"), "admin:meetings_meetingrules_home", "meetings.view_meeting", position=3
        ),
    )


def entries(conference: Conference, user: User) -> Iterator[Coming | ToDecide]:
    """Nothing of a conference without rules of meetings, of one that is over, and for who may not see meetings."""
    rules = MeetingRules.objects.filter(conference=conference).first()
    if rules is None or not user.has_perm("meetings.view_meeting") or conference.today > conference.held_on:
        return
    dates = [(rules.opens_at, _("Meetings: booking opens")), (rules.closes_at, _("Meetings: booking closes"))]
    for moment, words in dates:
        if moment and moment.astimezone(conference.zone).date() >= conference.today:
            yield Coming(moment.astimezone(conference.zone).date(), words, home_address(conference))
    conflicting = len({conflict.meeting.pk for conflict in conflicts_of(conference)})
    if conflicting:
        words = ngettext(
            "%d meeting lies where one of the two can no longer be.",
            "%d meetings lie where one of the two can no longer be.",
            conflicting,
        )
        yield ToDecide(words % conflicting, home_address(conference))
    computed = Placement.objects.filter(conference=conference, status__in=TO_REVIEW).only("pk").first()
    if computed:
        words = _("A placement of meetings is computed and not yet published.")
        yield ToDecide(words, address("placement", conference, computed.pk))
