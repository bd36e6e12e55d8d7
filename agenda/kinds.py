"""What a session is, and who does what in it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SessionKind(models.TextChoices):
    REGISTRATION = "registration", _("Registration")
    WELCOME = "welcome", _("Welcome")
    OPENING = "opening", _("Opening")
    PANEL = "panel", _("Panel")
    COFFEE_BREAK = "coffee break", _("Coffee break")
    MARKET_PLACE = "market place", _("Market place")
    LUNCH = "lunch", _("Lunch")
    DEBATE = "debate", _("Debate")
    CLOSING = "closing", _("Closing")


# Where people meet: tinted in every programme; nobody speaks, and other sessions may run beside them.
BREAKS = frozenset({SessionKind.REGISTRATION, SessionKind.COFFEE_BREAK, SessionKind.MARKET_PLACE, SessionKind.LUNCH})


class Role(models.TextChoices):
    """What a person does in a session. Who holds a presentation is a panellist without being named twice."""

    MODERATOR = "moderator", _("moderator")
    PANELLIST = "panellist", _("panellist")
    SPEAKER = "speaker", _("speaker")
