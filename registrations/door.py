"""What organisers see at the door: who is expected, who is here, and who is neither but asks to come in."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from conference.folding import fold, holds_all, words_of
from conference.models import Conference
from registrations.models import Category, Delegation, Invitation, Participant
from registrations.queries import with_open_proposal
from registrations.states import ParticipantStatus

# More of what is typed is not looked at.
MOST_LETTERS = 100


@dataclass(frozen=True)
class Filters:
    """Which people are looked for, as the address says it."""

    words: str = ""
    category: str = ""
    only_missing: bool = False

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> "Filters":
        """Whatever the address holds; what it cannot mean counts as not said."""
        category = asked.get("category", "")
        return cls(
            asked.get("q", "").strip()[:MOST_LETTERS],
            category if category in Category.values else "",
            bool(asked.get("missing")),
        )

    @property
    def query(self) -> str:
        """For an address that leads to the same people; empty without filters."""
        said = {"q": self.words, "category": self.category, "missing": "1" if self.only_missing else ""}
        return urlencode({name: value for name, value in said.items() if value})


@dataclass(frozen=True)
class Line:
    """One person of the list: a participant, or somebody whom an invitee proposed in refusing."""

    name: str
    function: str
    delegation: Delegation
    participant: Participant | None = None
    proposed_by: Invitation | None = None

    @property
    def is_expected(self) -> bool:
        return self.participant is not None and self.participant.status == ParticipantStatus.CONFIRMED

    @property
    def is_here(self) -> bool:
        return self.participant is not None and self.participant.checked_in_at is not None


@dataclass(frozen=True)
class Sum:
    """How many of those expected are here."""

    label: str
    here: int
    expected: int

    @property
    def missing(self) -> int:
        return self.expected - self.here


def participants_of(conference: Conference) -> list[Participant]:
    """All who were ever registered, by family name as readers of any language look for it. One query."""
    found = list(
        conference.participants.select_related("delegation__city", "delegation__member_state", "replaced_by").defer(
            "dietary_needs", "access_needs", "delegation__remarks"
        )
    )
    for participant in found:
        # Known, and read nowhere else: its time zone says when they came.
        participant.conference = conference
    return sorted(found, key=lambda one: (fold(one.family_name), fold(one.given_name), one.pk))


def expected(participants: Iterable[Participant]) -> list[Participant]:
    """Those who have a seat."""
    return [one for one in participants if one.status == ParticipantStatus.CONFIRMED]


def find(conference: Conference, participants: Iterable[Participant], filters: Filters) -> list[Line]:
    """The expected people whom the filters leave. With words to look for, behind them those who have no seat, too:
    waiting, withdrawn, replaced, and proposed by somebody who declined. One query more for these."""
    asked = words_of(filters.words)
    lines = [line_of(participant) for participant in participants]
    if asked:
        lines += [_line_of_substitute(invitation) for invitation in _proposals(conference)]
    found = [
        line
        for line in lines
        if (line.is_expected or asked)
        and (not filters.category or line.delegation.category == filters.category)
        and not (filters.only_missing and line.is_here)
        and holds_all(asked, _words_of(line))
    ]
    return sorted(found, key=lambda line: not line.is_expected)


def line_of(participant: Participant) -> Line:
    return Line(participant.full_name, participant.function, participant.delegation, participant)


def sums(participants: Iterable[Participant]) -> tuple[list[Sum], Sum]:
    """For each category somebody is expected of, and for all. The last one has no label."""
    people = expected(participants)
    of_each = [
        _sum(str(label), [one for one in people if one.category == category]) for category, label in Category.choices
    ]
    return [one for one in of_each if one.expected], _sum("", people)


def _sum(label: str, people: Sequence[Participant]) -> Sum:
    return Sum(label, sum(one.checked_in_at is not None for one in people), len(people))


def _proposals(conference: Conference) -> Iterable[Invitation]:
    proposals = with_open_proposal(conference.invitations.exclude(substitute_name=""))
    return proposals.select_related("delegation__city", "delegation__member_state").order_by("substitute_name", "pk")


def _line_of_substitute(invitation: Invitation) -> Line:
    return Line(
        invitation.substitute_name,
        invitation.substitute_function,
        invitation.delegation,
        proposed_by=invitation,
    )


def _words_of(line: Line) -> list[str]:
    city, state = line.delegation.city, line.delegation.member_state
    parts = [line.name, line.function, line.delegation.name]
    parts += [city.other_names] if city else []
    parts += [state.name] if state else []
    return words_of(" ".join(parts))
