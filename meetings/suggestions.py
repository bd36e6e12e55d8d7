"""Suggestions as they are read: today's facts applied to the kept list, and the reasons in words."""

import datetime
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.core.cache import cache
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from conference.languages import language_name
from meetings import directory
from meetings.directory import Found
from meetings.models import Profile, ProfileTerm, Slot, SuggestionList
from meetings.queries import free_slots, rules_of
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
# So many terms are named in one reason.
NAMED = 3


@dataclass
class Suggested:
    """A suggestion as its page shows it. `slots` are the times at which both are free."""

    found: Found
    score: int
    reasons: list[str]
    slots: list[Slot]

    @property
    def times(self) -> str:
        """The first few times at which both are free, in the zone that is current."""
        times = [formats.time_format(timezone.localtime(slot.starts_at)) for slot in self.slots[:NAMED]]
        return _("You are both free at %(times)s") % {"times": ", ".join(times)} if times else ""


def shown_suggestions(me: Participant, *, now: datetime.datetime) -> list[Suggested]:
    """The best first: listed, possible to ask, free at a time at which `me` is free, too."""
    entries = entries_for(me)
    known = standings(me)
    keys = [key for key, _score, _likeness in entries if key not in known or known[key].may_ask]
    profiles = {profile.participant_id: profile for profile in _listed(me, keys)}
    people = [key for key in keys if key in profiles]
    common = _common(me, people, now=now)
    chosen = [key for key in people if common[key] is not None][:MOST]
    rows = [profiles[key] for key in chosen]
    scores = {key: (score, likeness) for key, score, likeness in entries}
    why = reasons_for(me, rows, {key: scores[key][1] for key in chosen})
    found = directory.shown_to(me, rows, rules=rules_of(me.conference_id), known=known)
    return [
        Suggested(one, round(scores[one.pk][0]), why[one.pk], common[one.pk] or [])
        for one in found
        if one.standing.may_ask
    ]


def entries_for(me: Participant) -> list[tuple[int, float, float]]:
    """The kept list; computed now where the profile is newer than it."""
    version = me.meeting_profile.version
    kept = SuggestionList.objects.filter(participant=me, version=version).values_list("entries", flat=True).first()
    if kept is None:
        key = f"suggestions:{me.pk}:{version}"
        kept = cache.get(key)
        if kept is None:
            kept = [[found.key, found.score, found.likeness] for found in suggestions.compute(me)]
            cache.set(key, kept, KEPT_SECONDS)
    return [(key, score, likeness) for key, score, likeness in kept]


def reasons_for(me: Participant, profiles: Sequence[Profile], likeness: Mapping[int, float]) -> dict[int, list[str]]:
    """Why each of them, in words, from what both say now. One query."""
    own = me.meeting_profile
    ticks = ProfileTerm.objects.filter(profile__in=[own.pk, *(profile.pk for profile in profiles)]).order_by(
        "term__position", "term__name"
    )
    names: dict[int, str] = {}
    ticked: dict[tuple[int, str], set[int]] = defaultdict(set)
    levels: dict[int, dict[int, int]] = defaultdict(dict)
    for profile, sense, term, name, level in ticks.values_list("profile", "sense", "term", "term__name", "level"):
        names[term] = name
        ticked[profile, sense].add(term)
        if level:
            levels[profile][term] = level

    def person(profile: Profile, participant: Participant) -> Person:
        return Person(
            key=participant.pk,
            delegation=participant.delegation_id,
            category=participant.category,
            country=participant.delegation.member_state_id or "",
            languages=frozenset(profile.languages),
            seeks=frozenset(ticked[profile.pk, ProfileTerm.Sense.SEEKS]),
            offers=frozenset(ticked[profile.pk, ProfileTerm.Sense.OFFERS]),
            challenges=frozenset(ticked[profile.pk, ProfileTerm.Sense.CHALLENGE]),
            levels=levels[profile.pk],
        )

    mine = person(own, me)
    return {
        profile.participant_id: _in_words(
            mine,
            person(profile, profile.participant),
            likeness.get(profile.participant_id, 0.0),
            names,
            country=profile.participant.delegation.member_state,
        )
        for profile in profiles
    }


def _in_words(me: Person, other: Person, likeness: float, names: Mapping[int, str], *, country: object) -> list[str]:
    why = pair.reasons(me, other, likeness)

    def listed(terms: frozenset[int]) -> str:
        # In the organiser's order, which is that of `names`.
        return " · ".join([name for term, name in names.items() if term in terms][:NAMED])

    words = []
    if why.they_offer:
        words.append(_("They offer what you seek: %(terms)s") % {"terms": listed(why.they_offer)})
    if why.i_offer:
        words.append(_("They seek what you offer: %(terms)s") % {"terms": listed(why.i_offer)})
    if why.challenges:
        words.append(_("You both work on: %(terms)s") % {"terms": listed(why.challenges)})
    if why.learn:
        # Who is further, and how far, stays unsaid: levels are shown to nobody.
        words.append(_("You can exchange experience in: %(terms)s") % {"terms": listed(why.learn)})
    if why.likeness >= ALIKE:
        words.append(_("Your texts have much in common"))
    if why.other_country:
        words.append(_("From another country: %(country)s") % {"country": country})
    common = sorted(language_name(code) for code in me.languages & other.languages)
    if common:
        words.append(_("You both speak %(languages)s") % {"languages": ", ".join(common)})
    return words


def likeness_to(other: Participant, *, me: Participant) -> float:
    """Of the two texts, where the kept list knows it."""
    entries = SuggestionList.objects.filter(participant=me).values_list("entries", flat=True).first() or []
    return next((likeness for key, _score, likeness in entries if key == other.pk), 0.0)


def _listed(me: Participant, keys: Sequence[int]) -> list[Profile]:
    found = Profile.objects.listed().of(me.conference).filter(participant__in=keys)
    return list(directory.with_people(found))


def _common(me: Participant, others: Sequence[int], *, now: datetime.datetime) -> dict[int, list[Slot] | None]:
    """The times that each has in common with `me`, None for none. While no time is open yet, [] for all."""
    free = free_slots(me.conference, {me.pk, *others}, now=now)
    if not any(free.values()):
        return {other: [] for other in others}
    mine = {slot.pk for slot in free[me.pk]}
    return {other: [slot for slot in free[other] if slot.pk in mine] or None for other in others}
