"""What every page of a conference has around it: its public texts, and links of other apps, not imported here."""

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.db import connection
from django.urls import reverse
from django.utils.translation import get_language

from conference.models import Conference, Page


@dataclass(frozen=True)
class Entry:
    """A link beside “Overview”. With a `teaser`, the overview offers it, too."""

    title: str
    address: str
    teaser: str = ""


@dataclass(frozen=True)
class Text:
    """A public text that there is; `kind` is one of Page.Kind."""

    kind: str
    title: str
    address: str


@dataclass(frozen=True)
class Frame:
    """Plain values: texts in the order of their kinds, entries in that of the positions of their apps."""

    texts: tuple[Text, ...] = ()
    entries: tuple[Entry, ...] = ()


@functools.lru_cache(maxsize=256)
def _text(slug: str, kind: Page.Kind, _language: str | None) -> Text:
    return Text(kind.value, str(kind.label), reverse("conference:page", args=[slug, kind.value]))


EntriesOf = Callable[..., Iterable[Entry]]
_sources: list[tuple[int, Sequence[str], EntriesOf]] = []

_KINDS = [Page.Kind(kind) for kind in Page.Kind.values]
_HAS_TEXT = "EXISTS (SELECT 1 FROM conference_page page WHERE page.conference_id = conference.id AND page.kind = '{}')"


def register(entries: EntriesOf, *, facts: Sequence[str], position: int) -> None:
    """`entries` is called for every page of a conference, with the conference and the values of the facts.

    Each fact is an SQL expression of one value that both databases take, quick to answer, about `conference`, a row
    of the conferences. The facts of all apps are one question: asked one by one, and put into words by the ORM, they
    cost more than many a page.
    """
    _sources.append((position, facts, entries))
    _sources.sort(key=lambda registered: registered[0])
    _statement.cache_clear()


@functools.cache
def _statement() -> str:
    facts = [
        *(_HAS_TEXT.format(kind.value) for kind in _KINDS),
        *(fact for _, of_app, _ in _sources for fact in of_app),
    ]
    return f"SELECT {', '.join(facts)} FROM conference_conference conference WHERE conference.id = %s"  # noqa: S608


def frame(conference: Conference) -> Frame:
    """What there is around the conference's pages at this moment. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_statement(), [conference.pk])
        row = cursor.fetchone()
    if row is None:
        return Frame()
    present, answers = row[: len(_KINDS)], iter(row[len(_KINDS) :])
    language = get_language()
    texts = [
        _text(conference.slug, kind, language) for kind, is_present in zip(_KINDS, present, strict=True) if is_present
    ]
    entries = [
        entry for _, facts, of_app in _sources for entry in of_app(conference, *(next(answers) for _fact in facts))
    ]
    return Frame(tuple(texts), tuple(entries))
