"""Programmes that people typed into a spreadsheet."""

import datetime
import io
import zipfile
from typing import Any

import openpyxl
import pytest

from agenda.exchange.foreign import Problem, Reading
from agenda.exchange.workbook import read_xlsx
from agenda.kinds import Role, SessionKind
from agenda.programme import PublicRoom, PublicSession
from tests.agenda.large_programme import large_programme

HEADINGS = ["Day", "Begins", "Minutes", "Kind", "Title", "Room"]


def workbook(**sheets: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def read(**sheets: list[list[Any]]) -> Reading:
    return read_xlsx(workbook(**sheets), facts=large_programme(0, 1))


def typed(*rows: list[Any], headings: list[str] = HEADINGS) -> Reading:
    return read(Sessions=[headings, *rows])


def session(**cells: Any) -> PublicSession:
    values = {"Begins": "9.30", "Minutes": 60, "Title": "Panel 1", **cells}
    reading = typed(list(values.values()), headings=list(values))
    assert reading.problems == []
    (found,) = reading.programme.sessions
    return found


def local(found: PublicSession) -> str:
    return large_programme(0, 1).local(found.starts_at).strftime("%Y-%m-%d %H:%M")


def test_a_day_as_people_type_it():
    reading = read(
        Sessions=[
            ["Draft agenda of 1 March"],
            [],
            ["title", "TIME", "Type", "Place", "Moderator", "Speakers", "Interpretation", "Remarks"],
            ["Welcome", "9.00–9.10", "Welcome", "Plenary room", None, "Karl-Heinz Lambertz", "EN, fr; German", "x"],
            ["Panel 1", "9:10-10.10", "panel", "Plenary room", "Ελένη Παπαδοπούλου", None, "en", None],
            ["Coffee", "10h10 – 10h40", None, "Atrium", None, None, None, None],
        ],
        Presentations=[
            ["Session", "Title", "Presented by", "Speaker"],
            ["panel 1", "Housing", "Aarhus", "Jana Novák"],
            [None, "Jobs"],
        ],
    )

    assert reading.problems == []
    programme = reading.programme
    assert [(local(one), one.minutes, one.kind, one.title, one.room) for one in programme.sessions] == [
        ("2026-03-26 09:00", 10, SessionKind.WELCOME, "Welcome", "Plenary room"),
        ("2026-03-26 09:10", 60, SessionKind.PANEL, "Panel 1", "Plenary room"),
        ("2026-03-26 10:10", 30, SessionKind.COFFEE_BREAK, "Coffee", "Atrium"),
    ]
    welcome, panel, _coffee = programme.sessions
    assert welcome.languages == ("en", "fr", "de")
    assert [programme.person[code].name for code in welcome.people(Role.SPEAKER)] == ["Karl-Heinz Lambertz"]
    assert [programme.person[code].name for code in panel.moderators] == ["Ελένη Παπαδοπούλου"]
    assert [(talk.title, talk.minutes, talk.delegation) for talk in panel.presentations] == [
        ("Housing", 5, "Aarhus"),
        ("Jobs", 5, ""),
    ]
    assert programme.rooms == (PublicRoom("Plenary room"), PublicRoom("Atrium"))


def test_one_sheet_of_any_name_is_the_programme():
    assert [
        one.title for one in read(Sheet1=[["Time", "Minutes", "Title"], ["9.30", 60, "Panel"]]).programme.sessions
    ] == ["Panel"]


@pytest.mark.parametrize(
    "value",
    ["9.30", "09:30", "9h30", "9:30:00", datetime.time(9, 30), datetime.datetime(2026, 3, 26, 9, 30), 9.3, 570 / 1440],
)
def test_times(value):
    assert local(session(Begins=value)) == "2026-03-26 09:30"


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-27",
        "27/3/2026",
        "27.03.2026",
        "27 March 2026",
        "Friday 27 March 2026",
        datetime.date(2026, 3, 27),
        46108,
    ],
)
def test_days(value):
    assert local(session(Day=value)) == "2026-03-27 09:30"


@pytest.mark.parametrize("value", [90, "90", "90 min", "1:30", "1h30", datetime.time(1, 30), "90’"])
def test_lengths(value):
    assert session(Minutes=value).minutes == 90


def test_an_end_before_the_beginning_is_the_next_day_by_the_clock_of_that_night():
    # In the night of 28 March 2026 the clocks go forward.
    assert session(Day="2026-03-28", Begins="23:00", Minutes=None, Ends="04:00").minutes == 240


def test_a_row_without_a_day_is_on_the_day_of_the_row_above():
    reading = typed(
        ["2026-03-27", "9.30", 60, "panel", "First", None],
        [None, "10.30", 60, "panel", "Second", None],
    )

    assert [local(one) for one in reading.programme.sessions] == ["2026-03-27 09:30", "2026-03-27 10:30"]


