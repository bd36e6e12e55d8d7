"""The visiting list as an entry for a calendar (RFC 5545)."""

import datetime
from collections.abc import Sequence

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from marketplace.models import Call, Stand
from registrations.models import Participant

PUBLISH = "PUBLISH"


def opening_times(
    call: Call, duties: Sequence[tuple[datetime.datetime, datetime.datetime]]
) -> tuple[datetime.datetime, datetime.datetime]:
    """When stands are visited: the call's own times, else from the first duty to the last, else the conference's."""
    zone = call.conference.zone
    if call.stands_from and call.stands_until:
        return call.stands_from.astimezone(zone), call.stands_until.astimezone(zone)
    if duties:
        begins, ends = zip(*duties, strict=True)
        return min(begins).astimezone(zone), max(ends).astimezone(zone)
    return call.conference.starts_at, call.conference.ends_at


def visiting_entry(
    call: Call, visitor: Participant, stands: Sequence[Stand], times: tuple[datetime.datetime, datetime.datetime]
) -> str:
    """The .ics text: one entry over the opening times, the stands in walking order in its description.

    The UID never changes, so that a list loaded anew takes the place of the one before.
    """
    conference = call.conference
    lines = [
        f"{stand.place.number if stand.place else '–'}  {stand.application.initiative}, "
        f"{stand.application.delegation.name}"
        for stand in stands
    ]
    event = Event()
    event.add("uid", f"{visitor.calendar_uid}-market-place@convoke")
    now = timezone.now().astimezone(datetime.UTC)
    # Seconds since 1970: each loading is newer than the one before.
    event.add("sequence", int(now.timestamp()))
    event.add("dtstamp", now)
    event.add("dtstart", times[0])
    event.add("dtend", times[1])
    event.add("summary", _("Market place: %(number)d stands to visit") % {"number": len(stands)})
    where = [call.room.name if call.room else "", conference.venue.address_on_one_line]
    event.add("location", ", ".join(part for part in where if part))
    event.add("url", settings.SITE_URL + reverse("marketplace:visiting_list", args=[conference.slug]))
    event.add("description", "\n".join(lines))
    # Others may still ask for a meeting in this time.
    event.add("transp", "TRANSPARENT")
    calendar = Calendar()
    calendar.add("prodid", "-//Convoke//Market place//EN")
    calendar.add("version", "2.0")
    calendar.add("method", PUBLISH)
    calendar.add_component(event)
    year = times[0].year
    calendar.add_missing_timezones(datetime.date(year, 1, 1), datetime.date(year + 1, 1, 1))
    return calendar.to_ical().decode()
