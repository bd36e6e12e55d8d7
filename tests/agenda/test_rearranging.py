"""Moving the sessions of a day."""

import datetime
from zoneinfo import ZoneInfo

import pytest

from agenda.rearranging import Followers, Slot, duplicate, move, move_day, one_place, reorder, shift_from

BRUSSELS = ZoneInfo("Europe/Brussels")
DAY = datetime.date(2027, 2, 26)


def at(clock: str, day: datetime.date = DAY) -> datetime.datetime:
    local = datetime.datetime.combine(day, datetime.time.fromisoformat(clock), BRUSSELS)
    return local.astimezone(datetime.UTC)


def clocks(changed) -> dict[int, str]:
    return {key: slot.starts_at.astimezone(BRUSSELS).strftime("%H:%M") for key, slot in sorted(changed.items())}


# Opening 9.00–9.30, panel 9.30–10.30, coffee 10.30–11.00 in another room, panel 11.00–12.00 after no pause.
MORNING = [
    Slot(1, at("09:00"), 30, room=1),
    Slot(2, at("09:30"), 60, room=1),
    Slot(3, at("10:30"), 30, room=2),
    Slot(4, at("11:00"), 60, room=1),
]


class TestMoving:
    @pytest.mark.parametrize(
        ("follow", "expected"),
        [
            (Followers.NONE, {2: "09:45"}),
            (Followers.SAME_ROOM, {2: "09:45", 4: "11:15"}),
            (Followers.ALL, {2: "09:45", 3: "10:45", 4: "11:15"}),
        ],
    )
    def test_later_ones_follow_as_asked(self, follow, expected):
        changed = move(MORNING, 2, starts_at=at("09:45"), follow=follow, zone=BRUSSELS)

        assert clocks(changed) == expected

    def test_a_longer_session_pushes_by_what_it_grows(self):
        changed = move(MORNING, 1, starts_at=at("09:00"), minutes=40, follow=Followers.ALL, zone=BRUSSELS)

        assert clocks(changed) == {1: "09:00", 2: "09:40", 3: "10:40", 4: "11:10"}
        assert changed[1].minutes == 40

    def test_earlier_ones_and_those_beside_it_stay(self):
        beside = [*MORNING, Slot(5, at("09:30"), 60, room=2)]

        changed = move(beside, 2, starts_at=at("10:00"), follow=Followers.ALL, zone=BRUSSELS)

        assert clocks(changed) == {2: "10:00", 3: "11:00", 4: "11:30"}

    def test_nothing_changes_where_nothing_is_asked(self):
        assert move(MORNING, 2, starts_at=at("09:30"), follow=Followers.ALL, zone=BRUSSELS) == {}

    def test_to_another_day_the_clock_is_kept_although_it_was_changed_that_night(self):
        """28 March 2027: the clocks go forward at 2.00."""
        saturday, sunday = datetime.date(2027, 3, 27), datetime.date(2027, 3, 28)
        slots = [Slot(1, at("09:00", saturday), 60), Slot(2, at("10:00", saturday), 60)]

        changed = move(slots, 1, starts_at=at("09:00", sunday), follow=Followers.ALL, zone=BRUSSELS)

        assert clocks(changed) == {1: "09:00", 2: "10:00"}
        assert {slot.starts_at.astimezone(BRUSSELS).date() for slot in changed.values()} == {sunday}

    def test_past_midnight_what_follows_belongs_to_the_same_evening(self):
        slots = [
            Slot(1, at("22:30"), 60),
            Slot(2, at("23:30"), 60),
            Slot(3, at("00:30", DAY + datetime.timedelta(1)), 30),
        ]

        changed = move(slots, 1, starts_at=at("23:00"), follow=Followers.ALL, zone=BRUSSELS)

        assert clocks(changed) == {1: "23:00", 2: "00:00", 3: "01:00"}

    @pytest.mark.parametrize("day", [datetime.date(2026, 10, 24), datetime.date(2027, 3, 27)])
    def test_a_night_in_which_the_clocks_change_makes_no_pause_longer(self, day):
        slots = [Slot(1, at("23:30", day), 60), Slot(2, at("23:30", day) + datetime.timedelta(minutes=90), 60)]

        changed = move(
            slots, 1, starts_at=at("23:30", day) + datetime.timedelta(hours=2), follow=Followers.ALL, zone=BRUSSELS
        )

        assert changed[2].starts_at - changed[1].ends_at == datetime.timedelta(minutes=30)

    def test_an_unknown_session(self):
        with pytest.raises(KeyError):
            move(MORNING, 99, starts_at=at("09:00"), follow=Followers.NONE, zone=BRUSSELS)


