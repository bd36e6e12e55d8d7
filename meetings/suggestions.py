"""Suggestions as they are read: today's facts applied to the kept list, and the reasons in words."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from django.core.cache import cache
from django.db import connection
from django.utils.translation import gettext as _

from conference import raw
from conference.clock import clock
from conference.languages import languages_by_name
from meetings import directory
from meetings.directory import Found
from meetings.kept import Kept, Time
from meetings.models import ProfileTerm
from meetings.relations import standings
from meetings.services import suggestions
from meetings.suggesting import pair
from meetings.suggesting.crowd import SHOWN
from meetings.suggesting.person import Person
from registrations.models import Participant

# Until a worker has made the list that a changed profile asks for, each look would compute it anew.
KEPT_SECONDS = 300
# On the page: a few more than a list has first ones, since some lists are made longer so that nobody is left out.
MOST = SHOWN + 2
# Below this two texts share little more than their language.
ALIKE = 0.12
# So many terms or times are named in one reason.
NAMED = 3

_LIST = "SELECT entries FROM meetings_suggestionlist WHERE participant_id = %s AND version = %s"
_TICKS = """
SELECT ticked.profile_id, ticked.sense, ticked.term_id, term.name, ticked.level
FROM meetings_profileterm ticked JOIN meetings_term term ON term.id = ticked.term_id
WHERE ticked.profile_id IN ({})
ORDER BY term.position, term.name
"""
_ABSENT = "SELECT participant_id, starts_at, ends_at FROM meetings_absence WHERE participant_id IN ({})"
# Two facts in one question: the times that are taken, and without a time the requests that were received.
_TAKEN = """
SELECT participant_id, slot_id, 1 FROM meetings_meetingseat WHERE slot_id IS NOT NULL AND participant_id IN ({marks})
UNION ALL
SELECT asked_id, NULL, COUNT(*) FROM meetings_meetingrequest
WHERE status IN ('pending', 'accepted') AND asked_id IN ({marks}) GROUP BY asked_id
"""


@dataclass(frozen=True)
class Suggested:
    """A suggestion as its page shows it."""

    found: Found
    score: int
    reasons: list[str]


def shown_suggestions(me: Participant, kept: Kept, *, now: datetime.datetime) -> tuple[bool, list[Suggested]]:
    """Whether the own profile says anything, and a dozen at most, the best first.

    They are those of the kept list who are listed, can be asked, and are free at a time at which `me` is free, too.
    Their scores are those of what both say now: the list may be older than the other's profile.
    """
    entries = _entries_for(me)
    known = standings(me)
    keys = [key for key, _score, _likeness in entries if key not in known or known[key].may_ask]
    people = directory.people(me, keys, kept, known=known, with_terms=False)
    today = _today(me, [key for key in keys if key in people], kept, now=now)
    chosen = [key for key in keys if key in today.common and people[key].standing.may_ask][:MOST]
    likeness = {key: alike for key, _score, alike in entries}
    pairs = _pairs(me, [people[key] for key in chosen])
    say = _Sentences()
    zone = me.conference.zone
    shown = []
    for key in chosen:
        other = replace(pairs.others[key], received=today.received[key], capacity=today.capacity[key])
        shown.append(
            Suggested(
                people[key],
                round(pair.score(pairs.me, other, likeness[key])),
                [
                    *_in_words(pairs, people[key], likeness[key], say),
                    *_free_in_words(today.common[key], zone),
                ],
            )
        )
    shown.sort(key=lambda suggested: suggested.score, reverse=True)
    return pairs.says_anything, shown


def likeness_to(other: int, *, me: Participant) -> float:
    """Of the two texts, where the kept list knows it."""
    entries = _kept_list(me) or []
    return next((likeness for key, _score, likeness in entries if key == other), 0.0)


def reasons_for(me: Participant, other: Found, likeness: float) -> list[str]:
    """Why this one, in words, from what both say now; empty where the own profile ticks nothing. One query."""
    pairs = _pairs(me, [other])
    return _in_words(pairs, other, likeness, _Sentences()) if pairs.says_anything else []


@dataclass(frozen=True)
class _Pairs:
    """What `me` and some others say now; `names` are those of all terms, in the organiser's order."""

    me: Person
    others: Mapping[int, Person]
    names: Mapping[int, str]

    @property
    def says_anything(self) -> bool:
        return bool(self.me.seeks or self.me.offers or self.me.challenges)


def _pairs(me: Participant, others: Sequence[Found]) -> _Pairs:
    """One query."""
    own = me.meeting_profile
    profiles = [own.pk, *(found.profile for found in others)]
    with connection.cursor() as cursor:
        cursor.execute(_TICKS.format(raw.marks(profiles)), profiles)
        ticks = cursor.fetchall()
    names: dict[int, str] = {}
    ticked: dict[tuple[int, str], set[int]] = defaultdict(set)
    levels: dict[int, dict[int, int]] = defaultdict(dict)
    for profile, sense, term, name, level in ticks:
        names[term] = name
        ticked[profile, sense].add(term)
        if level:
            levels[profile][term] = level

    def person(profile: int, country: str, languages: Iterable[str]) -> Person:
        return Person(
            key=profile,
            delegation=0,
            category="",
            country=country,
            languages=frozenset(languages),
            seeks=frozenset(ticked[profile, ProfileTerm.Sense.SEEKS]),
            offers=frozenset(ticked[profile, ProfileTerm.Sense.OFFERS]),
            challenges=frozenset(ticked[profile, ProfileTerm.Sense.CHALLENGE]),
            levels=levels[profile],
        )

    return _Pairs(
        person(own.pk, me.delegation.member_state_id or "", own.languages),
        {found.pk: person(found.profile, found.country, found.languages) for found in others},
        names,
    )


