"""Single meetings on the board: moved, swapped, locked, cancelled, and what is in the way."""

import datetime

import pytest
from django.utils import timezone

from mailings.models import Mail
from meetings.board import idle, most_wanted, read_board
from meetings.models import Meeting, MeetingRules, MeetingSeat, Slot, Table
from meetings.services import board
from meetings.services.board import MovedMeanwhile
from meetings.services.seats import MeetingRefused
from registrations.services import replies
from tests.meetings import factories
from tests.meetings.services.test_placements import absent, agreed, place

pytestmark = pytest.mark.django_db


@pytest.fixture
def block(conference):
    factories.rules(conference)
    return factories.block(conference, slots=2, tables=3)


def where(meeting: Meeting) -> tuple[int, int, set[int]]:
    """Slot, table, and the slots of both seats."""
    meeting.refresh_from_db()
    return (
        meeting.slot.number,
        meeting.table.number,
        set(meeting.seats.values_list("slot__number", flat=True)),
    )


class TestMoving:
    def test_a_known_meeting_moves_and_both_are_told(self, conference, block):
        meeting = agreed(conference, **place(block, slot=1, table=1))

        board.place(meeting, **place(block, slot=2, table=3), seen=1, by=None)

        assert where(meeting) == (2, 3, {2})
        assert (meeting.status, meeting.version) == ("published", 2)
        assert Mail.objects.filter(kind="meeting_moved").count() == 2

    def test_one_without_a_time_is_told_when_it_is_published(self, conference, block):
        meeting = agreed(conference)

        board.place(meeting, **place(block), seen=1, by=None)
        meeting.refresh_from_db()
        before = (meeting.status, Mail.objects.count())
        board.publish_by_hand(conference, by=None)

        meeting.refresh_from_db()
        assert before == ("provisional", 0)
        assert (meeting.status, Mail.objects.filter(kind="meeting_placed").count()) == ("published", 2)

    def test_the_second_of_two_organisers_is_told(self, conference, block, organiser):
        meeting = agreed(conference, **place(block, slot=1, table=1))
        theirs = Meeting.objects.with_people().get()
        board.place(meeting, **place(block, slot=2, table=2), seen=1, by=organiser)

        with pytest.raises(MovedMeanwhile, match=r"changed meanwhile by organiser@organiser\.example"):
            board.place(theirs, **place(block, slot=1, table=3), seen=1, by=None)

        assert where(meeting) == (2, 2, {2})

    def test_a_spare_table_may_be_given(self, conference, block):
        Table.objects.filter(number=3).update(is_spare=True)
        meeting = agreed(conference)

        board.place(meeting, **place(block, table=3), seen=1, by=None)

        assert where(meeting) == (1, 3, {1})

    def test_nobody_is_put_where_they_have_to_be_elsewhere(self, conference, block):
        meeting = agreed(conference)
        absent(meeting.request.asked, block.slots.first())

        with pytest.raises(MeetingRefused, match="has to be elsewhere: absent"):
            board.place(meeting, **place(block), seen=1, by=None)

    def test_nobody_sits_in_two_meetings(self, conference, block):
        there = agreed(conference, **place(block, slot=1, table=2))
        other = agreed(conference, there.request.asker)

        with pytest.raises(MeetingRefused, match="has a meeting then, at table 2"):
            board.place(other, **place(block, slot=1, table=1), seen=1, by=None)

    def test_a_seat_held_for_a_request_is_in_the_way(self, conference, block):
        meeting = agreed(conference)
        slot = block.slots.first()
        request = factories.request(factories.guest(conference), meeting.request.asked, slot=slot)
        MeetingSeat.objects.create(request=request, participant=meeting.request.asked, slot=slot)

        with pytest.raises(MeetingRefused, match="has not answered yet"):
            board.place(meeting, **place(block), seen=1, by=None)

    def test_a_taken_table_is_not_given_twice(self, conference, block):
        agreed(conference, **place(block))

        with pytest.raises(MeetingRefused, match="Table 1 is taken"):
            board.place(agreed(conference), **place(block), seen=1, by=None)

    def test_the_cap_of_a_break_holds(self, conference, block):
        MeetingRules.objects.update(meetings_per_block=1)
        there = agreed(conference, **place(block, slot=1))
        other = agreed(conference, there.request.asker)

        with pytest.raises(MeetingRefused, match="as many meetings in this break"):
            board.place(other, **place(block, slot=2), seen=1, by=None)
        # Its own place does not count against a meeting that moves within the break.
        board.place(there, **place(block, slot=2), seen=1, by=None)

        assert where(there) == (2, 1, {2})

    def test_a_locked_meeting_stays(self, conference, block):
        meeting = agreed(conference, **place(block))
        board.set_lock(meeting, locked=True, seen=1, by=None)

        with pytest.raises(MeetingRefused, match="is locked"):
            board.place(meeting, **place(block, slot=2), seen=2, by=None)
        board.set_lock(meeting, locked=False, seen=2, by=None)
        board.place(meeting, **place(block, slot=2), seen=3, by=None)

        assert where(meeting) == (2, 1, {2})

    def test_what_was_cancelled_does_not_move(self, conference, block):
        meeting = agreed(conference, **place(block))
        board.cancel(meeting, reason="The room is needed.", seen=1, by=None)

        with pytest.raises(MovedMeanwhile, match="was cancelled meanwhile"):
            board.place(meeting, **place(block, slot=2), seen=1, by=None)


