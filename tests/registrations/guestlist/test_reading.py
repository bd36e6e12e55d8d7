"""From a file to raw cells: what is forgiven, what is refused and in which words."""

import datetime
import io
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest

from registrations.guestlist import reading
from registrations.guestlist.columns import SHEETS
from registrations.guestlist.reading import FileProblem, Unreadable, dump, load, read
from tests.registrations.guestlist.conftest import cities, workbook

Messages = Callable[..., list[str]]


def test_the_real_list(real_list: bytes, messages: Messages) -> None:
    book = read(real_list, "guest-list.xlsx")
    assert [(sheet.title, len(sheet.rows)) for sheet in book.sheets] == [
        ("Cities", 241),
        ("Organisations", 13),
        ("EU institutions", 3),
        ("Member States", 28),
    ]
    assert book.findings == []
    assert book.sheets[0].rows[0].cells["name"] == "Brussels"
    assert book.sheets[0].letters["email"] == "H"


def test_headings_in_other_words_and_below_a_title() -> None:
    rows = [
        ["Guests of the conference"],
        [None, None],
        [" city ", "COUNTRY", "Mail", "Lat.", "E mail 2"],
        ["Brno", "CZ", "mayor@brno.example"],
    ]
    book = read(workbook({" cities ": rows}), "list.xlsx")
    assert book.sheets[0].letters == {"name": "A", "state": "B", "email": "C", "latitude": "D"}
    assert [(row.number, row.cells) for row in book.sheets[0].rows] == [
        (4, {"name": "Brno", "state": "CZ", "email": "mayor@brno.example"})
    ]


def test_blank_rows_are_passed_over_and_numbers_stay_those_of_the_spreadsheet() -> None:
    book = read(cities(["Brno", "CZ"], [None, None], ["  ", "\u00a0"], ["Gent", "BE"]), "list.xlsx")
    assert [(row.number, row.cells["name"]) for row in book.sheets[0].rows] == [(2, "Brno"), (5, "Gent")]


def test_a_formula_is_never_evaluated() -> None:
    book = read(cities(['=HYPERLINK("http://evil.example","Brno")', "CZ"]), "list.xlsx")
    cell = book.sheets[0].rows[0].cells["name"]
    assert cell == Unreadable("contains a formula; enter its result as a value")


def test_errors_dates_and_truth_values_of_a_spreadsheet() -> None:
    rows = [["City", "Member State", "Strategy", "Remarks"], ["#N/A", "CZ", True, datetime.date(2027, 2, 26)]]
    cells = read(workbook({"Cities": rows}), "list.xlsx").sheets[0].rows[0].cells
    assert cells["name"] == Unreadable("contains the spreadsheet's error #N/A")
    assert cells["has_strategy"] is True
    assert cells["remarks"].startswith("2027-02-26")


def test_control_characters_and_neutralising_apostrophes_are_removed() -> None:
    book = read("City,Member State,Remarks\n'=Sum,'s-Hertogenbosch,\ufeffa\x07b\n".encode(), "list.csv")
    assert list(book.sheets[0].rows[0].cells.values()) == ["=Sum", "'s-Hertogenbosch", "a b"]


def test_missing_and_unknown_sheets_are_told(messages: Messages) -> None:
    book = read(workbook({"Cities": [["City", "Member State"], ["Brno", "CZ"]], "Hotels": [["Name"]]}), "list.xlsx")
    assert messages(book, "error") == []
    assert messages(book, "notice") == [
        "Hotels: This sheet is not part of a guest list and is not read.",
        "The file has no sheet “Organisations”: nothing of this kind changes.",
        "The file has no sheet “EU institutions”: nothing of this kind changes.",
        "The file has no sheet “Member States”: nothing of this kind changes.",
    ]


def test_a_sheet_that_stands_twice(messages: Messages) -> None:
    rows = [["City", "Member State"], ["Brno", "CZ"]]
    book = read(workbook({"Cities": rows, "Towns": rows}), "list.xlsx")
    assert messages(book) == ["Towns: lists the same as the sheet “Cities”; keep one of them"]


def test_missing_unknown_and_double_columns(messages: Messages) -> None:
    missing = read(workbook({"Cities": [["City", "E-mail"], ["Brno", "mayor@brno.example"]]}), "list.xlsx")
    assert messages(missing) == ["Cities, row 1: The column “Member State” is missing."]
    double = read(cities(headings=["City", "Member State", "Mail", "E-mail", "Hotel"]), "list.xlsx")
    assert messages(double) == [
        "Cities, column D (E-mail): This column stands twice, also as column C; keep one of them."
    ]
    assert messages(double, "notice")[0] == "Cities, column E (Hotel): This column is not known and is not read."


