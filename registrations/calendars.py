"""The conference as an entry for the participant's calendar (RFC 5545, sent by mail as RFC 6047 says)."""

import datetime
from email.utils import parseaddr

from django.conf import settings
from django.utils import timezone
from icalendar import Calendar, Event, vCalAddress, vText

from registrations.models import Participant

REQUEST, CANCEL, PUBLISH = "REQUEST", "CANCEL", "PUBLISH"


def entry(participant: Participant, method: str) -> str:
    """The .ics text for one participant. REQUEST puts it into the calendar or updates it, CANCEL takes it out.

    PUBLISH is for downloads: nobody is asked to answer, and RFC 5546 (3.2.1) allows no attendee in it.

    The UID never changes; `calendar_sequence` must have been raised before each text that goes out.
    """
    conference = participant.conference
    event = Event()
    event.add("uid", f"{participant.calendar_uid}@convoke")
    event.add("sequence", participant.calendar_sequence)
    event.add("dtstamp", timezone.now().astimezone(datetime.UTC))
    event.add("dtstart", conference.starts_at)
    event.add("dtend", conference.ends_at)
    event.add("summary", conference.title)
    event.add("location", conference.venue.address_on_one_line)
    event.add("url", settings.SITE_URL + conference.get_absolute_url())
    event.add("status", "CANCELLED" if method == CANCEL else "CONFIRMED")
    organiser = vCalAddress(f"mailto:{conference.mailbox or parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}")
    organiser.params["CN"] = vText(conference.organiser_name)
    event["organizer"] = organiser
    if method != PUBLISH:
        event.add("attendee", _attendee(participant, method), encode=0)
    calendar = Calendar()
    calendar.add("prodid", "-//Convoke//Conference registration//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(event)
    # The rules of that year are enough; all since 1970 would make the mail ten times as large.
    year = conference.held_on.year
    calendar.add_missing_timezones(datetime.date(year, 1, 1), datetime.date(year + 1, 1, 1))
    return calendar.to_ical().decode()


def _attendee(participant: Participant, method: str) -> vCalAddress:
    attendee = vCalAddress(f"mailto:{participant.email}")
    attendee.params["CN"] = vText(participant.full_name)
    attendee.params["PARTSTAT"] = vText("DECLINED" if method == CANCEL else "ACCEPTED")
    attendee.params["ROLE"] = vText("REQ-PARTICIPANT")
    attendee.params["RSVP"] = vText("FALSE")
    return attendee
