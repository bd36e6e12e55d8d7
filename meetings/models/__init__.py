"""One-to-one meetings: what the organiser sets, who wants to meet, what was agreed, and where it was placed."""

from meetings.models.agreed import Meeting, MeetingRequest, MeetingSeat, Refusal
from meetings.models.papers import Paper
from meetings.models.people import Absence, Assistant, Profile, ProfileTerm, SuggestionList, Term
from meetings.models.placements import Placement
from meetings.models.places import Block, MeetingRules, Slot, Table

__all__ = [
    "Absence",
    "Assistant",
    "Block",
    "Meeting",
    "MeetingRequest",
    "MeetingRules",
    "MeetingSeat",
    "Paper",
    "Placement",
    "Profile",
    "ProfileTerm",
    "Refusal",
    "Slot",
    "SuggestionList",
    "Table",
    "Term",
]
