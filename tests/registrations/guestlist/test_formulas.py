"""Text that looks like a formula, out and back."""

import pytest

from registrations.guestlist.formulas import neutralise, restore


@pytest.mark.parametrize(
    "text", ["=1+1", "+32 2 282", "-none", "@home", "\t=1", "\r=1", " =1", "＝1", "'=1", "''-x", "\n=1"]
)
def test_dangerous_text_gets_an_apostrophe_and_loses_it_again(text: str) -> None:
    assert neutralise(text) == f"'{text}"
    assert restore(neutralise(text)) == text


@pytest.mark.parametrize("text", ["'s-Hertogenbosch", "", "'", "Brno", "Île-de-France", "Λευκωσία", "a=b"])
def test_other_text_stays(text: str) -> None:
    assert neutralise(text) == text
    assert restore(text) == text
