"""The directory as it is read: filters, the words searched for, a page of people with what they seek and offer."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, QuerySet, TextField
from django.db.models.functions import Cast
from django.http import QueryDict
from django.urls import reverse

from conference.folding import fold
from conference.models import Conference
from meetings.identity import heading_of, line_of
from meetings.models import Absence, MeetingRules, MeetingSeat, Profile, ProfileTerm, Slot, Term
from meetings.relations import Standing, standing_to
from registrations import commitments
from registrations.models import Category, Participant

PAGE = 20
# More words narrow nothing down any further.
WORDS = 8


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


FILTERS = [field.name for field in fields(Filters)]


@dataclass(frozen=True)
class Choices:
    """What the filters offer: value and words."""

    terms: list[Term]
    slots: list[Slot]

    def slot(self, value: str) -> Slot | None:
        return next((slot for slot in self.slots if str(slot.pk) == value), None)


@dataclass
class Found:
    """One person as the directory, the suggestions and their own page show them to somebody."""

    profile: Profile
    standing: Standing
    # Of their page, and of the one where they are asked.
    address: str
    ask_address: str
    offers: list[str]
    seeks: list[str]
    challenges: list[str]

    @property
    def participant(self) -> Participant:
        return self.profile.participant

    @property
    def pk(self) -> int:
        return self.profile.participant_id

    @property
    def named(self) -> bool:
        return self.profile.names_shown or self.standing.is_agreed

    @property
    def heading(self) -> str:
        return heading_of(self.participant, named=self.named)

    @property
    def line(self) -> str:
        return line_of(self.participant, named=self.named)


def choices_of(conference: Conference, *, now: datetime.datetime) -> Choices:
    return Choices(
        terms=list(Term.objects.filter(conference=conference).offered()),
        slots=list(Slot.objects.of(conference).open().after(now).order_by("starts_at")),
    )


def search(me: Participant, filters: Filters, choices: Choices) -> QuerySet[Profile]:
    """Whom the participant can find, in the order of cities and organisations."""
    found = Profile.objects.listed().of(me.conference).exclude(participant=me)
    for word in fold(filters.q).split()[:WORDS]:
        found = found.filter(search__contains=word)
    if filters.category in Category.values:
        found = found.filter(participant__category=filters.category)
    if filters.country:
        found = found.filter(participant__delegation__member_state=filters.country)
    if filters.language:
        found = found.alias(codes=Cast("languages", TextField())).filter(codes__contains=f'"{filters.language}"')
    for value, sense in (
        (filters.offers, ProfileTerm.Sense.OFFERS),
        (filters.seeks, ProfileTerm.Sense.SEEKS),
        (filters.challenge, ProfileTerm.Sense.CHALLENGE),
    ):
        if value.isdecimal():
            ticks = ProfileTerm.objects.filter(profile=OuterRef("pk"), term=int(value), sense=sense)
            found = found.filter(Exists(ticks))
    slot = choices.slot(filters.free)
    if slot:
        found = _free_at(found, me.conference, slot)
    return found.order_by("sort_key", "pk")


def _free_at(found: QuerySet[Profile], conference: Conference, slot: Slot) -> QuerySet[Profile]:
    """Without those who speak, are bound, absent or meet somebody then."""
    own = OuterRef("participant")
    seats = MeetingSeat.objects.filter(participant=own, slot=slot)
    absences = Absence.objects.filter(participant=own, starts_at__lt=slot.ends_at, ends_at__gt=slot.starts_at)
    bound = {
        duty.participant
        for duty in commitments.of(conference, without="meetings")
        if duty.starts_at < slot.ends_at and slot.starts_at < duty.ends_at
    }
    return found.filter(~Exists(seats), ~Exists(absences)).exclude(participant__in=bound)


def with_people(profiles: QuerySet[Profile]) -> QuerySet[Profile]:
    """With all that is shown of them."""
    return profiles.select_related("participant__delegation__member_state").defer("text", "search")


def shown_to(
    me: Participant, profiles: Iterable[Profile], *, rules: MeetingRules, known: Mapping[int, Standing]
) -> list[Found]:
    """Each as the participant sees them; one query for the terms of all."""
    rows = list(profiles)
    # Resolved once, not for each row.
    page, ask = (reverse(f"meetings:{name}", args=[me.pk, 0]).removesuffix("0/") for name in ("person", "ask"))
    terms = terms_of([profile.pk for profile in rows])
    return [
        Found(
            profile,
            standing_to(profile.participant, me=me, rules=rules, known=known),
            address=f"{page}{profile.participant_id}/",
            ask_address=f"{ask}{profile.participant_id}/",
            offers=terms[profile.pk, ProfileTerm.Sense.OFFERS],
            seeks=terms[profile.pk, ProfileTerm.Sense.SEEKS],
            challenges=terms[profile.pk, ProfileTerm.Sense.CHALLENGE],
        )
        for profile in rows
    ]


def terms_of(profiles: list[int]) -> Mapping[tuple[int, str], list[str]]:
    """The names of ticked terms by profile and sense, in the organiser's order."""
    found: dict[tuple[int, str], list[str]] = defaultdict(list)
    ticks = ProfileTerm.objects.filter(profile__in=profiles).order_by("term__position", "term__name")
    for profile, sense, name in ticks.values_list("profile", "sense", "term__name"):
        found[profile, sense].append(name)
    return found
