"""Balance in words."""

from registrations.balance import targets
from registrations.balance.proposing import Mended, Reason
from registrations.balance.values import Candidate, Dimension, Group
from registrations.balance.wording import alike_in_words, mends_in_words, off_balance, reason_in_words

NAMES = {"DE": "Germany", "FR": "France", "MT": "Malta", "CY": "Cyprus", "AT": "Austria"}


def states(**groups):
    return Dimension("state", "Member State", tuple(Group(key, NAMES[key], seats) for key, seats in groups.items()))


def test_too_many_from_large_states_and_none_from_small_ones():
    dimension = states(DE=2.0, FR=2.0, MT=0.5, CY=0.4, AT=1.0)

    (sentence,) = off_balance([dimension], {("state", "DE"): 4.3, ("state", "FR"): 2.0, ("state", "AT"): 1.0})

    assert sentence == (
        "Member State: 2.3 seats too many from large states; 2.3 seats too many from Germany; none from Malta, Cyprus."
    )


def test_what_is_in_balance_is_said_so():
    (sentence,) = off_balance([states(AT=1.0)], {("state", "AT"): 1.2})

    assert sentence == "Member State: each group is within one seat of its target."


def test_many_groups_without_anybody_are_counted():
    labels = [f"group {number}" for number in range(10)]
    dimension = Dimension("tags", "Own groups", tuple(Group(label, label, 0.5) for label in labels))

    (sentence,) = off_balance([dimension], {})

    named = ", ".join(f"“{label}”" for label in labels[:8])
    assert sentence == f"Own groups: none in {named} and 2 others."


def test_bands_are_told_from_spans_of_seats():
    dimension = Dimension("size", "Size", (Group("2", "100,000 to 250,000", 3.0), Group("3", "more", 3.0)))

    (sentence,) = off_balance([dimension], {("size", "2"): 4.5, ("size", "3"): 1.0})

    assert sentence == "Size: 1.5 seats too many in “100,000 to 250,000”; 2.0 too few in “more”."


def test_nothing_is_said_of_hidden_groups_nor_of_sums_that_hold_them():
    dimension = states(DE=2.0, FR=2.0, MT=0.5, CY=0.4, AT=1.0)
    expected = {("state", "DE"): 4.3, ("state", "FR"): 2.0, ("state", "MT"): 3.0, ("state", "AT"): 1.0}

    told = off_balance([dimension], expected, hidden={("state", "MT"), ("state", "DE")})
    nothing = off_balance([states(AT=1.0, MT=0.5)], expected, hidden={("state", "MT")})

    assert told == ["Member State: none from Cyprus."]
    assert nothing == []


def test_a_reason_names_what_it_mends_the_most_first():
    dimension = states(MT=1.0, CY=1.0)
    city = Candidate("a", "Mdina", 0.5, 2, (("state", "MT"),))
    reason = Reason(city, (Mended(("state", "CY"), 0.2), Mended(("state", "MT"), 0.8)), 5.0, None, 4.0)

    assert mends_in_words([dimension], reason) == "Malta +0.8, Cyprus +0.2"
    assert reason_in_words([dimension], reason) == "mends Malta +0.8, Cyprus +0.2; imbalance 5.0 → 4.0"
    assert mends_in_words([dimension], Reason(city, (), 5.0, None, 5.0)) == "fills a seat"
    assert alike_in_words([dimension], city, city) == "Malta"


def test_the_bounds_of_large_and_small_hold_for_real_states():
    large = {code for code, people in targets.POPULATION.items() if people >= targets.LARGE}

    assert large == {"DE", "FR", "UK", "IT", "ES", "PL"}
