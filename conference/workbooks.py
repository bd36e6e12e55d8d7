"""XLSX workbooks from strangers, as plain rows.

`read` has a child process with limits do the work, see `sandbox`. Before a library parses anything, the archive's
directory is checked, and the parts are scanned for how much they hold: a file of half a megabyte can otherwise cost
minutes and gigabytes. Needs no Django; faults are codes that callers put into words.
"""

import io
import warnings
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from conference import archives, sandbox

MEBIBYTE = 1024 * 1024
MOST_BYTES = 10 * MEBIBYTE
MOST_ROWS = 50_000
MOST_COLUMNS = 64
LIMITS = archives.Limits(unpacked=200 * MEBIBYTE, part=128 * MEBIBYTE, members=2000)
# A cell takes four tags at least: 50,000 rows of 50 columns.
MOST_TAGS = 12_000_000
# Texts that cells share are held in memory as a whole.
MOST_SHARED_BYTES = 32 * MEBIBYTE
MOST_SHARED_TAGS = 2_000_000
# Excel's own last row; a row number beyond it would keep the reader counting.
LAST_ROW = 1_048_576
MEMORY = 1024  # MiB of the child process
SECONDS = 60  # of its processor time
_CHUNK = MEBIBYTE

# Codes of sandbox.Refused besides those of archives.Fault.
BROKEN, UNREADABLE, TOO_MUCH, ROW_NUMBER = "broken archive", "unreadable", "too much", "row number"


@dataclass(frozen=True)
class Unusable:
    """Stands for a formula, or for the spreadsheet's `error` in its place."""

    error: str = ""


@dataclass(frozen=True)
class Sheet:
    """Rows with something in them, by the number that a spreadsheet shows. `has_more`: beyond `rows`, unread."""

    title: str
    rows: list[tuple[int, list[Any]]]
    has_more: bool


def read(content: bytes, *, most_rows: int = MOST_ROWS) -> list[Sheet]:
    """The sheets of a workbook, of each at most `most_rows` rows of MOST_COLUMNS cells.

    A cell is None, a truth value, a number, text (dates in ISO 8601) or Unusable. Raises sandbox.Refused and
    sandbox.Exhausted.
    """
    options = {"most_rows": most_rows}
    found = sandbox.run("conference.workbooks:plain", content, options, mebibytes=MEMORY, seconds=SECONDS)
    return [
        Sheet(title, [(number, [_unpacked(cell) for cell in cells]) for number, cells in rows], has_more)
        for title, rows, has_more in found
    ]


def _unpacked(cell: Any) -> Any:
    return Unusable(cell[0]) if isinstance(cell, list) else cell


def check_directory(content: bytes, limits: archives.Limits = LIMITS) -> list[str]:
    """The names of the archive's parts. Cheap: reads no part. Raises sandbox.Refused."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            archives.check(archive, len(content), limits)
            return archive.namelist()
    except archives.Unreasonable as unreasonable:
        raise sandbox.Refused(unreasonable.fault) from unreasonable
    # zipfile raises more than it documents for archives that were tampered with.
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, OSError) as error:
        raise sandbox.Refused(BROKEN) from error


# In the child ---------------------------------------------------------------------------------


def plain(content: bytes, *, most_rows: int) -> list[tuple[str, list[tuple[int, list[Any]]], bool]]:
    """What `read` returns, in lists. Costs whatever the file makes it cost: meant for the child process alone."""
    check_directory(content)
    check_parts(content)
    import openpyxl

    found = []
    # Read-only mode streams; data_only=False shows formulas as such instead of the results last saved with them.
    # Whatever a damaged or hostile file makes the library raise or warn of is one and the same to its owner.
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
            for sheet in book.worksheets:
                # The dimension that the file states may be a lie; without it the rows themselves count.
                sheet.reset_dimensions()
                rows, has_more = _rows(sheet.iter_rows(min_row=1), most_rows)
                found.append((sheet.title, rows, has_more))
    except (sandbox.Refused, MemoryError):
        raise
    except Exception as error:
        raise sandbox.Refused(UNREADABLE) from error
    return found


def check_parts(content: bytes) -> None:
    """Counts tags and looks for entities in the unpacked parts, without parsing them. Raises sandbox.Refused."""
    tags = 0
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.infolist():
                most_bytes, most_tags = LIMITS.part, MOST_TAGS
                if "sharedstrings" in member.filename.lower():
                    most_bytes, most_tags = MOST_SHARED_BYTES, MOST_SHARED_TAGS
                found = _tags(archive, member)
                tags += found
                if member.file_size > most_bytes or found > most_tags or tags > MOST_TAGS:
                    raise sandbox.Refused(TOO_MUCH)
    except (sandbox.Refused, MemoryError):
        raise
    except Exception as error:
        raise sandbox.Refused(UNREADABLE) from error


def _tags(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> int:
    """How many tags a part has at most. A document type, where entities are declared, is refused in any encoding."""
    tags, end = 0, b""
    with archive.open(member) as part:
        while chunk := part.read(_CHUNK):
            tags += chunk.count(b"<")
            letters = end + chunk.replace(b"\0", b"")
            if b"<!DOCTYPE" in letters or b"<!ENTITY" in letters:
                raise sandbox.Refused(UNREADABLE)
            end = letters[-9:]
    return tags


def _rows(rows: Iterable[Any], most: int) -> tuple[list[tuple[int, list[Any]]], bool]:
    found: list[tuple[int, list[Any]]] = []
    for number, row in enumerate(rows, 1):
        if number > LAST_ROW:
            raise sandbox.Refused(ROW_NUMBER)
        cells = [_cell(cell) for cell in row[:MOST_COLUMNS]]
        while cells and cells[-1] is None:
            cells.pop()
        if cells:
            if len(found) == most:
                return found, True
            found.append((number, cells))
    return found, False


def _cell(cell: Any) -> Any:
    if cell.data_type == "f":
        return [""]
    if cell.data_type == "e":
        return [str(cell.value)]
    value = cell.value
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value) if str(value).strip() else None
