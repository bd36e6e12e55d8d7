"""Guest lists and lists of participants as files that a spreadsheet opens and executes nothing of."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from conference.models import Conference
from registrations.guestlist.applying import present
from registrations.guestlist.columns import EXAMPLE, NOTES_TITLE, SHEETS, Kind, SheetFormat, sheet_format
from registrations.guestlist.formulas import is_dangerous, neutralise
from registrations.guestlist.reading import storable
from registrations.models import Category

# In the order of a workbook's sheets.
_ORDER = (Kind.CITY, Kind.ORGANISATION, Kind.INSTITUTION, Kind.MEMBER_STATE)


@dataclass(frozen=True, slots=True)
class Table:
    """`headings` are labels with the width of their columns, in characters."""

    title: str
    headings: Sequence[tuple[str, int]]
    rows: Iterable[Sequence[Any]]


def guest_list(conference: Conference, kinds: Iterable[str] = _ORDER) -> list[Table]:
    """The delegations of these kinds, in the columns that the import reads. Reading it again changes nothing."""
    wanted = set(kinds)
    invited = [one for one in present(conference, wanted) if one.delegation_id and one.kind in wanted]
    tables = []
    for kind in _ORDER:
        if kind in wanted:
            layout = sheet_format(kind)
            of_kind = sorted((one for one in invited if one.kind == kind), key=lambda one: one.delegation_id or 0)
            rows = [[one.values.get(column.key) for column in layout.columns] for one in of_kind]
            tables.append(_guest_table(layout, rows))
    return tables


def template() -> list[Table]:
    """An empty guest list with one example row a sheet, which the import passes over, and a page of notes."""
    examples: dict[Kind, dict[str, Any]] = {
        Kind.CITY: {
            "name": f"{EXAMPLE} Aarhus",
            "other_names": "Århus",
            "state": "DK",
            "population": 285_273,
            "latitude": Decimal("56.15674"),
            "longitude": Decimal("10.21076"),
            "contact_function": "Office of the Mayor",
            "email": "mayor@aarhus.example",
            "copy_to": ["cabinet@aarhus.example"],
            "language": "en",
            "salutation": "Dear Mayor,",
            "seats": 2,
            "has_strategy": True,
            "has_multi_agency": True,
            "has_dedicated_staff": True,
            "has_evaluation": False,
        },
        Kind.ORGANISATION: {
            "name": f"{EXAMPLE} Network of Cities",
            "kind": "network",
            "contact_function": "Secretariat",
            "email": "secretariat@network.example",
            "language": "en",
            "seats": 1,
            "wants_stand": True,
        },
        Kind.INSTITUTION: {
            "name": f"{EXAMPLE} European Institution",
            "contact_function": "Protocol service",
            "email": "protocol@institution.example",
            "language": "en",
            "seats": 4,
        },
        Kind.MEMBER_STATE: {
            "state": f"{EXAMPLE} DK",
            "contact_function": "Permanent Representation",
            "email": "permrep@dk.example",
            "language": "en",
        },
    }
    tables = []
    for kind in _ORDER:
        layout = sheet_format(kind)
        tables.append(_guest_table(layout, [[examples[kind].get(column.key) for column in layout.columns]]))
    return [*tables, Table(NOTES_TITLE, ((_("Notes"), 110),), [[note] for note in _notes()])]


def _notes() -> list[str]:
    required = "; ".join(
        f"{layout.title}: " + ", ".join(column.label for column in layout.columns if column.required)
        for layout in SHEETS
    )
    return [
        _("Fill in the sheets you need and delete the others. Rows that begin with “%(example)s” are not read.")
        % {"example": EXAMPLE},
        _("Columns that must be filled in: %(required)s.") % {"required": required},
        _("Member State: its code (EL and UK, or GR and GB) or its name in English."),
        _("Population: a whole number. Coordinates: degrees, both or neither."),
        _("E-mail: the first address is written to, any others get copies."),
        _("Language: the code (fr) or the name (French) of an official language of the European Union."),
        _("Strategy, Multi-agency, Dedicated staff, Evaluated programme, Stand at the market place: yes or no."),
        _("Kind: network, international organisation, programme, project or initiative."),
        _("An empty cell leaves what is stored alone. Importing the same file twice changes nothing."),
        _("Enter values, not formulas."),
    ]


def confirmed_list(conference: Conference, *, with_email: bool) -> Table:
    """The confirmed participants by family name, without anything sensitive; addresses only where asked for."""
    more = [((_("E-mail"), 36), "email")] if with_email else []
    headings, rows = _people(conference, [((_("Seat"), 8), "seat_no"), *more])
    return Table(_("Confirmed participants"), headings, rows)


def attendance_list(conference: Conference) -> Table:
    """The confirmed participants by family name: who was there, and when they were checked in, by the venue's clock."""
    headings, rows = _people(conference, [((_("Checked in"), 18), "checked_in_at")])
    headings.insert(-1, (_("Here"), 8))
    return Table(_("Attendance"), headings, [_attended(row, conference) for row in rows])


