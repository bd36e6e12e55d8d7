"""Rules and tables, and blocks in the programme's breaks with all that a change of them costs."""

import datetime

import pytest

from conference import history
from conference.models import Conference
from mailings.models import Mail
from meetings.models import Block, Meeting, MeetingRules, MeetingSeat, Slot, Table
from meetings.services import blocks, meetings, places
from meetings.services.places import PlacesRefused
from tests.meetings import factories

pytestmark = pytest.mark.django_db


def local(conference: Conference, clock: str) -> datetime.datetime:
    return datetime.datetime.combine(conference.held_on, datetime.time.fromisoformat(clock), conference.zone)


def new_block(conference: Conference, clock: str = "10:30", **fields: object) -> Block:
    known = {"title": "Coffee break", "starts_at": local(conference, clock), "minutes": 30, "table_count": 20}
    return Block(conference=conference, **{**known, **fields})


def placed(block: Block, *, slot: int = 1, table: int = 1) -> Meeting:
    """A published meeting of two new guests."""
    request = factories.request(factories.guest(block.conference), factories.guest(block.conference))
    return factories.meeting(
        request,
        slot=Slot.objects.get(block=block, number=slot),
        table=Table.objects.get(conference=block.conference, number=table),
    )


class TestTables:
    def test_the_spare_ones_are_spread_so_that_every_block_has_its_share(self):
        assert places.spare_numbers(20, 15) == {7, 14, 20}
        assert places.spare_numbers(10, 15) == {7}
        assert places.spare_numbers(20, 0) == set()
        assert len(places.spare_numbers(200, 15)) == 30

    def test_they_are_numbered_row_by_row(self, conference):
        places.set_tables(conference, count=5, in_a_row=3, by=None)

        spots = Table.objects.values_list("number", "row", "place")
        assert list(spots) == [(1, 1, 1), (2, 1, 2), (3, 1, 3), (4, 2, 1), (5, 2, 2)]

    def test_more_tables_leave_meetings_at_theirs(self, conference):
        block = factories.block(conference, tables=3)
        meeting = placed(block, table=2)

        places.set_tables(conference, count=8, in_a_row=4, by=None)

        meeting.refresh_from_db()
        assert meeting.table.number == 2
        assert Table.objects.count() == 8

    def test_a_table_with_a_meeting_does_not_go(self, conference):
        block = factories.block(conference, tables=3)
        placed(block, table=3)
        Block.objects.update(table_count=2)

        with pytest.raises(PlacesRefused, match="meetings at table 3"):
            places.set_tables(conference, count=2, in_a_row=2, by=None)

        assert Table.objects.count() == 3

    def test_a_table_that_a_block_needs_does_not_go(self, conference):
        factories.block(conference, tables=3)

        with pytest.raises(PlacesRefused, match="needs 3 tables"):
            places.set_tables(conference, count=2, in_a_row=2, by=None)

    def test_a_table_of_a_cancelled_meeting_may_go(self, conference):
        block = factories.block(conference, tables=3)
        meeting = placed(block, table=3)
        meetings.cancel(meeting, person=None, by=None)
        Block.objects.update(table_count=2)

        places.set_tables(conference, count=2, in_a_row=2, by=None)

        meeting.refresh_from_db()
        assert (meeting.table, meeting.status) == (None, "cancelled")

    def test_two_tables_change_places(self, conference):
        places.set_tables(conference, count=2, in_a_row=2, by=None)

        places.save_tables(conference, {1: (1, 2, False), 2: (1, 1, True)}, by=None)

        assert list(Table.objects.values_list("number", "place", "is_spare")) == [(1, 2, False), (2, 1, True)]

    def test_no_two_stand_on_one_spot(self, conference):
        places.set_tables(conference, count=3, in_a_row=3, by=None)

        with pytest.raises(PlacesRefused, match="Tables 1 and 3 would both stand in row 1, place 1"):
            places.save_tables(conference, {3: (1, 1, False)}, by=None)


class TestRules:
    def test_what_was_not_typed_stays(self, conference):
        MeetingRules.objects.create(conference=conference, expiry_days=5, pending_factor=4)
        typed = MeetingRules.objects.get()
        MeetingRules.objects.update(expiry_days=7)
        typed.pending_factor = 3

        places.save_rules(typed, changed=["pending_factor"], by=None)

        assert MeetingRules.objects.values_list("expiry_days", "pending_factor").get() == (7, 3)


class TestANewBlock:
    def test_has_as_many_slots_as_fit_and_makes_its_tables(self, conference):
        block = new_block(conference)

        blocks.save(block, seen=None, changed=[], by=None)

        assert [slot.starts_at.astimezone(conference.zone).strftime("%H:%M") for slot in block.slots.all()] == [
            "10:30",
            "10:45",
        ]
        assert Table.objects.count() == 20
        assert Table.objects.filter(is_spare=True).count() == 3
        assert block.status == "draft"

    def test_does_not_run_beside_another(self, conference):
        factories.block(conference, hour=10)

        with pytest.raises(PlacesRefused, match="“Coffee break” runs at this time"):
            blocks.save(new_block(conference, "10:50"), seen=None, changed=[], by=None)

        assert Block.objects.count() == 1


