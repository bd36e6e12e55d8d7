"""The board's page, and the page for the day itself."""

import datetime

import pytest
from django.utils import timezone

from meetings.models import Meeting, MeetingSeat, Slot, Table
from meetings.services import board
from tests.meetings import factories
from tests.meetings.admin.test_places import said, url
from tests.meetings.services.test_placements import absent, agreed, place

pytestmark = pytest.mark.django_db


@pytest.fixture
def block(conference):
    factories.rules(conference)
    return factories.block(conference, slots=2, tables=3)


def key(block, *, slot: int, table: int) -> str:
    found = place(block, slot=slot, table=table)
    return f"{found['slot'].pk}-{found['table'].pk}"


def go(client, conference, meeting: Meeting, to: str, **more: object):
    data = {"meeting": meeting.pk, "version": meeting.version, "place": to, **more}
    return client.post(url("board_go", conference), data)


class TestTheBoard:
    def test_without_an_open_block_says_what_to_do(self, conference, organiser_client):
        assert "No block is open yet" in organiser_client.get(url("board", conference)).content.decode()

    def test_offers_legal_places_as_buttons_and_says_why_others_are_not(self, conference, block, organiser_client):
        meeting = agreed(conference)
        absent(meeting.request.asker, block.slots.last())

        page = organiser_client.get(url("board", conference), {"meeting": meeting.pk}).content.decode()

        assert page.count(">\n        Move here\n      </button>") == 3
        assert "has to be elsewhere: absent." in page
        assert 'aria-label="Move here: 10.30, table 3"' in page

    def test_a_button_moves(self, conference, block, organiser_client):
        meeting = agreed(conference, **place(block, slot=1, table=1))

        response = go(organiser_client, conference, meeting, key(block, slot=2, table=3))

        meeting.refresh_from_db()
        assert (meeting.slot.number, meeting.table.number) == (2, 3)
        assert said(response)[0].endswith("table 3. Both are told.")

    def test_a_button_swaps(self, conference, block, organiser_client):
        one = agreed(conference, **place(block, slot=1, table=1))
        other = agreed(conference, **place(block, slot=2, table=2))
        to = key(block, slot=2, table=2)

        go(organiser_client, conference, one, to, **{f"other-{to}": other.pk, f"version-{to}": 1})

        one.refresh_from_db()
        other.refresh_from_db()
        assert (one.slot.number, other.slot.number) == (2, 1)

    def test_who_comes_second_is_told_and_nothing_is_lost(self, conference, block, organiser_client):
        meeting = agreed(conference, **place(block, slot=1, table=1))
        board.place(meeting, **place(block, slot=2, table=2), seen=1, by=None)

        response = go(organiser_client, conference, meeting, key(block, slot=1, table=3))

        assert "was changed meanwhile by" in said(response)[0]
        meeting.refresh_from_db()
        assert (meeting.slot.number, meeting.table.number) == (2, 2)

    @pytest.mark.parametrize("to", ["", "7", "x-y", "1-2-3"])
    def test_nonsense_is_told(self, conference, block, organiser_client, to):
        response = go(organiser_client, conference, agreed(conference), to)

        assert said(response) == ["Choose a meeting and a place on the board."]

    def test_places_of_other_conferences_are_not_there(self, conference, block, organiser_client):
        from tests.factories import ConferenceFactory

        elsewhere = factories.block(ConferenceFactory())

        response = go(organiser_client, conference, agreed(conference), key(elsewhere, slot=1, table=1))

        assert response.status_code == 404

    def test_the_script_gets_the_same_answers(self, conference, block, organiser_client):
        meeting = agreed(conference, **place(block, slot=1, table=1))
        other = agreed(conference, **place(block, slot=1, table=2))
        absent(meeting.request.asker, block.slots.last())

        found = organiser_client.get(url("board_targets", conference, meeting.pk)).json()["targets"]

        assert found[key(block, slot=1, table=2)] == {"why": "", "swaps": True}
        assert found[key(block, slot=1, table=3)] == {"why": "", "swaps": False}
        assert "has to be elsewhere" in found[key(block, slot=2, table=1)]["why"]
        assert other.pk

    def test_lock_take_off_and_cancel(self, conference, block, organiser_client):
        meeting = agreed(conference, **place(block))
        organiser_client.post(url("board_lock", conference, meeting.pk), {"version": 1, "locked": "1"})
        locked = Meeting.objects.get().is_locked
        organiser_client.post(url("board_lock", conference, meeting.pk), {"version": 2})
        organiser_client.post(url("board_off", conference, meeting.pk), {"version": 3})
        off = Meeting.objects.get().status
        empty = organiser_client.post(url("board_cancel", conference, meeting.pk), {"version": 4, "reason": ""})
        organiser_client.post(url("board_cancel", conference, meeting.pk), {"version": 4, "reason": "No room."})

        assert (locked, off, empty.status_code) == (True, "unplaced", 422)
        meeting.refresh_from_db()
        assert (meeting.status, meeting.reason) == ("cancelled", "No room.")

    def test_finds_a_persons_meetings(self, conference, block, organiser_client):
        meeting = agreed(conference, **place(block))
        agreed(conference, **place(block, table=2))

        page = organiser_client.get(url("board", conference), {"q": meeting.request.asker.delegation.name})

        assert f"1 meeting of “{meeting.request.asker.delegation.name}” is marked." in page.content.decode()

    def test_what_was_placed_by_hand_is_published_by_one_button(self, conference, block, organiser_client):
        board.place(agreed(conference), **place(block), seen=1, by=None)

        page = organiser_client.get(url("board", conference)).content.decode()
        organiser_client.post(url("board_publish", conference))

        assert "One meeting was placed by hand, and nobody is told yet." in page
        assert Meeting.objects.get().status == "published"


