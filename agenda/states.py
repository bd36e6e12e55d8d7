"""The states of a speaker, and which changes there are."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SpeakerStatus(models.TextChoices):
    PLANNED = "planned", _("not asked yet")
    ASKED = "asked", _("asked")
    ACCEPTED = "accepted", _("accepted")
    DECLINED = "declined", _("declined")
    WITHDRAWN = "withdrawn", _("withdrawn")


# Withdrawn is who no longer takes part in the conference; an organiser may ask them, or note their word, again.
SPEAKER_TRANSITIONS: dict[str, set[str]] = {
    SpeakerStatus.PLANNED: {
        SpeakerStatus.ASKED,
        SpeakerStatus.ACCEPTED,
        SpeakerStatus.DECLINED,
        SpeakerStatus.WITHDRAWN,
    },
    SpeakerStatus.ASKED: {SpeakerStatus.ACCEPTED, SpeakerStatus.DECLINED, SpeakerStatus.WITHDRAWN},
    SpeakerStatus.ACCEPTED: {SpeakerStatus.DECLINED, SpeakerStatus.WITHDRAWN},
    SpeakerStatus.DECLINED: {SpeakerStatus.ASKED, SpeakerStatus.ACCEPTED, SpeakerStatus.WITHDRAWN},
    SpeakerStatus.WITHDRAWN: {SpeakerStatus.ASKED, SpeakerStatus.ACCEPTED},
}

# Whose word is not yet given, and could still come.
OPEN = frozenset({SpeakerStatus.PLANNED, SpeakerStatus.ASKED})
# Who leaves a gap wherever they stand in the programme.
GONE = frozenset({SpeakerStatus.DECLINED, SpeakerStatus.WITHDRAWN})
