"""What registrations does when something below it changes."""

from typing import Any

from conference.models import Conference
from conference.services import lock
from conference.signals import conference_changed
from mailings.models import Mail
from mailings.signals import mail_bounced
from registrations.models import Invitation
from registrations.services import invitations, places


def connect() -> None:
    conference_changed.connect(fill_after_change, dispatch_uid="registrations.fill_after_change")
    mail_bounced.connect(note_bounce, dispatch_uid="registrations.note_bounce")


def fill_after_change(conference: Conference, by: Any, **_kwargs: Any) -> None:
    """A higher limit makes places free: the waiting list moves up with the same change."""
    places.fill_free_places(lock(conference.pk), by=by)


def note_bounce(mail: Mail, detail: str, **_kwargs: Any) -> None:
    invitation = Invitation.objects.filter(links__mail=mail).first()
    if invitation:
        invitations.mark_bounced(invitation, by=None, detail=detail)
