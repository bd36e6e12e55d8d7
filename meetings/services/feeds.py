"""The address of a person's own calendar of meetings: whoever has it reads it, so it can be renewed and revoked."""

import secrets

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from conference import history
from meetings.models import Profile
from meetings.naming import acted_for
from registrations.models import Participant
from registrations.services.invitations import hash_token
from registrations.states import ParticipantStatus


@transaction.atomic
def make_feed(participant: Participant, *, by: User) -> str:
    """A new token, to be shown once: only its hash is kept. The old one ends here."""
    token = secrets.token_urlsafe(32)
    profile, _made = Profile.objects.get_or_create(participant=participant)
    profile.feed_sha256 = hash_token(token)
    profile.feed_made_at = timezone.now()
    profile.save(update_fields=["feed_sha256", "feed_made_at"])
    history.record(profile, "calendar address made", by=by, detail=acted_for(participant, by))
    return token


@transaction.atomic
def revoke_feed(participant: Participant, *, by: User) -> None:
    """Without effect where there is none."""
    profile = Profile.objects.filter(participant=participant, feed_sha256__isnull=False).first()
    if profile is None:
        return
    profile.feed_sha256 = profile.feed_made_at = None
    profile.save(update_fields=["feed_sha256", "feed_made_at"])
    history.record(profile, "calendar address revoked", by=by, detail=acted_for(participant, by))


def find_by_feed(token: str) -> Profile | None:
    """Whose calendar this is, with participant and conference; None for unknown and revoked tokens, and for those who
    no longer take part."""
    return (
        Profile.objects.filter(
            feed_sha256=hash_token(token),
            participant__status=ParticipantStatus.CONFIRMED,
            participant__conference__is_published=True,
        )
        .select_related("participant__conference__venue")
        .first()
    )