class TestSwapping:
    def test_two_change_places_and_all_are_told(self, conference, block):
        one = agreed(conference, **place(block, slot=1, table=1))
        other = agreed(conference, **place(block, slot=2, table=3))

        board.swap(one, other, seen=(1, 1), by=None)

        assert (where(one), where(other)) == ((2, 3, {2}), (1, 1, {1}))
        assert {one.status, other.status} == {"published"}
        assert Mail.objects.filter(kind="meeting_moved").count() == 4

    def test_two_of_one_person_change_times(self, conference, block):
        one = agreed(conference, **place(block, slot=1, table=1))
        other = agreed(conference, one.request.asker, **place(block, slot=2, table=1))

        board.swap(one, other, seen=(1, 1), by=None)

        assert (where(one), where(other)) == ((2, 1, {2}), (1, 1, {1}))

    def test_a_provisional_one_stays_provisional(self, conference, block):
        one = agreed(conference, **place(block, slot=1, table=1))
        other = agreed(conference)
        board.place(other, **place(block, slot=2, table=2), seen=1, by=None)

        board.swap(one, other, seen=(1, 2), by=None)

        other.refresh_from_db()
        one.refresh_from_db()
        assert (one.status, other.status) == ("published", "provisional")

    def test_where_one_cannot_go_neither_moves(self, conference, block):
        one = agreed(conference, **place(block, slot=1, table=1))
        other = agreed(conference, **place(block, slot=2, table=3))
        absent(other.request.asker, one.slot)

        with pytest.raises(MeetingRefused, match="has to be elsewhere"):
            board.swap(one, other, seen=(1, 1), by=None)

        assert (where(one), where(other)) == ((1, 1, {1}), (2, 3, {2}))


class TestTakingOffAndCancelling:
    def test_a_meeting_that_is_taken_off_waits(self, conference, block):
        meeting = agreed(conference, **place(block))

        board.take_off(meeting, seen=1, by=None)

        meeting.refresh_from_db()
        assert (meeting.status, meeting.slot, meeting.table) == ("unplaced", None, None)
        assert Mail.objects.filter(kind="meeting_dropped").count() == 2

    def test_a_cancelled_one_is_told_with_the_reason(self, conference, block):
        meeting = agreed(conference, **place(block))

        board.cancel(meeting, reason="The room is needed.", seen=1, by=None)

        meeting.refresh_from_db()
        assert (meeting.status, meeting.reason) == ("cancelled", "The room is needed.")
        mails = Mail.objects.filter(kind="meeting_cancelled")
        assert len(mails) == 2
        assert "The room is needed." in mails[0].text


