"""Files that leave the house: they come back unchanged, and no spreadsheet executes anything of them."""

import csv
import datetime
import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest

from accounts.models import User
from conference.models import Conference, MemberState
from registrations.guestlist.applying import apply_import
from registrations.guestlist.columns import SHEETS, Kind
from registrations.guestlist.exporting import (
    Table,
    attendance_list,
    confirmed_list,
    guest_list,
    template,
    to_csv,
    to_xlsx,
)
from registrations.guestlist.reading import read
from registrations.models import Delegation, GuestListImport, Participant
from registrations.services import replies
from tests import uploads
from tests.factories import (
    CityFactory,
    ConferenceFactory,
    DelegationFactory,
    InvitationFactory,
    OrganisationDelegationFactory,
    OrganisationFactory,
    person,
)

pytestmark = pytest.mark.django_db

# Names, remarks and addresses that files like to spoil.
AWKWARD = [
    "=1+1",
    "+32 2",
    "-none",
    "@home",
    "'s-Hertogenbosch",
    "'=x",
    "#N/A",
    "Λευκωσία",
    "Владимир",
    "7",
    "Île, “Ω”;",
]


@pytest.fixture
def dry_run(organiser: User) -> Callable[..., GuestListImport]:
    def prepared(conference: Conference, content: bytes, file_name: str) -> GuestListImport:
        return uploads.guest_list(conference, content, file_name=file_name, include_outside=True, by=organiser)

    return prepared


@pytest.fixture
def awkward(conference: Conference) -> Conference:
    state = MemberState.objects.get(code="CY")
    for number, name in enumerate(AWKWARD):
        city = CityFactory(name=name, member_state=state, latitude="-35.1", longitude="-0.15141", other_names=name)
        DelegationFactory(
            conference=conference,
            city=city,
            remarks=f"{name}\r\n{name}",
            contact_function=name,
            salutation=name,
            email=f"Mayor{number}@city.example",
            copy_to=[f"copy{number}@city.example", f"other{number}@city.example"],
            has_strategy=number % 2 == 0,
        )
        OrganisationDelegationFactory(
            conference=conference, organisation=OrganisationFactory(name=f"{name} organisation"), wants_stand=True
        )
    return conference


def unchanged(import_: GuestListImport) -> int:
    report = import_.report
    assert (report["errors"], report["created"], report["changed"], report["left_out"]) == ([], [], [], [])
    return int(report["kept"])


def test_a_workbook_comes_back_unchanged(awkward: Conference, dry_run: Any) -> None:
    assert unchanged(dry_run(awkward, to_xlsx(guest_list(awkward)), "list.xlsx")) == 2 * len(AWKWARD)


@pytest.mark.parametrize("kind", [Kind.CITY, Kind.ORGANISATION])
def test_a_csv_file_comes_back_unchanged(awkward: Conference, dry_run: Any, kind: Kind) -> None:
    (table,) = guest_list(awkward, [kind])
    assert unchanged(dry_run(awkward, to_csv(table), "list.csv")) == len(AWKWARD)


def test_the_real_list_comes_back_unchanged_and_fills_an_empty_conference(
    real_list: bytes, organiser: User, dry_run: Any
) -> None:
    first, second = (ConferenceFactory(held_on=datetime.date(2019, 2, 26)) for _ in range(2))
    apply_import(dry_run(first, real_list, "list.xlsx"), by=organiser)
    exported = to_xlsx(guest_list(first))
    assert unchanged(dry_run(first, exported, "list.xlsx")) == 285
    apply_import(dry_run(second, exported, "list.xlsx"), by=organiser)
    columns = [field.name for field in Delegation._meta.concrete_fields if field.name not in {"id", "conference"}]
    assert list(first.delegations.order_by("pk").values(*columns)) == list(
        second.delegations.order_by("pk").values(*columns)
    )


def test_no_cell_of_a_workbook_is_a_formula_and_dangerous_text_is_marked(awkward: Conference) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(to_xlsx(guest_list(awkward))))["Cities"]
    types = {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None}
    assert types == {"s", "n"}
    names = {cell.value: cell.quotePrefix for cell in sheet["A"][1:]}
    assert names["=1+1"] and names["@home"]
    assert not names["'s-Hertogenbosch"]
    assert names["#N/A"] is False
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == f"A1:Q{len(AWKWARD) + 1}"
    assert sheet.column_dimensions["A"].width == 28