def _attended(row: Sequence[Any], conference: Conference) -> list[Any]:
    *known, at = row
    return [*known, at is not None, f"{timezone.localtime(at, conference.zone):%Y-%m-%d %H:%M}" if at else ""]


def _people(
    conference: Conference, more: Sequence[tuple[tuple[str, int], str]]
) -> tuple[list[tuple[str, int]], list[list[Any]]]:
    """Headings and rows of the confirmed participants, with `more` columns: heading, width and field of each."""
    columns = [
        ((_("Family name"), 24), "family_name"),
        ((_("First name"), 20), "given_name"),
        ((_("Title"), 12), "title"),
        ((_("Function"), 36), "function"),
        ((_("Delegation"), 36), "delegation__name"),
        ((_("Country"), 18), "delegation__member_state__name"),
        ((_("Category"), 28), "category"),
        *more,
    ]
    fields = [field for _heading, field in columns]
    participants = conference.participants.confirmed().order_by("family_name", "given_name", "pk")
    category = fields.index("category")
    rows = [
        [*values[:category], str(Category(values[category]).label), *values[category + 1 :]]
        for values in participants.values_list(*fields)
    ]
    return [heading for heading, _field in columns], rows


def _guest_table(layout: SheetFormat, rows: Iterable[Sequence[Any]]) -> Table:
    return Table(layout.title, [(column.label, column.width) for column in layout.columns], rows)


def _cell(value: Any) -> Any:
    """A value in the words of the file format, which are not translated: text or a number."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        value = "; ".join(value)
    return storable(value) if isinstance(value, str) else value


def to_csv(table: Table) -> bytes:
    """UTF-8 with a byte-order mark, without which Excel breaks accents. Text that looks like a formula is neutralised;
    numbers, negative ones too, are numbers."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    for row in _all_rows(table):
        writer.writerow([neutralise(value) if isinstance(value, str) else value for value in row])
    return text.getvalue().encode("utf-8-sig")


def _all_rows(table: Table) -> Iterator[list[Any]]:
    yield [label for label, _width in table.headings]
    for row in table.rows:
        yield [_cell(value) for value in row]


def to_xlsx(tables: Iterable[Table]) -> bytes:
    """A workbook with one sheet a table: headings that stay in view, filters, every text marked as text."""
    book = Workbook(write_only=True)
    for table in tables:
        sheet = book.create_sheet(table.title)
        sheet.freeze_panes = "A2"
        for number, (_label, width) in enumerate(table.headings, start=1):
            sheet.column_dimensions[get_column_letter(number)].width = width
        rows = 0
        for rows, row in enumerate(_all_rows(table), start=1):
            cells = [_workbook_cell(sheet, value) for value in row]
            if rows == 1:
                for cell in cells:
                    cell.font = Font(bold=True)
                    cell.alignment = Alignment(vertical="top")
            sheet.append(cells)
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(table.headings))}{rows}"
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _workbook_cell(sheet: Any, value: Any) -> Any:
    if not isinstance(value, str):
        return WriteOnlyCell(sheet, value)
    if not value:
        return WriteOnlyCell(sheet, None)
    # An apostrophe before a dangerous sign would be taken for ours when the file comes back.
    cell = WriteOnlyCell(sheet, neutralise(value) if value.startswith("'") else value)
    # The library takes “=…” for a formula and “#N/A” for an error unless told that it is text.
    cell.data_type = "s"
    if is_dangerous(value):
        cell.quotePrefix = True
    return cell
