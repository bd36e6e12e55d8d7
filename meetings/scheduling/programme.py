"""The placement as a mixed-integer programme for HiGHS: 0 or 1 for each request and slot.

HiGHS runs in a thread of its own and the caller's thread watches it, so that `stop` and `progress` are answered in a
fraction of a second, whatever HiGHS is at; callbacks of the search are never called from another thread. A run that is
told to end and does not at once is left to end by itself: its best solutions were handed over when they were found.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any

import numpy

from meetings.scheduling.bound import MILLION, Prices, exact_value, reduced
from meetings.scheduling.index import NOWHERE, Index
from meetings.scheduling.search import Search

LOOKS_EVERY = 0.05
# Where HiGHS is asked to end, how long it is waited for before its thread is left alone.
WAITS_FOR_END = 0.2
# Above so many variables HiGHS has not bettered the local search within minutes; the local search alone answers there.
VARIABLES_AT_MOST = 30_000

# A sum to be maximised, or one side of a row: columns and what each counts.
Aim = list[tuple[int, float]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a run: slots of requests if any were found, and whether it is proven that nothing is better."""

    slot_of: list[int] | None
    proven: bool


@dataclass
class Rows:
    """Rows of a programme as HiGHS takes them: lower ≤ Σ value·column ≤ upper."""

    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    starts: list[int] = field(default_factory=lambda: [0])
    columns: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    def add(self, terms: Aim, *, lower: float = -inf, upper: float = inf) -> None:
        """Add a row."""
        self.columns += [column for column, _ in terms]
        self.values += [value for _, value in terms]
        self.starts.append(len(self.columns))
        self.lower.append(lower)
        self.upper.append(upper)


