"""Placing one-to-one meetings, by the shared instances: `python3 dev.py bench meetings`.

Four parts. The six instances of 150 people, whose maximum is proven: seconds until it is reached. Three of 2,000 and
5,000 people: what is placed within a minute, beside the bound; and of one its worth by weights. Stability: 30 new
requests, six people lose a break; means of five disturbances of a published placement. And the 20 published instances
of the business-to-business meeting scheduling problem: seconds until all meetings are placed, and breaks after a minute
or where the published optimum is reached. Every placement is looked at by a checker that shares no code with what
searches, and every bound follows from its prices by weak duality; a fault ends the run. At most 30 minutes in all.
"""

import os
import random
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace

# One thread for linear algebra: what is measured is the algorithm, and the machine is shared.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from benchmarks import _b2b, _b2b_solving
from benchmarks._instances import MEETINGS, SIX, read_problem
from meetings.scheduling.bound import certified, upper_bound, value_bound
from meetings.scheduling.checking import faults
from meetings.scheduling.index import Index
from meetings.scheduling.problem import Problem, Request, Result
from meetings.scheduling.search import Progress, Search
from meetings.scheduling.solving import freeze, place, repair

SIX_S, LARGE_S, STABILITY_S, B2B_S = 20.0, 60.0, 20.0, 60.0
# The proof of the maximum counts where it is reached in so many seconds.
REACHED_S = 10.0
LARGE = ("2000-8000-12-300-1", "2000-8000-12-1000-1", "5000-25000-12-2500-1")
WEIGHTED = "2000-8000-12-1000-1"
DISTURBANCES, NEW_REQUESTS, LOSERS = 5, 30, 6


class Watch:
    """Notes after how many seconds each number of placed meetings was first reached."""

    def __init__(self) -> None:
        self.reached: dict[int, float] = {}

    def __call__(self, progress: Progress) -> None:
        self.reached.setdefault(progress.placed, progress.seconds)


def checked(problem: Problem, result: Result) -> Result:
    """The result, if nothing is wrong with it and its bound is proven by prices. Ends the run otherwise."""
    index = Index(problem)
    bound, prices = upper_bound(index)
    wrong = faults(problem, result.placed)
    if wrong or not len(result.placed) <= result.bound == bound == certified(index, prices):
        sys.exit(f"A wrong placement: {wrong or result}")
    return result


def six() -> int:
    """How many of the six reach their proven maximum in time."""
    reached = 0
    for name in SIX:
        problem, proven = read_problem(name)
        watch = Watch()
        result = checked(problem, place(problem, Search(limit=SIX_S, progress=watch)))
        seconds = watch.reached.get(len(result.placed), SIX_S)
        in_time = len(result.placed) == proven and seconds <= REACHED_S
        reached += in_time
        print(f"  {name:<24} {result}, proven maximum {proven}, after {seconds:.2f} s; {stages(result)}", flush=True)
    return reached


def large() -> dict[str, int]:
    """What is placed of each large instance within a minute."""
    placed = {}
    for name in LARGE:
        problem, _ = read_problem(name)
        watch = Watch()
        result = checked(problem, place(problem, Search(limit=LARGE_S, progress=watch)))
        placed[name] = len(result.placed)
        seconds = watch.reached.get(len(result.placed), LARGE_S)
        print(f"  {name:<24} {result}, after {seconds:.1f} s; {stages(result)}", flush=True)
    return placed


def worth() -> int:
    """What is placed within a minute where requests weigh differently and a first meeting counts: its worth."""
    problem, _ = read_problem(WEIGHTED, weighted=True, first_meeting=2)
    result = checked(problem, place(problem, Search(limit=LARGE_S)))
    bound, _prices = value_bound(Index(problem), upper_bound(Index(problem))[1])
    print(f"  {WEIGHTED:<24} worth {result.stages[0].value} of at most {bound}; {stages(result)}", flush=True)
    return result.stages[0].value


def stages(result: Result) -> str:
    """The aims with their values; an exclamation mark says that none better exists."""
    return ", ".join(f"{stage.name} {stage.value}{'!' if stage.proven else ''}" for stage in result.stages)


def disturbed(problem: Problem, result: Result, seed: int) -> Problem:
    """The problem on the next day: all that was placed is published, 30 requests are new, six people lose a break."""
    chance = random.Random(seed)
    losers = set(chance.sample([person.id for person in problem.persons], LOSERS))
    persons = tuple(
        replace(person, free=person.free - frozenset(chance.choice(problem.breaks))) if person.id in losers else person
        for person in problem.persons
    )
    requests = [
        replace(request, previous=result.placed.get(request.id), published=request.id in result.placed)
        for request in problem.requests
    ]
    pairs = {frozenset((request.first, request.second)) for request in requests}
    while len(requests) < len(problem.requests) + NEW_REQUESTS:
        pair = frozenset(chance.sample([person.id for person in persons], 2))
        if pair not in pairs:
            pairs.add(pair)
            requests.append(Request(max(request.id for request in requests) + 1, *sorted(pair)))
    return replace(problem, persons=persons, requests=tuple(requests))


