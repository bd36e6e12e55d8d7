"""Suggestions as they are read: today's facts applied to the kept list, and the reasons in words."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
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
_TAKEN = "SELECT participant_id, slot_id FROM meetings_meetingseat WHERE slot_id IS NOT NULL AND participant_id IN ({})"


@dataclass(frozen=True)
class Suggested:
    """A suggestion as its page shows it."""

    found: Found
    score: int
    reasons: list[str]


def shown_suggestions(me: Participant, kept: Kept, *, now: datetime.datetime) -> tuple[bool, list[Suggested]]:
    """Whether the own profile says anything, and a dozen at most, the best first.

    They are those of the kept list who are listed, can be asked, and are free at a time at which `me` is free, too.
    """
    entries = _entries_for(me)
    known = standings(me)
    keys = [key for key, _score, _likeness in entries if key not in known or known[key].may_ask]
    people = directory.people(me, keys, kept, known=known, with_terms=False)
    times = _common(me, [key for key in keys if key in people], kept, now=now)
    chosen = [key for key in keys if key in times and people[key].standing.may_ask][:MOST]
    scores = {key: (score, likeness) for key, score, likeness in entries}
    why = reasons_for(me, [people[key] for key in chosen], {key: scores[key][1] for key in chosen})
    zone = me.conference.zone
    shown = [
        Suggested(people[key], round(scores[key][0]), [*why[key], *_free_in_words(times[key], zone)]) for key in chosen
    ]
    return me.pk in why, shown


def likeness_to(other: int, *, me: Participant) -> float:
    """Of the two texts, where the kept list knows it."""
    entries = _kept_list(me) or []
    return next((likeness for key, _score, likeness in entries if key == other), 0.0)


def reasons_for(me: Participant, others: Sequence[Found], likeness: Mapping[int, float]) -> dict[int, list[str]]:
    """Why each of them, in words, from what both say now. One query.

    Under the own number stands an empty list, if the own profile ticks anything.
    """
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

    mine = person(own.pk, me.delegation.member_state_id or "", own.languages)
    say = _Sentences()
    why = {
        found.pk: _in_words(
            mine,
            person(found.profile, found.country, found.languages),
            likeness[found.pk],
            names,
            found.identity.state,
            say,
        )
        for found in others
    }
    return {**why, **({me.pk: []} if mine.seeks or mine.offers or mine.challenges else {})}


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


def _in_words(
    me: Person, other: Person, likeness: float, names: Mapping[int, str], state: str, say: _Sentences
) -> list[str]:
    why = pair.reasons(me, other, likeness)

    def about(sentence: str, terms: frozenset[int]) -> list[str]:
        # In the organiser's order, which is that of `names`.
        named = [name for term, name in names.items() if term in terms][:NAMED] if terms else []
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
        words.append(say.other_country % {"country": state})
    common = sorted(say.language_names.get(code, code) for code in me.languages & other.languages)
    if common:
        words.append(say.languages % {"languages": ", ".join(common)})
    return words


def _common(me: Participant, others: Sequence[int], kept: Kept, *, now: datetime.datetime) -> dict[int, list[Time]]:
    """The times that each has in common with `me`; who has none is left out. While no time is open, all have none."""
    if not kept.times:
        return {other: [] for other in others}
    people = [me.pk, *others]
    busy: dict[int, list[tuple[datetime.datetime, datetime.datetime]]] = defaultdict(list)
    for person in people:
        busy[person].extend(kept.bound.get(person, ()))
    with connection.cursor() as cursor:
        cursor.execute(_ABSENT.format(raw.marks(people)), people)
        for person, starts_at, ends_at in cursor.fetchall():
            busy[person].append((raw.moment(starts_at), raw.moment(ends_at)))
        cursor.execute(_TAKEN.format(raw.marks(people)), people)
        taken = set(cursor.fetchall())

    ahead = kept.times_after(now)

    def free(person: int) -> list[Time]:
        return [
            time
            for time in ahead
            if (person, time.pk) not in taken and not any(time.meets(span) for span in busy[person])
        ]

    mine = {time.pk for time in free(me.pk)}
    common = {other: [time for time in free(other) if time.pk in mine] for other in others}
    return {other: times for other, times in common.items() if times}


def _free_in_words(times: Sequence[Time], zone: ZoneInfo) -> list[str]:
    named = ", ".join(clock(time.starts_at, zone) for time in times[:NAMED])
    return [_("You are both free at %(times)s") % {"times": named}] if named else []
