"""What registrations does when something below it changes."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed
from django.db import transaction

from accounts.models import User
from accounts.signals import address_replaced
from conference.models import Conference
from conference.services import lock
from conference.signals import conference_changed, database_restored
from mailings import services as outbox
from mailings.models import Mail
from mailings.signals import mail_bounced
from registrations import owners
from registrations.models import Category, Invitation, Wave
from registrations.services import invitations, notices, places, waves
from registrations.signals import invitation_refused
from registrations.states import WaveStatus


def connect() -> None:
    conference_changed.connect(fill_after_change, dispatch_uid="registrations.fill_after_change")
    mail_bounced.connect(note_bounce, dispatch_uid="registrations.note_bounce")
    database_restored.connect(pause_waves_after_restore, dispatch_uid="registrations.pause_waves_after_restore")
    invitation_refused.connect(look_for_a_stand_in, dispatch_uid="registrations.look_for_a_stand_in")
    email_confirmed.connect(send_what_waited, dispatch_uid="registrations.send_what_waited")
    address_replaced.connect(forget_owners_data, dispatch_uid="registrations.forget_owners_data")


def forget_owners_data(user: User, **_kwargs: Any) -> None:
    """An organiser gave the account another address: whoever reads that one is not the owner for all we know."""
    owners.forget_account(user)


def send_what_waited(email_address: EmailAddress, **_kwargs: Any) -> None:
    """A sign-in with a code shows that the address reaches its owner, as well as the button in our mail does."""
    notices.prove(email_address.email)


def fill_after_change(conference: Conference, by: Any, **_kwargs: Any) -> None:
    """A higher limit makes places free: the waiting list moves up with the same change."""
    places.fill_free_places(lock(conference.pk), by=by)


def pause_waves_after_restore(**_kwargs: Any) -> list[str]:
    """A wave that was being sent at the time of the backup has gone on since; an organiser decides how to continue."""
    paused = list(Wave.objects.filter(status=WaveStatus.SENDING))
    for wave in paused:
        waves.pause_wave(wave, by=None)
    return [f"Wave paused: {wave}" for wave in paused]


def note_bounce(mail: Mail, detail: str, **_kwargs: Any) -> None:
    invitation = Invitation.objects.filter(links__mail=mail).first()
    if invitation:
        invitations.mark_bounced(invitation, by=None, detail=detail)


def look_for_a_stand_in(invitation: Invitation, **_kwargs: Any) -> None:
    """After the commit and by a worker: choosing takes a moment, and whoever declines shall not wait for it."""
    if invitation.delegation.category != Category.CITY:
        return
    from registrations.tasks import promote_from_reserve

    transaction.on_commit(lambda: outbox.publish(promote_from_reserve, invitation.pk), robust=True)
