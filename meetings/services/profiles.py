"""Wanting meetings or not, what one seeks and offers, when one cannot, and who may act for one.

Each locks the participant, as every booking does, so that nobody is asked while they opt out. Where a consent is
decided the conference is locked before the participant, as the registrations do.
"""

import datetime
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User, normalise_email
from accounts.services import ensure_accounts
from conference import history
from conference.queries import newest_notice
from conference.services import lock
from meetings.models import Absence, Assistant, MeetingSeat, Profile, ProfileTerm, Term
from meetings.naming import is_on_behalf
from meetings.services import listing, meetings, seats, suggestions
from registrations.models import AddressNotice, Consent, Participant
from registrations.services import limits, notices, replies

# So many a participant may name; an account is made for each.
ASSISTANTS = 5


class ProfileRefused(Exception):
    """The change is not possible; the message is fit for the user."""


class ProfileChanged(ProfileRefused):
    """Somebody else saved the profile after it was read."""


@dataclass(frozen=True)
class Tick:
    """A term of the list in one sense, with the experience where it was said."""

    term: int
    sense: str
    level: int | None = None


@dataclass(frozen=True)
class Said:
    """All that a profile says. What it does not name is gone after saving."""

    languages: list[str]
    text: str = ""
    names_shown: bool = False
    ticks: frozenset[Tick] = field(default_factory=frozenset)


@transaction.atomic
def opt_in(participant: Participant, *, names_shown: bool, by: User | None) -> Profile:
    """Others can find and ask the participant from now on. Said twice, the first time stays.

    Records the consent to show the name, with the privacy statement of this moment. Raises ProfileRefused where the
    organiser wants nobody to ask them.
    """
    lock(participant.conference_id)
    profile = _locked(participant)
    names_shown = _decide_name(profile, names_shown, by=by)
    if profile.no_meetings:
        raise ProfileRefused(_("The organiser keeps this participant free of meetings."))
    profile.names_shown = names_shown
    if not profile.opted_in:
        profile.opted_in, profile.opted_in_at = True, timezone.now()
        _save(profile)
        history.record(profile, "wants meetings", by=by)
    else:
        _save(profile)
    return profile


@transaction.atomic
def opt_out(participant: Participant, *, by: User | None) -> None:
    """Nobody finds or asks the participant any more; open requests of and to them are closed. What was agreed stays."""
    profile = _locked(participant)
    if not profile.opted_in:
        return
    profile.opted_in, profile.opted_in_at = False, None
    _save(profile)
    history.record(profile, "wants no meetings", by=by)
    meetings.close_requests(participant, action="wants no meetings", by=by)


@transaction.atomic
def describe(participant: Participant, said: Said, *, version: int, by: User) -> Profile:
    """Replaces what the profile says by `said`, which was read when the profile had `version`.

    The same said twice changes nothing the second time. Raises ProfileChanged where somebody else saved it meanwhile.
    """
    lock(participant.conference_id)
    profile = _locked(participant)
    before = said_by(profile)
    if before == said:
        return profile
    if profile.version != version:
        raise ProfileChanged(
            _("Somebody else has saved this profile meanwhile. Your entries are still here: save again to replace it.")
        )
    profile.names_shown = _decide_name(profile, said.names_shown, by=by)
    profile.languages, profile.text = said.languages, said.text
    known = set(Term.objects.filter(conference=participant.conference_id).values_list("pk", flat=True))
    profile.ticks.all().delete()
    ProfileTerm.objects.bulk_create(
        ProfileTerm(profile=profile, term_id=tick.term, sense=tick.sense, level=tick.level)
        for tick in sorted(said.ticks, key=lambda tick: (tick.term, tick.sense))
        if tick.term in known
    )
    _save(profile)
    history.record(profile, "changed", by=by, detail=_changed(before, said))
    return profile


@transaction.atomic
def keep_free(participant: Participant, *, no_meetings: bool, by: User) -> None:
    """The organiser's word that nobody may ask this participant, or that it no longer holds. Closes open requests."""
    fresh = _locked(participant)
    if fresh.no_meetings == no_meetings:
        return
    fresh.no_meetings = no_meetings
    _save(fresh)
    history.record(fresh, "kept free of meetings" if no_meetings else "no longer kept free of meetings", by=by)
    if no_meetings:
        meetings.close_requests(fresh.participant, action="kept free of meetings", by=by)


def said_by(profile: Profile) -> Said:
    """What the profile says at present."""
    return Said(
        languages=list(profile.languages),
        text=profile.text,
        names_shown=profile.names_shown,
        ticks=frozenset(Tick(*row) for row in profile.ticks.values_list("term", "sense", "level")),
    )