class TestReading:
    def test_marks_where_a_meeting_can_go(self, conference, block):
        chosen = agreed(conference, **place(block, slot=1, table=1))
        beside = agreed(conference, **place(block, slot=1, table=2))
        later = agreed(conference, **place(block, slot=2, table=1), is_locked=True)

        found = read_board(conference, chosen=chosen.pk)

        marks = {
            (cell.slot.number, cell.table.number): (cell.target.why, cell.target.swaps)
            for cell in found.cells.values()
            if cell.target
        }
        assert found.chosen == chosen
        assert marks == {
            (1, 2): ("", True),
            (1, 3): ("", False),
            (2, 1): ("Taken, and locked.", False),
            (2, 2): ("", False),
            (2, 3): ("", False),
        }
        assert {cell.meeting for cell in found.cells.values() if cell.meeting} == {chosen, beside, later}

    def test_the_mark_and_the_move_say_the_same(self, conference, block):
        """Whatever the board marks as possible is done, and what it does not mark is refused for that reason."""
        people = [factories.guest(conference) for _number in range(4)]
        chosen = agreed(conference, people[0], people[1])
        agreed(conference, people[0], people[2], **place(block, slot=1, table=1))
        absent(people[3], block.slots.last())
        for cell in read_board(conference, chosen=chosen.pk).cells.values():
            fresh = Meeting.objects.with_people().get(pk=chosen.pk)
            if cell.target.why:
                with pytest.raises(MeetingRefused):
                    board.place(fresh, cell.slot, cell.table, seen=fresh.version, by=None)
            else:
                board.place(fresh, cell.slot, cell.table, seen=fresh.version, by=None)
                assert where(fresh)[:2] == (cell.slot.number, cell.table.number)
                board.take_off(fresh, seen=fresh.version, by=None)

    def test_shows_conflicts_and_finds_people(self, conference, block):
        meeting = agreed(conference, **place(block))
        agreed(conference, **place(block, table=2))
        absent(meeting.request.asker, meeting.slot)

        found = read_board(conference, search=meeting.request.asker.family_name.upper())

        assert [cell.meeting for cell in found.in_conflict] == [meeting]
        assert [cell.meeting for cell in found.cells.values() if cell.is_found] == [meeting]

    def test_takes_as_many_queries_for_three_as_for_one(self, conference, block, django_assert_num_queries):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        chosen = agreed(conference, **place(block, table=1))
        agreed(conference)
        with CaptureQueriesContext(connection) as few:
            read_board(conference, chosen=chosen.pk)
        for number in (2, 3):
            agreed(conference, **place(block, table=number))
            agreed(conference)
        with django_assert_num_queries(len(few)):
            read_board(conference, chosen=chosen.pk)


class TestWhoNeedsALook:
    def test_idle_are_those_who_want_meetings_and_have_none(self, conference, block):
        alone = factories.guest(conference)
        factories.guest(conference, no_meetings=True)
        factories.guest(conference, opted_in=False, opted_in_at=None)
        agreed(conference)
        waiting = factories.request(factories.guest(conference), alone)

        found = {person.pk: (person.sent, person.received) for person in idle(conference)}

        assert found == {alone.pk: (0, 1), waiting.asker.pk: (1, 0)}

    def test_the_most_wanted_come_first(self, conference, block):
        star, other = factories.guest(conference), factories.guest(conference)
        agreed(conference, factories.guest(conference), star, **place(block))
        agreed(conference, factories.guest(conference), star)
        factories.request(factories.guest(conference), star)
        factories.request(factories.guest(conference), other)

        found = most_wanted(conference)

        assert [(one.person, one.received, one.pending, one.placed, one.waiting) for one in found] == [
            (star, 3, 1, 1, 1),
            (other, 1, 1, 0, 0),
        ]

    def test_who_withdraws_leaves_the_board(self, conference, block):
        meeting = agreed(conference, **place(block))

        replies.withdraw(meeting.request.asker, by=None)

        assert read_board(conference).meetings == []


def test_a_time_that_is_over_takes_nobody(conference, block):
    meeting = agreed(conference)
    now = timezone.now()
    Slot.objects.update(starts_at=now - datetime.timedelta(minutes=20), ends_at=now - datetime.timedelta(minutes=8))

    with pytest.raises(MeetingRefused, match="This time is over"):
        board.place(meeting, **place(block), seen=1, by=None)
