"""Placing meetings, three ways: anew, with all that is placed left alone, and with few changes.

Four aims, each kept while the next is sought: worth (what is placed by weight, and a first meeting for everybody),
meetings that keep their slot, gaps between the meetings of a person, and people's tables.
"""

from collections.abc import Sequence, Set

from meetings.scheduling import matching, programme
from meetings.scheduling.bound import Prices, reduced, upper_bound, value_bound
from meetings.scheduling.greedy import place_greedily
from meetings.scheduling.index import NOWHERE, Index, Placement, gaps_in, unchanged_in, value_of
from meetings.scheduling.keeping import locked_in, staying, untouched
from meetings.scheduling.problem import Problem, Result, Stage
from meetings.scheduling.search import Search
from meetings.scheduling.settling import settle
from meetings.scheduling.tables import give_tables, moves_between_tables
from meetings.scheduling.walking import walk

# Shares of the time at which the local search and the first three aims end at the latest.
WALKS_UNTIL, WALKS_ALONE_UNTIL, REACHES_UNTIL, WEIGHT_UNTIL = 0.25, 0.8, 0.5, 0.65
UNCHANGED_UNTIL, SETTLES_UNTIL, GAPS_UNTIL = 0.8, 0.9, 0.97
PATIENCE_BEFORE_HIGHS = 100_000
# Steps in which meetings are moved against gaps: so many for each meeting, within a bound.
STEPS_EACH, STEPS_AT_MOST = 400, 1_000_000


def place(problem: Problem, search: Search) -> Result:
    """Place all requests anew; only locked meetings are sure to stay."""
    return _solve(problem, problem, search)


def freeze(problem: Problem, search: Search) -> Result:
    """Move nothing: every meeting that can stay keeps slot and table, the others are fitted in around them."""
    return _solve(problem, locked_in(problem, staying(problem)), search)


def repair(problem: Problem, search: Search) -> Result:
    """Change little: no meeting that can stay is dropped, and only those move that share a person with a request that
    needs a place.
    """
    stay = staying(problem)
    return _solve(problem, locked_in(problem, untouched(problem, stay)), search, promised=stay)


def _solve(whole: Problem, problem: Problem, search: Search, promised: Set[int] = frozenset()) -> Result:
    """Solve the problem, which is the whole one or has more meetings locked; the bound is that of the whole one."""
    index = Index(whole)
    search.bound, prices = upper_bound(index)
    staged = _Staged(index if problem is whole else Index(problem, promised), search, prices)
    staged.weight()
    staged.unchanged()
    staged.gaps()
    return staged.result()


