"""What is for the owner of a registration alone, of this app and of those below it."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry

from accounts.models import User
from conference.models import HistoryEntry
from conference.queries import newest_notice
from registrations import owners
from registrations.models import (
    AddressChange,
    AddressNotice,
    Consent,
    GuestListImport,
    Invitation,
    Participant,
    Proposal,
)

_ORGANISERS = "work of organisers; names the account that did it"


def connect() -> None:
    owners.declare(
        Consent, owners=("purpose", "given", "notice", "at"), staying=("participant",), forget=_no_longer_consents
    )
    owners.declare_staying(
        Participant, "typed with the registration: whoever manages it sees it and is bound by the same rules"
    )
    owners.declare_staying(Invitation, "the invited address's and its assistant's, not the participant's")
    owners.declare_staying(AddressNotice, "holds an address and times; its link works from the mail alone")
    owners.declare_staying(AddressChange, "holds addresses and times; its links work from the mails alone")
    owners.declare_staying(HistoryEntry, "for organisers; never shown to participants")
    for model in (Proposal, GuestListImport, LogEntry):
        owners.declare_staying(model, _ORGANISERS)
    for model in (EmailAddress, Authenticator, User.groups.through, User.user_permissions.through):
        owners.declare_staying(model, "of the account, which no registration gives access to")
    owners.declare_moving(_move_invitation)


def _no_longer_consents(participant: Participant) -> None:
    """Whoever takes over has consented to nothing: the newest decision counts, and each is a “no” from now on."""
    last = dict(participant.consents.order_by("at", "pk").values_list("purpose", "given"))
    notice = newest_notice(participant.conference_id)
    Consent.objects.bulk_create(
        Consent(participant=participant, purpose=purpose, given=False, notice_id=notice)
        for purpose, given in last.items()
        if given and notice
    )


def _move_invitation(participant: Participant, old: User, new: User) -> None:
    """Whoever was invited and registered themselves manages the others of the invitation with the new account, too."""
    invitations = Invitation.objects.filter(pk=participant.invitation_id)
    invitations.filter(contact=old).update(contact=new)
    invitations.filter(assistant=old).update(assistant=new)
