"""What others read of a participant: function and delegation; the name where they agreed, or once a meeting is agreed.

Prevention and police staff can be at risk: nothing here falls back to the name.
"""

from registrations.models import Participant


def place_of(participant: Participant) -> str:
    """City or organisation with its country. Needs delegation and member_state loaded."""
    delegation = participant.delegation
    state = delegation.member_state
    # A Member State's delegation is called like the state.
    if state is None or state.name == delegation.name:
        return delegation.name
    return f"{delegation.name}, {state.name}"


def heading_of(participant: Participant, *, named: bool) -> str:
    """The name where it may be shown, else the function."""
    return participant.addressed_name if named else participant.function


def line_of(participant: Participant, *, named: bool) -> str:
    """What stands below the heading."""
    return f"{participant.function}, {place_of(participant)}" if named else place_of(participant)
