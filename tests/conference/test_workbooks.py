"""Workbooks from strangers: what is harmful is refused before it is parsed, and the rest ends within its limits."""

import io
import zipfile

import openpyxl
import pytest

from conference import archives, sandbox, workbooks

MEBIBYTE = 1024 * 1024
JOBS = "tests.conference.sandbox_jobs"


def archive(**parts: bytes) -> bytes:
    """Keyword names cannot hold slashes: `xl__workbook` is xl/workbook.xml."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as written:
        for name, part in parts.items():
            written.writestr(name.replace("__", "/") + ".xml", part)
    return content.getvalue()


def workbook(rows: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def with_part(content: bytes, ending: str, part: bytes) -> bytes:
    """The workbook with one of its parts replaced, or with this one besides."""
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as target:
        for member in source.infolist():
            if not member.filename.endswith(ending):
                target.writestr(member.filename, source.read(member))
        target.writestr(f"{'xl/worksheets' if ending.startswith('sheet') else 'xl'}/{ending}", part)
    return changed.getvalue()


def refusal(content: bytes) -> str:
    with pytest.raises(sandbox.Refused) as refused:
        workbooks.read(content)
    return refused.value.code


WHOLE = workbook([["City", "Seats", "Strategy"], ["Λευκωσία", 2, True], [None, 2.5, "=1+1"], ["#N/A", None, "  "]])


def test_a_workbook_is_read_in_a_process_of_its_own() -> None:
    (sheet,) = workbooks.read(WHOLE)

    assert (sheet.title, sheet.has_more) == ("Sheet", False)
    assert sheet.rows == [
        (1, ["City", "Seats", "Strategy"]),
        (2, ["Λευκωσία", 2, True]),
        (3, [None, 2.5, workbooks.Unusable()]),
        (4, [workbooks.Unusable("#N/A")]),
    ]


def test_more_rows_than_wanted_are_not_read() -> None:
    (sheet,) = workbooks.read(WHOLE, most_rows=2)

    assert ([number for number, _cells in sheet.rows], sheet.has_more) == ([1, 2], True)


def test_shared_texts_without_end_are_refused_unparsed() -> None:
    """The bomb that held a web thread for two minutes: 190 MB of texts in less than half a megabyte."""
    bomb = with_part(WHOLE, "sharedStrings.xml", b"<sst>" + b"<si/>" * (38 * MEBIBYTE) + b"</sst>")
    assert len(bomb) < MEBIBYTE

    assert refusal(bomb) == archives.Fault.BOMB


def test_shared_texts_that_are_just_not_suspicious_to_the_directory_are_counted() -> None:
    bomb = with_part(WHOLE, "sharedStrings.xml", b"<sst>" + b"<si/>" * (workbooks.MOST_SHARED_TAGS + 1) + b"</sst>")

    assert refusal(bomb) == workbooks.TOO_MUCH


def test_cells_without_end_are_counted_before_they_are_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "MOST_TAGS", 10_000)
    sheet = b"<worksheet><sheetData><row>" + b"<x:c/>" * 10_000 + b"</row></sheetData></worksheet>"

    with pytest.raises(sandbox.Refused, match=workbooks.TOO_MUCH):
        workbooks.check_parts(with_part(WHOLE, "sheet1.xml", sheet))


@pytest.mark.parametrize(
    "declared",
    [
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd">',
        b"\xff\xfe" + '<!DOCTYPE x [<!ENTITY a "a">]>'.encode("utf-16-le"),
        b" " * (MEBIBYTE - 4) + b"<!DOCTYPE x>",
    ],
    ids=["entities", "a file of the server", "another encoding", "between two pieces"],
)
def test_document_types_are_refused_in_every_part(declared: bytes) -> None:
    for part in ("sheet1.xml", "sharedStrings.xml", "workbook.xml", "styles.xml"):
        with pytest.raises(sandbox.Refused, match=workbooks.UNREADABLE):
            workbooks.check_parts(with_part(WHOLE, part, declared + b"<x/>"))


def test_a_row_as_wide_as_can_be_ends_at_the_last_column_that_is_read() -> None:
    namespace = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    row = b'<row r="1"><c r="A1"><v>7</v></c><c r="ZZZ1"><v>8</v></c></row>'
    sheet = b'<worksheet xmlns="%b"><sheetData>%b</sheetData></worksheet>' % (namespace, row)

    (read,) = workbooks.read(with_part(WHOLE, "sheet1.xml", sheet))

    assert read.rows == [(1, [7])]


# Archives ---------------------------------------------------------------------------------------

LIMITS = archives.Limits(unpacked=50 * MEBIBYTE, part=20 * MEBIBYTE, members=5)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (archive(a=b"0" * 11 * MEBIBYTE), archives.Fault.BOMB),
        (archive(a=b"0" * 21 * MEBIBYTE), archives.Fault.BOMB),
        (archive(**{f"a{number}": b"0" * 9 * MEBIBYTE for number in range(6)}), archives.Fault.TOO_LARGE),
        (archive(**{f"a{number}": b"0" for number in range(6)}), archives.Fault.TOO_LARGE),
        (archive(**{"..__a": b"0"}), archives.Fault.DAMAGED),
        (archive(**{"__etc__passwd": b"0"}), archives.Fault.DAMAGED),
        (archive(**{"__".join("a" * 13): b"0"}), archives.Fault.DAMAGED),
    ],
    ids=["ratio", "one part", "all parts", "number of parts", "a way up", "a way from the root", "depth"],
)  # fmt: skip
def test_archives_that_no_program_writes(content: bytes, fault: archives.Fault) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as opened, pytest.raises(archives.Unreasonable) as unreasonable:
        archives.check(opened, len(content), LIMITS)

    assert unreasonable.value.fault == fault


def test_an_ordinary_archive_is_reasonable() -> None:
    with zipfile.ZipFile(io.BytesIO(WHOLE)) as opened:
        archives.check(opened, len(WHOLE), workbooks.LIMITS)


# The child process ------------------------------------------------------------------------------


@pytest.mark.parametrize("job", ["eat_memory", "eat_time", "crash"])
def test_a_job_that_exceeds_its_limits_ends_and_the_caller_goes_on(job: str) -> None:
    with pytest.raises(sandbox.Exhausted):
        sandbox.run(f"{JOBS}:{job}", b"", {}, mebibytes=512, seconds=1)


def test_a_refusal_comes_back_with_its_facts() -> None:
    with pytest.raises(sandbox.Refused) as refused:
        sandbox.run(f"{JOBS}:refuse", b"", {"reason": "too odd"}, mebibytes=512, seconds=20)

    assert (refused.value.code, refused.value.facts) == ("too odd", {"number": 7})


def test_the_child_knows_nothing_of_the_site_and_writes_no_file() -> None:
    environment, has_django, largest_file = sandbox.run(f"{JOBS}:surroundings", b"", {}, mebibytes=512, seconds=20)

    assert not {"SECRET_KEY", "DATABASE_URL", "DATA_DIR", "PATH"} & set(environment)
    assert (has_django, largest_file) == (False, 0)
