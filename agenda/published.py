"""What everybody reads of a programme, kept in memory for as long as the release that it comes from is the newest.

A release never changes, so whatever was made of it once is right for ever. Each request asks the database one
question: which release is the newest, and what stands around it on a page. The answer is the key; nothing has to be
told when a release comes out, and the first request after it finds the new one.
"""

import datetime
import gzip
import hashlib
import threading
import time
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db import connection
from django.urls import reverse
from django.utils.translation import get_language

from agenda.models import Release
from agenda.programme import Programme, PublicSession

# By hand: the ORM takes longer to write this statement than the database takes to answer it, and it stands before
# every single answer.
_STANDING = """
SELECT conference.id, conference.title, conference.held_on, conference.organiser_name, conference.mailbox, venue.city,
    (SELECT COUNT(*) FROM conference_page page WHERE page.conference_id = conference.id),
    (SELECT MAX(page.id) FROM conference_page page WHERE page.conference_id = conference.id),
    release.id
FROM conference_conference conference
JOIN conference_venue venue ON venue.id = conference.venue_id
LEFT JOIN agenda_release release ON release.conference_id = conference.id AND release.number =
    (SELECT MAX(other.number) FROM agenda_release other WHERE other.conference_id = conference.id)
WHERE conference.slug = %s AND conference.is_published
"""
# The frame of a page may hold what the question above does not ask for, such as other apps' links.
FRAME_SECONDS = 60
# Of a process. The pages of 300 sessions, plain and compressed, are a fifth of it.
KEPT_BYTES = 48 * 1024 * 1024
KEPT_EDITIONS = 8


@dataclass(frozen=True)
class Standing:
    """What there is to read at this moment. `facts` change whenever anything on a page may."""

    slug: str
    conference: int
    release: int | None
    facts: tuple[Any, ...]


def standing(slug: str) -> Standing | None:
    """None where there is no published conference at this address. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, [slug])
        facts = cursor.fetchone()
    return Standing(slug, facts[0], facts[-1], (slug, *facts)) if facts else None


@dataclass(frozen=True)
class Edition:
    """The newest release: its programme as plain values, and what changed since the one before, a sentence each."""

    programme: Programme
    changes: tuple[str, ...]

    @cached_property
    def instants(self) -> list[datetime.datetime]:
        """All instants at which “now and next” becomes another: sessions begin and end, days of the programme begin."""
        programme = self.programme
        found = {instant for session in programme.sessions for instant in (session.starts_at, session.ends_at)}
        midnights = {
            datetime.datetime.combine(day, datetime.time(0), programme.zone).astimezone(datetime.UTC)
            for day, _sessions in programme.days
        }
        return sorted(found | midnights)

    def interval(self, moment: datetime.datetime) -> int:
        """Which stretch between two of these instants `moment` lies in."""
        return bisect_right(self.instants, moment)

    @cached_property
    def photos(self) -> frozenset[str]:
        return frozenset(person.photo for person in self.programme.people if person.photo)

    @cached_property
    def documents(self) -> frozenset[str]:
        return frozenset(
            document.key
            for session in self.programme.sessions
            for talk in session.presentations
            for document in talk.documents
        )

    @cached_property
    def dropped(self) -> dict[str, PublicSession]:
        """Sessions that are no longer part of the programme, by code."""
        return {session.code: session for session in self.programme.dropped}


@dataclass(frozen=True)
class Rendered:
    """A body as it goes out: `compressed` is empty where that would save nothing."""

    body: bytes
    compressed: bytes
    etag: str
    good_until: float  # by time.monotonic

    @classmethod
    def of(cls, body: bytes, *, compress: bool = True, seconds: float = float("inf")) -> "Rendered":
        # No time in it: two processes must make the same bytes.
        compressed = gzip.compress(body, compresslevel=6, mtime=0) if compress else body
        return cls(
            body=body,
            compressed=compressed if len(compressed) < 0.9 * len(body) else b"",
            # Weak: the plain and the compressed body have one and the same.
            etag=f'W/"{hashlib.sha256(body).hexdigest()[:32]}"',
            good_until=time.monotonic() + seconds,
        )

    @property
    def weight(self) -> int:
        return len(self.body) + len(self.compressed)


class Shelf:
    """The most recently asked for of what was rendered, up to a number of bytes. Safe among threads."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.weight = 0
        self._kept: OrderedDict[Any, Rendered] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Any) -> Rendered | None:
        """None where nothing is kept, or only what may be out of date."""
        with self._lock:
            found = self._kept.get(key)
            if found is None or found.good_until < time.monotonic():
                return None
            self._kept.move_to_end(key)
            return found

    def put(self, key: Any, rendered: Rendered) -> None:
        with self._lock:
            if previous := self._kept.pop(key, None):
                self.weight -= previous.weight
            self._kept[key] = rendered
            self.weight += rendered.weight
            while self.weight > self.capacity and len(self._kept) > 1:
                _key, dropped = self._kept.popitem(last=False)
                self.weight -= dropped.weight

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
            self.weight = 0


_shelf = Shelf(KEPT_BYTES)
_editions: OrderedDict[tuple[int, str], Edition] = OrderedDict()
_editions_lock = threading.Lock()


def edition(now: Standing) -> Edition | None:
    """The newest release, None before the first. Costs a query only when it was not read before."""
    if now.release is None:
        return None
    key = (now.release, now.slug)
    with _editions_lock:
        if found := _editions.get(key):
            _editions.move_to_end(key)
            return found
    release = Release.objects.get(pk=now.release)
    # The conference may have moved to another address since; its links go where it is now.
    address = settings.SITE_URL + reverse("agenda:programme", args=[now.slug])
    made = Edition(replace(release.programme, slug=now.slug, url=address), tuple(release.changes))
    with _editions_lock:
        _editions[key] = made
        while len(_editions) > KEPT_EDITIONS:
            _editions.popitem(last=False)
    return made


def of_release(now: Standing, name: str, make: Callable[[], bytes]) -> Rendered:
    """What depends on the release alone: an export. `name` tells them apart."""
    return _kept((now.release, now.slug, get_language(), name), make)


def inner_part(now: Standing, name: str, make: Callable[[], str]) -> str:
    """The part of a page that depends on the release alone, to be framed for this visitor or that."""
    key = ("inner", now.release, now.slug, get_language(), name)
    return _kept(key, lambda: make().encode(), compress=False).body.decode()


def framed(now: Standing, name: str, make: Callable[[], bytes]) -> Rendered:
    """A whole page with the conference's name, its links and its foot around."""
    return _kept((now.facts, get_language(), name), make, seconds=FRAME_SECONDS)


def forget() -> None:
    """Empties the memory of this process, as a new process has it: for tests, where databases come and go."""
    _shelf.clear()
    with _editions_lock:
        _editions.clear()


def _kept(key: Any, make: Callable[[], bytes], *, compress: bool = True, seconds: float = float("inf")) -> Rendered:
    found = _shelf.get(key)
    if found is None:
        # Two threads may both render the same the first time; that costs less than making all wait for each other.
        found = Rendered.of(make(), compress=compress, seconds=seconds)
        _shelf.put(key, found)
    return found