class TestShifting:
    def test_everything_from_here_on_in_all_rooms(self):
        assert clocks(shift_from(MORNING, 2, minutes=10, zone=BRUSSELS)) == {2: "09:40", 3: "10:40", 4: "11:10"}

    def test_earlier(self):
        assert clocks(shift_from(MORNING, 4, minutes=-5, zone=BRUSSELS)) == {4: "10:55"}

    def test_only_that_day(self):
        tomorrow = Slot(9, at("09:00", DAY + datetime.timedelta(days=1)), 60)

        assert 9 not in shift_from([*MORNING, tomorrow], 1, minutes=10, zone=BRUSSELS)


class TestReordering:
    def test_later(self):
        assert clocks(reorder(MORNING, 1, after=2, zone=BRUSSELS)) == {1: "10:00", 2: "09:00"}

    def test_earlier(self):
        assert clocks(reorder(MORNING, 4, after=1, zone=BRUSSELS)) == {2: "10:30", 3: "11:30", 4: "09:30"}

    def test_first(self):
        assert clocks(reorder(MORNING, 2, after=None, zone=BRUSSELS)) == {1: "10:00", 2: "09:00"}

    @pytest.mark.parametrize("after", [1, 2])
    def test_where_it_stands_already(self, after):
        assert reorder(MORNING, 2, after=after, zone=BRUSSELS) == {}

    def test_a_pause_before_the_moved_one_goes_with_it(self):
        slots = [Slot(1, at("09:00"), 30), Slot(2, at("09:30"), 30), Slot(3, at("10:15"), 30)]

        changed = reorder(slots, 3, after=1, zone=BRUSSELS)

        assert clocks(changed) == {2: "10:15", 3: "09:30"}

    def test_not_after_one_of_another_day(self):
        tomorrow = Slot(9, at("09:00", DAY + datetime.timedelta(days=1)), 60)

        with pytest.raises(KeyError):
            reorder([*MORNING, tomorrow], 1, after=9, zone=BRUSSELS)


def test_a_copied_day_shows_the_same_clock_when_it_has_another_offset():
    spring = datetime.date(2027, 3, 29)

    copies = duplicate(MORNING, day=DAY, to=spring, zone=BRUSSELS)

    assert [slot.starts_at.astimezone(BRUSSELS).strftime("%d %H:%M") for slot in copies] == [
        "29 09:00",
        "29 09:30",
        "29 10:30",
        "29 11:00",
    ]


def test_a_day_moves_by_the_venues_clock_and_takes_no_other_day_along():
    spring = datetime.date(2027, 3, 29)
    tomorrow = Slot(9, at("09:00", DAY + datetime.timedelta(days=1)), 60)

    moved = move_day([*MORNING, tomorrow], day=DAY, to=spring, zone=BRUSSELS)

    assert clocks(moved) == {1: "09:00", 2: "09:30", 3: "10:30", 4: "11:00"}
    assert {slot.starts_at.astimezone(BRUSSELS).date() for slot in moved.values()} == {spring}


class TestOnePlace:
    """Exchanging a session with what stands before or after it."""

    @pytest.mark.parametrize(
        ("key", "later", "expected"),
        [
            (2, False, {1: "10:00", 2: "09:00"}),
            (2, True, {2: "10:00", 3: "09:30"}),
            (1, False, {}),
            (4, True, {}),
        ],
    )
    def test_two_that_follow_each_other_change_places(self, key, later, expected):
        assert clocks(one_place(MORNING, key, later=later, zone=BRUSSELS)) == expected

    def test_lunch_and_the_market_place_beside_it_are_one_place(self):
        day = [Slot(1, at("12:00"), 120, 2), Slot(2, at("12:30"), 75, 2), Slot(3, at("14:00"), 60, 1)]

        changed = one_place(day, 3, later=False, zone=BRUSSELS)

        assert clocks(changed) == {1: "13:00", 2: "13:30", 3: "12:00"}

    def test_one_of_several_rooms_changes_places_in_its_own(self):
        parallel = [
            Slot(1, at("09:00"), 60, 1),
            Slot(2, at("09:00"), 60, 2),
            Slot(3, at("10:00"), 60, 1),
            Slot(4, at("10:00"), 60, 2),
        ]

        assert clocks(one_place(parallel, 4, later=False, zone=BRUSSELS)) == {2: "10:00", 4: "09:00"}

    def test_an_unknown_session_is_a_key_error(self):
        with pytest.raises(KeyError):
            one_place(MORNING, 99, later=True, zone=BRUSSELS)
