"""The instances in the shared data, read as problems."""

import json
from pathlib import Path

from meetings.scheduling.problem import Person, Problem, Request

MEETINGS = Path(__file__).resolve().parents[2] / "shared" / "data" / "meetings"
SIX = tuple(f"150-{rest}-{seed}" for rest in ("400-6-40", "700-6-75") for seed in (1, 2, 3))


def read_problem(name: str, *, weighted: bool = False, first_meeting: int = 0) -> tuple[Problem, int | None]:
    """The instance of this name, and how many meetings can be placed at most where that is proven.

    The proof is about numbers of meetings; `weighted` reads the requests' weights, too.
    """
    data = json.loads((MEETINGS / f"{name}.json").read_text())
    slots, length = data["slots"], data["break_length"]
    problem = Problem(
        persons=tuple(Person(number, frozenset(free)) for number, free in enumerate(data["free"])),
        requests=tuple(
            Request(number, first, second, weight=weight if weighted else 1)
            for number, (first, second, weight) in enumerate(data["requests"])
        ),
        tables=(tuple(range(1, data["tables"] + 1)),) * slots,
        breaks=tuple(tuple(range(start, min(start + length, slots))) for start in range(0, slots, length)),
        first_meeting=first_meeting,
    )
    return problem, data["proven_maximum"]
