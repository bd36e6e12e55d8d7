"""A release moves a break, and its meetings follow; a talk falls into a meeting, and the organisers are told."""

import datetime

import pytest

from agenda.kinds import SessionKind
from agenda.models import Session
from agenda.services import releases
from conference import history
from mailings.models import Mail
from meetings.breaks import breaks_of
from meetings.conflicts import conflicts_of
from meetings.models import Block, Slot
from meetings.services import blocks, following
from tests.factories import PresentationFactory, SessionFactory, SpeakerFactory
from tests.meetings import factories
from tests.meetings.services.test_placements import agreed, place

pytestmark = pytest.mark.django_db


def publish(conference):
    preview = releases.preview(conference)
    confirmed = [warning.key for warning in preview.warnings]
    releases.publish(conference, note="", seen=None, confirmed=confirmed, by=None)
    return preview.consequences


@pytest.fixture
def coffee(conference) -> Session:
    """A published break with an open block of two slots and three tables."""
    SessionFactory(conference=conference, at="09:30")
    coffee = SessionFactory(
        conference=conference, kind=SessionKind.COFFEE_BREAK, title="Coffee", at="10:30", minutes=30
    )
    factories.rules(conference)
    factories.block(conference, slots=2, tables=3, session_guid=coffee.guid, title="Coffee")
    publish(conference)
    return coffee


@pytest.fixture
def block(coffee) -> Block:
    return Block.objects.get()


def later(session: Session, minutes: int = 10) -> None:
    session.starts_at += datetime.timedelta(minutes=minutes)
    session.save()


class TestABreakThatMoves:
    def test_takes_its_meetings_along_and_says_so_before(self, conference, coffee, block):
        meeting = agreed(conference, **place(block, slot=2, table=3))
        later(coffee)

        said = publish(conference)

        assert said == ["The meetings of “Coffee” follow it from 10.30 to 10.40: 1 meeting; both people get a mail."]
        meeting.refresh_from_db()
        assert meeting.slot.starts_at == coffee.starts_at + datetime.timedelta(minutes=15)
        assert (meeting.status, meeting.table.number, meeting.version) == ("published", 3, 2)
        assert Mail.objects.filter(kind="meeting_moved").count() == 2

    def test_without_meetings_only_the_block_follows(self, conference, coffee, block):
        later(coffee)

        said = publish(conference)

        assert said == ["The block of meetings “Coffee” follows its break from 10.30 to 10.40."]
        block.refresh_from_db()
        assert block.starts_at == coffee.starts_at

    def test_a_longer_break_has_another_slot(self, conference, coffee, block):
        coffee.minutes = 45
        coffee.save()

        publish(conference)

        assert Slot.objects.filter(block=block).count() == 3

    def test_a_shorter_one_never_takes_a_time_away_silently(self, conference, coffee, block):
        meeting = agreed(conference, **place(block, slot=2))
        coffee.minutes = 15
        coffee.save()

        (said,) = publish(conference)

        assert "would cost 1 of them its time" in said
        meeting.refresh_from_db()
        block.refresh_from_db()
        assert (meeting.status, meeting.slot.number, block.minutes) == ("published", 2, 30)
        assert history.of(block).first().action == "did not follow the programme"
        assert not Mail.objects.filter(kind="meeting_dropped").exists()

    def test_beside_another_block_it_stays(self, conference, coffee, block):
        factories.block(conference, hour=11, slots=2, tables=3, title="Lunch")
        later(coffee, 60)

        (said,) = publish(conference)

        assert said.startswith("The meetings of “Coffee” stay at 10.30: “Lunch” runs at this time.")
        block.refresh_from_db()
        assert block.starts_at < coffee.starts_at

    def test_that_leaves_the_programme_leaves_its_meetings(self, conference, coffee, block):
        meeting = agreed(conference, **place(block))
        coffee.delete()

        said = publish(conference)

        assert said == ["“Coffee” leaves the programme. Its 1 meeting stays until you decide."]
        meeting.refresh_from_db()
        assert meeting.status == "published"

    def test_nothing_is_said_where_it_stays(self, conference, coffee, block):
        SessionFactory(conference=conference, at="14:00")

        assert publish(conference) == []


class TestPartOfABreak:
    @pytest.fixture
    def lunch(self, conference) -> Session:
        lunch = SessionFactory(conference=conference, kind=SessionKind.LUNCH, title="Lunch", at="12:00", minutes=120)
        begins = lunch.starts_at + datetime.timedelta(minutes=30)
        factories.block(conference, slots=4, tables=2, session_guid=lunch.guid, title="Lunch", starts_at=begins)
        publish(conference)
        return lunch

    def test_keeps_its_distance_from_the_begin(self, conference, lunch):
        later(lunch, 20)

        publish(conference)

        block = Block.objects.get()
        assert block.starts_at == lunch.starts_at + datetime.timedelta(minutes=30)
        assert block.minutes == 60

    def test_is_let_in_where_it_lies_outside(self, conference, lunch):
        block = Block.objects.get()
        stray = following.Break(lunch.starts_at + datetime.timedelta(hours=3), 45)

        moved = following.moved_along(block, None, stray)

        assert (moved.starts_at, moved.minutes) == (stray.starts_at, 45)


class TestATalkInAMeeting:
    def test_flags_it_and_cancels_nothing(self, conference, coffee, block):
        meeting = agreed(conference, **place(block))
        speaker = SpeakerFactory(
            conference=conference,
            participant=meeting.request.asked,
            given_name="",
            family_name="",
            email="",
            status="accepted",
        )
        session = SessionFactory(conference=conference, at="10:20", minutes=30, title="Panel 9")
        PresentationFactory(session=session, speaker=speaker)

        publish(conference)

        (conflict,) = conflicts_of(conference)
        assert (conflict.meeting, conflict.participant) == (meeting, meeting.request.asked)
        assert "Panel 9" in conflict.busy.what
        meeting.refresh_from_db()
        assert (meeting.status, meeting.slot.number) == ("published", 1)


class TestBreaks:
    def test_are_those_of_the_release_and_of_the_working_version(self, conference, coffee, block):
        later(coffee)
        SessionFactory(conference=conference, kind=SessionKind.LUNCH, title="Lunch", at="12:00")

        found = breaks_of(conference)

        assert [(one.title, one.released, one.block) for one in found] == [
            ("Coffee", True, block),
            ("Lunch", False, None),
        ]
        assert found[0].starts_at == block.starts_at

    def test_a_block_can_be_let_follow_by_hand(self, conference, coffee, block):
        meeting = agreed(conference, **place(block, slot=2))
        later(coffee, 5)
        coffee.minutes = 15
        coffee.save()
        publish(conference)
        moved = following.moved_along(block, None, following.Break(coffee.starts_at, 15))

        blocks.save(moved, seen=blocks.preview(moved).digest, changed=["starts_at", "minutes"], by=None)

        meeting.refresh_from_db()
        assert meeting.status == "unplaced"
        assert Mail.objects.filter(kind="meeting_dropped").count() == 2
