"""Who is invited, by which wave, and who comes: seats belong to delegations, persons occupy them."""

from registrations.models.addresses import AddressChange, AddressNotice
from registrations.models.balance import BalanceDimension, BalanceGroup, BalanceSettings, Proposal
from registrations.models.delegations import (
    DEFAULT_SEATS,
    Category,
    Delegation,
    DelegationQuerySet,
    Experience,
    Organisation,
)
from registrations.models.guestlist import GuestListImport
from registrations.models.invitations import Invitation, InvitationLink, InvitationQuerySet, Wave
from registrations.models.participants import Consent, Participant, ParticipantQuerySet

__all__ = [
    "DEFAULT_SEATS",
    "AddressChange",
    "AddressNotice",
    "BalanceDimension",
    "BalanceGroup",
    "BalanceSettings",
    "Category",
    "Consent",
    "Delegation",
    "DelegationQuerySet",
    "Experience",
    "GuestListImport",
    "Invitation",
    "InvitationLink",
    "InvitationQuerySet",
    "Organisation",
    "Participant",
    "ParticipantQuerySet",
    "Proposal",
    "Wave",
]
