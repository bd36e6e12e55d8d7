"""Drawing the hall and giving places."""

import pytest

from conference import history
from marketplace.halls import read
from marketplace.models import HallPlace, Stand
from marketplace.services import hall
from marketplace.services.hall import PlaceRefused
from tests.factories import UserFactory
from tests.marketplace.factories import call, hall_place, stand

pytestmark = pytest.mark.django_db


def drawn(of, drawing):
    return hall.draw(of.conference, read(drawing), by=UserFactory())


def place(of, number):
    return HallPlace.objects.get(conference=of.conference, number=number)


class TestDrawing:
    def test_a_place_keeps_its_stand_whatever_its_number(self):
        of = call()
        drawn(of, "ooo")
        kept = stand(of, place=place(of, 3))

        assert drawn(of, "pp\n..o\n..o") == [kept]
        kept.refresh_from_db()
        assert kept.place is None

        drawn(of, "..o")
        kept.place = place(of, 1)
        kept.save()
        assert drawn(of, "ooo\nooo") == []
        kept.refresh_from_db()
        assert kept.place.number == 3

    def test_numbers_follow_the_drawing(self):
        of = call()
        drawn(of, "oo\noo")

        drawn(of, "oop\noo")

        assert list(HallPlace.objects.order_by("number").values_list("number", "row", "spot", "has_power")) == [
            (1, 1, 1, False),
            (2, 1, 2, False),
            (3, 1, 3, True),
            (4, 2, 1, False),
            (5, 2, 2, False),
        ]

    def test_it_stands_in_the_history(self):
        of = call()

        drawn(of, "oo")

        assert history.of(of.conference).first().action == "hall drawn"


class TestPlaces:
    def test_a_place_that_is_taken_is_told_with_whose_it_is(self):
        of = call()
        first, second = stand(of), stand(of, place=None)

        with pytest.raises(PlaceRefused, match="is taken: “Street work” stands there"):
            hall.give_place(second, first.place, by=UserFactory())

        assert Stand.objects.get(pk=second.pk).place is None

    def test_who_saw_another_place_is_told(self):
        of = call()
        moved = stand(of)
        seen = moved.place_id
        hall.give_place(moved, hall_place(of.conference), by=UserFactory())

        with pytest.raises(PlaceRefused, match="another place meanwhile"):
            hall.give_place(moved, hall_place(of.conference), by=UserFactory(), seen=seen)

    def test_a_place_of_another_hall_is_none(self):
        of = call()

        with pytest.raises(PlaceRefused, match="another hall"):
            hall.give_place(stand(of), hall_place(call().conference), by=UserFactory())

    def test_one_is_taken_back(self):
        own = stand()

        hall.give_place(own, None, by=UserFactory())

        own.refresh_from_db()
        assert own.place is None
        assert history.of(own.application).first().action == "place taken back"

    def test_a_proposal_is_carried_out_as_far_as_it_holds(self):
        of = call()
        first, second, third = (stand(of, place=None) for _number in range(3))
        places = [hall_place(of.conference) for _number in range(3)]
        hall.give_place(third, places[1], by=UserFactory())

        refused = hall.give_places({first: places[0], second: places[1], third: places[2]}, by=UserFactory())

        assert [one for one, _reason in refused] == [second, third]
        assert Stand.objects.get(pk=first.pk).place == places[0]
        assert Stand.objects.get(pk=third.pk).place == places[1]