def _entries_for(me: Participant) -> list[tuple[int, float, float]]:
    """The kept list; computed now where the profile is newer than it."""
    kept = _kept_list(me)
    if kept is None:
        key = f"suggestions:{me.pk}:{me.meeting_profile.version}"
        kept = cache.get(key)
        if kept is None:
            kept = [(found.key, found.score, found.likeness) for found in suggestions.compute(me)]
            cache.set(key, kept, KEPT_SECONDS)
    return kept


def _kept_list(me: Participant) -> list[tuple[int, float, float]] | None:
    with connection.cursor() as cursor:
        cursor.execute(_LIST, [me.pk, me.meeting_profile.version])
        row = cursor.fetchone()
    if row is None:
        return None
    return [(key, score, likeness) for key, score, likeness in raw.from_json(row[0])]


class _Sentences:
    """Reasons in the reader's language. Looked up once: a page has a hundred of them."""

    def __init__(self) -> None:
        self.they_offer = _("They offer what you seek: %(terms)s")
        self.i_offer = _("They seek what you offer: %(terms)s")
        self.challenges = _("You both work on: %(terms)s")
        # Who is further, and how far, stays unsaid: levels are shown to nobody.
        self.learn = _("You can exchange experience in: %(terms)s")
        self.likeness = _("Your texts have much in common")
        self.other_country = _("From another country: %(country)s")
        self.languages = _("You both speak %(languages)s")
        self.language_names = dict(languages_by_name())


def _in_words(pairs: _Pairs, found: Found, likeness: float, say: _Sentences) -> list[str]:
    me, other = pairs.me, pairs.others[found.pk]
    why = pair.reasons(me, other, likeness)

    def about(sentence: str, terms: frozenset[int]) -> list[str]:
        # In the organiser's order, which is that of the names.
        named = [name for term, name in pairs.names.items() if term in terms][:NAMED] if terms else []
        return [sentence % {"terms": " · ".join(named)}] if named else []

    words = [
        *about(say.they_offer, why.they_offer),
        *about(say.i_offer, why.i_offer),
        *about(say.challenges, why.challenges),
        *about(say.learn, why.learn),
    ]
    if why.likeness >= ALIKE:
        words.append(say.likeness)
    if why.other_country:
        words.append(say.other_country % {"country": found.identity.state})
    common = sorted(say.language_names.get(code, code) for code in me.languages & other.languages)
    if common:
        words.append(say.languages % {"languages": ", ".join(common)})
    return words


@dataclass(frozen=True)
class _Today:
    """By participant: the times in common with `me`, and what the score is divided by.

    Who has no time in common is left out of `common`; while no time is open, all are in it with none.
    """

    common: Mapping[int, Sequence[Time]]
    received: Mapping[int, int]
    capacity: Mapping[int, int]


def _today(me: Participant, others: Sequence[int], kept: Kept, *, now: datetime.datetime) -> _Today:
    """Two queries."""
    people = [me.pk, *others]
    marks = raw.marks(people)
    busy: dict[int, list[tuple[datetime.datetime, datetime.datetime]]] = defaultdict(list)
    for person in people:
        busy[person].extend(kept.bound.get(person, ()))
    taken: dict[int, set[int]] = defaultdict(set)
    received: dict[int, int] = defaultdict(int)
    with connection.cursor() as cursor:
        cursor.execute(_ABSENT.format(marks), people)
        for person, starts_at, ends_at in cursor.fetchall():
            busy[person].append((raw.moment(starts_at), raw.moment(ends_at)))
        cursor.execute(_TAKEN.format(marks=marks), [*people, *people])
        for person, slot, number in cursor.fetchall():
            if slot is None:
                received[person] = number
            else:
                taken[person].add(slot)

    ahead = kept.times_after(now)
    free = {
        person: [
            time
            for time in ahead
            if time.pk not in taken[person] and not any(time.meets(span) for span in busy[person])
        ]
        for person in people
    }
    mine = {time.pk for time in free[me.pk]}
    common = {other: [time for time in free[other] if time.pk in mine] for other in others}
    return _Today(
        common={other: times for other, times in common.items() if times or not kept.times},
        received=received,
        capacity={person: len(free[person]) + len(taken[person]) for person in people},
    )


def _free_in_words(times: Sequence[Time], zone: ZoneInfo) -> list[str]:
    named = ", ".join(clock(time.starts_at, zone) for time in times[:NAMED])
    return [_("You are both free at %(times)s") % {"times": named}] if named else []
