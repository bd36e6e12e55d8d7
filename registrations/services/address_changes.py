"""Another e-mail address for a participant: asked for, confirmed from there, and stopped from the old one.

See docs/decisions/0015-addresses.md.
"""

import secrets

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User, normalise_email
from accounts.services import ensure_accounts
from conference import history
from conference.models import Conference
from conference.services import lock
from registrations import address_emails, emails, owners
from registrations.models import AddressChange, Participant
from registrations.services import limits, notices, places
from registrations.services.invitations import hash_token
from registrations.signals import participant_changed
from registrations.states import ParticipantStatus

MOST_SENT = 3


class ChangeRefused(Exception):
    """The change of an address is not possible (any more); the message says why."""


def ask(
    participant: Participant, email: str, *, conference: Conference, by: User | None, by_label: str = ""
) -> AddressChange:
    """Asks the new address for a confirmation and tells the old one. Until then nothing else changes.

    Needs the conference's lock; the caller has checked the limits. Asked twice is once; another address overtakes.
    """
    address = normalise_email(email)
    present = AddressChange.objects.open().filter(participant=participant).first()
    if present and present.is_open and present.email == address:
        return present
    if present:
        _end(present, AddressChange.Ending.OVERTAKEN)
    token, keep = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    change = AddressChange.objects.create(
        participant=participant,
        email=address,
        old_email=participant.email,
        needs_agreement=needs_agreement(participant, by),
        token_sha256=hash_token(token),
        keep_sha256=hash_token(keep),
        asked_by=by,
        asked_label=by_label or (by.email if by else ""),
        by_organiser=by is not None and by.is_staff,
        expires_at=timezone.now() + AddressChange.VALID_FOR,
    )
    history.record(participant, limits.ADDRESS_ASKED, by=by, by_label=by_label)
    address_emails.queue_change(change, token=token)
    if not notices.gate(conference, [participant.email]):
        address_emails.queue_leaving(change, token=keep)
    return change


def needs_agreement(participant: Participant, by: User | None) -> bool:
    """Whether somebody signs in with the present address who neither asks for this nor is asked for by an organiser."""
    if by is not None and (by.is_staff or by.pk == participant.user_id):
        return False
    address = normalise_email(participant.email)
    return EmailAddress.objects.filter(user=participant.user_id, email=address, verified=True).exists()


def of(participant: Participant) -> AddressChange | None:
    """The change that waits for a confirmation, if there is one."""
    return AddressChange.objects.valid().filter(participant=participant).first()


def _find(**token: str) -> AddressChange | None:
    return (
        AddressChange.objects.filter(**token)
        .select_related("participant__conference__venue", "participant__delegation", "participant__invitation")
        .first()
    )


def find_for_new(token: str) -> AddressChange | None:
    """The change that the link to the new address leads to; None for unknown and ended links."""
    return _find(token_sha256=hash_token(token))


def find_for_old(token: str) -> AddressChange | None:
    """The change that the link to the old address leads to; None for unknown and ended links."""
    return _find(keep_sha256=hash_token(token))


def _locked(change: AddressChange) -> tuple[AddressChange, Conference]:
    """Under the conference's lock: only one of two clicks finds it open. Raises ChangeRefused for ended ones."""
    conference = lock(change.participant.conference_id)
    fresh = AddressChange.objects.select_related(
        "participant__delegation", "participant__invitation", "participant__user"
    ).get(pk=change.pk)
    fresh.participant.conference = conference
    if not fresh.is_open:
        raise ChangeRefused(
            _("This change is no longer possible: it was cancelled, has expired, or has taken effect already.")
        )
    if not fresh.participant.is_active or conference.is_over:
        raise ChangeRefused(_("This registration can no longer be changed."))
    return fresh, conference


@transaction.atomic
def confirm(change: AddressChange) -> AddressChange:
    """The new address says yes. It takes effect at once, unless the old one still has to agree."""
    change, conference = _locked(change)
    if change.confirmed_at is None:
        change.confirmed_at = timezone.now()
        change.save(update_fields=["confirmed_at"])
        history.record(change.participant, "new address confirmed", by=None, by_label=change.email)
    return _take_effect(change, conference)


