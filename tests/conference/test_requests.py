"""Numbers, choices and lines that views read from requests themselves."""

import pytest
from django.test import RequestFactory

from conference.requests import (
    LARGEST_KEY,
    is_beyond_keys,
    line,
    next_address,
    one_of,
    row_key,
    whole_number,
    whole_numbers,
)

NOT_NUMBERS = [None, "", " ", "x", "-1", "+1", "1.5", "1e3", "NaN", " 1", "1\x00", "²", "٣", "1,2", "9" * 5000]


@pytest.mark.parametrize("text", [*NOT_NUMBERS, str(LARGEST_KEY + 1)])
def test_what_is_no_number_or_fits_into_no_database_counts_as_not_given(text):
    assert whole_number(text) is None
    assert row_key(text) == 0


@pytest.mark.parametrize(
    ("text", "number"), [("0", 0), ("7", 7), ("007", 7), (str(LARGEST_KEY), LARGEST_KEY), ("0" * 18 + "5", 5)]
)
def test_digits_are_a_number(text, number):
    assert whole_number(text) == number


def test_a_number_out_of_bounds_counts_as_not_given():
    assert [whole_number(text, least=1, most=3) for text in ("0", "1", "3", "4")] == [None, 1, 3, None]


def test_of_several_texts_those_that_are_numbers_remain_each_once():
    assert whole_numbers(["3", "x", "1", "3", "9" * 5000, ""]) == [3, 1]


def test_a_choice_is_one_of_those_offered_or_else_the_usual_one():
    assert [one_of(text, {"a", "b"}, otherwise="b") for text in ("a", "c", "", None)] == ["a", "b", "b", "b"]


def test_a_line_loses_blanks_and_nul_and_what_is_too_long():
    assert line(" a\x00b cdef ", most=4) == "ab c"
    assert line(None, most=4) == ""


@pytest.mark.parametrize("text", [str(LARGEST_KEY + 1), f"-{LARGEST_KEY + 2}", "9" * 5000, " 99999999999999999999 "])
def test_numbers_beyond_all_keys_are_known(text):
    assert is_beyond_keys(text)


@pytest.mark.parametrize("text", ["", "0", "x", "12", "1.5", "0" * 5000, str(LARGEST_KEY), "2026-11-30"])
def test_all_else_may_be_looked_up(text):
    assert not is_beyond_keys(text)


@pytest.mark.parametrize(
    "odd", ["", "-0", "name", "admin:index", "//elsewhere.example/", "http://elsewhere.example/", "\x00"]
)
def test_a_next_page_that_is_no_path_of_this_site_counts_as_not_given(odd):
    assert next_address(RequestFactory().post("/", {"next": odd}), otherwise="/home/") == "/home/"


def test_a_next_page_of_this_site_is_where_one_goes():
    assert next_address(RequestFactory().post("/", {"next": "/a/?b=c#d"}), otherwise="/home/") == "/a/?b=c#d"