class TestTheDay:
    def test_shows_now_next_late_and_what_did_not_take_place(self, conference, block, organiser_client):
        now = timezone.now()
        first, second = block.slots.all()
        Slot.objects.filter(pk=first.pk).update(
            starts_at=now - datetime.timedelta(minutes=5), ends_at=now + datetime.timedelta(minutes=7)
        )
        Slot.objects.filter(pk=second.pk).update(
            starts_at=now + datetime.timedelta(minutes=10), ends_at=now + datetime.timedelta(minutes=22)
        )
        Table.objects.filter(number=3).update(is_spare=True)
        here = agreed(conference, **place(block, slot=1, table=1))
        agreed(conference, **place(block, slot=2, table=2))
        late = here.request.asker
        MeetingSeat.objects.filter(participant=late).update(late_at=now)
        absentee = here.request.asked
        MeetingSeat.objects.filter(participant=absentee).update(says_held=False, said_at=now)

        page = organiser_client.get(url("today", conference)).content.decode()

        assert "One meeting. Free tables: 2, 3 (spare)." in page
        assert "One meeting. Free tables: 1, 3 (spare)." in page
        assert f"{late.full_name}, {late.delegation.name}:" in page
        assert f"{absentee.full_name}, {absentee.delegation.name}, says so" in page

    def test_before_any_block_is_open(self, conference, organiser_client):
        assert "No block is open yet" in organiser_client.get(url("today", conference)).content.decode()

    def test_takes_as_many_queries_for_three_as_for_one(
        self, conference, block, organiser_client, django_assert_num_queries
    ):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        agreed(conference, **place(block, table=1))
        organiser_client.get(url("today_part", conference))
        with CaptureQueriesContext(connection) as one:
            organiser_client.get(url("today_part", conference))
        for number in (2, 3):
            agreed(conference, **place(block, table=number))
        with django_assert_num_queries(len(one)):
            organiser_client.get(url("today_part", conference))


class TestPeople:
    def test_idle_wanted_and_waiting(self, conference, block, organiser_client):
        alone = factories.guest(conference)
        waiting = agreed(conference)

        page = organiser_client.get(url("people", conference)).content.decode()

        assert "One person wants meetings and has none" in page
        assert alone.full_name in page
        assert f"Place {waiting} by hand" in page
