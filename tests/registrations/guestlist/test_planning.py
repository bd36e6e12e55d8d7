"""The dry run: plain values in, a plan out."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pytest

from registrations.guestlist.columns import Kind
from registrations.guestlist.membership import State
from registrations.guestlist.planning import Action, Change, Plan, Present, SheetCount, count_by_sheet, make_plan
from registrations.guestlist.reading import read
from tests.registrations.guestlist.conftest import cities, workbook

Messages = Callable[..., list[str]]

STATES = [
    State("BE", "BE", "Belgium", "Belgique/België", True),
    State("CY", "CY", "Cyprus", "Κύπρος", True),
    State("DE", "DE", "Germany", "Deutschland", True),
    State("UK", "GB", "United Kingdom", "United Kingdom", False),
]
GENT = Present(
    Kind.CITY,
    7,
    70,
    {
        "state": "BE",
        "name": "Gent",
        "other_names": "Gand / Ghent",
        "population": 265086,
        "latitude": Decimal("51.05000"),
        "longitude": Decimal("3.71667"),
        "email": "Mayor@gent.example",
        "copy_to": [],
        "contact_function": "Office of the Mayor",
        "seats": 2,
        "remarks": "",
        "has_strategy": None,
    },
)


def plan(content: bytes, *, present: Sequence[Present] = (), include_outside: bool = False) -> Plan:
    return make_plan(read(content, "list.xlsx"), states=STATES, present=present, include_outside=include_outside)


def city_plan(*rows: Sequence[Any], headings: Sequence[str], present: Sequence[Present] = (), **options: Any) -> Plan:
    return plan(cities(*rows, headings=headings), present=present, **options)


def test_a_new_city() -> None:
    made = city_plan(["Gent", "Belgium", "a@gent.example; b@gent.example"], headings=["City", "Member State", "E-mail"])
    (entry,) = made.entries
    assert entry.action == Action.CREATE
    assert entry.values == {
        "state": "BE",
        "name": "Gent",
        "email": "a@gent.example",
        "copy_to": ["b@gent.example"],
    }
    assert not made.has_errors


def test_the_same_again_is_kept_however_it_is_written() -> None:
    headings = ["City", "Other names", "Member State", "Population", "Latitude", "Longitude", "E-mail"]
    row = ["Gent", "Gand / Ghent", "be", "265.086", "51,05", 3.71667, "mailto:mayor@gent.example"]
    made = city_plan(row, headings=headings, present=[GENT])
    assert [entry.action for entry in made.entries] == [Action.KEEP]


def test_what_differs_is_a_change_and_an_empty_cell_is_none() -> None:
    headings = ["City", "Member State", "Population", "E-mail", "Contact function", "Strategy", "Seats"]
    made = city_plan(["Gent", "BE", 300000, None, " ", "no", None], headings=headings, present=[GENT])
    (entry,) = made.entries
    assert entry.action == Action.CHANGE
    assert entry.changes == (
        Change("population", "Population", 265086, 300000),
        Change("has_strategy", "Strategy", None, False),
    )
    assert (entry.thing_id, entry.delegation_id) == (7, 70)


def test_a_known_city_is_found_despite_case_and_accents_and_takes_the_new_spelling() -> None:
    made = city_plan(["GÉNT", "BE"], headings=["City", "Member State"], present=[GENT])
    assert made.entries[0].changes == (Change("name", "City", "Gent", "GÉNT"),)


def test_a_known_city_without_a_delegation_gets_one_and_its_facts_change() -> None:
    elsewhere = Present(Kind.CITY, 7, None, {"state": "BE", "name": "Gent", "population": 1})
    made = city_plan(["Gent", "BE", 2], headings=["City", "Member State", "Population"], present=[elsewhere])
    (entry,) = made.entries
    assert (entry.action, entry.thing_id) == (Action.CREATE, 7)
    assert entry.changes == (Change("population", "Population", 1, 2),)


def test_the_record_of_this_very_name_comes_first() -> None:
    other = Present(Kind.CITY, 8, None, {"state": "BE", "name": "Gént"})
    made = city_plan(["Gént", "BE"], headings=["City", "Member State"], present=[GENT, other])
    assert made.entries[0].thing_id == 8


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"E-mail": "mayor@@x"}, "C (E-mail): “mayor@@x” is not an e-mail address"),
        ({"City": None}, "A (City): is empty"),
        ({"Member State": None}, "B (Member State): is empty"),
        ({"Member State": "Atlantis"}, "B (Member State): “Atlantis” is not a Member State or its code"),
        ({"Member State": "x" * 300}, f"B (Member State): “{'x' * 60}” is not a Member State or its code"),
        ({"Population": "many"}, "D (Population): “many” is not a whole number"),
        ({"Population": "=2*3"}, "D (Population): contains a formula; enter its result as a value"),
        ({"City": "=A1"}, "A (City): contains a formula; enter its result as a value"),
        ({"Member State": "=A1"}, "B (Member State): contains a formula; enter its result as a value"),
        ({"Latitude": 50}, "F (Longitude): is empty, while the other coordinate is given"),
        ({"Longitude": 5}, "E (Latitude): is empty, while the other coordinate is given"),
        ({"Latitude": 95, "Longitude": 5}, "E (Latitude): 95 is not between −90 and 90 degrees"),
        ({"Language": "Klingon"},
         "G (Language): “Klingon” is not an official language of the European Union or its code"),
        ({"Strategy": "maybe"}, "H (Strategy): “maybe” is not “yes” or “no”"),
        ({"Seats": 1000}, "I (Seats): 1000 is not between 0 and 999"),
    ],
)  # fmt: skip
def test_errors_name_sheet_row_and_column(cells: dict[str, Any], told: str, messages: Messages) -> None:
    headings = [
        "City",
        "Member State",
        "E-mail",
        "Population",
        "Latitude",
        "Longitude",
        "Language",
        "Strategy",
        "Seats",
    ]
    row = {"City": "Gent", "Member State": "BE", "Remarks": ""} | cells
    made = city_plan([row.get(heading) for heading in headings], headings=headings)
    assert messages(made) == [f"Cities, row 2, column {told}"]
    assert made.entries == []
    assert made.has_errors


def test_all_errors_of_a_row_are_told_at_once(messages: Messages) -> None:
    made = city_plan(["Gent", "Atlantis", "x", "y"], headings=["City", "Member State", "E-mail", "Population"])
    assert len(messages(made)) == 3


def test_a_city_twice_in_the_file(messages: Messages) -> None:
    made = city_plan(
        ["Gent", "BE"], ["Brussels", "BE"], ["gent ", "Belgium"], ["Gent", "DE"], headings=["City", "Country"]
    )
    assert messages(made) == ["Cities, row 4, column A (City): is listed already: Cities, row 2"]


def test_an_organisation_twice_on_two_sheets(messages: Messages) -> None:
    made = plan(
        workbook(
            {
                "Organisations": [["Organisation", "Kind"], ["Efus", "network"]],
                "EU institutions": [["Institution"], ["EFUS"]],
            }
        )
    )
    assert messages(made) == ["EU institutions, row 2, column A (Institution): is listed already: Organisations, row 2"]


def test_an_organisation_on_the_wrong_sheet(messages: Messages) -> None:
    present = [Present(Kind.INSTITUTION, 1, 10, {"name": "European Commission", "seats": 8})]
    made = plan(
        workbook({"Organisations": [["Organisation", "Kind"], ["European Commission", "network"]]}), present=present
    )
    assert messages(made) == [
        "Organisations, row 2, column A (Organisation): is known as one of “EU institutions”; list it on that sheet"
    ]


def test_one_address_for_two_is_only_a_notice(messages: Messages) -> None:
    made = city_plan(
        ["Gent", "BE", "a@x.example"], ["Köln", "DE", "A@x.example"], headings=["City", "Member State", "E-mail"]
    )
    assert messages(made) == []
    assert messages(made, "notice")[-1] == "Cities, row 3, column C (E-mail): a@x.example stands in Cities, row 2 too"


def test_a_city_under_another_name_is_a_notice(messages: Messages) -> None:
    made = city_plan(["Ghent", "BE"], headings=["City", "Member State"], present=[GENT])
    assert messages(made, "notice")[-1] == (
        "Cities, row 2, column A (City): may be the same city as Gent, which has “Ghent” among its other names"
    )


def test_states_outside_are_left_out(messages: Messages) -> None:
    content = workbook(
        {
            "Cities": [["City", "Member State", "E-mail"], ["Leeds", "GB", "not an address"], ["Oslo", "Norway", ""]],
            "Member States": [["Member State"], ["UK"], ["DE"]],
        }
    )
    made = plan(content)
    assert [entry.name for entry in made.entries] == ["DE"]
    assert messages(made) == []
    assert messages(made, "left out") == [
        "Cities, row 2, column B (Member State): United Kingdom is not a Member State on the day of the conference: "
        "left out",
        "Cities, row 3, column B (Member State): Norway is not a Member State of the European Union: left out",
        "Member States, row 2, column A (Member State): United Kingdom is not a Member State on the day of the "
        "conference: left out",
    ]
    assert count_by_sheet(made) == [
        SheetCount("Cities", Kind.CITY, 0, 0, 0, 2, 0),
        SheetCount("Member States", Kind.MEMBER_STATE, 1, 0, 0, 1, 0),
    ]


def test_cities_of_former_members_are_taken_in_on_request_but_never_their_states(messages: Messages) -> None:
    content = workbook(
        {"Cities": [["City", "Member State"], ["Leeds", "UK"]], "Member States": [["Member State"], ["UK"]]}
    )
    made = plan(content, include_outside=True)
    assert [(entry.kind, entry.name) for entry in made.entries] == [(Kind.CITY, "Leeds")]
    assert len(messages(made, "left out")) == 1
    assert "taken in as you asked" in messages(made, "notice")[-1]


def test_seats_of_a_member_state_and_seats_in_use(messages: Messages) -> None:
    made = plan(workbook({"Member States": [["Member State", "Seats"], ["DE", 2], ["BE", 1]]}))
    assert messages(made) == ["Member States, row 2, column B (Seats): a Member State has one seat"]
    occupied = Present(Kind.CITY, 7, 70, {"state": "BE", "name": "Gent", "seats": 2}, seats_in_use=2)
    made = city_plan(["Gent", "BE", 1], headings=["City", "Member State", "Seats"], present=[occupied])
    assert messages(made) == [
        "Cities, row 2, column C (Seats): 2 seats are occupied or held by open invitations; there cannot be fewer"
    ]


def test_names_in_other_scripts() -> None:
    made = city_plan(
        ["Λευκωσία", "Κύπρος"], ["Владимир", "DE"], ["'s-Hertogenbosch", "BE"], headings=["City", "Member State"]
    )
    assert [entry.name for entry in made.entries] == ["Λευκωσία", "Владимир", "'s-Hertogenbosch"]


def test_the_digest_tells_plans_apart() -> None:
    headings = ["City", "Member State", "Population"]
    first = city_plan(["Gent", "BE", 1], headings=headings, present=[GENT])
    assert first.digest == city_plan(["Gent", "BE", 1], headings=headings, present=[GENT]).digest
    moved_on = Present(Kind.CITY, 7, 70, {**GENT.values, "population": 5})
    assert first.digest != city_plan(["Gent", "BE", 1], headings=headings, present=[moved_on]).digest
    assert first.digest != city_plan(["Gent", "BE", 1], headings=headings).digest
