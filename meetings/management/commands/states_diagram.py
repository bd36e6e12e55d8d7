"""docs/states.md with the states of applications for a stand, blocks, requests, meetings and placements."""

from agenda.management.commands import states_diagram
from marketplace.states import APPLICATION_TRANSITIONS, ApplicationStatus
from meetings.states import (
    BLOCK_TRANSITIONS,
    MEETING_TRANSITIONS,
    PLACEMENT_TRANSITIONS,
    REQUEST_TRANSITIONS,
    BlockStatus,
    MeetingStatus,
    PlacementStatus,
    RequestStatus,
)


class Command(states_diagram.Command):
    machines = [
        *states_diagram.Command.machines,
        ("Application for a stand", ApplicationStatus, APPLICATION_TRANSITIONS),
        ("Block of meetings", BlockStatus, BLOCK_TRANSITIONS),
        ("Meeting request", RequestStatus, REQUEST_TRANSITIONS),
        ("Meeting", MeetingStatus, MEETING_TRANSITIONS),
        ("Placement", PlacementStatus, PLACEMENT_TRANSITIONS),
    ]
