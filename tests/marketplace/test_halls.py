"""The hall as characters, places and a picture."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.halls import DrawingRefused, Spot, draw, neighbours, picture, read


def test_rows_and_places_are_numbered_along_the_rows():
    assert read("op.o\n\n o") == [
        Spot(1, 1, 1),
        Spot(2, 1, 2, has_power=True),
        Spot(3, 1, 4),
        Spot(4, 3, 2),
    ]


@pytest.mark.parametrize(
    ("drawing", "message"),
    [
        ("", "no place"),
        ("....", "no place"),
        ("oxo", "Row 1, character 2: “x” means nothing here"),
        ("o" * 81, "Row 1 is too long"),
        ("o\n" * 81, "at most 80 rows"),
        ("\n".join(["o" * 80] * 26), "at most 2000 places"),
    ],
)
def test_what_cannot_be_read_is_told(drawing, message):
    with pytest.raises(DrawingRefused, match=message):
        read(drawing)


@given(st.lists(st.text("op. ", max_size=20), min_size=1, max_size=12))
def test_what_is_drawn_reads_as_the_same_places(lines):
    drawing = "\n".join(lines)
    if not set(drawing) & {"o", "p"}:
        return
    spots = read(drawing)

    assert read(draw(spots)) == spots


def test_neighbours_are_beside_before_and_behind():
    assert neighbours(read("oo\no.")) == {1: [2, 3], 2: [1], 3: [1]}


def test_the_picture_says_what_stands_where():
    drawn = picture(read("op"), {2: (17, "Mentors", "city")})

    assert [(box.spot.number, box.title, box.key) for box in drawn.boxes] == [(1, "", 0), (2, "Mentors", 17)]
    assert (drawn.width, drawn.height) == (8 + 2 * 52, 8 + 52)
