"""A day as people write it down."""

import datetime
from zoneinfo import ZoneInfo

import pytest

from agenda.kinds import Role, SessionKind
from agenda.local_times import NoSingleInstant, instant
from agenda.typing_in import read

BRUSSELS = ZoneInfo("Europe/Brussels")
DAY = datetime.date(2019, 2, 26)

# After the published draft agenda of the conference.
DRAFT_AGENDA = """
7.45–8.00 Shuttle from the hotel
8.00–8.50 Registration and welcome coffee @ Atrium

9.00–9.30 Welcome words and opening @ Plenary room
9.30–10.30 Panel 1: Challenges and inspiring approaches @ Plenary room
  Moderator: Владимир Стоянов, Mayor, София
  - A state secretary’s view
  - A mayor’s view (7 min)
  - A head of unit’s view @ Λευκωσία
10.30–11.00 Coffee break with one-to-one meetings @ Atrium
11.00–12.00 Panel 2: Challenges and partnerships @ Plenary room
12.00–14.00 Lunch with the market place @ Atrium
"""


def times(text: str) -> list[tuple[str, int]]:
    sessions, problems = read(text)
    assert problems == []
    slots = [session.slot(DAY, BRUSSELS) for session in sessions]
    return [(starts_at.astimezone(BRUSSELS).strftime("%d %H:%M"), minutes) for starts_at, minutes in slots]


def problems(text: str) -> list[tuple[int, str]]:
    return [(problem.line, problem.message) for problem in read(text)[1]]


def test_the_published_draft_agenda_is_understood() -> None:
    sessions, found = read(DRAFT_AGENDA)

    assert found == []
    assert [(session.kind, session.title, session.room) for session in sessions] == [
        (SessionKind.REGISTRATION, "Shuttle from the hotel", ""),
        (SessionKind.REGISTRATION, "Registration and welcome coffee", "Atrium"),
        (SessionKind.WELCOME, "Welcome words and opening", "Plenary room"),
        (SessionKind.PANEL, "Panel 1: Challenges and inspiring approaches", "Plenary room"),
        (SessionKind.COFFEE_BREAK, "Coffee break with one-to-one meetings", "Atrium"),
        (SessionKind.PANEL, "Panel 2: Challenges and partnerships", "Plenary room"),
        (SessionKind.LUNCH, "Lunch with the market place", "Atrium"),
    ]
    panel = sessions[3]
    assert [(one.role, one.name, one.function, one.organisation) for one in panel.people] == [
        (Role.MODERATOR, "Владимир Стоянов", "Mayor", "София")
    ]
    assert [(talk.title, talk.minutes, talk.presented_by) for talk in panel.talks] == [
        ("A state secretary’s view", 5, ""),
        ("A mayor’s view", 7, ""),
        ("A head of unit’s view", 5, "Λευκωσία"),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "9.30–10.30 Panel: Partners",
        "9:30 - 10:30 Panel: Partners",
        "9h30-10h30: Panel: Partners",
        "09.30 to 10.30 Panel: Partners",
        "9.30 -> 60 min Panel: Partners",
        "9.30 Panel: Partners -> 60 min",
        "9.30 Panel: Partners (60 minutes) @ Hall",
        "9.30 Panel: Partners @ Hall (60 min)",
    ],
)
def test_times_are_read_however_they_are_written(line: str) -> None:
    assert times(line) == [("26 09:30", 60)]
    assert read(line)[0][0].title == "Partners"


def test_without_an_end_a_session_lasts_until_the_next_begins() -> None:
    assert times("9.00 Welcome\n9.10 Opening -> 20 min") == [("26 09:00", 10), ("26 09:10", 20)]


def test_a_reception_runs_past_midnight() -> None:
    lines = "23.00–0.30 Market place: Reception\n0.30–1.00 Closing: Night cap"

    assert times(lines) == [("26 23:00", 90), ("27 00:30", 30)]


def test_a_title_is_no_first_name() -> None:
    session = read("9.00–9.30 Opening\nSpeaker: Prof. Dr Ελένη Παπαδοπούλου, Member, European Parliament")[0][0]

    assert [(one.title, one.given_name, one.family_name, one.name) for one in session.people] == [
        ("Prof. Dr", "Ελένη", "Παπαδοπούλου", "Ελένη Παπαδοπούλου")
    ]


def test_capitals_are_the_family_name() -> None:
    session = read("9.00–9.30 Opening\nSpeaker: Karl-Heinz VAN DEN BERG")[0][0]

    assert [(one.given_name, one.family_name) for one in session.people] == [("Karl-Heinz", "VAN DEN BERG")]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("Welcome", 1, "begins with a time"),
        ("9.00–9.10 Welcome\n25.00–26.00 Panel", 2, "no such time"),
        ("9.30–8.30 Panel", 1, "23 hours"),
        ("9.30 Panel", 1, "until when"),
        ("9.30–10.30 Something", 1, "what it is"),
        ("9.30–10.30", 1, "title is missing"),
        ("- A presentation", 1, "none above"),
        ("9.00–9.10 Welcome\nSpeaker:", 2, "name is missing"),
        ("9.30–10.30 Panel: " + "x" * 201, 1, "longer than 200"),
    ],
)
def test_what_cannot_be_read_is_told_at_its_line(text: str, line: int, words: str) -> None:
    ((number, message),) = problems(text)

    assert number == line
    assert words in message


def test_lines_below_one_that_cannot_be_read_are_no_errors_of_their_own() -> None:
    assert [line for line, _message in problems("9.00–9.10 Welcome\nPanel 1\n- A talk\nModerator: A B")] == [2]


@pytest.mark.parametrize(
    ("day", "hour", "words"),
    [("2027-03-28", 2, "go forward"), ("2026-10-25", 2, "go back")],
)
def test_a_time_of_the_night_in_which_the_clocks_change_is_refused(day: str, hour: int, words: str) -> None:
    with pytest.raises(NoSingleInstant, match=words):
        instant(datetime.date.fromisoformat(day), datetime.time(hour, 30), BRUSSELS)


@pytest.mark.parametrize(
    ("day", "time", "utc"),
    [
        ("2026-10-25", "01:59", "2026-10-24T23:59:00+00:00"),
        ("2026-10-25", "03:00", "2026-10-25T02:00:00+00:00"),
        ("2027-03-28", "01:59", "2027-03-28T00:59:00+00:00"),
        ("2027-03-28", "03:00", "2027-03-28T01:00:00+00:00"),
    ],
)
def test_the_times_around_it_are_single_instants(day: str, time: str, utc: str) -> None:
    found = instant(datetime.date.fromisoformat(day), datetime.time.fromisoformat(time), BRUSSELS)

    assert found.isoformat() == utc


def test_over_the_change_of_clocks_the_length_is_elapsed_time() -> None:
    (session,) = read("1.00–4.00 Market place: Night")[0]

    # 1.00 belongs to the evening before: the night from 24 to 25 October 2026 has one hour more.
    assert session.slot(datetime.date(2026, 10, 24), BRUSSELS)[1] == 240
