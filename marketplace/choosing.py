"""The proposed shortlist: the best marks within the numbers of each kind, cities spread over Member States and sizes.

Plain values in, plain values out. One stand after the other goes to the application whose worth is greatest: its mark,
for cities less what its Member State and its size have already. So each choice has a reason that can be said.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

# What an application without any mark counts as: below all that somebody read and liked.
UNMARKED = 0.0
# Points of 5 that each stand of the same Member State costs the next one from there. A second city comes in before a
# first one of another state only if it is better by more than this.
COST_OF_STATE = 1.0
# Points that each stand costs by which a size is ahead of the one with the fewest.
COST_OF_SIZE = 0.25


@dataclass(frozen=True)
class Candidate:
    """`mark` is the average of 0 to 5 points, None without any. `member_state` and `size` (a band of inhabitants) are
    empty but for cities, and `size` also where the population is unknown."""

    key: int
    kind: str
    mark: float | None = None
    member_state: str = ""
    size: str = ""


@dataclass(frozen=True)
class Choice:
    """One that is proposed. `rank` is by mark among its kind, from 1; `of_state` counts the stands that its Member
    State had before, `of_size` those of its size. `passed` are better marked ones that it came before, for the sake of
    the spread."""

    candidate: Candidate
    rank: int
    of_state: int = 0
    of_size: int = 0
    passed: Sequence[Candidate] = ()


@dataclass(frozen=True)
class Left:
    """One that is not proposed, as all stands (`full` empty) or all of its kind (`full` the kind) are given."""

    candidate: Candidate
    rank: int
    full: str = ""
    of_state: int = 0


@dataclass(frozen=True)
class Proposal:
    chosen: Sequence[Choice]
    left: Sequence[Left]


@dataclass
class _Given:
    """What has been given so far."""

    kinds: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    sizes: Counter[str] = field(default_factory=Counter)

    def add(self, candidate: Candidate) -> None:
        self.kinds[candidate.kind] += 1
        if candidate.member_state:
            self.states[candidate.member_state] += 1
        if candidate.size:
            self.sizes[candidate.size] += 1


def propose(
    candidates: Sequence[Candidate],
    *,
    stands: int,
    limits: Mapping[str, int],
    given: Iterable[Candidate] = (),
) -> Proposal:
    """Fills `stands` in all and at most `limits` of a kind, those of `given` included; a kind without a limit has none.

    Of equals the one that comes first in `candidates` is chosen first.
    """
    so_far = _Given()
    for one in given:
        so_far.add(one)
    sizes = {candidate.size for candidate in candidates if candidate.size} | set(so_far.sizes)
    ranks = _ranks(candidates)
    open_ones = list(candidates)
    chosen: list[Choice] = []
    while so_far.kinds.total() < stands:
        possible = [one for one in open_ones if so_far.kinds[one.kind] < limits.get(one.kind, stands)]
        if not possible:
            break
        fewest = min((so_far.sizes[size] for size in sizes), default=0)
        # max takes the first of equals.
        best = max(possible, key=lambda one: _worth(one, so_far, fewest))
        passed = tuple(one for one in possible if one.kind == best.kind and _mark(one) > _mark(best))
        chosen.append(Choice(best, ranks[best.key], so_far.states[best.member_state], so_far.sizes[best.size], passed))
        so_far.add(best)
        open_ones.remove(best)
    left = [
        Left(
            one,
            ranks[one.key],
            one.kind if so_far.kinds[one.kind] >= limits.get(one.kind, stands) else "",
            so_far.states[one.member_state],
        )
        for one in open_ones
    ]
    return Proposal(chosen, left)


def _mark(candidate: Candidate) -> float:
    return UNMARKED if candidate.mark is None else candidate.mark


def _worth(candidate: Candidate, given: _Given, fewest: int) -> float:
    worth = _mark(candidate)
    if candidate.member_state:
        worth -= COST_OF_STATE * given.states[candidate.member_state]
    if candidate.size:
        worth -= COST_OF_SIZE * (given.sizes[candidate.size] - fewest)
    return worth


def _ranks(candidates: Sequence[Candidate]) -> dict[int, int]:
    """By mark among those of the same kind; equal marks have the same rank."""
    by_kind: dict[str, list[float]] = {}
    for candidate in candidates:
        by_kind.setdefault(candidate.kind, []).append(_mark(candidate))
    return {
        candidate.key: 1 + sum(mark > _mark(candidate) for mark in by_kind[candidate.kind]) for candidate in candidates
    }
