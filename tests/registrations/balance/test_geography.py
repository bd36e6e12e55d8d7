"""The map: its projection, its outlines, and how they are derived."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from conference.member_states import MEMBER_STATES
from registrations.balance.geography import HEIGHT, OUTLINES, SCALE, WIDTH, is_on_the_map, outlines, project
from registrations.management.commands.derive_outlines import derive


@pytest.mark.parametrize(
    ("name", "latitude", "longitude", "is_there"),
    [
        ("Brussel / Bruxelles", 50.85, 4.35, True),
        ("Λευκωσία", 35.17, 33.36, True),
        ("Lisboa", 38.72, -9.14, True),
        ("Oulu", 65.01, 25.47, True),
        ("Valletta", 35.9, 14.51, True),
        ("Las Palmas", 28.12, -15.43, False),
        ("Ponta Delgada", 37.74, -25.67, False),
        ("Saint-Denis", -20.88, 55.45, False),
    ],
)
def test_which_cities_are_on_the_map(name, latitude, longitude, is_there):
    assert is_on_the_map(latitude, longitude) is is_there, name


def test_north_is_up_and_distances_are_kept_near_the_centre():
    oslo, roma = project(59.9, 10.0), project(41.9, 10.0)

    assert oslo[1] < roma[1]
    assert oslo[0] == pytest.approx(roma[0])
    # A degree on a meridian is 111.2 kilometres.
    assert (roma[1] - oslo[1]) / SCALE == pytest.approx(18 * 111.2, rel=0.01)


def test_every_member_state_has_its_outline_and_its_cities_lie_in_the_picture():
    paths = outlines()

    assert set(paths) == {state.code for state in MEMBER_STATES} | {"land"}
    assert all(path.startswith("M") and path.endswith("z") for path in paths.values())
    assert "Natural Earth 4.1.0" in json.loads(OUTLINES.read_text())["source"]
    assert OUTLINES.stat().st_size < 100_000
    assert WIDTH > HEIGHT / 2


def topology(*countries):
    """Squares of ten degrees side by side, each with the arc it shares with the next."""
    arcs, geometries = [], []
    for number, name in enumerate(countries):
        west = number * 4
        arcs.append([[west, 44], [0, 8]])
        arcs.append([[west, 52], [4, 0]])
        arcs.append([[west + 4, 44], [-4, 0]])
        following = 3 * (number + 1)
        geometries.append(
            {
                "type": "Polygon",
                "arcs": [[3 * number, 3 * number + 1, ~following, 3 * number + 2]],
                "properties": {"name": name},
            }
        )
    arcs.append([[4 * len(countries), 44], [0, 8]])
    return {
        "transform": {"scale": [1, 1], "translate": [0, 0]},
        "arcs": arcs,
        "objects": {"countries": {"geometries": geometries}},
    }


def test_other_land_is_one_mass_and_cyprus_one_island():
    names = [state.name for state in MEMBER_STATES if state.code != "CY"]
    paths = derive(topology("Norway", "Switzerland", "Cyprus", "N. Cyprus", *names))

    assert paths["land"].count("M") == 1
    assert paths["CY"].count("M") == 1
    assert paths["land"].count(" ") <= 8


def test_what_is_no_map_is_refused(tmp_path):
    wrong = tmp_path / "wrong.json"
    wrong.write_text("{}")

    with pytest.raises(CommandError, match="not the file"):
        call_command("derive_outlines", str(wrong), into=tmp_path / "out.json", stdout=StringIO())
    with pytest.raises(KeyError, match="no shape for"):
        derive(topology("Norway"))
