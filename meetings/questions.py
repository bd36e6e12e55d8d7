"""What is asked of each person who is registered, where the conference has meetings; and the card on their page."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from conference.models import Conference
from meetings.models import MeetingRules, Profile
from registrations.models import Participant
from registrations.panels import Panel
from registrations.questions import Question
from registrations.states import ParticipantStatus

KEY = "meetings"
# Of the answers.
WANTED, NAMED = f"{KEY}_wanted", f"{KEY}_named"


def questions(conference: Conference) -> Iterator[Question]:
    if MeetingRules.objects.filter(conference=conference).exists():
        yield Question(
            key=KEY,
            legend=_("One-to-one meetings in the breaks"),
            hint=_(
                "Participants meet two by two at numbered tables. Whoever takes part can be found by the others, with "
                "function and city or organisation, and says later what they seek and offer."
            ),
            boxes={
                "wanted": _("Would like one-to-one meetings"),
                "named": _("The name may be shown to others who take part in the meetings"),
            },
            personal=frozenset({"named"}),
        )


def panels(participant: Participant) -> Iterator[Panel]:
    """The next step after the registration: the profile, or the question again."""
    conference = participant.conference
    if participant.status != ParticipantStatus.CONFIRMED or conference.is_over:
        return
    if not MeetingRules.objects.filter(conference=conference).exists():
        return
    profile = Profile.objects.filter(participant=participant).first()
    yield Panel("meetings/panel.html", {"profile": profile, "is_described": bool(profile and profile.ticks.exists())})
