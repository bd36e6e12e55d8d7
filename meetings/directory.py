"""The directory as it is read: filters, the words searched for, a page of people with what they seek and offer.

Written by hand as SQL that SQLite and PostgreSQL both take: a page is three short questions, and the ORM would take
longer to put them into words than the database to answer them.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from urllib.parse import urlencode

from django.db import connection
from django.http import QueryDict
from django.urls import reverse

from conference import raw
from conference.folding import fold
from conference.languages import OFFICIAL_LANGUAGES
from conference.requests import MOST_PAGES, row_key, whole_number
from meetings.identity import Identity
from meetings.kept import Kept, Time
from meetings.models import ProfileTerm
from meetings.relations import UNKNOWN, Relation, Standing
from registrations.models import Category, Participant

PAGE = 20
# More words narrow nothing down any further.
WORDS = 8
# So far the found ones are counted.
MOST_COUNTED = 200

_COLUMNS = """
SELECT participant.id, profile.id, profile.names_shown, participant.category, participant.title,
    participant.given_name, participant.family_name, participant.function, delegation.name,
    COALESCE(state.name, ''), COALESCE(state.code, ''), profile.languages
"""
_PEOPLE = """
FROM meetings_profile profile
JOIN registrations_participant participant ON participant.id = profile.participant_id
JOIN registrations_delegation delegation ON delegation.id = participant.delegation_id
LEFT JOIN conference_memberstate state ON state.code = delegation.member_state_id
"""
# The same as `ProfileQuerySet.listed`; a test compares the two.
_LISTED = "profile.opted_in AND NOT profile.no_meetings AND participant.status = 'confirmed' AND participant.id <> %s"
_OF_CONFERENCE = f" WHERE profile.conference_id = %s AND {_LISTED}"
# By their numbers alone: SQLite would rather read the whole directory if it were told the conference, too.
_OF_NUMBERS = " WHERE participant.id IN ({})"
_IN_ORDER = " ORDER BY profile.sort_key, profile.id LIMIT %s OFFSET %s"
_TICKED = """
AND EXISTS (SELECT 1 FROM meetings_profileterm ticked WHERE ticked.profile_id = profile.id
    AND ticked.term_id = %s AND ticked.sense = %s)
"""
_NOT_ABSENT = """
AND NOT EXISTS (SELECT 1 FROM meetings_absence absence WHERE absence.participant_id = participant.id
    AND absence.starts_at < %s AND absence.ends_at > %s)
AND NOT EXISTS (SELECT 1 FROM meetings_meetingseat seat WHERE seat.participant_id = participant.id
    AND seat.slot_id = %s)
