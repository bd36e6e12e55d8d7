"""From an uploaded file to rows of raw cells. The file is distrusted; nothing in it is ever evaluated."""

import csv
import datetime
import io
import json
import re
import unicodedata
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import PurePath
from typing import Any

from django.utils.translation import gettext as _
from openpyxl.utils import get_column_letter

from conference import archives, sandbox, workbooks
from registrations.guestlist.columns import (
    EXAMPLE,
    NOTES_TITLE,
    SHEETS,
    Column,
    Kind,
    SheetFormat,
    fold_header,
    sheet_format,
)
from registrations.guestlist.formulas import restore

MAX_BYTES = workbooks.MOST_BYTES
MAX_UNPACKED_BYTES = workbooks.LIMITS.unpacked
MAX_ROWS = workbooks.MOST_ROWS
# Characters of a cell: as many as a spreadsheet can hold.
MAX_CELL = 32_767
# Columns of a CSV file's line, known and unknown: a line of ten million commas is no list.
_MAX_FIELDS = 2000
# A title or two may stand above the headings.
_HEADINGS_WITHIN = 10
_CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class FileProblem(Exception):
    """The file cannot be read at all; the message says why, and what to do."""


class Level(StrEnum):
    ERROR = "error"
    NOTICE = "notice"
    LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about the file that its owner should know. `column` is its letter, `label` its heading."""

    level: Level
    message: str
    sheet: str = ""
    row: int = 0
    column: str = ""
    label: str = ""

    @property
    def place(self) -> str:
        """Such as “Cities, row 14, column H (E-mail)”."""
        parts = [self.sheet] if self.sheet else []
        if self.row:
            parts.append(_("row %(number)d") % {"number": self.row})
        if self.column:
            parts.append(_("column %(letter)s (%(label)s)") % {"letter": self.column, "label": self.label})
        return ", ".join(parts)

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Stands for a cell without a usable value; `reason` says why."""

    reason: str


@dataclass(frozen=True, slots=True)
class RawRow:
    """`cells` holds what is not blank, by the key of its column."""

    number: int
    cells: dict[str, Any]


@dataclass(slots=True)
class Sheet:
    """`title` is the sheet's own in this file, `letters` the columns found, by their key."""

    format: SheetFormat
    title: str
    letters: dict[str, str]
    rows: list[RawRow]


@dataclass(slots=True)
class Workbook:
    sheets: list[Sheet] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


Row = tuple[int, Sequence[Any]]


def read(content: bytes, file_name: str) -> Workbook:
    """The known sheets of an XLSX workbook, or the one sheet of a CSV file.

    Raises FileProblem where there is nothing to work with. Anything less (a column that is missing, a sheet
    that stands twice) is a finding of level ERROR. A workbook costs a process of its own and up to two minutes:
    for the worker, never for a request.
    """
    check_start(content, file_name)
    return _read_workbook(content) if content.startswith(b"PK") else _read_csv(content, file_name)


