"""The programme to print: on two pages where a day's panels fit there, else on as many as it needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from agenda.kinds import Role, SessionKind
from agenda.papers.wording import day_in_words, frame, named, presented_by, short_minutes, span_of
from agenda.programme import Programme, PublicPresentation, PublicSession
from conference import pdf
from conference.languages import language_name
from conference.markup import render_markdown

PAGES_OF_ONE_DAY = 2


@dataclass(frozen=True)
class Density:
    """How closely a programme is set, and whether it tells what each presentation is about."""

    points: str  # size of the text
    summaries: bool = False


# Each takes less room than the one before.
DENSITIES = (
    Density("10", summaries=True),
    Density("9", summaries=True),
    Density("10"),
    Density("9.5"),
    Density("9"),
    Density("8.5"),
    Density("8"),
)
FLOWING = Density("8.5")


@dataclass(frozen=True)
class _Talk:
    minutes: str
    title: str
    by: str
    abstract: str


@dataclass(frozen=True)
class _Item:
    when: str
    title: str
    room: str
    is_break: bool
    moderators: list[str]
    speakers: list[str]
    panellists: list[str]
    abstract: SafeString
    question: str
    languages: str
    talks: list[_Talk]
    debate: str


def programme_pdf(programme: Programme) -> bytes:
    """The programme in the house style. One day of panels stands on two A4 pages, as roomy as it can; a longer one
    flows, with a running head. The summaries of presentations are printed only where they fit on the two pages.

    Raises conference.pdf.PdfUnavailable without Pango.
    """
    days = [
        (day_in_words(day), [_item(programme, session) for session in sessions]) for day, sessions in programme.days
    ]
    everywhere = {session.languages for session in programme.sessions if session.languages}
    context = {
        **frame(programme),
        "days": days,
        "has_summaries": any(talk.abstract for session in programme.sessions for talk in session.presentations),
        # Said once where it is the same all day.
        "languages": _languages(*everywhere) if len(everywhere) == 1 else "",
    }
    document = _on_few_pages(context) if len(days) <= 1 else None
    return pdf.write(document or _lay_out(context, FLOWING))


def _on_few_pages(context: dict[str, object]) -> Any:
    """The roomiest document of `PAGES_OF_ONE_DAY`; None where even the closest has more. Looks at three of seven."""
    choices = [density for density in DENSITIES if context["has_summaries"] or not density.summaries]
    best = None
    first, beyond = 0, len(choices)
    while first < beyond:
        middle = (first + beyond) // 2
        document = _lay_out(context, choices[middle])
        if len(document.pages) <= PAGES_OF_ONE_DAY:
            best, beyond = document, middle
        else:
            first = middle + 1
    return best


def _lay_out(context: dict[str, object], density: Density) -> Any:
    return pdf.lay_out("pdf/agenda/programme.html", {**context, "density": density})


def _languages(codes: Sequence[str]) -> str:
    return ", ".join(language_name(code) for code in codes)


def _item(programme: Programme, session: PublicSession) -> _Item:
    presenting = {talk.speaker for talk in session.presentations}
    panellists = [code for code in session.people(Role.PANELLIST) if code not in presenting]
    talks = [_talk(programme, talk) for talk in session.presentations]
    return _Item(
        when=span_of(programme, session),
        title=session.title,
        room=session.room,
        is_break=session.is_break,
        moderators=_described(programme, session.moderators),
        speakers=_described(programme, session.people(Role.SPEAKER)),
        panellists=_described(programme, panellists),
        abstract=render_markdown(session.abstract),
        question=session.question,
        languages=_languages(session.languages),
        talks=talks,
        debate=short_minutes(session.debate_minutes)
        if talks and session.kind == SessionKind.PANEL and session.debate_minutes
        else "",
    )


def _described(programme: Programme, codes: Sequence[str]) -> list[str]:
    return [person.described for person in named(programme, codes)]


def _talk(programme: Programme, talk: PublicPresentation) -> _Talk:
    return _Talk(
        minutes=short_minutes(talk.minutes),
        title=talk.title,
        by=presented_by(programme, talk),
        abstract=talk.abstract,
    )