@transaction.atomic
def be_absent(
    participant: Participant,
    *,
    starts_at: datetime.datetime,
    ends_at: datetime.datetime,
    reason: str = "",
    by: User,
) -> Absence:
    """Nobody can meet the participant then. Raises ProfileRefused where a meeting stands in the way already."""
    participant = seats.lock_people(participant.pk)[participant.pk]
    if ends_at <= starts_at:
        raise ProfileRefused(_("The end lies before the beginning."))
    taken = MeetingSeat.objects.filter(
        participant=participant, slot__starts_at__lt=ends_at, slot__ends_at__gt=starts_at
    )
    if taken.exists():
        raise ProfileRefused(_("There is a meeting, or a request for one, at this time. Cancel or answer it first."))
    same = Absence.objects.filter(participant=participant, starts_at=starts_at, ends_at=ends_at).first()
    if same:
        return same
    absence = Absence.objects.create(participant=participant, starts_at=starts_at, ends_at=ends_at, reason=reason)
    history.record(participant, "cannot meet", by=by, detail=str(absence))
    return absence


@transaction.atomic
def be_back(participant: Participant, absence: int, *, by: User) -> None:
    """The participant can meet then after all. Said twice changes nothing."""
    found = Absence.objects.filter(participant=participant, pk=absence).first()
    if found:
        history.record(participant, "can meet after all", by=by, detail=str(found))
        found.delete()


@transaction.atomic
def name_assistant(participant: Participant, email: str, *, by: User) -> Assistant:
    """They may ask, answer and cancel for the participant once signed in; an account is made for the address.

    Gets a mail that says so. Named twice, the first time stays. Raises ProfileRefused for more than a few, and for too
    many new addresses in a day.
    """
    email = normalise_email(email)
    ensure_accounts({email: ""})
    conference = lock(participant.conference_id)
    participant = seats.lock_people(participant.pk)[participant.pk]
    present = Assistant.objects.filter(participant=participant)
    same = present.filter(email=email).first()
    if same:
        return same
    if present.count() >= ASSISTANTS:
        raise ProfileRefused(_("At most %(number)d people can act for one participant.") % {"number": ASSISTANTS})
    unknown = notices.unknown_among([email], conference=conference)
    invitation = participant.invitation
    full = limits.too_many_addresses(unknown, conference=conference, invitation=invitation, by=by)
    if full:
        raise ProfileRefused(full)
    notices.notify(
        email,
        reason=AddressNotice.Reason.MEETINGS_ASSISTANT,
        delegation=participant.delegation,
        conference=conference,
        by=by,
        invitation=invitation,
    )
    assistant = Assistant.objects.create(participant=participant, email=email)
    history.record(participant, "named an assistant for meetings", by=by)
    return assistant


@transaction.atomic
def dismiss_assistant(participant: Participant, assistant: int, *, by: User) -> None:
    """They may no longer act for the participant. Said twice changes nothing."""
    found = Assistant.objects.filter(participant=participant, pk=assistant).first()
    if found:
        history.record(participant, "dismissed an assistant for meetings", by=by)
        found.delete()


def _locked(participant: Participant) -> Profile:
    """The profile, made where there is none, with its participant locked."""
    locked = seats.lock_people(participant.pk)[participant.pk]
    profile, _created = Profile.objects.get_or_create(participant=locked, defaults={"languages": [locked.language]})
    profile.participant = locked
    return profile


def _save(profile: Profile) -> None:
    profile.version += 1
    listing.fill(profile)
    profile.save()
    suggestions.make_list_soon(profile.participant)


def _decide_name(profile: Profile, shown: bool, *, by: User | None) -> bool:
    """Whether the name is shown from now on. Only the person can say yes; whoever acts for them can say no.

    Needs the conference's lock.
    """
    participant = profile.participant
    if shown and is_on_behalf(participant, by):
        return profile.names_shown
    if shown and newest_notice(participant.conference_id) is None:
        raise ProfileRefused(_("Names can be shown once there is a privacy statement."))
    replies.decide_consents(participant, {Consent.Purpose.MEETINGS_DIRECTORY: shown}, by=by)
    return shown


def _changed(before: Said, after: Said) -> str:
    names = [name for name in ("languages", "text", "names_shown") if getattr(before, name) != getattr(after, name)]
    return history.field_labels(Profile, [*names, *(["terms"] if before.ticks != after.ticks else [])])
