"""Signs for doors, to be read from five metres: one for each session, or one for each room and day."""

import math
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from agenda.papers.wording import day_in_words, frame, named, span_of
from agenda.programme import Programme, PublicSession
from conference import pdf

# Points. A title at the largest has capitals of 17 mm.
_TITLE = (72, 64, 56, 48, 42, 36, 32, 28, 24, 20, 17, 14)
_PEOPLE = (28, 26, 24, 22, 20, 18, 16, 14, 12, 11, 10, 9)
# What a sheet of A4 across leaves of its 297 by 210 millimetres, in points.
_WIDTH, _HEIGHT = 740, 330
# Smaller than this a title is not set to keep a long word in one piece.
_UNBROKEN = 28


@dataclass(frozen=True)
class _Sign:
    anchor: str
    room: str
    day: str
    when: str
    title: str
    moderators: str
    size: int  # index of _TITLE and _PEOPLE: larger is smaller

    @property
    def title_points(self) -> int:
        return _TITLE[self.size]

    @property
    def people_points(self) -> int:
        return _PEOPLE[self.size]

    @property
    def room_points(self) -> int:
        """In two lines at most, beside the time."""
        beside = 0.55 * _WIDTH
        return next(
            (
                points
                for points in _TITLE[2:]
                if _longest(self.room) * points < beside and _width(self.room) * points < 1.7 * beside
            ),
            _TITLE[-1],
        )


def door_signs_pdf(programme: Programme, sessions: Sequence[PublicSession] | None = None) -> bytes:
    """A page for each of the sessions, of all where none are given: room, time, title, moderators.

    Long titles shrink until all stands on its page; nothing is cut. Raises conference.pdf.PdfUnavailable without Pango.
    """
    chosen = programme.sessions if sessions is None else sessions
    signs = [_sign(programme, session) for session in chosen]
    while True:
        document = pdf.lay_out("pdf/agenda/door_signs.html", {**frame(programme), "signs": signs})
        too_large = _over_one_page(document, signs)
        if not too_large:
            return pdf.write(document)
        signs = [replace(sign, size=sign.size + 1) if sign.anchor in too_large else sign for sign in signs]


def room_signs_pdf(programme: Programme) -> bytes:
    """For each day and room the sessions there, on a page of their own. Raises conference.pdf.PdfUnavailable."""
    signs = [
        (room, day_in_words(day), [(span_of(programme, item), item) for item in items if item.room == room])
        for day, items in programme.days
        for room in sorted({item.room for item in items if item.room})
    ]
    return pdf.render("pdf/agenda/room_signs.html", {**frame(programme), "signs": signs})


def _sign(programme: Programme, session: PublicSession) -> _Sign:
    names = "; ".join(person.described for person in named(programme, session.moderators))
    return _Sign(
        anchor=f"sign-{session.code}",
        room=session.room,
        day=day_in_words(programme.day_of(session)),
        when=span_of(programme, session),
        title=session.title,
        moderators=_("Moderated by %(names)s") % {"names": names} if names else "",
        size=_first_guess(session.title, names),
    )


def _first_guess(title: str, names: str) -> int:
    """The largest size that should fit. Whether it does depends on the fonts of the machine, and is seen afterwards."""
    for size, points in enumerate(_TITLE):
        height = _lines(title, points) * points * 1.15 + _lines(names, _PEOPLE[size]) * _PEOPLE[size] * 1.4
        if height <= _HEIGHT and (points <= _UNBROKEN or _longest(title) * points <= _WIDTH):
            return size
    return len(_TITLE) - 1


def _lines(text: str, points: int) -> int:
    return math.ceil(_width(text) * points / _WIDTH)


def _width(text: str) -> float:
    """About how wide the text is, in times the size of its letters."""
    return sum(0.7 if unicodedata.category(letter) == "Lu" else 0.52 for letter in text)


def _longest(text: str) -> float:
    """The width of its longest word."""
    return max((_width(word) for word in text.split()), default=0)


def _over_one_page(document: Any, signs: Sequence[_Sign]) -> set[str]:
    """Anchors of the signs that run onto a second page and could still be smaller."""
    # A page holds the anchor of each sign that stands on it, be it only the end of one.
    taken = Counter(anchor for page in document.pages for anchor in page.anchors)
    return {sign.anchor for sign in signs if taken[sign.anchor] > 1 and sign.size < len(_TITLE) - 1}