def test_an_empty_sheet_and_a_formula_as_heading(messages: Messages) -> None:
    book = read(workbook({"Cities": [], "Member States": [["Member State", "=A1"]]}), "list.xlsx")
    assert messages(book, "notice")[0] == "Cities: This sheet is empty."
    assert messages(book) == [
        "Member States, row 1, column B (?): The heading contains a formula; enter its result as a value."
    ]


# Files that are refused ---------------------------------------------------------------------


def _archive(**members: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return content.getvalue()


def _encrypted_archive() -> bytes:
    content = bytearray(_archive(**{"[Content_Types].xml": b"x"}))
    # Bit 0 of the flags, in the local header and in the directory.
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
WHOLE = cities(["Brno", "CZ", "mayor@brno.example"])


@pytest.mark.parametrize(
    ("content", "file_name", "words"),
    [
        (b"", "list.xlsx", "The file is empty."),
        (b" \n", "list.csv", "The file is empty."),
        (WHOLE[: len(WHOLE) // 2], "list.xlsx", "its zip archive is broken"),
        (b"PK\x03\x04" + b"rubbish" * 100, "list.xlsx", "its zip archive is broken"),
        (_archive(**{"letter.txt": b"hello"}), "list.xlsx", "a zip archive, but not a workbook"),
        (_archive(**{"[Content_Types].xml": b"<x"}), "list.xlsx", "The workbook is damaged"),
        (_archive(**{"content.xml": b"<x/>"}), "list.ods", "an OpenDocument file"),
        (_archive(**{"xl/workbook.bin": b"x"}), "list.xlsb", "a binary workbook"),
        (_encrypted_archive(), "list.xlsx", "protected by a password"),
        (OLE + b"\0" * 600, "list.xls", r"the old kind \(.xls\)"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "list.xlsx", "protected by a password"),
        (b"<html><table>", "list.xls", "a web page"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>", "list.xls", "a web page or an XML file"),
        (b"%PDF-1.7", "list.pdf", "This is a PDF"),
        (b"rubbish", "list.xlsx", "it is not a workbook"),
        (b"name;colour\nBrno;red\n", "list.csv", "headings are not those of a guest list"),
        (b'City,Member State\n"Brno,CZ\n', "list.csv", "a quotation mark is missing"),
        (b"\x81\x8d,\xff", "list.csv", "characters cannot be read"),
        (b"\xff\xfeA", "list.csv", "headings are not those|characters cannot be read"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_in_plain_words(content: bytes, file_name: str, words: str) -> None:
    with pytest.raises(FileProblem, match=words):
        read(content, file_name)


def test_a_workbook_without_any_known_sheet() -> None:
    with pytest.raises(FileProblem, match="none of the sheets “Cities”, “Organisations”"):
        read(workbook({"Hotels": [["Name"]]}), "list.xlsx")


def test_a_damaged_part_inside_a_whole_archive() -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(WHOLE)) as whole, zipfile.ZipFile(content, "w") as broken:
        for member in whole.infolist():
            data = whole.read(member)
            broken.writestr(member.filename, data[: len(data) // 2] if "sheet1" in member.filename else data)
    with pytest.raises(FileProblem, match="The workbook is damaged"):
        read(content.getvalue(), "list.xlsx")


def test_entities_in_the_xml_are_refused() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(WHOLE)) as whole, zipfile.ZipFile(content, "w") as hostile:
        for member in whole.infolist():
            data = whole.read(member)
            hostile.writestr(member.filename, bomb + data if "sheet1" in member.filename else data)
    with pytest.raises(FileProblem, match="The workbook is damaged"):
        read(content.getvalue(), "list.xlsx")


def test_limits_of_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_UNPACKED_BYTES", 1000)
    with pytest.raises(FileProblem, match="unpacks to more than 0 MB"):
        read(WHOLE, "list.xlsx")
    monkeypatch.setattr(reading, "MAX_BYTES", 1000)
    with pytest.raises(FileProblem, match="larger than 0 MB"):
        read(WHOLE, "list.xlsx")


def test_a_zip_bomb_is_refused_before_it_unpacks() -> None:
    bomb = _archive(**{"[Content_Types].xml": b"x", "xl/worksheets/sheet1.xml": b"\0" * (201 * 1024 * 1024)})
    assert len(bomb) < 1024 * 1024
    with pytest.raises(FileProblem, match="unpacks to more than 200 MB"):
        read(bomb, "list.xlsx")


def test_limit_of_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_ROWS", 2)
    rows = [["Brno", "CZ"], ["Gent", "BE"]]
    assert len(read(cities(*rows), "list.xlsx").sheets[0].rows) == 2
    with pytest.raises(FileProblem, match="more than 2 rows"):
        read(cities(*rows, ["Lille", "FR"]), "list.xlsx")
    csv = b"City,Member State\nBrno,CZ\nGent,BE\nLille,FR\n"
    with pytest.raises(FileProblem, match="more than 2 rows"):
        read(csv, "list.csv")


def test_a_row_number_that_no_spreadsheet_has() -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(WHOLE)) as whole, zipfile.ZipFile(content, "w") as hostile:
        for member in whole.infolist():
            data = whole.read(member)
            hostile.writestr(member.filename, data.replace(b'<row r="2"', b'<row r="99999999999"'))
    with pytest.raises(FileProblem, match="more rows than a spreadsheet can have"):
        read(content.getvalue(), "list.xlsx")


# CSV ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", "City,Member State\nŁódź,PL\nΛευκωσία,CY\n"),
        ("utf-8-sig", "City;Member State\r\nŁódź;PL\r\nΛευκωσία;CY\r\n"),
        ("utf-16", "City\tMember State\nŁódź\tPL\nΛευκωσία\tCY\n"),
        ("utf-16-le", "City;Member State\nŁódź;PL\nΛευκωσία;CY\n"),
        ("utf-16-be", "City;Member State\nŁódź;PL\nΛευκωσία;CY\n"),
        ("utf-8", 'sep=;\nCity;Member State\nŁódź;PL\n"Λευκωσία";CY\n'),
    ],
)
def test_encodings_and_delimiters(encoding: str, text: str, messages: Messages) -> None:
    book = read(text.encode(encoding), "list.csv")
    assert [row.cells for row in book.sheets[0].rows] == [
        {"name": "Łódź", "state": "PL"},
        {"name": "Λευκωσία", "state": "CY"},
    ]
    assert book.findings == []


def test_a_western_european_file_is_read_with_a_notice(messages: Messages) -> None:
    book = read("City;Member State\nKöln;DE\n".encode("cp1252"), "list.csv")
    assert book.sheets[0].rows[0].cells["name"] == "Köln"
    assert "Windows-1252" in messages(book, "notice")[0]


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.title)
def test_a_csv_file_is_recognised_by_its_headings(sheet: Any) -> None:
    headings = ",".join(column.label for column in sheet.columns)
    book = read(f"{headings}\n".encode(), "anything.csv")
    assert [found.format for found in book.sheets] == [sheet]


def test_rows_of_a_csv_file_are_numbered_as_a_spreadsheet_does() -> None:
    text = 'City,Member State,Remarks\n"Brno",CZ,"two\nlines"\n\nGent,BE,\n'
    rows = read(text.encode(), "list.csv").sheets[0].rows
    assert [(row.number, row.cells["name"]) for row in rows] == [(2, "Brno"), (4, "Gent")]
    assert rows[0].cells["remarks"] == "two\nlines"


def test_formulas_in_csv_are_text() -> None:
    rows = read(b"City,Member State\n=1+1,CZ\n'=2,CZ\n", "list.csv").sheets[0].rows
    assert [row.cells["name"] for row in rows] == ["=1+1", "=2"]


def test_a_wide_sheet_is_read_to_a_limit() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Cities"
    sheet["A1"], sheet["B1"], sheet["A2"], sheet["B2"] = "City", "Member State", "Brno", "CZ"
    sheet["ZZ2"] = "far away"
    content = io.BytesIO()
    book.save(content)
    assert read(content.getvalue(), "list.xlsx").sheets[0].rows[0].cells == {"name": "Brno", "state": "CZ"}


def test_what_was_read_is_kept_exactly() -> None:
    rows = [
        ["City", "Member State", "Population", "Strategy", "Hotel"],
        ["=A1", "CY", 1.5, True, ""],
        ["Λευκωσία", "CY"],
    ]
    book = read(workbook({"Cities": rows}), "list.xlsx")
    assert load(dump(book)) == book
