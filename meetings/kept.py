"""What participants' pages read of a conference again and again, kept for a minute.

Terms, times and rules change a few times before the conference; asking for them with each look would cost more than
the page. Services that decide anything ask the database itself.
"""

import datetime
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.core.cache import cache

from conference.models import Conference, MemberState
from meetings.models import Slot, Term
from meetings.queries import Span, rules_of
from registrations import commitments

KEPT_SECONDS = 60
Choice = tuple[str, str]


@dataclass(frozen=True)
class Time:
    """An open slot, past or to come."""

    pk: int
    starts_at: datetime.datetime
    ends_at: datetime.datetime

    def meets(self, span: Span) -> bool:
        return span[0] < self.ends_at and self.starts_at < span[1]


@dataclass(frozen=True)
class Kept:
    """Plain values of one conference."""

    may_ask: Mapping[str, Sequence[str]]
    topics: tuple[Choice, ...]
    challenges: tuple[Choice, ...]
    countries: tuple[Choice, ...]
    times: Sequence[Time]
    # When participants speak, or have a duty.
    bound: Mapping[int, Sequence[Span]]

    def allows(self, asker: str, asked: str) -> bool:
        """Whether people of one category may ask those of another."""
        return asked in self.may_ask.get(asker, ())

    def times_after(self, now: datetime.datetime) -> list[Time]:
        return [time for time in self.times if time.starts_at > now]


def of(conference: Conference) -> Kept:
    """At most a minute old."""
    return cache.get_or_set(f"meetings:{conference.pk}", lambda: _read(conference), KEPT_SECONDS)


def _read(conference: Conference) -> Kept:
    terms = list(Term.objects.filter(conference=conference).offered())
    bound: dict[int, list[Span]] = defaultdict(list)
    for duty in commitments.of(conference, without="meetings"):
        bound[duty.participant].append((duty.starts_at, duty.ends_at))
    slots = Slot.objects.of(conference).open().order_by("starts_at", "pk")
    return Kept(
        may_ask=rules_of(conference.pk).may_ask,
        topics=tuple((str(term.pk), term.name) for term in terms if term.kind == Term.Kind.TOPIC),
        challenges=tuple((str(term.pk), term.name) for term in terms if term.kind == Term.Kind.CHALLENGE),
        countries=tuple(MemberState.objects.order_by("name").values_list("code", "name")),
        times=[Time(*row) for row in slots.values_list("pk", "starts_at", "ends_at")],
        bound=dict(bound),
    )
