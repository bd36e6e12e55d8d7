"""How alike texts are found to be."""

import numpy as np

from meetings.suggesting.likeness import vectors


def likeness(*texts: str) -> np.ndarray:
    found = vectors(texts)
    return (found @ found.T).toarray()


def test_the_same_words_are_alike_and_others_are_not():
    table = likeness("prevention in schools", "Prevention in Schools", "harbour police boats", "")

    assert table[0, 1] > 0.99
    assert table[0, 2] < 0.1
    assert (table[3] == 0).all()


def test_words_of_one_stem_are_alike_in_several_languages():
    table = likeness("deradicalisation of prisoners", "Deradikalisierung von Gefangenen", "town twinning and music")

    assert table[0, 1] > table[0, 2]


def test_accents_make_no_difference_and_greek_and_cyrillic_are_compared():
    table = likeness(
        "Prévention à l’école", "prevention a l'ecole", "Πρόληψη στο σχολείο", "προληψη στο σχολειο", "Школа"
    )

    assert table[0, 1] > 0.99
    assert table[2, 3] > 0.99
    assert table[4, 0] == 0


def test_no_likeness_exceeds_one_and_nothing_at_all_is_like_nothing():
    table = likeness(*(f"text {number} about radicalisation in city {number % 3}" for number in range(60)))

    assert table.max() < 1.001
    assert table.min() >= 0
    assert (likeness("", "ab", " ") == 0).all()
