"""Whom to meet: read from the database, computed by `meetings.suggesting`, kept a list for each participant."""

import datetime
from collections import Counter, defaultdict

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from conference.models import Conference
from mailings import services as outbox
from meetings.models import Meeting, MeetingRequest, MeetingSeat, Profile, ProfileTerm, Refusal, SuggestionList
from meetings.queries import free_slots, rules_of
from meetings.states import MeetingStatus, RequestStatus
from meetings.suggesting.crowd import suggest, suggest_one
from meetings.suggesting.person import Person, Suggestion
from registrations.models import Participant

# Requests received that count against whom they reached.
RECEIVED = (RequestStatus.PENDING, RequestStatus.ACCEPTED)
# After these a pair may be suggested to each other again.
NOTHING_CAME_OF_IT = (RequestStatus.WITHDRAWN, RequestStatus.EXPIRED, RequestStatus.CANCELLED)
# Stands for a time while no slot is open yet: then everybody is free at it.
_ANY_TIME = 0
# Lists are made anew so often even where no profile has changed: requests and free times have.
STALE_SECONDS = 3600


def people_of(conference: Conference) -> list[Person]:
    """All who can be met, in a number of queries that does not depend on how many they are."""
    profiles = Profile.objects.listed().of(conference).order_by("participant")
    rows = list(
        profiles.values_list(
            "participant",
            "participant__delegation",
            "participant__category",
            "participant__delegation__member_state",
            "languages",
            "text",
        )
    )
    ticked: dict[str, dict[int, set[int]]] = {sense: defaultdict(set) for sense in ProfileTerm.Sense.values}
    levels: dict[int, dict[int, int]] = defaultdict(dict)
    ticks = ProfileTerm.objects.filter(profile__conference=conference, term__is_retired=False).order_by()
    for participant, term, sense, level in ticks.values_list("profile__participant", "term", "sense", "level"):
        ticked[sense][participant].add(term)
        if level:
            levels[participant][term] = level
    free = free_slots(conference, {row[0] for row in rows}, now=timezone.now())
    seats = Counter(
        MeetingSeat.objects.filter(meeting__conference=conference, slot__isnull=False).values_list(
            "participant", flat=True
        )
    )
    received = Counter(
        MeetingRequest.objects.filter(conference=conference, status__in=RECEIVED).values_list("asked", flat=True)
    )
    no_time_yet = not any(free.values())
    return [
        Person(
            key=key,
            delegation=delegation,
            category=category,
            country=country or "",
            languages=frozenset(languages),
            free=frozenset([_ANY_TIME] if no_time_yet else (slot.pk for slot in free[key])),
            seeks=frozenset(ticked[ProfileTerm.Sense.SEEKS][key]),
            offers=frozenset(ticked[ProfileTerm.Sense.OFFERS][key]),
            challenges=frozenset(ticked[ProfileTerm.Sense.CHALLENGE][key]),
            levels=levels[key],
            text=text,
            received=received[key],
            capacity=len(free[key]) + seats[key],
        )
        for key, delegation, category, country, languages, text in rows
    ]


def barred_pairs(conference: Conference) -> set[tuple[int, int]]:
    """Who met or will meet, who refused whom, and between whom a request is open or was answered."""
    refusals = Refusal.objects.filter(participant__conference=conference)
    requests = MeetingRequest.objects.filter(conference=conference).exclude(status__in=NOTHING_CAME_OF_IT)
    # What was agreed and then cancelled may be tried again.
    cancelled = Meeting.objects.filter(request=OuterRef("pk"), status=MeetingStatus.CANCELLED)
    return {
        *refusals.values_list("participant", "refused"),
        *requests.filter(~Exists(cancelled)).values_list("asker", "asked"),
    }


def make_lists(conference: Conference) -> int:
    """Computes everybody's list anew; returns how many. Seconds for thousands of people: not for a page."""
    versions = dict(Profile.objects.listed().of(conference).values_list("participant", "version"))
    lists = suggest(people_of(conference), barred=barred_pairs(conference), may_ask=rules_of(conference.pk).may_ask)
    _keep({key: found for key, found in lists.items() if key in versions}, versions)
    return len(lists)


def make_list(participant: Participant) -> list[Suggestion]:
    """Computes and keeps one person's list: they have just changed their profile."""
    profile = Profile.objects.listed().filter(participant=participant).first()
    found = compute(participant) if profile else []
    if profile:
        _keep({participant.pk: found}, {participant.pk: profile.version})
    return found


def compute(participant: Participant) -> list[Suggestion]:
    """One person's list, not kept; empty for whoever cannot be found themselves."""
    conference = participant.conference
    people = people_of(conference)
    if all(person.key != participant.pk for person in people):
        return []
    may_ask = rules_of(conference.pk).may_ask
    return suggest_one(participant.pk, people, barred=barred_pairs(conference), may_ask=may_ask)


def refresh_where_needed() -> list[int]:
    """Makes the lists of each conference in which profiles have changed, or whose lists are an hour old."""
    made = []
    coming = Conference.objects.filter(meeting_rules__isnull=False, held_on__gte=timezone.localdate())
    for conference in coming:
        listed = Profile.objects.listed().of(conference)
        too_old = timezone.now() - datetime.timedelta(seconds=STALE_SECONDS)
        current = SuggestionList.objects.filter(
            participant=OuterRef("participant"), version=OuterRef("version"), made_at__gt=too_old
        )
        if listed.filter(~Exists(current)).exists():
            make_lists(conference)
            made.append(conference.pk)
    return made


def make_list_soon(participant: Participant) -> None:
    """After the commit, by a worker. Without a broker beat comes to it by itself."""
    from meetings.tasks import make_suggestions_for

    pk = participant.pk
    transaction.on_commit(lambda: outbox.publish(make_suggestions_for, pk), robust=True)


def _keep(lists: dict[int, list[Suggestion]], versions: dict[int, int]) -> None:
    now = timezone.now()
    rows = [
        SuggestionList(
            participant_id=key,
            version=versions[key],
            made_at=now,
            entries=[[suggestion.key, suggestion.score, suggestion.likeness] for suggestion in found],
        )
        for key, found in lists.items()
    ]
    SuggestionList.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["participant"],
        update_fields=["version", "made_at", "entries"],
        batch_size=500,
    )
