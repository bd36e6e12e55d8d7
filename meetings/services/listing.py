"""What the directory is sorted by and searched in: a line of folded text in each profile.

Written with each change of the profile and of the registration; what an organiser renames elsewhere (a delegation, a
term) is found by `refresh` some minutes later. The name is part of it only where it is shown.
"""

from collections.abc import Iterable

from django.db import transaction

from conference.folding import fold
from conference.models import Conference
from meetings.models import Profile, ProfileTerm
from registrations.models import Participant


def fill(profile: Profile, terms: Iterable[str] | None = None) -> None:
    """Sets both fields, unsaved. `terms` are the names of what the profile ticks, where they are at hand."""
    participant = profile.participant
    delegation = participant.delegation
    city, state = delegation.city, delegation.member_state
    if terms is None:
        terms = profile.ticks.values_list("term__name", flat=True) if profile.pk else ()
    parts = [
        participant.full_name if profile.names_shown else "",
        participant.function,
        delegation.name,
        f"{city.name} {city.other_names}" if city else "",
        f"{state.name} {state.own_name}" if state else "",
        " ".join(sorted(set(terms))),
        profile.text,
    ]
    profile.sort_key = fold(f"{delegation.name} {participant.function}")[:200]
    profile.search = fold(" ".join(parts))


@transaction.atomic
def follow(participant: Participant) -> None:
    """After the participant's registration has changed."""
    profile = Profile.objects.filter(participant=participant).first()
    if profile:
        profile.participant = participant
        fill(profile)
        # Suggestions show the function, too, but are not made of it.
        profile.save(update_fields=["sort_key", "search"])


@transaction.atomic
def refresh(conference: Conference) -> int:
    """All profiles of the conference that read differently now; returns how many. Four queries and the changes."""
    profiles = Profile.objects.of(conference).select_related(
        "participant__delegation__city", "participant__delegation__member_state"
    )
    names: dict[int, list[str]] = {}
    ticks = ProfileTerm.objects.filter(profile__conference=conference).order_by()
    for number, name in ticks.values_list("profile", "term__name"):
        names.setdefault(number, []).append(name)
    changed = []
    for profile in profiles:
        before = (profile.sort_key, profile.search)
        fill(profile, names.get(profile.pk, ()))
        if (profile.sort_key, profile.search) != before:
            changed.append(profile)
    Profile.objects.bulk_update(changed, ["sort_key", "search"], batch_size=500)
    return len(changed)