def forgotten(problem: Problem, search: Search) -> Result:
    """Placing from scratch, as if nothing had been placed or told before."""
    requests = tuple(replace(request, previous=None, published=False) for request in problem.requests)
    return place(replace(problem, requests=requests), search)


def stability() -> dict[str, tuple[float, ...]]:
    """Placed, unchanged, moved, dropped and seconds of each way to go on after a disturbance, as means."""
    problem, _ = read_problem(SIX[0], first_meeting=2)
    first = checked(problem, place(problem, Search(limit=STABILITY_S)))
    days = [disturbed(problem, first, seed) for seed in range(1, DISTURBANCES + 1)]
    ways: dict[str, Callable[[Problem, Search], Result]] = {
        "freeze": freeze,
        "repair": repair,
        "anew": place,
        "scratch": forgotten,
    }
    found = {}
    print(f"  {len(first.placed)} were placed; placed, unchanged, moved, dropped, seconds:")
    for name, way in ways.items():
        rows = []
        for day in days:
            started = time.monotonic()
            result = checked(day, way(day, Search(limit=STABILITY_S)))
            seconds = time.monotonic() - started
            unchanged = sum(result.placed.get(number) == spot for number, spot in first.placed.items())
            dropped = sum(number not in result.placed for number in first.placed)
            moved = len(first.placed) - unchanged - dropped
            rows.append((len(result.placed), unchanged, moved, dropped, seconds))
        found[name] = tuple(statistics.mean(column) for column in zip(*rows, strict=True))
        print(f"  {name:<10} " + " / ".join(f"{number:.1f}" for number in found[name]), flush=True)
    return found


def published() -> tuple[int, int]:
    """How many of the published instances have all meetings placed, and how many the optimum of breaks."""
    all_placed = optimal = 0
    for name, optimum in sorted(_b2b.published().items()):
        instance = _b2b.read_instance(name, optimum)
        schedule = _b2b_solving.solve(instance, limit=B2B_S, enough=optimum)
        wrong = _b2b.faults(instance, schedule.slot_of)
        complete = len(schedule.slot_of) == len(instance.meetings)
        if wrong and complete:
            sys.exit(f"A wrong schedule of {name}: {wrong}")
        breaks = sum(_b2b.breaks_of(instance, schedule.slot_of))
        all_placed += complete
        optimal += complete and breaks == optimum
        print(
            f"  {name:<16} {len(schedule.slot_of)} of {len(instance.meetings)} meetings in {schedule.placed_s:.2f} s, "
            f"{breaks} breaks after {schedule.seconds:.1f} s, published optimum {optimum}",
            flush=True,
        )
    return all_placed, optimal


def main() -> None:
    if not MEETINGS.exists() or not _b2b.B2B.exists():
        sys.exit(f"The shared instances are not there: {MEETINGS}, {_b2b.B2B}")
    started = time.monotonic()
    print(f"Proven maximum (weights 1, no worth of first meetings), to be reached within {REACHED_S:g} s:")
    proven = six()
    print(f"Large instances, at most {LARGE_S:g} s each:")
    placed = large()
    print("With weights, and 2 for each first meeting:")
    worth_2000 = worth()
    print(f"Stability: {NEW_REQUESTS} new requests, {LOSERS} people lose a break, means of {DISTURBANCES}:")
    rows = stability()
    print(f"Published instances, at most {B2B_S:g} s each:")
    all_placed, optimal = published()
    closing = [f"proven_reached={proven}"]
    closing += [
        f"placed_2000_300={placed[LARGE[0]]}",
        f"placed_2000={placed[LARGE[1]]}",
        f"placed_5000={placed[LARGE[2]]}",
        f"worth_2000={worth_2000}",
    ]
    for name, (placed_mean, unchanged, moved, dropped, seconds) in rows.items():
        closing.append(f"{name}={placed_mean:.0f}/{unchanged:.0f}/{moved:.0f}/{dropped:.0f} {name}_s={seconds:.1f}")
    closing += [f"b2b_all_placed={all_placed}", f"b2b_optimal_breaks={optimal}"]
    print("meetings", *closing, f"seconds={time.monotonic() - started:.0f}")


if __name__ == "__main__":
    main()