"""
_TERMS = """
SELECT ticked.profile_id, ticked.sense, term.name
FROM meetings_profileterm ticked JOIN meetings_term term ON term.id = ticked.term_id
WHERE ticked.profile_id IN ({})
ORDER BY term.position, term.name
"""


@dataclass(frozen=True)
class Filters:
    """What the address asks for; unknown values count as none. Empty: no filter."""

    q: str = ""
    category: str = ""
    country: str = ""
    language: str = ""
    offers: str = ""
    seeks: str = ""
    challenge: str = ""
    free: str = ""

    @classmethod
    def of(cls, asked: QueryDict) -> "Filters":
        return cls(**{name: asked.get(name, "").replace("\0", "").strip()[:200] for name in FILTERS})

    @cached_property
    def chosen(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in FILTERS if getattr(self, name)}

    @property
    def narrowing(self) -> int:
        """How many are set besides the words."""
        return len(self.chosen) - ("q" in self.chosen)

    @property
    def address(self) -> str:
        """As the end of an address to which a page can be added: “?language=fr&”."""
        return f"?{urlencode(self.chosen)}&" if self.chosen else "?"

    def time(self, kept: Kept) -> Time | None:
        """The one at which they are to be free."""
        return next((time for time in kept.times if str(time.pk) == self.free), None)


FILTERS = [field.name for field in fields(Filters)]


@dataclass(frozen=True)
class Found:
    """One person as the directory, the suggestions and their own page show them to somebody."""

    pk: int
    profile: int
    category: str
    country: str
    identity: Identity
    named: bool
    standing: Standing
    # Of their page, and of the one where they are asked.
    address: str
    ask_address: str
    languages: tuple[str, ...]
    offers: tuple[str, ...] = ()
    seeks: tuple[str, ...] = ()
    challenges: tuple[str, ...] = ()

    @property
    def heading(self) -> str:
        return self.identity.heading(named=self.named)

    @property
    def line(self) -> str:
        return self.identity.line(named=self.named)


@dataclass(frozen=True)
class Page:
    """Some of those found. `total` counts them all, as far as `MOST_COUNTED`; `is_more` says that there are more."""

    people: list[Found]
    number: int
    total: int
    is_more: bool
    has_next: bool


def page_number(asked: str) -> int:
    """What the address asks for; the first page for whatever is no number of one."""
    return whole_number(asked, most=MOST_PAGES) or 1


def search(me: Participant, filters: Filters, kept: Kept, *, known: Mapping[int, Standing], page: str = "") -> Page:
    """Whom the participant can find, in the order of cities and organisations. Three queries."""
    condition, values = _condition(me, filters, kept)
    number = page_number(page)
    counted = f"SELECT COUNT(*) FROM (SELECT 1 {_PEOPLE} {condition} LIMIT %s) found"  # noqa: S608 (constants)
    with connection.cursor() as cursor:
        cursor.execute(counted, [*values, MOST_COUNTED + 1])
        total = cursor.fetchone()[0]
    if total <= MOST_COUNTED:
        # Beyond the end is the last page.
        number = min(number, max(1, -(-total // PAGE)))
    rows = _rows(condition + _IN_ORDER, [*values, PAGE + 1, (number - 1) * PAGE])
    people = _found(me, rows[:PAGE], kept, known)
    return Page(people, number, min(total, MOST_COUNTED), total > MOST_COUNTED, len(rows) > PAGE)


def people(
    me: Participant, numbers: Sequence[int], kept: Kept, *, known: Mapping[int, Standing], with_terms: bool = True
) -> dict[int, Found]:
    """Those of these participants of the same conference who can be found, by number.

    Two queries; one without what they offer, seek and work on.
    """
    if not numbers:
        return {}
    rows = _rows(f"{_OF_NUMBERS.format(raw.marks(numbers))} AND {_LISTED}", [*numbers, me.pk])
    return {found.pk: found for found in _found(me, rows, kept, known, with_terms=with_terms)}


def partner(me: Participant, number: int, kept: Kept, *, known: Mapping[int, Standing]) -> Found | None:
    """One person; also one who can no longer be found, where the two have agreed to meet."""
    if not Participant.objects.filter(pk=number, conference=me.conference_id).exists():
        return None
    found = people(me, [number], kept, known=known).get(number)
    if found is None and known.get(number, UNKNOWN).is_agreed:
        rows = _rows(_OF_NUMBERS.format("%s"), [number])
        return next(iter(_found(me, rows, kept, known)), None)
    return found


def _condition(me: Participant, filters: Filters, kept: Kept) -> tuple[str, list[object]]:
    """The WHERE clause and its values. Nothing of an address becomes part of the clause itself."""
    parts, values = [_OF_CONFERENCE], [me.conference_id, me.pk]

    def also(part: str, *with_values: object) -> None:
        parts.append(part)
        values.extend(with_values)

    for word in fold(filters.q).split()[:WORDS]:
        pattern = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        also(" AND profile.search LIKE %s ESCAPE '\\'", f"%{pattern}%")
    if filters.category in Category.values:
        also(" AND participant.category = %s", filters.category)
    if filters.country:
        also(" AND delegation.member_state_id = %s", filters.country)
    if filters.language in OFFICIAL_LANGUAGES:
        also(" AND CAST(profile.languages AS text) LIKE %s", f'%"{filters.language}"%')
    for value, sense in (
        (filters.offers, ProfileTerm.Sense.OFFERS),
        (filters.seeks, ProfileTerm.Sense.SEEKS),
        (filters.challenge, ProfileTerm.Sense.CHALLENGE),
    ):
        if number := row_key(value):
            also(_TICKED, number, sense.value)
    time = filters.time(kept)
    if time:
        adapt = connection.ops.adapt_datetimefield_value
        also(_NOT_ABSENT, adapt(time.ends_at), adapt(time.starts_at), time.pk)
        bound = [pk for pk, spans in kept.bound.items() if any(time.meets(span) for span in spans)]
        if bound:
            also(f" AND participant.id NOT IN ({raw.marks(bound)})", *bound)
    return "".join(parts), values


def _rows(condition: str, values: list[object]) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS + _PEOPLE + condition, values)
        return cursor.fetchall()


def _found(
    me: Participant, rows: Sequence[tuple], kept: Kept, known: Mapping[int, Standing], *, with_terms: bool = True
) -> list[Found]:
    """The rows as the participant sees them; one query for the terms of all, if they are asked for."""
    # Resolved once, not for each row.
    page, ask = (reverse(f"meetings:{name}", args=[me.pk, 0]).removesuffix("0/") for name in ("person", "ask"))
    terms = terms_of([row[1] for row in rows]) if with_terms else {}
    found = []
    for pk, profile, shown, category, title, given, family, function, delegation, state, country, languages in rows:
        standing = known.get(pk, UNKNOWN)
        if standing.may_ask and not kept.allows(me.category, category):
            standing = Standing(Relation.NOT_ALLOWED)
        named = bool(shown) or standing.is_agreed
        # The name leaves here only where it may be shown.
        name = f"{title} {given} {family}".strip() if named else ""
        found.append(
            Found(
                pk,
                profile,
                category,
                country,
                Identity(name, function, delegation, state),
                named,
                standing,
                address=f"{page}{pk}/",
                ask_address=f"{ask}{pk}/",
                languages=tuple(raw.from_json(languages)),
                offers=tuple(terms.get((profile, ProfileTerm.Sense.OFFERS), ())),
                seeks=tuple(terms.get((profile, ProfileTerm.Sense.SEEKS), ())),
                challenges=tuple(terms.get((profile, ProfileTerm.Sense.CHALLENGE), ())),
            )
        )
    return found


def terms_of(profiles: Sequence[int]) -> Mapping[tuple[int, str], list[str]]:
    """The names of ticked terms by profile and sense, in the organiser's order."""
    found: dict[tuple[int, str], list[str]] = defaultdict(list)
    if profiles:
        with connection.cursor() as cursor:
            cursor.execute(_TERMS.format(raw.marks(profiles)), list(profiles))
            for profile, sense, name in cursor.fetchall():
                found[profile, sense].append(name)
    return found
