"""Guest lists made in memory, and the real one."""

import io
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest

REAL_FILE = Path(__file__).resolve().parents[4] / "shared" / "data" / "guest-list.xlsx"

Sheets = dict[str, Sequence[Sequence[Any]]]

CITY_HEADINGS = ("City", "Member State", "E-mail")


def workbook(sheets: Sheets) -> bytes:
    """An XLSX file; the first row of each sheet is its headings. Text that begins with = becomes a formula."""
    book = openpyxl.Workbook(write_only=True)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def cities(*rows: Sequence[Any], headings: Sequence[str] = CITY_HEADINGS) -> bytes:
    return workbook({"Cities": [headings, *rows]})


@pytest.fixture(scope="session")
def real_list() -> bytes:
    if not REAL_FILE.exists() and not os.environ.get("CI"):
        pytest.skip(f"the shared guest list is not there: {REAL_FILE}")
    return REAL_FILE.read_bytes()


@pytest.fixture
def messages() -> Callable[..., list[str]]:
    """The findings of a level, each with its place, in words."""

    def of(result: Any, level: str = "error") -> list[str]:
        return [str(finding) for finding in result.findings if finding.level == level]

    return of
