"""What single cells mean."""

from decimal import Decimal
from typing import Any

import pytest

from registrations.guestlist.cells import Unclear, display, interpret, tidy
from registrations.guestlist.columns import CITIES, ORGANISATIONS

ANY_CITY = {column.key: column for column in CITIES.columns}


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        (1019022, 1019022),
        (1019022.0, 1019022),
        ("1 019 022", 1019022),
        ("1\u00a0019\u202f022", 1019022),
        ("1.019.022", 1019022),
        ("1,019,022", 1019022),
        ("1'019'022", 1019022),
        ("1.019", 1019),
        ("1019022.0", 1019022),
        ("0", 0),
        ("-", None),
        ("n/a", None),
    ],
)
def test_population_forgives_separators(raw: Any, number: int | None) -> None:
    assert interpret(ANY_CITY["population"], raw) == number


@pytest.mark.parametrize(
    "raw", ["1.5 million", "1019.5", 1019.5, "1.01.9022", "1,019.022", True, "-5", -5, "99999999999"]
)
def test_population_refuses_what_is_no_number_of_people(raw: Any) -> None:
    with pytest.raises(Unclear):
        interpret(ANY_CITY["population"], raw)


@pytest.mark.parametrize(
    ("raw", "degrees"),
    [
        (50.85045, "50.85045"),
        ("50,85045", "50.85045"),
        (" 4.34878° ", "4.34878"),
        ("−0,15141", "-0.15141"),
        (47, "47.00000"),
    ],
)
def test_coordinates_forgive_decimal_commas(raw: Any, degrees: str) -> None:
    assert interpret(ANY_CITY["longitude"], raw) == Decimal(degrees)


@pytest.mark.parametrize("raw", ["north", "95", 5085045, "nan", "1e400", True, "50,850,45"])
def test_coordinates_refuse_what_lies_on_no_map(raw: Any) -> None:
    with pytest.raises(Unclear):
        interpret(ANY_CITY["latitude"], raw)


@pytest.mark.parametrize(
    ("raw", "addresses"),
    [
        ("mayor@city.example", ["mayor@city.example"]),
        ("mailto:Mayor@City.example", ["mayor@city.example"]),
        ("mailto:mayor@city.example?subject=Hello", ["mayor@city.example"]),
        ("a@b.example; c@d.example", ["a@b.example", "c@d.example"]),
        ("a@b.example, c@d.example\nmailto:e@f.example", ["a@b.example", "c@d.example", "e@f.example"]),
        ("a@b.example / c@d.example", ["a@b.example", "c@d.example"]),
        ("a@b.example a@b.example", ["a@b.example"]),
        ("Jean Dupont <jean@city.example>", ["jean@city.example"]),
        ('"Dupont, Jean" <jean@city.example>; Zoë <zoe@city.example>', ["jean@city.example", "zoe@city.example"]),
        ("Dupont, Jean <jean@city.example>, other@city.example", ["jean@city.example", "other@city.example"]),
        ("\u00a0mayor@city.example\u00a0", ["mayor@city.example"]),
        ("–", None),
    ],
)
def test_addresses_are_found_among_what_surrounds_them(raw: str, addresses: list[str] | None) -> None:
    assert interpret(ANY_CITY["email"], raw) == addresses


@pytest.mark.parametrize(
    "raw", ["mayor@@x", "mayor", "mayor at city.example", "mayor@city", 12, f"{'a' * 250}@city.example"]
)
def test_a_wrong_address_is_refused(raw: Any) -> None:
    with pytest.raises(Unclear):
        interpret(ANY_CITY["email"], raw)


@pytest.mark.parametrize("raw", ["yes", "Y", "x", 1, "1", True, "TRUE", "oui", "Ja", "sí", "✓"])
def test_yes(raw: Any) -> None:
    assert interpret(ANY_CITY["has_strategy"], raw) is True


@pytest.mark.parametrize("raw", ["no", "N", 0, "0", False, "false", "non", "Nein", "não"])
def test_no(raw: Any) -> None:
    assert interpret(ANY_CITY["has_strategy"], raw) is False


def test_neither_yes_nor_no() -> None:
    with pytest.raises(Unclear, match=r"“maybe” is not “yes” or “no”"):
        interpret(ANY_CITY["has_strategy"], "maybe")


@pytest.mark.parametrize(
    ("raw", "code"),
    [("fr", "fr"), ("FR", "fr"), ("en-GB", "en"), ("pt_PT", "pt"), ("French", "fr"), ("français", "fr"),
     ("Deutsch", "de"), ("ελληνικά", "el"), ("gr", "el"), ("cz", "cs"), ("Български", "bg")],
)  # fmt: skip
def test_languages_by_code_and_by_name(raw: str, code: str) -> None:
    assert interpret(ANY_CITY["language"], raw) == code


@pytest.mark.parametrize("raw", ["Klingon", "xx", "no", "ru"])
def test_other_languages_are_refused(raw: str) -> None:
    with pytest.raises(Unclear):
        interpret(ANY_CITY["language"], raw)


@pytest.mark.parametrize(
    ("raw", "kind"),
    [("Network", "network"), ("networks", "network"), ("International Organization", "international organisation"),
     ("program", "programme")],
)  # fmt: skip
def test_kinds_of_organisations(raw: str, kind: str) -> None:
    assert interpret(ORGANISATIONS.column("kind"), raw) == kind


@pytest.mark.parametrize(("raw", "words"), [("EU institution", "EU institutions"), ("club", "one of network")])
def test_other_kinds_are_refused(raw: str, words: str) -> None:
    with pytest.raises(Unclear, match=words):
        interpret(ORGANISATIONS.column("kind"), raw)


def test_text_is_tidied_and_measured() -> None:
    assert interpret(ANY_CITY["name"], " Néa\u00a0 Ionía\n") == "Néa Ionía"
    assert interpret(ANY_CITY["name"], 2030.0) == "2030"
    with pytest.raises(Unclear, match="151 characters long; at most 150 fit"):
        interpret(ANY_CITY["name"], "x" * 151)


def test_remarks_keep_their_lines() -> None:
    assert interpret(ANY_CITY["remarks"], " one \r\ntwo  three ") == "one\ntwo three"


def test_stored_values_compare_with_what_comes_back_from_a_file() -> None:
    assert tidy(ANY_CITY["remarks"], "one\r\ntwo ") == "one\ntwo"
    assert tidy(ANY_CITY["email"], "Mayor@City.example") == ["mayor@city.example"]
    assert tidy(ANY_CITY["copy_to"], []) is None
    assert tidy(ANY_CITY["has_strategy"], False) is False


def test_values_are_displayed_in_words() -> None:
    assert [display(value) for value in (None, True, False, ["a", "b"], 3)] == ["", "yes", "no", "a; b", "3"]
