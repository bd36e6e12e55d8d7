"""Organisers' pages of delegations, waves, invitations and participants."""

from registrations.admin import balance, conferences, delegations, invitations, organisations, participants, waves

__all__ = ["balance", "conferences", "delegations", "invitations", "organisations", "participants", "waves"]
