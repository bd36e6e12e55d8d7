"""docs/states.md with the states of speakers."""

from agenda.states import SPEAKER_TRANSITIONS, SpeakerStatus
from registrations.management.commands import states_diagram


class Command(states_diagram.Command):
    machines = [*states_diagram.Command.machines, ("Speaker", SpeakerStatus, SPEAKER_TRANSITIONS)]
