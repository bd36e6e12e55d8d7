"""Problems for the placer's tests: any at all, and the shared instances."""

import os

import pytest
from hypothesis import strategies as st

from benchmarks._instances import MEETINGS, read_problem
from meetings.scheduling.problem import Person, Place, Problem, Request


def shared_problem(name, **options):
    """A shared instance; the test is skipped where the data is not there, and fails in continuous integration."""
    if not MEETINGS.exists() and os.environ.get("CI") != "true":
        pytest.skip(f"the shared instances are not there: {MEETINGS}")
    return read_problem(name, **options)


def problem(requests, *, free=(0, 1, 2), persons=4, tables=2, slots=3, **options):
    """A small problem: persons 0… free in the same slots of one break, requests as pairs or Request values."""
    return Problem(
        persons=tuple(options.get("who", {}).get(number, Person(number, frozenset(free))) for number in range(persons)),
        requests=tuple(
            value if isinstance(value, Request) else Request(number, *value) for number, value in enumerate(requests)
        ),
        tables=(tuple(range(1, tables + 1)),) * slots,
        breaks=(tuple(range(slots)),),
        first_meeting=options.get("first_meeting", 0),
    )


@st.composite
def problems(draw, max_persons=8, max_requests=14, previous=True):
    """Any small problem: two breaks, caps, agreed slots, previous places, published ones; nothing locked."""
    tables = tuple(tuple(range(draw(st.integers(0, 3)))) for _ in range(5))
    slot_sets = st.frozensets(st.integers(0, 4))
    persons = tuple(
        Person(
            number,
            draw(slot_sets),
            cap=draw(st.none() | st.integers(0, 3)),
            cap_per_break=draw(st.none() | st.integers(0, 2)),
        )
        for number in range(draw(st.integers(2, max_persons)))
    )
    ids = st.integers(0, len(persons) - 1)
    pairs = draw(st.lists(st.tuples(ids, ids).filter(lambda pair: pair[0] != pair[1]), max_size=max_requests))
    place = st.builds(Place, st.integers(0, 4), st.integers(0, 2)) if previous else st.none()
    requests = tuple(
        Request(
            100 + number,
            *pair,
            weight=draw(st.integers(1, 3)),
            allowed=draw(st.none() | slot_sets),
            previous=draw(st.none() | place),
            published=draw(st.booleans()) and previous,
        )
        for number, pair in enumerate(pairs)
    )
    return Problem(persons, requests, tables, ((0, 1, 2), (3, 4)), first_meeting=draw(st.integers(0, 2)))
