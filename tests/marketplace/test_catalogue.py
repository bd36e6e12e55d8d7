"""Choosing, counting and relating, on plain values."""

import pytest

from marketplace.catalogue import OFFERS_SOUGHT, SAME_GROUP, SAME_TOPIC, SEEKS_OFFERED, Catalogue, Entry, Facet

FACETS = [
    Facet("topic", "Topic", {"1": "Schools", "2": "Prisons", "9": "Nobody's"}),
    Facet("country", "Country", {"DK": "Denmark", "EL": "Greece"}),
]


def entry(stand: int, **fields) -> Entry:
    return Entry(**{"stand": stand, "title": f"Initiative {stand}", "who": "A city", "kind": "city", **fields})


ENTRIES = [
    entry(11, topics=(1,), country="DK"),
    entry(12, topics=(1, 2), country="EL"),
    entry(13, topics=(2,), country="EL"),
    entry(14),
]
CATALOGUE = Catalogue(ENTRIES, FACETS)


def stands(selection) -> list[int]:
    return [one.stand for one in selection.entries]


def options(selection) -> dict[str, list[tuple[str, int, bool]]]:
    return {
        found.facet.name: [(option.value, option.count, option.is_chosen) for option in found.options]
        for found in selection.filters
    }


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({}, [11, 12, 13, 14]),
        ({"topic": ["1"]}, [11, 12]),
        ({"topic": ["1", "2"]}, [11, 12, 13]),
        ({"topic": ["1"], "country": ["EL"]}, [12]),
        ({"topic": ["9"]}, [11, 12, 13, 14]),
        ({"topic": ["9", "2"]}, [12, 13]),
        ({"colour": ["red"]}, [11, 12, 13, 14]),
    ],
)
def test_one_value_of_each_facet_has_to_fit(chosen, expected):
    assert stands(CATALOGUE.select(chosen)) == expected


def test_options_are_counted_as_if_their_own_facet_were_free():
    selection = CATALOGUE.select({"topic": ["1"]})

    assert options(selection) == {
        "topic": [("1", 2, True), ("2", 2, False)],
        "country": [("DK", 1, False), ("EL", 1, False)],
    }
    assert [(facet.name, option.value) for facet, option in selection.chosen] == [("topic", "1")]


def test_what_was_found_comes_in_its_order_and_is_counted_alone():
    selection = CATALOGUE.select({"country": ["EL"]}, found=CATALOGUE.matches([13, 11, 12, 404]))

    assert (stands(selection), selection.total, selection.unfiltered) == ([13, 12], 2, 3)
    assert options(selection)["topic"] == [("1", 1, False), ("2", 2, False)]


def test_nothing_found_is_an_empty_selection():
    selection = CATALOGUE.select({}, found=CATALOGUE.matches([]))

    assert (stands(selection), selection.total, selection.unfiltered, selection.pages) == ([], 0, 0, 1)


@pytest.mark.parametrize(("page", "shown", "first"), [(1, 24, 0), (3, 24, 48), (5, 4, 96), (99, 4, 96), (0, 24, 0)])
def test_pages_of_24_and_a_page_there_is_not_is_the_last(page, shown, first):
    selection = Catalogue([entry(number) for number in range(100)]).select({}, page=page)

    assert (len(selection.entries), stands(selection)[0], selection.pages) == (shown, first, 5)


def test_an_empty_catalogue_selects_nothing():
    assert stands(Catalogue([], FACETS).select({"topic": ["1"]})) == []


def test_counts_are_those_of_looking_at_every_entry():
    """With entries beyond the bits of one byte, or of a machine's word."""
    many = [entry(number, topics=(number % 3,), country="DK" if number % 2 else "EL") for number in range(200)]
    facets = [Facet("topic", "Topic", {"0": "a", "1": "b", "2": "c"}), FACETS[1]]
    selection = Catalogue(many, facets).select({"topic": ["0", "2"], "country": ["DK"]})

    wanted = [one.stand for one in many if one.topics[0] in (0, 2) and one.country == "DK"]
    assert (stands(selection), selection.total) == (wanted[:24], len(wanted))
    assert options(selection)["country"] == [
        ("DK", len(wanted), True),
        ("EL", sum(one.topics[0] in (0, 2) and one.country == "EL" for one in many), False),
    ]


def test_related_are_named_with_their_best_reason_and_the_nearest_first():
    own = entry(1, topics=(1, 2), groups=(5,), sought=(7,), offered=(8,), country="DK")
    catalogue = Catalogue(
        [
            own,
            entry(2, groups=(5,), country="DK"),
            entry(3, topics=(2,), country="DK"),
            entry(4, topics=(2,), country="EL"),
            entry(5, offered=(7,), country="DK"),
            entry(6, sought=(8,), topics=(1,), country="EL"),
            entry(7, country="EL"),
        ]
    )

    found = catalogue.related(1, most=9)

    assert [(one.entry.stand, one.reason, one.about, one.other_country) for one in found] == [
        (6, SEEKS_OFFERED, 8, True),
        (5, OFFERS_SOUGHT, 7, False),
        (4, SAME_TOPIC, 2, True),
        (3, SAME_TOPIC, 2, False),
        (2, SAME_GROUP, 5, False),
    ]
    assert catalogue.related(1) == found[:4]
    assert catalogue.related(7) == []
