"""Why a meeting has no time: in words for the two, and for organisers."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from conference.models import Conference
from meetings.models import Meeting, Placement
from meetings.scheduling.explaining import Why
from meetings.states import MeetingStatus, PlacementStatus
from registrations.models import Participant


def published_reasons(conference: Conference) -> dict[int, Why]:
    """What the placement that was published last says of meetings without a time, by primary key. One query."""
    placement = (
        Placement.objects.filter(conference=conference, status=PlacementStatus.PUBLISHED)
        .order_by("-published_at")
        .only("reasons")
        .first()
    )
    return reasons_of(placement) if placement else {}


def reasons_of(placement: Placement) -> dict[int, Why]:
    return {int(number): Why(why) for number, why in placement.reasons.items()}


def why_not(meeting: Meeting, reader: Participant, reasons: dict[int, Why]) -> str:
    """To one of the two, why the meeting has no time; empty where it has one, or no placement looked at it yet."""
    why = reasons.get(meeting.pk)
    if why is None or meeting.status != MeetingStatus.UNPLACED:
        return ""
    match why:
        case Why.NO_TABLE:
            return _("All tables are taken at the times that would suit you both.")
        case Why.NO_COMMON_SLOT:
            return _("You have no time at which both of you are free.")
        case Why.FIRST_FULL | Why.SECOND_FULL:
            full = meeting.request.asker_id if why == Why.FIRST_FULL else meeting.request.asked_id
            if full == reader.pk:
                return _("You have as many meetings as fit into your times.")
            return _("The other person has as many meetings as fit into their times.")


def for_organisers(meeting: Meeting, why: Why) -> str:
    """The same with names."""
    asker, asked = meeting.people
    match why:
        case Why.NO_TABLE:
            return _("All tables are taken at the times that would suit both.")
        case Why.NO_COMMON_SLOT:
            return _("There is no time at which both are free.")
        case Why.FIRST_FULL:
            return _("%(name)s is full: no more free time.") % {"name": asker.full_name}
        case Why.SECOND_FULL:
            return _("%(name)s is full: no more free time.") % {"name": asked.full_name}


def unplaced_with_reasons(meetings: Iterable[Meeting], reasons: dict[int, Why]) -> list[tuple[Meeting, str]]:
    """Meetings with what organisers read of each; empty where no placement looked at it yet."""
    return [
        (meeting, for_organisers(meeting, reasons[meeting.pk]) if meeting.pk in reasons else "") for meeting in meetings
    ]