class Programme:
    """The constraints of a placement, to which aims are added one after another. All aims are whole numbers."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.choices = [(request, slot) for request, slots in enumerate(index.slots) for slot in slots]
        self.column = {choice: number for number, choice in enumerate(self.choices)}
        self.rows = Rows()
        # Columns behind the choices: continuous ones that the aims bring along, each between 0 and 1.
        self.more = 0
        # Columns of choices that are ruled out.
        self.shut: set[int] = set()
        self._weight: Aim | None = None
        self._gaps: Aim | None = None
        self._constrain()

    @property
    def columns(self) -> int:
        """How many variables there are."""
        return len(self.choices) + self.more

    def _constrain(self) -> None:
        index = self.index
        for request, slots in enumerate(index.slots):
            ones = [(self.column[request, slot], 1.0) for slot in slots]
            self.rows.add(ones, lower=1.0 if index.promised[request] else -inf, upper=1.0)
        self.of_person: list[dict[int, list[int]]] = [{} for _ in index.capacity]
        for column, (request, slot) in enumerate(self.choices):
            for person in index.pairs[request]:
                self.of_person[person].setdefault(slot, []).append(column)
        for person, slots_of in enumerate(self.of_person):
            for columns in slots_of.values():
                if len(columns) > 1:
                    self.rows.add([(column, 1.0) for column in columns], upper=1.0)
            self._cap(person, slots_of)
        for slot, requests in enumerate(index.in_slot):
            if len(requests) > index.tables[slot]:
                ones = [(self.column[request, slot], 1.0) for request in requests]
                self.rows.add(ones, upper=index.tables[slot])

    def _cap(self, person: int, slots_of: dict[int, list[int]]) -> None:
        index = self.index
        if index.capacity[person] < len(slots_of):
            self.rows.add(
                [(column, 1.0) for columns in slots_of.values() for column in columns], upper=index.capacity[person]
            )
        for slots in index.breaks:
            here = [slot for slot in slots if slot in slots_of]
            if index.cap_per_break[person] < len(here):
                ones = [(column, 1.0) for slot in here for column in slots_of[slot]]
                self.rows.add(ones, upper=index.cap_per_break[person])

    def _add_columns(self, count: int) -> range:
        first = self.columns
        self.more += count
        return range(first, first + count)

    def weight(self) -> Aim:
        """The first aim: what is placed by its worth, and a first meeting for each person who has one."""
        if self._weight is None:
            index = self.index
            self._weight = [(column, float(index.worth[request])) for column, (request, _) in enumerate(self.choices)]
            persons = [person for person, slots_of in enumerate(self.of_person) if slots_of and index.first_meeting]
            for person, met in zip(persons, self._add_columns(len(persons)), strict=True):
                mine = [(column, -1.0) for columns in self.of_person[person].values() for column in columns]
                self.rows.add([(met, 1.0), *mine], upper=0.0)
                self._weight.append((met, float(index.first_meeting)))
        return self._weight

    def unchanged(self) -> Aim:
        """The second aim: meetings that keep their slot."""
        before = self.index.before
        return [(column, 1.0) for column, (request, slot) in enumerate(self.choices) if before[request] == slot]

    def no_gaps(self) -> Aim:
        """The third aim: gaps, which count against it.

        g_t ≥ u_{t−1} − u_t + l_{t+1} − 1, where u says whether the person meets somebody and l whether later in the
        break, l_t ≥ u_t and l_t ≥ l_{t+1}: each run of idle slots counts once, where it begins.
        """
        if self._gaps is None:
            self._gaps = []
            for slots_of in self.of_person:
                for slots in self.index.breaks:
                    self._add_gaps([slots_of.get(slot, []) for slot in slots])
        return self._gaps

    def _add_gaps(self, used: list[list[int]]) -> None:
        assert self._gaps is not None  # noqa: S101 - no_gaps has made it
        later: Aim = [(column, 1.0) for column in used[-1]]
        for position in range(len(used) - 2, 0, -1):
            here, earlier = used[position], used[position - 1]
            if later and earlier:
                (gap,) = self._add_columns(1)
                terms = [(gap, -1.0), *[(column, 1.0) for column in earlier], *[(column, -1.0) for column in here]]
                self.rows.add([*terms, *later], upper=1.0)
                self._gaps.append((gap, -1.0))
            if position > 1 and here:
                if later:
                    (either,) = self._add_columns(1)
                    self.rows.add([(either, -1.0), *[(column, 1.0) for column in here]], upper=0.0)
                    self.rows.add([(either, -1.0), *later], upper=0.0)
                    later = [(either, 1.0)]
                else:
                    later = [(column, 1.0) for column in here]

    def keep(self, aim: Aim, value: float) -> None:
        """No solution from here on may be worse in this aim."""
        # Half a unit of slack: all aims are whole numbers, and rounding within HiGHS must not cut off the start.
        self.rows.add(aim, lower=value - 0.5)

    def reach(self, target: int, prices: Prices) -> None:
        """Ask for a placement of this worth at least, and rule out what none of that worth can hold.

        By the prices each placement stays below their sum by what it wastes: scarce time of a person that it leaves
        unused at its price, a request placed below its price, a request left out above it. What alone would waste more
        than lies between the sum and the target is ruled out (fixing by reduced costs).
        """
        index = self.index
        spare = exact_value(index, prices) - target * MILLION
        for request, net in enumerate(reduced(index, prices)):
            columns = [self.column[request, slot] for slot in index.slots[request]]
            if net < -spare and not index.promised[request]:
                self.shut.update(columns)
            elif net > spare and columns:
                self.rows.add([(column, 1.0) for column in columns], lower=1.0)
        for person, price in enumerate(prices.persons):
            if price > spare:
                mine = [(column, 1.0) for columns in self.of_person[person].values() for column in columns]
                self.rows.add(mine, lower=index.capacity[person])
        amounts = [*map(abs, reduced(index, prices)), *prices.persons]
        if prices.seat or any(prices.firsts) or any(0 < amount <= spare for amount in amounts):
            # Else the rows above say the same, and a row over all choices slows HiGHS down tenfold.
            self.keep(self.weight(), target)

    def solve(self, aim: Aim, start: Sequence[int] | None, search: Search, *, until: float, name: str) -> Answer:
        """Maximise the aim, from the start if there is one, until the search has taken so many seconds."""
        return _Run(self, aim, start).watch(search, until, name)

    def solution(self, slot_of: Sequence[int]) -> list[float]:
        """The choices of a placement as numbers."""
        return [float(slot_of[request] == slot) for request, slot in self.choices]

    def slots(self, numbers: Sequence[float]) -> list[int]:
        """The placement that a solution stands for."""
        slot_of = [NOWHERE] * len(self.index.pairs)
        for number, (request, slot) in zip(numbers, self.choices, strict=False):
            if number > 0.5:
                slot_of[request] = slot
        return slot_of


def available() -> bool:
    """Whether HiGHS is installed."""
    try:
        import highspy  # noqa: F401
    except ImportError:
        return False
    return True


class _Run:
    """One run of HiGHS in its own thread."""

    def __init__(self, programme: Programme, aim: Aim, start: Sequence[int] | None) -> None:
        import highspy

        self.programme, self.highspy = programme, highspy
        self.found: list[float] | None = None
        self.told_to_end = threading.Event()
        self.solver = highspy.Highs()
        self.solver.silent()
        for option, value in (("threads", 1), ("mip_abs_gap", 0.99), ("mip_rel_gap", 0.0), ("random_seed", 0)):
            self.solver.setOptionValue(option, value)
        self.solver.passModel(_model(highspy, programme, aim))
        if start is not None:
            solution = highspy.HighsSolution()
            solution.col_value = [*programme.solution(start), *([0.0] * programme.more)]
            self.solver.setSolution(solution)
        for when in (self.solver.cbMipInterrupt, self.solver.cbSimplexInterrupt):
            when.subscribe(self._interrupt)
        self.solver.cbMipImprovingSolution.subscribe(self._improved)

    def _interrupt(self, event: Any) -> None:
        if self.told_to_end.is_set():
            event.interrupt()

    def _improved(self, event: Any) -> None:
        # One assignment, so that the watching thread never sees half a solution.
        self.found = list(event.data_out.mip_solution)

    def watch(self, search: Search, until: float, name: str) -> Answer:
        """Run, and look at it until it ends, the time is up or somebody stops the search."""
        self.solver.setOptionValue("time_limit", max(0.01, until - search.seconds))
        runner = threading.Thread(target=self.solver.run, name="HiGHS")
        runner.start()
        told: list[float] | None = None
        try:
            while runner.is_alive():
                runner.join(LOOKS_EVERY)
                if self.found is not told:
                    told = self.found
                    search.tell(name, sum(number > 0.5 for number in (told or ())[: len(self.programme.choices)]))
                if search.seconds >= until or search.stop():
                    break
        finally:
            self.told_to_end.set()
            runner.join(WAITS_FOR_END)
        return self._answer(ended=not runner.is_alive())

    def _answer(self, *, ended: bool) -> Answer:
        numbers, proven = self.found, False
        if ended:
            status, statuses = self.solver.getModelStatus(), self.highspy.HighsModelStatus
            proven = status in {statuses.kOptimal, statuses.kInfeasible}
            if status == statuses.kOptimal:
                numbers = list(self.solver.getSolution().col_value)
        return Answer(self.programme.slots(numbers) if numbers else None, proven)


def _model(highspy: Any, programme: Programme, aim: Aim) -> Any:
    """The programme as HiGHS reads it; it minimises, so the aim counts negative."""
    rows, count, choices = programme.rows, programme.columns, len(programme.choices)
    costs = numpy.zeros(count)
    for column, value in aim:
        costs[column] -= value
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = count, len(rows.upper)
    model.col_cost_ = costs
    upper = numpy.ones(count)
    upper[list(programme.shut)] = 0.0
    model.col_lower_, model.col_upper_ = numpy.zeros(count), upper
    model.row_lower_ = numpy.clip(rows.lower, -highspy.kHighsInf, None)
    model.row_upper_ = numpy.clip(rows.upper, None, highspy.kHighsInf)
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = numpy.array(rows.starts, dtype=numpy.int32)
    model.a_matrix_.index_ = numpy.array(rows.columns, dtype=numpy.int32)
    model.a_matrix_.value_ = numpy.array(rows.values)
    kinds = highspy.HighsVarType
    model.integrality_ = [kinds.kInteger] * choices + [kinds.kContinuous] * (count - choices)
    return model