def check_start(content: bytes, file_name: str) -> None:
    """Raises FileProblem for what is evidently no guest list. Cheap enough for a request: unpacks nothing."""
    if len(content) > MAX_BYTES:
        raise FileProblem(_("The file is larger than %(limit)d MB.") % {"limit": MAX_BYTES // 1024 // 1024})
    if not content.strip():
        raise FileProblem(_("The file is empty."))
    if content.startswith(b"PK"):
        check_archive(content)
    else:
        _refuse_other_formats(content, file_name)


def _refuse_other_formats(content: bytes, file_name: str) -> None:
    start = content[:512].lstrip(b"\xef\xbb\xbf\r\n\t ").lower()
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise FileProblem(_("The workbook is protected by a password. Remove the password and upload it again."))
        raise FileProblem(_("This is a workbook of the old kind (.xls). Save it as .xlsx and upload it again."))
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<table")):
        raise FileProblem(_("This is a web page or an XML file, not a workbook. Save it as .xlsx or .csv."))
    if start.startswith(b"%pdf"):
        raise FileProblem(_("This is a PDF, not a workbook. Upload the .xlsx or .csv file."))
    if PurePath(file_name).suffix.lower() in {".xlsx", ".xlsm", ".xls", ".ods"}:
        raise FileProblem(_("The file is damaged: it is not a workbook. Save it again as .xlsx, or send a .csv file."))


# XLSX ---------------------------------------------------------------------------------------


def _read_workbook(content: bytes) -> Workbook:
    found: list[tuple[SheetFormat, str, list[Row]]] = []
    unknown: list[str] = []
    for title, rows in read_sheets(content, is_wanted=lambda title: _format_of_title(title) is not None):
        layout = _format_of_title(title)
        if layout is not None:
            found.append((layout, title, rows))
        elif title != NOTES_TITLE:
            unknown.append(title)
    if not found:
        raise FileProblem(
            _("The workbook has none of the sheets %(titles)s.")
            % {"titles": ", ".join(f"“{sheet.title}”" for sheet in SHEETS)}
        )
    return _workbook(found, unknown)


def read_sheets(content: bytes, *, is_wanted: Callable[[str], bool]) -> list[tuple[str, list[Row]]]:
    """Each sheet of an XLSX workbook by its title, with the rows that are not blank; of unwanted sheets, none.

    Raises FileProblem where the file is hostile, damaged, protected, or has more than MAX_ROWS rows. It is read by a
    child process, see `conference.workbooks`.
    """
    check_archive(content)
    try:
        sheets = workbooks.read(content, most_rows=MAX_ROWS + 1)
    except sandbox.Refused as refusal:
        raise FileProblem(_in_words(refusal.code)) from refusal
    except sandbox.Exhausted as exhausted:
        raise FileProblem(_in_words(workbooks.TOO_MUCH)) from exhausted
    found: list[tuple[str, list[Row]]] = []
    rows_left = MAX_ROWS
    for sheet in sheets:
        rows: list[Row] = []
        if is_wanted(sheet.title):
            if sheet.has_more:
                raise _too_many_rows()
            rows = _non_blank(sheet.rows, _workbook_value, rows_left)
            rows_left -= len(rows)
        found.append((sheet.title, rows))
    return found


def check_archive(content: bytes) -> None:
    """Raises FileProblem for a ZIP archive that is no workbook or should not be opened. Reads its directory alone."""
    try:
        names = workbooks.check_directory(content, replace(workbooks.LIMITS, unpacked=MAX_UNPACKED_BYTES))
    except sandbox.Refused as refusal:
        raise FileProblem(_in_words(refusal.code)) from refusal
    if "xl/workbook.bin" in names:
        raise FileProblem(_("This is a binary workbook (.xlsb). Save it as .xlsx and upload it again."))
    if "content.xml" in names:
        raise FileProblem(_("This is an OpenDocument file. Save it as .xlsx and upload it again."))
    if "[Content_Types].xml" not in names:
        raise FileProblem(_("This is a zip archive, but not a workbook. Upload the .xlsx or .csv file itself."))


def _in_words(code: str) -> str:
    """Why a workbook is refused."""
    match code:
        case archives.Fault.ENCRYPTED:
            return _("The workbook is protected by a password. Remove the password and upload it again.")
        case archives.Fault.TOO_LARGE:
            return _("The file unpacks to more than %(limit)d MB.") % {"limit": MAX_UNPACKED_BYTES // 1024 // 1024}
        case archives.Fault.BOMB | workbooks.TOO_MUCH:
            return _(
                "The workbook holds far more than a list needs, and reading it takes too long. Copy the rows of the "
                "list into a new workbook and upload that."
            )
        case archives.Fault.DAMAGED | workbooks.BROKEN:
            return _("The file is damaged: its zip archive is broken. Save it again as .xlsx.")
        case workbooks.ROW_NUMBER:
            return _("The workbook is damaged: it has more rows than a spreadsheet can have.")
        case _other:
            return _("The workbook is damaged and cannot be read. Open it, save it again as .xlsx.")


def _workbook_value(value: Any) -> Any:
    if isinstance(value, workbooks.Unusable):
        if value.error:
            return Unreadable(_("contains the spreadsheet's error %(error)s") % {"error": value.error})
        return Unreadable(_("contains a formula; enter its result as a value"))
    return _clean(value)


# CSV ----------------------------------------------------------------------------------------


def _read_csv(content: bytes, file_name: str) -> Workbook:
    text, encoding_finding = _decode(content)
    first_line, _line_end, rest = text.partition("\n")
    lines_skipped = 0
    if declared := re.fullmatch(r'"?sep=(.)"?\r?', first_line):
        # Excel's own first line; spreadsheets do not count it, yet an editor does.
        delimiter, text, lines_skipped = declared[1], rest, 1
    else:
        delimiter = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        rows = _non_blank(_lines(reader, 1 + lines_skipped), _clean, MAX_ROWS)
    except csv.Error as error:
        raise FileProblem(
            _("The CSV file is damaged at line %(line)d: a quotation mark is missing or too many.")
            % {"line": reader.line_num + lines_skipped}
        ) from error
    layout = _format_of_headings(rows) or _format_of_title(PurePath(file_name).stem)
    if layout is None:
        raise FileProblem(
            _("The CSV file's headings are not those of a guest list: expected %(headings)s.")
            % {
                "headings": "; ".join(
                    ", ".join(column.label for column in sheet.columns if column.required) for sheet in SHEETS
                )
            }
        )
    workbook = _workbook([(layout, layout.title, rows)], [])
    workbook.findings = [finding for finding in workbook.findings if finding.sheet]
    if encoding_finding:
        workbook.findings.insert(0, encoding_finding)
    return workbook


def _lines(reader: Iterable[Sequence[str]], first_number: int) -> Iterator[Row]:
    """Lines with their numbers. Raises FileProblem for a line or a field that no list has."""
    for number, line in enumerate(reader, first_number):
        if len(line) > _MAX_FIELDS or any(len(text) > MAX_CELL for text in line):
            raise FileProblem(
                _("Line %(line)d of the CSV file is too long: a quotation mark may be missing before it.")
                % {"line": number}
            )
        yield number, line


def _decode(content: bytes) -> tuple[str, Finding | None]:
    try:
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            return content.decode("utf-16"), None
        if b"\0" in content[:1000]:
            return content.decode("utf-16-le" if content[1:2] == b"\0" else "utf-16-be"), None
        return content.decode("utf-8-sig"), None
    except UnicodeDecodeError:
        pass
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError as error:
        raise FileProblem(_("The file's characters cannot be read. Save it as CSV UTF-8.")) from error
    return text, Finding(
        Level.NOTICE,
        _("The file is not in UTF-8; it was read as Western European (Windows-1252). Check accented letters."),
    )


def _delimiter(text: str) -> str:
    """The separator that stands most often, outside quotation marks, in the first line that is not blank."""
    first_line = next((line for line in text.splitlines() if line.strip(" ,;\t")), "")
    unquoted = re.sub(r'"[^"]*"', "", first_line)
    return max(",;\t", key=unquoted.count)


# Both ---------------------------------------------------------------------------------------


def storable(text: str) -> str:
    """`text` in composed letters (é as one), with a blank for what neither a database nor a workbook takes."""
    return unicodedata.normalize("NFC", _CONTROL_CHARACTERS.sub(" ", text))


def _clean(value: Any) -> Any:
    """Text without control characters and outer blanks, numbers as they are, dates as text; None if blank."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    text = restore(storable(str(value)))
    # str.strip also takes non-breaking blanks; a byte-order mark or a soft hyphen in a cell is an accident.
    return text.replace("\ufeff", "").replace("\u00ad", "").strip() or None


def _non_blank(rows: Iterable[Row], convert: Any, limit: int) -> list[Row]:
    """Rows with something in them, with the number that a spreadsheet shows. Raises FileProblem beyond `limit`."""
    kept: list[Row] = []
    for number, row in rows:
        values = [convert(cell) for cell in row[: workbooks.MOST_COLUMNS]]
        if any(value is not None for value in values):
            # The headings are a row too.
            if len(kept) > limit:
                raise _too_many_rows()
            kept.append((number, values))
    return kept


def _too_many_rows() -> FileProblem:
    return FileProblem(
        _("The file has more than %(limit)s rows. Split it into several files.") % {"limit": f"{MAX_ROWS:,}"}
    )


def _format_of_title(title: str) -> SheetFormat | None:
    heading = fold_header(title)
    return next((sheet for sheet in SHEETS if heading in sheet.titles), None)


def _format_of_headings(rows: list[Row]) -> SheetFormat | None:
    return next((sheet for sheet in SHEETS if _headings_row(rows, sheet) is not None), None)


def _headings_row(rows: list[Row], sheet: SheetFormat) -> int | None:
    """The index of the first row that names all required columns."""
    required = [column.headings for column in sheet.columns if column.required]
    for index, (_number, values) in enumerate(rows[:_HEADINGS_WITHIN]):
        present = {fold_header(value) for value in values if isinstance(value, str)}
        if all(headings & present for headings in required):
            return index
    return None


def _workbook(found: list[tuple[SheetFormat, str, list[Row]]], unknown: list[str]) -> Workbook:
    workbook = Workbook()
    titles: dict[str, str] = {}
    for layout, title, rows in found:
        if other := titles.get(layout.kind):
            workbook.findings.append(
                Finding(
                    Level.ERROR,
                    _("lists the same as the sheet “%(other)s”; keep one of them") % {"other": other},
                    title,
                )
            )
            continue
        titles[layout.kind] = title
        workbook.findings += _add_sheet(workbook, layout, title, rows)
    for title in unknown:
        workbook.findings.append(
            Finding(Level.NOTICE, _("This sheet is not part of a guest list and is not read."), title)
        )
    for layout in SHEETS:
        if layout.kind not in titles:
            workbook.findings.append(
                Finding(
                    Level.NOTICE,
                    _("The file has no sheet “%(title)s”: nothing of this kind changes.") % {"title": layout.title},
                )
            )
    return workbook


def _add_sheet(workbook: Workbook, layout: SheetFormat, title: str, rows: list[Row]) -> Iterator[Finding]:
    if not rows:
        yield Finding(Level.NOTICE, _("This sheet is empty."), title)
        return
    index = _headings_row(rows, layout)
    headings_number, headings = rows[index or 0]
    letters: dict[str, str] = {}
    places: dict[int, Column] = {}
    for place, heading in enumerate(headings):
        if heading is None:
            continue
        letter = get_column_letter(place + 1)
        if isinstance(heading, Unreadable):
            yield Finding(
                Level.ERROR,
                _("The heading %(reason)s.") % {"reason": heading.reason},
                title,
                headings_number,
                letter,
                "?",
            )
            continue
        column = next((one for one in layout.columns if fold_header(str(heading)) in one.headings), None)
        if column is None:
            yield Finding(Level.NOTICE, _("This column is not known and is not read."), title, 0, letter, str(heading))
        elif column.key in letters:
            yield Finding(
                Level.ERROR,
                _("This column stands twice, also as column %(letter)s; keep one of them.")
                % {"letter": letters[column.key]},
                title,
                0,
                letter,
                str(heading),
            )
        else:
            letters[column.key] = letter
            places[place] = column
    missing = [column for column in layout.columns if column.required and column.key not in letters]
    for column in missing:
        yield Finding(
            Level.ERROR, _("The column “%(label)s” is missing.") % {"label": column.label}, title, headings_number
        )
    if missing:
        return
    first = (index or 0) + 1
    raw_rows = []
    for number, values in rows[first:]:
        cells = {
            column.key: values[place]
            for place, column in places.items()
            if place < len(values) and values[place] is not None
        }
        if str(cells.get(layout.name_key, "")).startswith(EXAMPLE):
            yield Finding(Level.NOTICE, _("This is the template's example and is not read."), title, number)
        elif cells:
            raw_rows.append(RawRow(number, cells))
    workbook.sheets.append(Sheet(layout, title, letters, raw_rows))


# Keeping what was read ------------------------------------------------------------------------


def dump(workbook: Workbook) -> bytes:
    """`workbook` as it is kept until it is applied: no file has to be parsed a second time, while others wait."""
    kept = {
        "sheets": [
            {
                "kind": sheet.format.kind,
                "title": sheet.title,
                "letters": sheet.letters,
                "rows": [[row.number, row.cells] for row in sheet.rows],
            }
            for sheet in workbook.sheets
        ],
        "findings": [asdict(finding) for finding in workbook.findings],
    }
    return zlib.compress(json.dumps(kept, ensure_ascii=False, default=asdict).encode(), level=1)


def load(content: bytes) -> Workbook:
    """What `dump` was given."""
    kept = json.loads(zlib.decompress(content))
    return Workbook(
        [
            Sheet(
                sheet_format(Kind(sheet["kind"])),
                sheet["title"],
                sheet["letters"],
                [RawRow(number, _with_reasons(cells)) for number, cells in sheet["rows"]],
            )
            for sheet in kept["sheets"]
        ],
        [Finding(**{**finding, "level": Level(finding["level"])}) for finding in kept["findings"]],
    )


def _with_reasons(cells: dict[str, Any]) -> dict[str, Any]:
    return {key: Unreadable(**value) if isinstance(value, dict) else value for key, value in cells.items()}
