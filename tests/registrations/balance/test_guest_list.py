"""Three waves with the real guest list: is the house full, and is everybody there?"""

import io
from collections import Counter

import numpy as np
import openpyxl
import pytest

from registrations.balance import targets
from registrations.balance.simulating import FULL_WITHIN, STRATEGIES, Supposed, simulate
from registrations.balance.values import Candidate, Choice, Dimension, Group
from tests.registrations.guestlist.conftest import real_list  # noqa: F401

HOUSE = 150


def sheet(content, title):
    rows = openpyxl.load_workbook(io.BytesIO(content), read_only=True)[title].iter_rows(values_only=True)
    headings = next(rows)
    return [dict(zip(headings, row, strict=True)) for row in rows if row[0]]


@pytest.fixture
def guests(real_list):  # noqa: F811
    """The cities as candidates, and the seats of all other categories."""
    cities = []
    populations = {}
    for number, row in enumerate(sheet(real_list, "Cities")):
        answers = [
            {"yes": True, "no": False}.get(row[name])
            for name in ("Strategy", "Multi-agency", "Dedicated staff", "Evaluated programme")
        ]
        key = f"{number:03}"
        populations[key] = row["Population"]
        places = {
            "state": row["Member State"],
            "size": targets.size_band(row["Population"]),
            "experience": targets.experience(answers),
        }
        known = tuple((dimension, group) for dimension, group in places.items() if group)
        cities.append(Candidate(key, row["City"], 0.4, 2, known))
    others = len(sheet(real_list, "Organisations")) + len(sheet(real_list, "Member States"))
    others += sum(row["Seats"] for row in sheet(real_list, "EU institutions"))
    return cities, populations, others


def test_three_waves_bring_a_full_house_with_nearly_all_states(guests, capsys):
    cities, populations, others = guests
    room = HOUSE - others
    by_state = targets.committee_of_the_regions(targets.POPULATION)
    shares = {
        "state": by_state,
        "size": targets.equal(str(band) for band in range(6)),
        "experience": targets.equal(targets.EXPERIENCE),
    }
    dimensions = tuple(
        Dimension(key, key, tuple(Group(group, group, room * share) for group, share in of.items()))
        for key, of in shares.items()
    )
    choice = Choice(
        dimensions,
        tuple(cities),
        room,
        room=room,
        coverage={("state", code): 0.75 for code in by_state},
        seed=2019,
    )

    supposed = Supposed(waves=3, reserve=4)
    found = {name: simulate(choice, name, supposed, populations=populations) for name in STRATEGIES}

    with capsys.disabled():
        print(f"\n{others} seats of other categories, {room} for cities of {len(cities)}")
        for name, outcome in found.items():
            print(
                f"{name:>9}: house {others + np.median(outcome.seats):.0f} of {HOUSE}, "
                f"states {28 - np.median(outcome.missing):.0f} of 28, imbalance {np.median(outcome.imbalances):.1f}, "
                f"full {outcome.full:.0%}, overflow {outcome.overflow:.0%}"
            )
        print("candidates by experience:", dict(Counter(dict(city.places).get("experience") for city in cities)))
    proposed = found["proposed"]
    assert 28 - np.median(proposed.missing) >= 24
    assert others + np.median(proposed.seats) >= HOUSE - FULL_WITHIN
    assert proposed.overflow <= 0.1
    assert proposed.imbalance < min(found["biggest"].imbalance, found["first"].imbalance)
