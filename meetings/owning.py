"""What is for the owner of a registration alone: notes, reasons, assistants, and the address of a calendar."""

from meetings.models import (
    Absence,
    Assistant,
    Meeting,
    MeetingRequest,
    MeetingSeat,
    Paper,
    Placement,
    Profile,
    ProfileTerm,
    Refusal,
    SuggestionList,
)
from meetings.services import listing
from registrations import owners
from registrations.models import Participant


def connect() -> None:
    owners.declare(
        MeetingSeat,
        owners=("note",),
        staying=("meeting", "request", "participant", "slot", "late_at", "says_held", "said_at"),
        forget=lambda participant: participant.meeting_seats.update(note=""),
    )
    owners.declare(
        Absence,
        owners=("reason",),
        staying=("participant", "starts_at", "ends_at"),
        forget=lambda participant: participant.meeting_absences.update(reason=""),
    )
    owners.declare(
        Assistant,
        owners=("email", "added_at"),
        staying=("participant",),
        forget=lambda participant: participant.meeting_assistants.all().delete(),
    )
    owners.declare(
        Profile,
        owners=("names_shown", "feed_sha256", "feed_made_at"),
        # What others read, or could: see the directory.
        staying=(
            "participant",
            "conference",
            "opted_in",
            "opted_in_at",
            "no_meetings",
            "languages",
            "text",
            "terms",
            "version",
            "sort_key",
            "search",
        ),
        forget=_forget_profile,
    )
    owners.declare_staying(ProfileTerm, "what others read of the profile; levels serve the suggestions alone")
    owners.declare_staying(MeetingRequest, "words between two registrations, which both sides keep")
    owners.declare_staying(Meeting, "an appointment that the partner relies on")
    owners.declare_staying(Refusal, "protects the pair from being placed together; shown to nobody")
    owners.declare_staying(SuggestionList, "computed from profiles")
    for model in (Paper, Placement):
        owners.declare_staying(model, "work of organisers; names the account that did it")


def _forget_profile(participant: Participant) -> None:
    """The consent to show the name was another person's, and the former owner's calendar stops."""
    profile = Profile.objects.select_related("participant__delegation__member_state").filter(participant=participant)
    for found in profile:
        found.names_shown = False
        found.feed_sha256 = found.feed_made_at = None
        found.version += 1
        listing.fill(found)
        found.save()