def test_dangerous_text_in_csv_is_behind_an_apostrophe_and_numbers_are_not(awkward: Conference) -> None:
    (table,) = guest_list(awkward, [Kind.CITY])
    content = to_csv(table)
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert [row["City"] for row in rows] == [
        *["'=1+1", "'+32 2", "'-none", "'@home", "'s-Hertogenbosch", "''=x"],
        *AWKWARD[6:],
    ]
    assert rows[0]["Longitude"] == "-0.15141"
    assert rows[0]["Strategy"] == "yes"


def test_only_this_conference_and_the_kinds_asked_for(awkward: Conference) -> None:
    DelegationFactory(city=CityFactory(name="Elsewhere"))
    tables = guest_list(awkward, [Kind.ORGANISATION, Kind.MEMBER_STATE])
    assert [(table.title, len(list(table.rows))) for table in tables] == [
        ("Organisations", len(AWKWARD)),
        ("Member States", 0),
    ]


def test_characters_that_a_workbook_cannot_hold_become_blanks() -> None:
    content = to_xlsx([Table("List", [("Name", 10)], [["a\x07b"]])])
    assert openpyxl.load_workbook(io.BytesIO(content))["List"]["A2"].value == "a b"


def test_the_template_has_all_columns_and_imports_nothing(conference: Conference, dry_run: Any) -> None:
    content = to_xlsx(template())
    book = read(content, "template.xlsx")
    assert {sheet.title: len(sheet.letters) for sheet in book.sheets} == {
        sheet.title: len(sheet.columns) for sheet in SHEETS
    }
    report = dry_run(conference, content, "template.xlsx").report
    assert (report["errors"], report["created"]) == ([], [])
    assert [notice["message"] for notice in report["notices"]] == [
        "This is the template's example and is not read."
    ] * 4


def test_the_examples_of_the_template_would_be_sound_rows(
    conference: Conference, organiser: User, dry_run: Any
) -> None:
    tables = [
        Table(table.title, table.headings, [[str(row[0]).removeprefix("Example: "), *row[1:]] for row in table.rows])
        for table in template()[:4]
    ]
    for table in tables:
        assert dry_run(conference, to_csv(table), "list.csv").report["errors"] == []


def test_the_confirmed_list_holds_nothing_sensitive(conference: Conference, organiser: User) -> None:
    delegation = DelegationFactory(conference=conference, name="Gent", city=CityFactory(name="Gent"))
    invitation = InvitationFactory(delegation=delegation)
    replies.accept(
        invitation,
        [person(1, title="Ms", function="=Mayor"), person(2)],
        by=organiser,
    )
    Participant.objects.update(dietary_needs="no nuts", access_needs="step-free")

    table = confirmed_list(conference, with_email=True)
    rows = [list(row) for row in table.rows]
    assert [label for label, _width in table.headings] == [
        "Family name", "First name", "Title", "Function", "Delegation", "Country", "Category", "Seat", "E-mail",
    ]  # fmt: skip
    assert rows == [
        ["Family1", "Given1", "Ms", "=Mayor", "Gent", "Belgium", "Cities", 1, "guest1@city.example"],
        ["Family2", "Given2", "", "Mayor", "Gent", "Belgium", "Cities", 2, "guest2@city.example"],
    ]
    assert b"'=Mayor" in to_csv(table)
    assert b"nuts" not in to_csv(table)
    assert b"@" not in to_csv(confirmed_list(conference, with_email=False))


def test_the_attendance_list_says_who_was_there_by_the_clock_of_the_venue(conference: Conference) -> None:
    delegation = DelegationFactory(conference=conference, name="Gent", city=CityFactory(name="Gent"))
    came, _missing = replies.accept(InvitationFactory(delegation=delegation), [person(1), person(2)], by=None)
    replies.add_person(came.invitation, person(3), by=None)
    Participant.objects.filter(pk=came.pk).update(
        checked_in_at=datetime.datetime(2027, 2, 10, 8, 2, tzinfo=datetime.UTC)
    )

    text = to_csv(attendance_list(conference)).decode("utf-8-sig")

    assert text.splitlines() == [
        "Family name,First name,Title,Function,Delegation,Country,Category,Here,Checked in",
        "Family1,Given1,,Mayor,Gent,Belgium,Cities,yes,2027-02-10 09:02",
        "Family2,Given2,,Mayor,Gent,Belgium,Cities,no,",
    ]
