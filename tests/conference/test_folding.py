"""Words as they are looked for."""

import pytest

from conference.folding import holds_all, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Sint-Jans-Molenbeek / Molenbeek-Saint-Jean", ["sint", "jans", "molenbeek", "molenbeek", "saint", "jean"]),
        ("Владимир ПЕТРО́В", ["владимир", "петров"]),
        ("Λευκωσία", ["λευκωσια"]),
        ("O’Neill, Łódź_2", ["o", "neill", "lodz", "2"]),
        (" … 🎉 ", []),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@pytest.mark.parametrize(
    ("asked", "holds"),
    [("jan nov", True), ("nov jan", True), ("", True), ("ovak", False), ("jan jana novakova", False)],
)
def test_each_word_begins_one(asked: str, holds: bool) -> None:
    assert holds_all(words_of(asked), words_of("Jana Novák")) is holds
