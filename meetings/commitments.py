"""What the other apps read of the meetings: when participants are bound, and their entries in “my programme”."""

from collections.abc import Iterator

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from agenda import entries
from conference.models import Conference
from meetings.models import Meeting
from registrations import commitments
from registrations.models import Participant


def connect() -> None:
    commitments.register("meetings", commitments_at)
    entries.register(entries_of)


def commitments_at(conference: Conference, people: commitments.People) -> Iterator[commitments.Commitment]:
    """The published meetings, in one query."""
    shown = Meeting.objects.shown().filter(conference=conference)
    if people is not None:
        shown = shown.filter(Q(request__asker__in=people) | Q(request__asked__in=people))
    for meeting in shown.with_people():
        for participant in meeting.people:
            if meeting.slot and meeting.table and (people is None or participant.pk in people):
                what = _("a meeting with %(partner)s, table %(table)s") % {
                    "partner": meeting.partner_of(participant).delegation.name,
                    "table": meeting.table.number,
                }
                yield commitments.Commitment(participant.pk, meeting.slot.starts_at, meeting.slot.ends_at, what)


def entries_of(user: User, conference: Conference) -> Iterator[entries.Entry]:
    """The user's own published meetings."""
    for own in Participant.objects.confirmed().filter(user=user, conference=conference):
        for meeting in Meeting.objects.shown().of(own).with_people():
            if meeting.slot and meeting.table:
                partner = meeting.partner_of(own)
                yield entries.Entry(
                    starts_at=meeting.slot.starts_at,
                    ends_at=meeting.slot.ends_at,
                    title=_("Meeting with %(name)s, %(delegation)s")
                    % {"name": partner.full_name, "delegation": partner.delegation.name},
                    where=_("Table %(number)s") % {"number": meeting.table.number},
                    url=reverse("meetings:meeting", args=[own.pk, meeting.pk]),
                )