@pytest.mark.parametrize(
    ("row", "place", "what"),
    [
        ([None, "noon", 60, "panel", "Bad", None], "B3", "“noon” is not a time. Write it as 9.30 or 09:30."),
        ([None, "25:00", 60, "panel", "Bad", None], "B3", "“25:00” is not a time. Write it as 9.30 or 09:30."),
        ([None, None, 60, "panel", "Bad", None], "B3", "The time is missing. The row is left out."),
        (["soon", "9.30", 60, "panel", "Bad", None], "A3", "“soon” is not a day. Write it as 2019-02-26 or 26/2/2019."),
        (
            [None, "9.30", "long", "panel", "Bad", None],
            "C3",
            "“long” is not a length between 1 and 1440 minutes.",
        ),
        ([None, "9.30", 0, "panel", "Bad", None], "C3", "“0” is not a length between 1 and 1440 minutes."),
        (
            [None, "9.30", None, "panel", "Bad", None],
            "C3",
            "Neither the length nor the end is there. The row is left out.",
        ),
        ([None, "9.30", 60, "panel", None, "Atrium"], "E3", "The title is missing. The row is left out."),
        (
            ["2026-03-29", "2.30", 60, "panel", "Bad", None],
            "B3",
            "On 29 March 2026 the clocks go forward: there is no 2.30. Choose a time an hour later.",
        ),
    ],
)
def test_a_row_that_cannot_be_used_is_left_out_and_told_at_its_cell(row, place, what):
    reading = typed([None, "8.30", 60, "panel", "Good", None], row)

    assert [one.title for one in reading.programme.sessions] == ["Good"]
    assert reading.problems == [Problem(f"Sessions!{place}", what, True)]


def test_a_formula_is_never_evaluated():
    reading = typed([None, "9.30", 60, "panel", "=1+1", None])

    assert reading.programme.sessions == ()
    assert [problem.where for problem in reading.problems] == ["Sessions!E2", "Sessions!E2"]


def test_an_unknown_kind_or_language_is_told_and_does_not_lose_the_row():
    reading = typed(
        ["9.30", 60, "Séance", "Talk", "Klingon"], headings=["Begins", "Minutes", "Kind", "Title", "Languages"]
    )

    assert [(one.kind, one.languages) for one in reading.programme.sessions] == [(SessionKind.PANEL, ())]
    assert [(problem.where, problem.is_error) for problem in reading.problems] == [
        ("Sessions!C2", False),
        ("Sessions!E2", False),
    ]


def test_a_presentation_of_no_session_or_of_several_is_told():
    reading = read(
        Sessions=[["Begins", "Minutes", "Title"], ["9.30", 60, "Panel"], ["10.30", 60, "Panel"]],
        Presentations=[["Session", "Title"], ["Panel", "One"], ["Pannel", "Two"]],
    )

    assert reading.problems == [
        Problem(
            "Presentations!A2",
            "Several sessions are called “Panel”: name its code. The presentation is left out.",
            True,
        ),
        Problem("Presentations!A3", "There is no session “Pannel”. The presentation is left out.", True),
    ]


def test_reading_twice_gives_the_same_identities():
    rows = [None, "9.30", 60, "panel", "Panel", None], [None, "9.30", 60, "panel", "Panel", None]

    first, second = typed(*rows), typed(*rows)

    assert first == second
    assert len({one.guid for one in first.programme.sessions}) == 2


def test_a_new_row_gets_a_number_that_no_other_row_has():
    reading = typed(
        ["9.30", 60, "New", None],
        ["10.30", 60, "Old", 1],
        headings=["Begins", "Minutes", "Title", "Number"],
    )

    assert [(one.title, one.number) for one in reading.programme.sessions] == [("New", 2), ("Old", 1)]


def test_headings_that_are_missing_are_named():
    assert read(Sessions=[["Begins", "Minutes"], ["9.30", 60]]) == Reading(
        None, [Problem("Sessions", "No row has the headings “Begins”, “Title”.", True)]
    )


def test_a_workbook_of_something_else_is_refused():
    assert read(Cities=[["City"]], Budget=[["Euro"]]) == Reading(
        None, [Problem("", "The workbook has no sheet “Sessions”.", True)]
    )


@pytest.mark.parametrize("data", [b"PK\x03\x04broken", b"", b"%PDF-1.7"])
def test_what_is_no_workbook_is_refused(data):
    reading = read_xlsx(data, facts=large_programme(0, 1))

    assert (reading.programme, [problem.is_error for problem in reading.problems]) == (None, [True])


def test_a_zip_bomb_is_not_unpacked():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (201 * 1024 * 1024))

    reading = read_xlsx(content.getvalue(), facts=large_programme(0, 1))

    assert reading == Reading(None, [Problem("", "The file unpacks to more than 200 MB.", True)])