@transaction.atomic
def agree(change: AddressChange) -> AddressChange:
    """The old address says yes."""
    change, conference = _locked(change)
    if change.agreed_at is None:
        change.agreed_at = timezone.now()
        change.save(update_fields=["agreed_at"])
        history.record(change.participant, "change of address agreed to", by=None, by_label=change.old_email)
    return _take_effect(change, conference)


def _take_effect(change: AddressChange, conference: Conference) -> AddressChange:
    """Account, address and calendar entry move together, once everybody who has to has said yes."""
    if change.confirmed_at is None or (change.needs_agreement and change.agreed_at is None):
        return change
    participant = change.participant
    account = ensure_accounts({change.email: participant.full_name})[change.email]
    # Whoever asked for it signed in as the owner, and has shown that they read the new mailbox.
    is_same_person = change.asked_by_id is not None and change.asked_by_id == participant.user_id
    is_confirmed = participant.status == ParticipantStatus.CONFIRMED
    if is_confirmed:
        participant.calendar_sequence += 1
    # Nobody has ever shown that they read the address that is left: then it got nothing else either.
    if not notices.gate(conference, [participant.email]):
        address_emails.queue_left(participant, takes_entry_out=is_confirmed)
    owners.pass_on(participant, to=account, is_same_person=is_same_person)
    participant.email = change.email
    participant.calendar_sequence += is_confirmed
    participant.save(update_fields=["email", "user", "calendar_sequence"])
    change.done_at = timezone.now()
    change.save(update_fields=["done_at"])
    history.record(participant, "address changed", by=change.asked_by, by_label=change.asked_label)
    # Before the mail below, so that nothing holds it back, and without a second one.
    notices.note_proof(change.email)
    participant_changed.send(Participant, participant=participant, by=change.asked_by)
    if is_confirmed:
        emails.queue_confirmation(participant)
    else:
        emails.queue_waiting(
            participant,
            position=places.position(participant),
            reason=places.reason_for_waiting(participant),
            number=change.pk,
        )
    return change


@transaction.atomic
def keep(change: AddressChange) -> None:
    """The old address says no: it stays. Said twice, or together with another ending, changes nothing."""
    _stop(change, AddressChange.Ending.KEPT, action="change of address refused", by=None, by_label=change.old_email)


@transaction.atomic
def refuse(change: AddressChange) -> None:
    """The new address says no: it is not theirs."""
    _stop(change, AddressChange.Ending.REFUSED, action="change of address refused", by=None, by_label=change.email)


@transaction.atomic
def cancel(change: AddressChange, *, by: User | None, by_label: str = "") -> None:
    """Somebody who manages the registration takes the change back."""
    _stop(change, AddressChange.Ending.CANCELLED, action="change of address cancelled", by=by, by_label=by_label)


def _stop(
    change: AddressChange, ending: AddressChange.Ending, *, action: str, by: User | None, by_label: str = ""
) -> None:
    lock(change.participant.conference_id)
    change = AddressChange.objects.select_related("participant").get(pk=change.pk)
    if change.done_at is None and change.ended_at is None:
        _end(change, ending)
        history.record(change.participant, action, by=by, by_label=by_label)


def _end(change: AddressChange, ending: AddressChange.Ending) -> None:
    change.ended_at, change.ended_as = timezone.now(), ending
    change.save(update_fields=["ended_at", "ended_as"])


@transaction.atomic
def send_again(change: AddressChange, *, by: User | None, by_label: str = "") -> None:
    """A new link to the new address; the earlier one ends. Raises ChangeRefused after the third mail."""
    change, conference = _locked(change)
    if change.times_sent >= MOST_SENT:
        raise ChangeRefused(
            _("This mail was sent %(times)d times already. Check the address, or write to %(mailbox)s.")
            % {"times": change.times_sent, "mailbox": conference.mailbox}
        )
    token = secrets.token_urlsafe(32)
    change.token_sha256 = hash_token(token)
    change.times_sent += 1
    change.save(update_fields=["token_sha256", "times_sent"])
    history.record(change.participant, "confirmation of the address sent again", by=by, by_label=by_label)
    address_emails.queue_change(change, token=token)
