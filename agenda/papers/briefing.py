"""The briefing of one speaker: what they do, when and where, what they send before, and whom they meet there."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from agenda.kinds import Role
from agenda.models import Presentation, Speaker
from agenda.papers.wording import all_times, clock, day_in_words, in_minutes, span
from agenda.parts import Part, needs_speech, parts_of
from agenda.queries import plan_of
from agenda.services.documents import missing_of
from agenda.states import OPEN
from conference import pdf
from conference.markup import render_markdown

# Before the session begins: time for the microphone, the slides and the interpreters.
EARLY = datetime.timedelta(minutes=15)


@dataclass(frozen=True)
class _Talk:
    title: str
    when: str
    minutes: str
    abstract: str


@dataclass(frozen=True)
class _Card:
    """One session as its speaker needs it."""

    title: str
    when: str
    be_there: str
    room: str
    roles: str
    moderates: bool
    talks: list[_Talk]
    others: list[str]
    languages: str
    question: str
    abstract: SafeString


def briefing_pdf(speaker: Speaker) -> bytes:
    """The speaker's own briefing, after the working version as their personal pages show it.

    Of other people it names those who accepted, as the programme will. Raises conference.pdf.PdfUnavailable without
    Pango.
    """
    conference = speaker.conference
    plan = plan_of(conference)
    parts = parts_of(speaker)
    context = {
        "conference": conference,
        "speaker": speaker,
        "described": ", ".join(part for part in (speaker.function_now, speaker.organisation_now) if part),
        "cards": [_card(part, conference.zone) for part in parts],
        "presents": any(part.presentations for part in parts),
        "moderates": any(Role.MODERATOR in part.roles for part in parts),
        "is_interpreted": needs_speech(parts),
        "missing": missing_of([speaker])[speaker.pk],
        "reply_by": _day(plan.speakers_reply_by) if speaker.status in OPEN else "",
        "documents_due_on": _day(plan.documents_due_on),
        "edition": _("As planned on %(instant)s")
        % {"instant": date_format(timezone.localtime(timezone.now(), conference.zone), "DATETIME_FORMAT")},
        "all_times": all_times(conference.venue.city),
    }
    return pdf.render("pdf/agenda/briefing.html", context)


def _day(day: datetime.date | None) -> str:
    return day_in_words(day) if day else ""


def _card(part: Part, zone: datetime.tzinfo) -> _Card:
    session = part.session
    return _Card(
        title=session.title,
        when=f"{part.day}, {span(zone, session.starts_at, session.ends_at)} ({in_minutes(session.minutes)})",
        be_there=clock(zone, session.starts_at - EARLY),
        room=part.room,
        roles=capfirst(_roles(part)),
        moderates=Role.MODERATOR in part.roles,
        talks=[_talk(talk, session.presentations.all(), session.starts_at, zone) for talk in part.presentations],
        others=[_described(other, role) for other, role in part.others],
        languages=", ".join(session.language_names),
        question=session.question,
        abstract=render_markdown(session.abstract),
    )


def _roles(part: Part) -> str:
    """In a word or two; who only presents is a panellist."""
    return ", ".join(str(Role(role).label) for role in part.roles) or str(Role.PANELLIST.label)


def _talk(
    talk: Presentation, of_session: Sequence[Presentation], begins: datetime.datetime, zone: datetime.tzinfo
) -> _Talk:
    before = 0
    for other in of_session:
        if other.pk == talk.pk:
            break
        before += other.minutes
    starts_at = begins + datetime.timedelta(minutes=before)
    return _Talk(
        title=talk.title,
        when=span(zone, starts_at, starts_at + datetime.timedelta(minutes=talk.minutes)),
        minutes=in_minutes(talk.minutes),
        abstract=talk.abstract,
    )


def _described(other: Speaker, role: str) -> str:
    named = ", ".join(part for part in (other.addressed_name, other.function_now, other.organisation_now) if part)
    return f"{named}: {role}"
