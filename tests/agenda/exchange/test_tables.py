"""The programme as tables: a workbook that comes back, and files that no spreadsheet executes anything of."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace

import openpyxl
import pytest
from hypothesis import given, settings

from agenda.exchange.foreign import Reading
from agenda.exchange.tables import csv_bytes, rows, xlsx_bytes
from agenda.exchange.workbook import read_xlsx
from agenda.programme import Programme
from tests import sandbox
from tests.agenda.exchange.programmes import ANY_TEXT, TIDY_TEXT, programmes, without_files
from tests.agenda.large_programme import large_programme


def facts(programme: Programme) -> Programme:
    """The conference without anything of its programme."""
    return replace(programme, rooms=(), people=(), sessions=(), dropped=())


@pytest.fixture(autouse=True, scope="module")
def _in_place() -> Iterator[None]:
    """Hundreds of small workbooks are read, each of which would start a process."""
    with sandbox.in_place():
        yield


def read_back(programme: Programme) -> Reading:
    return read_xlsx(xlsx_bytes(programme), facts=facts(programme))


@pytest.mark.django_db
def test_the_demonstration_comes_back_unchanged(demonstration):
    assert read_back(demonstration) == Reading(without_files(demonstration), [])


def test_300_sessions_come_back_unchanged(large):
    assert read_back(large) == Reading(without_files(large), [])


@settings(max_examples=40)
@given(programme=programmes(TIDY_TEXT, is_tidy=True))
def test_any_programme_of_tidy_texts_comes_back_unchanged(programme):
    assert read_back(programme) == Reading(without_files(programme), [])


@settings(max_examples=40)
@given(programme=programmes(ANY_TEXT))
def test_any_other_comes_back_the_same_from_the_second_time_on(programme):
    once = read_back(programme).programme

    assert read_back(once).programme == once


def test_a_row_names_times_of_the_clock_at_the_venue_and_people():
    programme = large_programme(2, 1)

    found = rows(programme)[1]

    opening = programme.sessions[1]
    assert {key: found[key] for key in ("day", "begins", "ends", "minutes", "kind", "speaker", "exactly")} == {
        "day": "2026-03-26",
        "begins": "09:00",
        "ends": "09:30",
        "minutes": 30,
        "kind": "opening",
        "speaker": programme.person[opening.appearances[0].person].name,
        "exactly": "",
    }


def test_people_of_one_name_are_told_apart_by_code():
    programme = large_programme(2, 1)
    people = tuple(replace(person, name="Jana; Novák [X]") for person in programme.people[:1])
    people += tuple(replace(person, name="Jana Nováková") for person in programme.people[1:])

    renamed = replace(programme, people=people)

    assert read_back(renamed) == Reading(without_files(renamed), [])


def test_no_cell_of_the_workbook_is_a_formula():
    programme = large_programme(1, 1)
    programme = replace(programme, sessions=(replace(programme.sessions[0], title="=1+1", room="@home"),))

    book = openpyxl.load_workbook(io.BytesIO(xlsx_bytes(programme)))

    assert book.sheetnames == ["Sessions", "Presentations", "People", "Rooms"]
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None}
    assert kinds == {"s", "n"}


def test_the_csv_file_neutralises_formulas_and_names_the_presentations():
    programme = large_programme(3, 1)
    panel = replace(programme.sessions[2], title="=HYPERLINK(1)")

    data = csv_bytes(replace(programme, sessions=(panel,)))

    assert data.startswith(b"\xef\xbb\xbf")
    (found,) = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    assert found["Title"] == "'=HYPERLINK(1)"
    assert [line.split(" (")[0] for line in found["Presentations"].splitlines()] == [
        talk.title for talk in panel.presentations
    ]
