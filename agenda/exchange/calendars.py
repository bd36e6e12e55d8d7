"""The programme for calendars (RFC 5545): a feed for everybody, one for one reader, and single entries for mails.

An entry's UID never changes; its SEQUENCE is the session's, which rises with each release that changes the session.
"""

import datetime
from collections.abc import Collection, Iterable
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vCalAddress, vText

from agenda.exchange import wording
from agenda.exchange.wording import plain
from agenda.programme import Programme, PublicSession

REQUEST, CANCEL, PUBLISH = "REQUEST", "CANCEL", "PUBLISH"
# How often a calendar should look for a new release.
_REFRESH = "PT1H"


def public_feed(programme: Programme) -> bytes:
    """All sessions, and those that were public once as cancelled. The same bytes for the same release."""
    return _feed(programme, programme.title, programme.sessions, programme.dropped)


def personal_feed(programme: Programme, guids: Collection[UUID]) -> bytes:
    """Only these sessions, in a calendar that says so."""
    return _feed(
        programme,
        _("My programme: %(conference)s") % {"conference": programme.title},
        (session for session in programme.sessions if session.guid in guids),
        (session for session in programme.dropped if session.guid in guids),
    )


def session_entry(
    programme: Programme,
    session: PublicSession,
    *,
    method: str,
    attendee_email: str = "",
    attendee_name: str = "",
    mailbox: str = "",
) -> str:
    """The .ics text for one session. REQUEST puts it into the attendee's calendar or moves it there, CANCEL takes it
    out; PUBLISH is for downloads and names no attendee (RFC 5546, 3.2.1)."""
    entry = _entry(programme, session, is_cancelled=method == CANCEL)
    if mailbox:
        organiser = vCalAddress(f"mailto:{mailbox}")
        organiser.params["CN"] = vText(_one_line(programme.organiser))
        entry["organizer"] = organiser
    if attendee_email and method != PUBLISH:
        attendee = vCalAddress(f"mailto:{attendee_email}")
        attendee.params["CN"] = vText(_one_line(attendee_name or attendee_email))
        attendee.params["PARTSTAT"] = vText("DECLINED" if method == CANCEL else "ACCEPTED")
        attendee.params["ROLE"] = vText("REQ-PARTICIPANT")
        attendee.params["RSVP"] = vText("FALSE")
        entry.add("attendee", attendee, encode=0)
    return _calendar(method, [entry]).to_ical().decode()


def _feed(
    programme: Programme, name: str, sessions: Iterable[PublicSession], dropped: Iterable[PublicSession]
) -> bytes:
    entries = [_entry(programme, session, is_cancelled=False) for session in sessions]
    entries += [_entry(programme, session, is_cancelled=True) for session in dropped]
    calendar = _calendar(PUBLISH, entries)
    calendar.add("name", _one_line(name))
    calendar.add("x-wr-calname", _one_line(name))
    calendar.add("x-wr-timezone", programme.time_zone)
    calendar.add("url", programme.url)
    calendar.add("x-published-ttl", _REFRESH)
    calendar.add("refresh-interval", datetime.timedelta(hours=1), parameters={"VALUE": "DURATION"})
    return calendar.to_ical()


def _one_line(text: str) -> str:
    """For names of calendars and people, where a line end cannot be escaped."""
    return " ".join(plain(text).split())


def _calendar(method: str, entries: list[Event]) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//Convoke//Conference programme//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    for entry in entries:
        calendar.add_component(entry)
    # The rules of the conference's years are enough; all since 1970 would make the feed ten times as large.
    years = [entry.start.year for entry in entries]
    if years:
        calendar.add_missing_timezones(datetime.date(min(years), 1, 1), datetime.date(max(years) + 1, 1, 1))
    return calendar


def _entry(programme: Programme, session: PublicSession, *, is_cancelled: bool) -> Event:
    entry = Event()
    # A release's entries were made when it was published, so that its feed is the same at every reading.
    made_at = programme.published_at or timezone.now()
    entry.add("uid", f"{session.guid}@convoke")
    entry.add("sequence", session.sequence)
    entry.add("dtstamp", made_at.astimezone(datetime.UTC))
    entry.add("last-modified", made_at.astimezone(datetime.UTC))
    begins, ends = programme.local(session.starts_at), programme.local(session.ends_at)
    if begins.fold or ends.fold:
        # The clock shows this hour twice and a calendar would take the first one: only UTC says which.
        begins, ends = begins.astimezone(datetime.UTC), ends.astimezone(datetime.UTC)
    entry.add("dtstart", begins)
    entry.add("dtend", ends)
    entry.add("summary", plain(session.title))
    entry.add("location", plain(", ".join(part for part in (session.room, programme.address) if part)))
    entry.add("url", wording.session_address(programme, session))
    entry.add("status", "CANCELLED" if is_cancelled else "CONFIRMED")
    entry.add("categories", [str(session.kind.label)])
    text = wording.description(programme, session)
    if text:
        entry.add("description", plain(text))
    return entry
