"""What others read of a participant: function and delegation; the name where they agreed, or once a meeting is agreed.

Prevention and police staff can be at risk: nothing here falls back to the name.
"""

from dataclasses import dataclass

from registrations.models import Participant


@dataclass(frozen=True)
class Identity:
    """`state` is the Member State's name, empty for an organisation without one."""

    name: str
    function: str
    delegation: str
    state: str = ""

    @property
    def place(self) -> str:
        """City or organisation with its country. A Member State's own delegation is called like the state."""
        return f"{self.delegation}, {self.state}" if self.state not in {"", self.delegation} else self.delegation

    def heading(self, *, named: bool) -> str:
        """The name where it may be shown, else the function."""
        return self.name if named else self.function

    def line(self, *, named: bool) -> str:
        """What stands below the heading."""
        return f"{self.function}, {self.place}" if named else self.place


def identity_of(participant: Participant) -> Identity:
    """Needs delegation and member_state loaded."""
    delegation = participant.delegation
    state = delegation.member_state.name if delegation.member_state else ""
    return Identity(participant.addressed_name, participant.function, delegation.name, state)


def place_of(participant: Participant) -> str:
    return identity_of(participant).place


def heading_of(participant: Participant, *, named: bool) -> str:
    return identity_of(participant).heading(named=named)


def line_of(participant: Participant, *, named: bool) -> str:
    return identity_of(participant).line(named=named)
