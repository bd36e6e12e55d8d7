"""Organisers' pages of delegations, waves, invitations and participants."""

from registrations.admin import conferences, delegations, invitations, organisations, participants, waves

__all__ = ["conferences", "delegations", "invitations", "organisations", "participants", "waves"]
