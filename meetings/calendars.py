"""Meetings as calendar entries (RFC 5545): by mail as RFC 6047 says, and as a personal feed.

An entry's UID never changes; its SEQUENCE rises with each text that goes out by mail. Times are in UTC: a meeting is
one instant, which every calendar shows on its reader's clock, and no rules of time zones need to come along.
"""

import datetime
from collections.abc import Iterable
from email.utils import parseaddr

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vCalAddress, vText

from conference.models import Conference
from meetings.models import Meeting, Slot
from meetings.naming import called
from meetings.states import MeetingStatus
from registrations.models import Participant

REQUEST, CANCEL, PUBLISH = "REQUEST", "CANCEL", "PUBLISH"
# How often a calendar should look for changes.
_REFRESH = datetime.timedelta(minutes=15)


def entry(meeting: Meeting, participant: Participant, method: str, *, slot: Slot | None = None) -> str:
    """The .ics text of one of the two. REQUEST puts it into their calendar or moves it there, CANCEL takes it out.

    `slot` is where the meeting was, for one that has lost it. The other one's address stands nowhere in it. Needs
    `Meeting.objects.with_people()`, and `sequence` raised before each text that goes out.
    """
    event = _event(meeting, participant, slot or meeting.slot, is_cancelled=method == CANCEL)
    conference = meeting.conference
    organiser = vCalAddress(f"mailto:{conference.mailbox or parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}")
    organiser.params["CN"] = vText(_one_line(conference.organiser_name))
    event["organizer"] = organiser
    attendee = vCalAddress(f"mailto:{participant.email}")
    attendee.params["CN"] = vText(_one_line(participant.full_name))
    attendee.params["PARTSTAT"] = vText("DECLINED" if method == CANCEL else "ACCEPTED")
    attendee.params["ROLE"] = vText("REQ-PARTICIPANT")
    attendee.params["RSVP"] = vText("FALSE")
    event.add("attendee", attendee, encode=0)
    return _calendar(method, [event]).to_ical().decode()


def feed(conference: Conference, participant: Participant, meetings: Iterable[Meeting]) -> bytes:
    """All meetings of one person that have a time, and those that had one as cancelled. Names no attendee."""
    calendar = _calendar(
        PUBLISH,
        [
            _event(meeting, participant, meeting.slot, is_cancelled=meeting.status == MeetingStatus.CANCELLED)
            for meeting in meetings
        ],
    )
    name = _one_line(_("My meetings: %(conference)s") % {"conference": conference.title})
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", conference.time_zone)
    calendar.add("x-published-ttl", "PT15M")
    calendar.add("refresh-interval", _REFRESH, parameters={"VALUE": "DURATION"})
    return calendar.to_ical()


def _calendar(method: str, events: Iterable[Event]) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//Convoke//One-to-one meetings//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    for event in events:
        calendar.add_component(event)
    return calendar


def _event(meeting: Meeting, participant: Participant, slot: Slot | None, *, is_cancelled: bool) -> Event:
    conference = meeting.conference
    event = Event()
    event.add("uid", f"{meeting.uid}@convoke")
    event.add("sequence", meeting.sequence)
    event.add("dtstamp", timezone.now().astimezone(datetime.UTC))
    if slot:
        event.add("dtstart", slot.starts_at.astimezone(datetime.UTC))
        event.add("dtend", slot.ends_at.astimezone(datetime.UTC))
    partner = meeting.partner_of(participant)
    event.add("summary", _("Meeting with %(delegation)s") % {"delegation": partner.delegation.name})
    table = _("Table %(number)s") % {"number": meeting.table.number} if meeting.table else ""
    place = slot.block.place if slot else ""
    event.add("location", ", ".join(filter(None, [table, place, conference.venue.address_on_one_line])))
    event.add("description", called(partner, agreed=True))
    event.add("url", settings.SITE_URL + reverse("meetings:meeting", args=[participant.pk, meeting.pk]))
    event.add("status", "CANCELLED" if is_cancelled else "CONFIRMED")
    return event


def _one_line(text: str) -> str:
    """For names of calendars and people, where a line end cannot be escaped."""
    return " ".join(text.split())
