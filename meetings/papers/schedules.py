"""Everybody's meetings on a page of their own, as one document to be handed out with the badges."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Q

from agenda.papers.wording import all_times, day_in_words, span
from conference.models import Conference
from meetings.models import Meeting, Profile
from meetings.papers.content import Content
from registrations.models import Participant


@dataclass(frozen=True)
class _Line:
    when: str
    table: int
    place: str
    partner: str
    what: str


@dataclass(frozen=True)
class _Sheet:
    name: str
    what: str
    # Each day in words, with the meetings in the order of time.
    days: list[tuple[str, list[_Line]]]


def schedules(conference: Conference) -> Content:
    """A page for everybody who wants meetings or has one, in the order of delegations and names; published meetings.

    Three queries, however many people and meetings.
    """
    shown = Meeting.objects.shown().filter(conference=conference)
    wanting = Profile.objects.listed().of(conference).values("participant")
    asked = Q(pk__in=shown.values("request__asker")) | Q(pk__in=shown.values("request__asked"))
    people = {
        person.pk: person
        for person in Participant.objects.filter(Q(pk__in=wanting) | asked)
        .select_related("delegation")
        .only("title", "given_name", "family_name", "function", "delegation__name")
        .order_by("delegation__name", "family_name", "pk")
    }
    days: dict[int, dict[str, list[_Line]]] = defaultdict(dict)
    rows = shown.order_by("slot__starts_at", "pk").values_list(
        "request__asker",
        "request__asked",
        "slot__starts_at",
        "slot__ends_at",
        "table__number",
        "slot__block__place",
        "slot__block__title",
    )
    for asker, asked_one, starts_at, ends_at, table, place, title in rows:
        when = span(conference.zone, starts_at, ends_at)
        day = day_in_words(starts_at.astimezone(conference.zone).date())
        for person, partner in ((asker, asked_one), (asked_one, asker)):
            line = _Line(when, table, place or title, people[partner].addressed_name, _what(people[partner]))
            days[person].setdefault(day, []).append(line)
    return Content(
        conference,
        "pdf/meetings/schedules.html",
        [_Sheet(person.full_name, _what(person), list(days[pk].items())) for pk, person in people.items()],
        {"all_times": all_times(conference.venue.city or conference.time_zone)},
    )


def _what(person: Participant) -> str:
    """“Head of Prevention, Brno”."""
    return ", ".join(part for part in (person.function, person.delegation.name) if part)