class _Staged:
    """A placement that gets better from aim to aim and never worse in an earlier one."""

    def __init__(self, index: Index, search: Search, counted: Prices) -> None:
        self.index, self.search = index, search
        self.most, self.prices = value_bound(index, counted)
        self.slot_of = list(place_greedily(index, seed=search.seed).slot_of)
        self.stages: list[Stage] = []
        choices = sum(len(slots) for slots in index.slots)
        exact = choices <= programme.VARIABLES_AT_MOST and programme.available()
        self.programme = programme.Programme(index) if exact else None
        self.can_stay = sum(before in slots for before, slots in zip(index.before, index.slots, strict=True))

    @property
    def key(self) -> tuple[int, int, int]:
        """Worth, unchanged meetings and gaps, the more the better."""
        return self._key_of(self.slot_of)

    def _key_of(self, slot_of: Sequence[int]) -> tuple[int, int, int]:
        return value_of(self.index, slot_of), unchanged_in(self.index, slot_of), -gaps_in(self.index, slot_of)

    def weight(self) -> None:
        """The local search first. Where it stays below the bound, HiGHS looks for a placement that reaches it, and, if
        there is none, for one that is better at all.
        """
        self._walk((self.most, self.can_stay), [worth < 0 for worth in reduced(self.index, self.prices)])
        proven = self.key[0] >= self.most
        if self.programme and not proven:
            proven = self._reach(self.most, REACHES_UNTIL) and self.key[0] >= self.most
        if self.programme and not proven:
            proven = self._reach(self.key[0] + 1, WEIGHT_UNTIL)
        if self.programme:
            self.programme.reach(self.key[0], self.prices)
        self.stages.append(Stage("weight", self.key[0], proven))

    def unchanged(self) -> None:
        """Chains of moves first, then HiGHS, where anything stood before; the walk has kept what it could."""
        if self.key[1] < self.can_stay:
            self._settle("unchanged", UNCHANGED_UNTIL)
        proven = self.key[1] >= self.can_stay
        if self.programme and not proven:
            proven = self._keep(self.programme.unchanged(), "unchanged", UNCHANGED_UNTIL)
        self.stages.append(Stage("unchanged", self.key[1], proven))

    def gaps(self) -> None:
        """Chains of moves first; HiGHS where somebody still waits. Both may also find that more can stay."""
        self._settle("gaps", SETTLES_UNTIL)
        proven = self.key[2] == 0
        if self.programme and not proven:
            self.programme.keep(self.programme.unchanged(), self.key[1])
            proven = self._keep(self.programme.no_gaps(), "gaps", GAPS_UNTIL)
        self.stages.append(Stage("gaps", -self.key[2], proven))

    def result(self) -> Result:
        """Everything so far, with tables."""
        self.search.tell("tables", sum(slot != NOWHERE for slot in self.slot_of))
        places = give_tables(self.index, self.slot_of)
        moves = moves_between_tables(self.index, places)
        stages = (*self.stages, Stage("tables", moves, proven=moves == 0))
        return Result(places, self.search.bound, stages)

    def _settle(self, name: str, share: float) -> None:
        placed = sum(slot != NOWHERE for slot in self.slot_of)
        self.search.tell(name, placed)
        steps = min(STEPS_EACH * placed, STEPS_AT_MOST)
        self._take(settle(self.index, self.slot_of, self.search, steps=steps, share=share))

    def _walk(self, enough: tuple[int, int], dear: Sequence[bool]) -> None:
        start = Placement(self.index, self.slot_of)
        if self.programme:
            # HiGHS is quicker at the last two meetings.
            patience = min(self.search.patience, PATIENCE_BEFORE_HIGHS)
            found = walk(start, self.search, share=WALKS_UNTIL, patience=patience, enough=enough, dear=dear)
        elif matching.available():
            found = matching.walk_and_match(start, self.search, share=WALKS_ALONE_UNTIL, enough=enough, dear=dear)
        else:
            found = walk(
                start,
                self.search,
                share=WALKS_ALONE_UNTIL,
                patience=self.search.patience,
                enough=enough,
                dear=dear,
            )
        self._take(found.slot_of)

    def _reach(self, target: int, share: float) -> bool:
        """Let HiGHS look for the most worth from the target on. Returns whether that is decided: what is there now is
        the best, or nothing reaches the target.
        """
        sharp = programme.Programme(self.index)
        sharp.reach(target, self.prices)
        # Nothing is above the bound: whatever reaches it will do, and without an aim HiGHS finds it sooner.
        aim = [] if target == self.most else sharp.weight()
        return self._improve(sharp, aim, None, "weight", share)

    def _keep(self, aim: programme.Aim, name: str, share: float) -> bool:
        """Let HiGHS look for more of the aim from here. Returns whether what is there now is proven to be best."""
        assert self.programme is not None  # noqa: S101 - the callers have seen it
        return self._improve(self.programme, aim, self.slot_of, name, share)

    def _improve(
        self, model: programme.Programme, aim: programme.Aim, start: list[int] | None, name: str, share: float
    ) -> bool:
        if self.search.over(share):
            return False
        answer = model.solve(aim, start, self.search, until=self.search.limit * share, name=name)
        if answer.slot_of:
            self._take(answer.slot_of)
        return answer.proven

    def _take(self, slot_of: Sequence[int]) -> None:
        """Go on from these slots, unless they are worse."""
        if self._key_of(slot_of) >= self.key:
            self.slot_of = list(slot_of)
