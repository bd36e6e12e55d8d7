import datetime

import pytest

from marketplace.marks import weighted
from marketplace.rota import gaps


def at(hour, minute=0):
    return datetime.datetime(2027, 2, 26, hour, minute, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("covered", "expected"),
    [
        ([], [(at(12), at(14))]),
        ([(at(12), at(14))], []),
        ([(at(11), at(15))], []),
        ([(at(12, 30), at(13))], [(at(12), at(12, 30)), (at(13), at(14))]),
        ([(at(13), at(14)), (at(12), at(13, 10))], []),
        ([(at(15), at(16))], [(at(12), at(14))]),
    ],
)
def test_times_that_nobody_covers(covered, expected):
    assert gaps(at(12), at(14), covered) == expected


def test_without_hours_there_are_no_gaps():
    assert gaps(None, None, []) == []


@pytest.mark.parametrize(
    ("averages", "expected"), [({}, None), ({1: 4.0}, 4.0), ({1: 5.0, 2: 2.0}, 3.0), ({2: 2.0}, 2.0)]
)
def test_the_mark_is_weighed_over_what_was_marked(averages, expected):
    assert weighted(averages, {1: 1, 2: 2}) == expected
