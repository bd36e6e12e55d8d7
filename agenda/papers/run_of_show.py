"""The run of show: what happens in each session minute by minute, for moderators, technicians and interpreters."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agenda.kinds import Role, SessionKind
from agenda.papers.wording import clock, day_in_words, frame, in_minutes, named, presented_by, span, span_of
from agenda.programme import Programme, PublicSession
from conference import pdf
from conference.languages import language_name

# Somebody must lead these; without a name it is a gap.
_MODERATED = {SessionKind.PANEL, SessionKind.DEBATE}


@dataclass(frozen=True)
class Row:
    """One step of a session. `so_far` are the minutes of the session that have passed at its end."""

    when: str
    what: str
    who: list[str]
    is_open: bool  # nobody is confirmed for it
    minutes: int
    so_far: int


@dataclass(frozen=True)
class _Sheet:
    anchor: str
    title: str
    day: str
    when: str
    minutes: str
    room: str
    languages: str
    question: str
    moderators: list[str]
    lacks_moderator: bool
    panellists: list[str]
    rows: list[Row]
    too_long: str
    note: str
    then: str


@dataclass(frozen=True)
class _Glance:
    """A line of the day at a glance."""

    when: str
    minutes: int
    title: str
    room: str
    is_break: bool
    moderators: list[str]
    note: str  # of those that have no sheet


def run_of_show_pdf(programme: Programme, *, notes: Mapping[str, str] | None = None, session: str = "") -> bytes:
    """The day at a glance, then a sheet for each session that is no break; only that sheet where `session` is a code.

    `programme` is a release or the working version; `notes` are the organisers' own, by code of the session.
    Raises KeyError for a session that the programme does not have, conference.pdf.PdfUnavailable without Pango.
    """
    notes = notes or {}
    chosen = [programme.session[session]] if session else [item for item in programme.sessions if not item.is_break]
    context = {
        **frame(programme),
        "days": []
        if session
        else [
            (day_in_words(day), [_glance(programme, item, notes) for item in items]) for day, items in programme.days
        ],
        "sheets": [_sheet(programme, item, notes.get(item.code, "")) for item in chosen],
    }
    return pdf.render("pdf/agenda/run_of_show.html", context)


def rows(programme: Programme, session: PublicSession) -> list[Row]:
    """The steps of a session in order: its presentations, then what they leave of it. Too many run past its end."""
    found = []
    so_far = 0
    for talk in session.presentations:
        found.append(
            _row(
                programme,
                session,
                so_far,
                talk.minutes,
                what=talk.title,
                who=[presented_by(programme, talk)],
                is_open=talk.speaker not in programme.person,
            )
        )
        so_far += talk.minutes
    if session.debate_minutes:
        what, who = _rest(programme, session)
        found.append(
            _row(
                programme,
                session,
                so_far,
                session.debate_minutes,
                what=what,
                who=who or [_("To be confirmed")],
                is_open=not who,
            )
        )
    return found


def _row(
    programme: Programme,
    session: PublicSession,
    after: int,
    minutes: int,
    *,
    what: str,
    who: list[str],
    is_open: bool,
) -> Row:
    begins = session.starts_at + datetime.timedelta(minutes=after)
    return Row(
        when=span(programme.zone, begins, begins + datetime.timedelta(minutes=minutes)),
        what=what,
        who=who,
        is_open=is_open,
        minutes=minutes,
        so_far=after + minutes,
    )


def _rest(programme: Programme, session: PublicSession) -> tuple[str, list[str]]:
    """What fills a session beside its presentations, and who."""
    if session.kind in _MODERATED:
        return _("Debate"), [_("Moderator, panellists and audience")]
    if session.is_break:
        return session.title, [_("Everybody")]
    speakers = _described(programme, session.people(Role.SPEAKER))
    return _("Words of the speakers"), speakers or _described(programme, session.everybody)


def _sheet(programme: Programme, session: PublicSession, note: str) -> _Sheet:
    presenting = {talk.speaker for talk in session.presentations}
    moderators = _described(programme, session.moderators)
    return _Sheet(
        anchor=f"session-{session.code}",
        title=session.title,
        day=day_in_words(programme.day_of(session)),
        when=span_of(programme, session),
        minutes=in_minutes(session.minutes),
        room=session.room,
        languages=", ".join(language_name(code) for code in session.languages),
        question=session.question,
        moderators=moderators,
        lacks_moderator=not moderators and session.kind in _MODERATED,
        panellists=_described(programme, [code for code in session.people(Role.PANELLIST) if code not in presenting]),
        rows=rows(programme, session),
        too_long=too_long(session),
        note=note,
        then=_then(programme, session),
    )


def too_long(session: PublicSession) -> str:
    """By how much the presentations exceed the session, in a sentence; empty where they do not."""
    over = session.presented_minutes - session.minutes
    if over <= 0:
        return ""
    return ngettext(
        "Too long: the presentations take %(presented)s, the session has %(planned)s. Cut %(over)d minute; no time is "
        "left for the debate.",
        "Too long: the presentations take %(presented)s, the session has %(planned)s. Cut %(over)d minutes; no time is "
        "left for the debate.",
        over,
    ) % {"presented": in_minutes(session.presented_minutes), "planned": in_minutes(session.minutes), "over": over}


def _then(programme: Programme, session: PublicSession) -> str:
    """What follows that day in the same room, or for everybody."""
    following = (
        later
        for later in programme.sessions
        if later.starts_at >= session.ends_at
        and programme.day_of(later) == programme.day_of(session)
        and (later.room == session.room or later.is_break)
    )
    later = next(following, None)
    if later is None:
        return ""
    where = f", {later.room}" if later.room and later.room != session.room else ""
    return f"{clock(programme.zone, later.starts_at)} {later.title}{where}"


def _glance(programme: Programme, session: PublicSession, notes: Mapping[str, str]) -> _Glance:
    return _Glance(
        when=span_of(programme, session),
        minutes=session.minutes,
        title=session.title,
        room=session.room,
        is_break=session.is_break,
        moderators=[person.name for person in named(programme, session.moderators)],
        note=notes.get(session.code, "") if session.is_break else "",
    )


def _described(programme: Programme, codes: Sequence[str]) -> list[str]:
    return [person.described for person in named(programme, codes)]
