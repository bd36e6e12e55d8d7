"""How printed matter says days, times and people; what stands in the head and at the foot of each page."""

import datetime
from collections.abc import Iterable
from dataclasses import replace

from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agenda.programme import Programme, PublicPerson, PublicPresentation, PublicSession


def day_in_words(day: datetime.date) -> str:
    """“Tuesday 26 February 2019”."""
    return date_format(day, "l j F Y")


def span(zone: datetime.tzinfo, begins: datetime.datetime, ends: datetime.datetime) -> str:
    """“9.30–10.30” as clocks in `zone` show it.

    Says so where it ends on another day, and names the zone wherever a clock time alone would be true twice.
    """
    first, last = begins.astimezone(zone), ends.astimezone(zone)
    zoned = first.utcoffset() != last.utcoffset() or _comes_twice(first) or _comes_twice(last)
    words = "–".join(time_format(moment) + (f" {moment:%Z}" if zoned else "") for moment in (first, last))
    if last.date() > first.date() and last.time() != datetime.time(0):
        words += " " + _("(next day)")
    return words


def clock(zone: datetime.tzinfo, instant: datetime.datetime) -> str:
    """“9.30”, with its zone in the hour that comes twice."""
    moment = instant.astimezone(zone)
    return time_format(moment) + (f" {moment:%Z}" if _comes_twice(moment) else "")


def _comes_twice(moment: datetime.datetime) -> bool:
    return moment.replace(fold=0).utcoffset() != moment.replace(fold=1).utcoffset()


def span_of(programme: Programme, session: PublicSession) -> str:
    return span(programme.zone, session.starts_at, session.ends_at)


def in_minutes(minutes: int) -> str:
    return ngettext("%(number)d minute", "%(number)d minutes", minutes) % {"number": minutes}


def short_minutes(minutes: int) -> str:
    return _("%(number)d min") % {"number": minutes}


def dates(programme: Programme) -> str:
    """“26 February 2019”, or “25 February – 1 March 2019” where it takes several days."""
    days = [day for day, _sessions in programme.days] or [programme.held_on]
    first, last = days[0], days[-1]
    if first == last:
        return date_format(first)
    if first.year != last.year:
        return f"{date_format(first)} – {date_format(last)}"
    if first.month != last.month:
        return f"{date_format(first, 'j F')} – {date_format(last)}"
    return f"{first.day}–{date_format(last)}"


def edition(programme: Programme) -> str:
    """Which programme this is: “Release 3 of 20 February 2019, 14.05”, or that it is not published."""
    if programme.release and programme.published_at:
        return _("Release %(number)d of %(instant)s") % {
            "number": programme.release,
            "instant": date_format(programme.local(programme.published_at), "DATETIME_FORMAT"),
        }
    return _("Working version of %(instant)s, not published") % {
        "instant": date_format(programme.local(timezone.now()), "DATETIME_FORMAT")
    }


def all_times(place: str) -> str:
    return _("All times are those of %(place)s.") % {"place": place}


def named(programme: Programme, codes: Iterable[str]) -> list[PublicPerson]:
    """The people with these codes whom the programme names."""
    return [programme.person[code] for code in codes if code in programme.person]


def presented_by(programme: Programme, talk: PublicPresentation) -> str:
    """“Brno: Jana Štěpánková, Mayor”; says so where the speaker is not confirmed. No organisation is named twice."""
    speaker = programme.person.get(talk.speaker)
    if speaker is None:
        gap = _("speaker to be confirmed")
        return f"{talk.delegation}: {gap}" if talk.delegation else capfirst(gap)
    if not talk.delegation:
        return speaker.described
    is_its_own = speaker.organisation == talk.delegation
    described = replace(speaker, organisation="").described if is_its_own else speaker.described
    return f"{talk.delegation}: {described}"


def frame(programme: Programme) -> dict[str, object]:
    """What the template of every document needs for its head and foot."""
    return {
        "programme": programme,
        "dates": dates(programme),
        "edition": edition(programme),
        "all_times": all_times(programme.city or programme.time_zone),
    }
