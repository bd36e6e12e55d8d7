"""Organisers' pages of delegations, waves, invitations and participants."""

from registrations.admin import (
    addresses,
    balance,
    conferences,
    delegations,
    invitations,
    organisations,
    participants,
    waves,
)

__all__ = [
    "addresses",
    "balance",
    "conferences",
    "delegations",
    "invitations",
    "organisations",
    "participants",
    "waves",
]
