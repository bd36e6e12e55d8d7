"""What readers want of a conference's programme: stars, mails about changes, and an address for their calendar."""

import secrets
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from agenda.models import Reader, Star
from agenda.queries import newest_release
from conference.models import Conference
from registrations.services.invitations import hash_token


class NotInTheProgramme(Exception):
    """The newest release has no such session; the message says so."""


def _reader(conference: Conference, user: User) -> Reader:
    return Reader.objects.get_or_create(conference=conference, user=user)[0]


@transaction.atomic
def star(conference: Conference, guid: UUID, *, by: User) -> None:
    """Marks a session for the user; twice is once. Raises NotInTheProgramme."""
    release = newest_release(conference)
    if release is None or all(session.guid != guid for session in release.programme.sessions):
        raise NotInTheProgramme(_("This session is no longer in the programme."))
    Star.objects.get_or_create(reader=_reader(conference, by), session_guid=guid)


@transaction.atomic
def unstar(conference: Conference, guid: UUID, *, by: User) -> None:
    """Takes the mark away, of a dropped session too; without effect where there is none."""
    Star.objects.filter(reader__conference=conference, reader__user=by, session_guid=guid).delete()


@transaction.atomic
def tell_of_changes(conference: Conference, *, wanted: bool, by: User) -> None:
    """Whether the user gets a mail with each new release that changes something."""
    reader = _reader(conference, by)
    reader.wants_changes = wanted
    reader.save(update_fields=["wants_changes"])


@transaction.atomic
def make_feed(conference: Conference, *, by: User) -> str:
    """A new token for the user's calendar feed, to be shown once: only its hash is kept. The old one ends here."""
    token = secrets.token_urlsafe(32)
    reader = _reader(conference, by)
    reader.feed_sha256 = hash_token(token)
    reader.feed_made_at = timezone.now()
    reader.save(update_fields=["feed_sha256", "feed_made_at"])
    return token


@transaction.atomic
def revoke_feed(conference: Conference, *, by: User) -> None:
    """Ends the user's calendar feed; without effect where there is none."""
    Reader.objects.filter(conference=conference, user=by).update(feed_sha256=None, feed_made_at=None)


def find_by_feed(token: str) -> Reader | None:
    """Whose feed this is, with the conference; None for unknown and revoked tokens and closed accounts."""
    return (
        Reader.objects.filter(feed_sha256=hash_token(token), user__is_active=True, conference__is_published=True)
        .select_related("conference", "user")
        .first()
    )
