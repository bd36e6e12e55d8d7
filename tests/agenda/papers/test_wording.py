"""Days and times in words."""

import datetime
from dataclasses import replace

import pytest

from agenda.papers import wording
from tests.agenda.full_day import full_day
from tests.agenda.papers.reading import panel_of


@pytest.mark.parametrize(
    ("begins", "minutes", "words"),
    [
        ("2019-02-26T08:30", 60, "9.30–10.30"),
        ("2019-02-26T22:30", 60, "23.30–0.30 (next day)"),
        ("2019-02-26T22:30", 30, "23.30–0.00"),
        ("2019-03-31T00:30", 60, "1.30 CET–3.30 CEST"),
        ("2019-10-26T23:30", 60, "1.30 CEST–2.30 CEST"),
        ("2019-10-27T00:30", 60, "2.30 CEST–2.30 CET"),
        ("2019-10-27T02:00", 60, "3.00–4.00"),
    ],
)
def test_times_are_those_of_the_venue_and_never_mean_two_things(begins, minutes, words):
    starts_at = datetime.datetime.fromisoformat(begins).replace(tzinfo=datetime.UTC)
    session = replace(panel_of(full_day()), starts_at=starts_at, minutes=minutes)

    assert wording.span_of(full_day(), session) == words


@pytest.mark.parametrize(
    ("sessions_on", "words"),
    [
        (["2019-02-26"], "26 February 2019"),
        (["2019-02-26", "2019-02-28"], "26–28 February 2019"),
        (["2019-02-26", "2019-03-01"], "26 February – 1 March 2019"),
        (["2019-12-31", "2020-01-01"], "31 December 2019 – 1 January 2020"),
        ([], "26 February 2019"),
    ],
)
def test_the_dates_in_the_head_are_those_of_the_sessions(sessions_on, words):
    session = panel_of(full_day())
    noon = [datetime.datetime.fromisoformat(f"{day}T12:00+00:00") for day in sessions_on]
    programme = replace(full_day(), sessions=tuple(replace(session, starts_at=instant) for instant in noon))

    assert wording.dates(programme) == words