class TestAChange:
    @pytest.fixture
    def block(self, conference) -> Block:
        return factories.block(conference, slots=2, tables=3)

    def test_a_later_begin_takes_meetings_along_and_tells_both(self, block):
        meeting = placed(block, slot=2, table=3)
        block.starts_at += datetime.timedelta(minutes=10)

        change = blocks.preview(block)
        blocks.save(block, seen=change.digest, changed=["starts_at"], by=None)

        assert change.shifted == [meeting]
        meeting.refresh_from_db()
        assert meeting.slot.starts_at == block.starts_at + datetime.timedelta(minutes=15)
        assert (meeting.table.number, meeting.version, meeting.status) == (3, 2, "published")
        mails = Mail.objects.filter(kind="meeting_moved")
        assert {mail.to[0] for mail in mails} == {person.email for person in meeting.people}

    def test_a_lost_slot_is_never_lost_silently(self, block):
        staying, going = placed(block, slot=1), placed(block, slot=2)
        block.minutes = 15

        change = blocks.preview(block)
        assert (change.shifted, change.unplaced) == ([], [going])
        with pytest.raises(PlacesRefused):
            blocks.save(block, seen=None, changed=["minutes"], by=None)
        with pytest.raises(PlacesRefused, match="Look at it again"):
            blocks.save(block, seen="another", changed=["minutes"], by=None)

        blocks.save(block, seen=change.digest, changed=["minutes"], by=None)

        going.refresh_from_db()
        staying.refresh_from_db()
        assert (going.status, going.slot, going.table) == ("unplaced", None, None)
        assert set(going.seats.values_list("slot", flat=True)) == {None}
        assert staying.slot.number == 1
        assert set(Mail.objects.values_list("kind", flat=True)) == {"meeting_dropped"}
        assert history.of(going).first().to_status == "unplaced"

    def test_a_meeting_agreed_since_the_preview_is_told(self, block):
        block.minutes = 15
        seen = blocks.preview(block).digest
        placed(block, slot=2)

        with pytest.raises(PlacesRefused, match="Look at it again"):
            blocks.save(block, seen=seen, changed=["minutes"], by=None)

    def test_a_request_for_a_lost_time_stays_open_without_one(self, block):
        slot = Slot.objects.get(block=block, number=2)
        request = factories.request(factories.guest(block.conference), slot=slot)
        MeetingSeat.objects.create(request=request, participant=request.asker, slot=slot)
        block.minutes = 15

        change = blocks.preview(block)
        blocks.save(block, seen=change.digest, changed=["minutes"], by=None)

        assert change.loosened == [request]
        request.refresh_from_db()
        assert (request.status, request.slot) == ("pending", None)
        assert not MeetingSeat.objects.exists()

    def test_fewer_tables_take_the_place_of_who_sits_at_the_last(self, block):
        near, far = placed(block, table=1), placed(block, table=3)
        block.table_count = 2

        change = blocks.preview(block)

        assert change.unplaced == [far]
        assert near not in change.unplaced

    def test_says_who_would_have_to_be_elsewhere(self, block):
        meeting = placed(block, slot=1)
        moves_to = block.starts_at + datetime.timedelta(hours=1)
        meeting.request.asker.meeting_absences.create(
            starts_at=moves_to, ends_at=moves_to + datetime.timedelta(minutes=5)
        )
        block.starts_at = moves_to

        arising = blocks.preview(block).arising

        assert [(conflict.meeting, conflict.participant) for conflict in arising] == [(meeting, meeting.request.asker)]

    def test_a_slot_in_which_people_met_does_not_go(self, block):
        meeting = placed(block, slot=2)
        Meeting.objects.filter(pk=meeting.pk).update(status="held")
        block.minutes = 15

        with pytest.raises(PlacesRefused, match="took place"):
            blocks.save(block, seen=blocks.preview(block).digest, changed=["minutes"], by=None)


class TestStates:
    def test_open_close_and_open_again(self, conference):
        block = factories.block(conference, status="draft")

        blocks.open_block(block, by=None)
        blocks.close_block(block, by=None)
        blocks.open_block(block, by=None)

        assert Block.objects.get().status == "open"
        assert [entry.action for entry in history.of(block)] == ["opened", "closed", "opened"]

    def test_a_block_with_meetings_is_neither_taken_back_nor_deleted(self, conference):
        block = factories.block(conference)
        placed(block)

        with pytest.raises(PlacesRefused):
            blocks.prepare_again(block, by=None)
        with pytest.raises(PlacesRefused):
            blocks.delete_block(block, by=None)

        assert Block.objects.get().status == "open"

    def test_one_with_only_cancelled_meetings_can_be_deleted(self, conference):
        block = factories.block(conference)
        meeting = placed(block)
        meetings.cancel(meeting, person=None, by=None)

        blocks.delete_block(block, by=None)

        assert not Block.objects.exists()
        assert Meeting.objects.get().slot is None
