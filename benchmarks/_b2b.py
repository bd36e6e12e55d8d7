"""The published instances of the business-to-business meeting scheduling problem, their checker, and their solver.

By Bofill, Coll, Garcia, Giráldez-Cru, Pesant, Suy and Villaret, "Constraint Solving Approaches to the
Business-to-Business Meeting Scheduling Problem", Journal of Artificial Intelligence Research, 2022. All meetings are
given and must be placed. A break is a run of idle slots between two meetings of a participant within a session (morning
or afternoon); the sum of breaks is to be least, and two participants' breaks may differ by 2 at most.
"""

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from meetings.scheduling.problem import Person, Problem, Request

B2B = Path(__file__).resolve().parents[2] / "shared" / "data" / "b2b"
FAIR = 2
MORNING, AFTERNOON = 1, 2


@dataclass(frozen=True)
class Instance:
    """An instance with everything counted from 0. `meetings` are rows (first, second, session)."""

    name: str
    participants: int
    tables: int
    slots: int
    morning: int
    meetings: tuple[tuple[int, int, int], ...]
    forbidden: tuple[frozenset[int], ...]
    fixed: tuple[int | None, ...]
    # For each meeting those that must come earlier.
    earlier: tuple[frozenset[int], ...]
    optimum: int

    def sessions(self) -> tuple[range, ...]:
        """The slots of the morning and of the afternoon."""
        return tuple(part for part in (range(self.morning), range(self.morning, self.slots)) if part)

    def slots_of(self, meeting: int) -> frozenset[int]:
        """The slots in which the meeting may take place."""
        first, second, session = self.meetings[meeting]
        fixed = self.fixed[meeting]
        if fixed is not None:
            return frozenset({fixed})
        slots = {MORNING: range(self.morning), AFTERNOON: range(self.morning, self.slots)}.get(
            session, range(self.slots)
        )
        return frozenset(slots) - self.forbidden[first] - self.forbidden[second]


def published() -> dict[str, int]:
    """The optimum of each published instance by its name, as the table beside the instances has it."""
    table = (B2B / "README.md").read_text()
    found: dict[str, int] = {}
    for names, optima in re.findall(r"\| ([a-z]+t?f?-\d\d[\w, -]*) \| ([\d, ]+?) (?=\|)", table):
        stem = names.split(",")[0]
        # "tic-14crafa, c, d" stands for three instances whose last letter differs.
        full = [stem, *(part if "-" in part else stem[:-1] + part for part in names.split(", ")[1:])]
        found.update(zip(full, (int(number) for number in optima.split(", ")), strict=True))
    return found


def read_instance(name: str, optimum: int) -> Instance:
    """The instance of this name in the shared data."""
    text = (B2B / f"{name}.original.dzn").read_text()

    def number(key: str) -> int:
        return int(re.search(rf"\b{key}\s*=\s*(\d+)", text)[1])

    def sets(key: str) -> list[list[int]]:
        body = re.search(rf"\b{key}\s*=\s*\[(.*?)\]", text, re.DOTALL)[1]
        return [[int(one) for one in re.findall(r"\d+", part)] for part in re.findall(r"\{(.*?)\}", body)]

    rows = re.findall(r"\|\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d)", text)
    fixed = re.findall(r"\d+", re.search(r"\bfixed\s*=\s*\[(.*?)\]", text, re.DOTALL)[1])
    return Instance(
        name=name,
        participants=number("nBusiness"),
        tables=number("nTables"),
        slots=number("nTotalSlots"),
        morning=number("nMorningSlots"),
        meetings=tuple((int(first) - 1, int(second) - 1, int(session)) for first, second, session in rows),
        # 0 stands for nothing.
        forbidden=tuple(frozenset(slot - 1 for slot in slots if slot) for slots in sets("forbidden")),
        fixed=tuple(int(slot) - 1 if slot != "0" else None for slot in fixed),
        earlier=tuple(frozenset(one - 1 for one in meetings) for meetings in sets("precedences")),
        optimum=optimum,
    )


def as_problem(instance: Instance) -> Problem:
    """The same as a problem of the placer, but for precedences and for its aim."""
    every = frozenset(range(instance.slots))
    return Problem(
        persons=tuple(Person(who, every - instance.forbidden[who]) for who in range(instance.participants)),
        requests=tuple(
            Request(number, first, second, allowed=instance.slots_of(number))
            for number, (first, second, _) in enumerate(instance.meetings)
        ),
        tables=(tuple(range(instance.tables)),) * instance.slots,
        breaks=tuple(tuple(session) for session in instance.sessions()),
        first_meeting=0,
    )


def breaks_of(instance: Instance, slot_of: dict[int, int]) -> list[int]:
    """The breaks of each participant, counted slot by slot."""
    counts = [0] * instance.participants
    for who in range(instance.participants):
        mine = {slot_of[number] for number, meeting in enumerate(instance.meetings) if who in meeting[:2]}
        for session in instance.sessions():
            busy = [slot for slot in session if slot in mine]
            counts[who] += sum(later - earlier > 1 for earlier, later in pairwise(busy))
    return counts


def faults(instance: Instance, slot_of: dict[int, int]) -> list[str]:
    """What is wrong with a schedule by the rules of the published problem; shares no code with what searches."""
    found = []
    seats: Counter[tuple[int, int]] = Counter()
    for number, (first, second, session) in enumerate(instance.meetings):
        slot = slot_of.get(number)
        if slot is None or not 0 <= slot < instance.slots:
            found.append(f"Meeting {number} is not placed.")
            continue
        seats.update([(first, slot), (second, slot)])
        if session in {MORNING, AFTERNOON} and (slot < instance.morning) != (session == MORNING):
            found.append(f"Meeting {number} is in the wrong session.")
        if instance.fixed[number] is not None and slot != instance.fixed[number]:
            found.append(f"Meeting {number} is not where it is fixed.")
        if slot in instance.forbidden[first] or slot in instance.forbidden[second]:
            found.append(f"Meeting {number} is in a forbidden slot.")
        if any(slot_of.get(other, instance.slots) >= slot for other in instance.earlier[number]):
            found.append(f"Meeting {number} is before one that must come earlier.")
    found += [
        f"Participant {who} has {count} meetings in slot {slot}." for (who, slot), count in seats.items() if count > 1
    ]
    per_slot = Counter(slot_of.values())
    found += [f"{count} meetings in slot {slot}." for slot, count in per_slot.items() if count > instance.tables]
    if not found:
        counts = breaks_of(instance, slot_of)
        if max(counts) - min(counts) > FAIR:
            found.append(f"Breaks differ by {max(counts) - min(counts)}.")
    return found
