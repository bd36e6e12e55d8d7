"""States of waves, invitations and participants, and which follow which. docs/states.md is generated from here."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class WaveStatus(models.TextChoices):
    DRAFT = "draft", _("being prepared")
    SENDING = "sending", _("being sent")
    PAUSED = "paused", _("paused")
    SENT = "sent", _("sent")


WAVE_TRANSITIONS: dict[str, set[str]] = {
    WaveStatus.DRAFT: {WaveStatus.SENDING},
    WaveStatus.SENDING: {WaveStatus.PAUSED, WaveStatus.SENT},
    WaveStatus.PAUSED: {WaveStatus.SENDING},
    # An invitation added to a wave that went out is sent with it.
    WaveStatus.SENT: {WaveStatus.SENDING},
}


class InvitationStatus(models.TextChoices):
    SELECTED = "selected", _("selected")
    SENT = "sent", _("no answer yet")
    ACCEPTED = "accepted", _("accepted")
    DECLINED = "declined", _("declined")
    LAPSED = "lapsed", _("lapsed")
    REVOKED = "revoked", _("revoked")
    WITHDRAWN = "withdrawn", _("accepted, then withdrawn")


INVITATION_TRANSITIONS: dict[str, set[str]] = {
    # Not sent after all, where the delegation has no free seat left.
    InvitationStatus.SELECTED: {InvitationStatus.SENT, InvitationStatus.REVOKED},
    InvitationStatus.SENT: {
        InvitationStatus.ACCEPTED,
        InvitationStatus.DECLINED,
        InvitationStatus.LAPSED,
        InvitationStatus.REVOKED,
    },
    InvitationStatus.ACCEPTED: {InvitationStatus.WITHDRAWN},
    # They changed their mind in time.
    InvitationStatus.DECLINED: {InvitationStatus.ACCEPTED},
    # Extended; or the organiser records a late reply.
    InvitationStatus.LAPSED: {InvitationStatus.SENT, InvitationStatus.ACCEPTED, InvitationStatus.DECLINED},
    InvitationStatus.WITHDRAWN: {InvitationStatus.ACCEPTED},
    InvitationStatus.REVOKED: set(),
}
# Replies by the personal link are possible here (in time).
ANSWERABLE = {InvitationStatus.SENT, InvitationStatus.DECLINED, InvitationStatus.WITHDRAWN}


class ParticipantStatus(models.TextChoices):
    WAITING = "waiting", _("on the waiting list")
    CONFIRMED = "confirmed", _("confirmed")
    REPLACED = "replaced", _("replaced by another person")
    WITHDRAWN = "withdrawn", _("withdrawn")


PARTICIPANT_TRANSITIONS: dict[str, set[str]] = {
    ParticipantStatus.WAITING: {
        ParticipantStatus.CONFIRMED,
        ParticipantStatus.WITHDRAWN,
        ParticipantStatus.REPLACED,
    },
    ParticipantStatus.CONFIRMED: {ParticipantStatus.WITHDRAWN, ParticipantStatus.REPLACED},
    ParticipantStatus.REPLACED: set(),
    ParticipantStatus.WITHDRAWN: set(),
}
# The person takes part or would like to.
ACTIVE = {ParticipantStatus.WAITING, ParticipantStatus.CONFIRMED}
