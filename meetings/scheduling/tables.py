"""Which table each meeting gets, slot by slot, so that people stay where they sit."""

from collections.abc import Sequence
from itertools import pairwise

import numpy

from meetings.scheduling.index import NOWHERE, Index
from meetings.scheduling.problem import Place

LOCKED, PUBLISHED, BEFORE, SITS_THERE = 100_000, 1_000, 100, 1
# A full assignment is cubic; halls above this many meetings × tables are filled one meeting after another.
ASSIGNED_AT_MOST = 250_000


def give_tables(index: Index, slot_of: Sequence[int]) -> dict[int, Place]:
    """The place of each request by its id. Locked meetings keep theirs; then those stay whose table was published or
    planned; then people keep the table of their last meeting in the same break.
    """
    problem = index.problem
    places: dict[int, Place] = {}
    sits_at: dict[int, int] = {}
    for slots in index.breaks:
        sits_at.clear()
        for slot in slots:
            members = [request for request, at in enumerate(slot_of) if at == slot]
            rewards = [_rewards(index, request, slot, sits_at) for request in members]
            tables = _assign(rewards, problem.tables[slot])
            for request, table in zip(members, tables, strict=True):
                places[problem.requests[request].id] = Place(slot, table)
                for person in index.pairs[request]:
                    sits_at[person] = table
    return places


def moves_between_tables(index: Index, places: dict[int, Place]) -> int:
    """How often somebody gets up for another table between two meetings of one break."""
    at: dict[tuple[int, int], int] = {}
    for request, values in enumerate(index.problem.requests):
        place = places.get(values.id)
        if place:
            for person in index.pairs[request]:
                at[person, place.slot] = place.table
    moves = 0
    for person in range(len(index.capacity)):
        for slots in index.breaks:
            mine = [at[person, slot] for slot in slots if (person, slot) in at]
            moves += sum(left != right for left, right in pairwise(mine))
    return moves


def _rewards(index: Index, request: int, slot: int, sits_at: dict[int, int]) -> dict[int, int]:
    values = index.problem.requests[request]
    rewards: dict[int, int] = {}
    if values.previous and index.before[request] == slot != NOWHERE:
        rewards[values.previous.table] = LOCKED if values.locked else PUBLISHED if values.published else BEFORE
    for person in index.pairs[request]:
        if person in sits_at:
            rewards[sits_at[person]] = rewards.get(sits_at[person], 0) + SITS_THERE
    return rewards


def _assign(rewards: list[dict[int, int]], tables: Sequence[int]) -> list[int]:
    if len(rewards) * len(tables) <= ASSIGNED_AT_MOST:
        try:
            from scipy.optimize import linear_sum_assignment
        except ImportError:  # pragma: no cover - SciPy is a dependency
            return _assign_in_turn(rewards, tables)
        gain = numpy.zeros((len(rewards), len(tables)))
        column = {table: number for number, table in enumerate(tables)}
        for row, wishes in enumerate(rewards):
            for table, reward in wishes.items():
                if table in column:
                    gain[row, column[table]] = reward
        _, columns = linear_sum_assignment(gain, maximize=True)
        return [tables[number] for number in columns]
    return _assign_in_turn(rewards, tables)


def _assign_in_turn(rewards: list[dict[int, int]], tables: Sequence[int]) -> list[int]:
    """The dearest wish first; whoever is left takes the tables that are left."""
    wishes = sorted(
        ((-reward, row, table) for row, wanted in enumerate(rewards) for table, reward in wanted.items()),
    )
    left = dict.fromkeys(tables)
    given: dict[int, int] = {}
    for _, row, table in wishes:
        if row not in given and table in left:
            given[row] = table
            del left[table]
    rest = iter(left)
    return [given[row] if row in given else next(rest) for row in range(len(rewards))]
