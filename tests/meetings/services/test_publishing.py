"""A reviewed placement becomes what everybody reads, and all that can have changed in between."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from conference import history
from mailings.models import Mail
from meetings import reasons
from meetings.models import Meeting, Slot, Table
from meetings.services import board, meetings, placements, publishing, requests
from meetings.services.placements import PlacementRefused
from tests.meetings import factories
from tests.meetings.services.test_placements import absent, agreed, computed, place, reviewed

pytestmark = pytest.mark.django_db


@pytest.fixture
def block(conference):
    factories.rules(conference)
    return factories.block(conference, slots=2, tables=3)


class TestPublishing:
    def test_gives_places_and_tells_both(self, conference, block):
        meeting = agreed(conference)
        run = reviewed(conference)

        done = publishing.publish(run, by=None)

        assert (done.new, done.moved, done.dropped, done.left_out) == ([meeting.pk], [], [], {})
        meeting.refresh_from_db()
        assert meeting.status == "published"
        assert set(meeting.seats.values_list("slot", flat=True)) == {meeting.slot.pk}
        assert (meeting.version, meeting.sequence) == (2, 1)
        mails = Mail.objects.filter(kind="meeting_placed")
        assert {mail.to[0] for mail in mails} == {person.email for person in meeting.people}
        run.refresh_from_db()
        assert (run.status, run.differences["new"]) == ("published", 1)
        assert history.of(meeting).first().to_status == "published"

    def test_needs_a_review_and_happens_once(self, conference, block):
        agreed(conference)
        run = computed(conference)
        with pytest.raises(PlacementRefused):
            publishing.publish(run, by=None)
        placements.review(run, by=None)
        publishing.publish(run, by=None)

        with pytest.raises(PlacementRefused, match="“published”"):
            publishing.publish(run, by=None)

        assert Mail.objects.filter(kind="meeting_placed").count() == 2

    def test_moved_and_dropped_are_told_from_where(self, conference, block):
        moved = agreed(conference, **place(block, slot=1, table=1))
        dropped = agreed(conference, **place(block, slot=2, table=1))
        absent(moved.request.asker, moved.slot)
        for slot in block.slots.all():
            absent(dropped.request.asker, slot)
        run = reviewed(conference, "repair")

        done = publishing.publish(run, by=None)

        assert (done.moved, done.dropped) == ([moved.pk], [dropped.pk])
        moved.refresh_from_db()
        dropped.refresh_from_db()
        assert (moved.status, moved.slot.number) == ("published", 2)
        assert (dropped.status, dropped.slot, dropped.table) == ("unplaced", None, None)
        assert "10.30" in Mail.objects.filter(kind="meeting_moved").first().text
        assert Mail.objects.filter(kind="meeting_dropped").count() == 2

    def test_two_change_places(self, conference, block):
        one = agreed(conference, **place(block, slot=1, table=1))
        other = agreed(conference, **place(block, slot=2, table=1))
        run = reviewed(conference)
        rows = {row["meeting"]: row for row in run.result}
        rows[one.pk]["slot"], rows[other.pk]["slot"] = other.slot.pk, one.slot.pk
        rows[one.pk]["table"] = rows[other.pk]["table"] = one.table.pk
        run.save(update_fields=["result"])

        done = publishing.publish(run, by=None)

        assert sorted(done.moved) == [one.pk, other.pk]
        one.refresh_from_db()
        other.refresh_from_db()
        assert (one.slot.number, other.slot.number) == (2, 1)
        assert set(one.seats.values_list("slot__number", flat=True)) == {2}

    def test_what_is_unchanged_is_not_touched(self, conference, block):
        there = agreed(conference, **place(block, slot=2, table=2))
        run = reviewed(conference, "freeze")

        done = publishing.publish(run, by=None)

        assert done.kept == [there.pk]
        there.refresh_from_db()
        assert (there.version, there.sequence) == (1, 0)
        assert not Mail.objects.exists()

    def test_a_meeting_cancelled_meanwhile_is_left_out(self, conference, block):
        gone, there = agreed(conference), agreed(conference)
        run = reviewed(conference)
        meetings.cancel(gone, person=None, by=None)

        done = publishing.publish(run, by=None)

        assert done.left_out == {gone.pk: "It was cancelled."}
        assert done.new == [there.pk]

    def test_a_meeting_moved_by_hand_meanwhile_stays_there(self, conference, block):
        meeting = agreed(conference)
        run = reviewed(conference)
        board.place(meeting, **place(block, slot=2, table=3), seen=1, by=None)

        done = publishing.publish(run, by=None)

        assert done.left_out == {meeting.pk: "It was changed by hand since."}
        meeting.refresh_from_db()
        assert (meeting.slot.number, meeting.table.number) == (2, 3)

    def test_who_is_no_longer_free_is_left_out(self, conference, block):
        meeting = agreed(conference)
        run = reviewed(conference)
        for slot in block.slots.all():
            absent(meeting.request.asked, slot)

        done = publishing.publish(run, by=None)

        assert done.left_out == {meeting.pk: "One of the two is no longer free at this time."}
        meeting.refresh_from_db()
        assert meeting.status == "unplaced"

    def test_a_table_taken_meanwhile_is_left_to_who_has_it(self, conference, block):
        Table.objects.filter(number__gt=1).update(is_spare=True)
        first, second = agreed(conference), agreed(conference)
        run = reviewed(conference)
        taken = Slot.objects.get(pk=next(row["slot"] for row in run.result if row["meeting"] == first.pk))
        quick = requests.accept(
            factories.request(factories.guest(conference), factories.guest(conference), slot=taken), by=None
        )

        done = publishing.publish(run, by=None)

        assert quick.slot == taken
        assert done.left_out == {first.pk: "Its table is taken or no longer offered."}
        assert done.new == [second.pk]

    def test_who_makes_no_room_is_in_the_way_of_others(self, conference, block):
        """A was to leave for B; A was locked by hand since, so B stays without a place, too."""
        Table.objects.filter(number__gt=1).update(is_spare=True)
        slot_1, slot_2 = block.slots.all()
        a = agreed(conference, **place(block, slot=1, table=1))
        b = agreed(conference)
        absent(b.request.asker, slot_2)
        run = reviewed(conference)
        rows = {row["meeting"]: row for row in run.result}
        rows[a.pk] |= {"slot": slot_2.pk, "table": a.table.pk}
        rows[b.pk] |= {"slot": slot_1.pk, "table": a.table.pk}
        run.save(update_fields=["result"])
        board.set_lock(a, locked=True, seen=1, by=None)

        done = publishing.publish(run, by=None)

        assert set(done.left_out) == {a.pk, b.pk}
        b.refresh_from_db()
        assert b.status == "unplaced"

    def test_what_else_was_computed_is_discarded(self, conference, block):
        agreed(conference)
        earlier, run = computed(conference), reviewed(conference)

        publishing.publish(run, by=None)

        earlier.refresh_from_db()
        assert earlier.status == "discarded"

    def test_takes_as_many_queries_for_nine_new_as_for_three(self, conference, block):
        def publish(number: int) -> int:
            for _number in range(number):
                agreed(conference)
            run = reviewed(conference, "freeze")
            with CaptureQueriesContext(connection) as queries:
                publishing.publish(run, by=None)
            return len(queries)

        factories.block(conference, slots=6, tables=9, hour=14)
        publish(1)
        few, many = publish(3), publish(9)

        # Mails are composed for all at once; a mail of an own language or template would add its own.
        assert many <= few + 3


class TestReasons:
    def test_each_of_the_two_reads_their_own(self, conference, block):
        star = factories.guest(conference)
        for _number in range(3):
            agreed(conference, star)
        publishing.publish(reviewed(conference), by=None)
        meeting = Meeting.objects.with_people().get(status="unplaced")

        why = reasons.published_reasons(conference)

        assert reasons.why_not(meeting, star, why) == "You have as many meetings as fit into your times."
        other = meeting.partner_of(star)
        assert reasons.why_not(meeting, other, why) == "The other person has as many meetings as fit into their times."

    def test_both_read_them_on_their_pages_and_in_one_mail(self, conference, block, client):
        star = factories.guest(conference)
        for _number in range(3):
            agreed(conference, star)
        publishing.publish(reviewed(conference), by=None)
        publishing.publish(reviewed(conference), by=None)
        meeting = Meeting.objects.with_people().get(status="unplaced")

        client.force_login(star.user)
        pages = [
            client.get(reverse("meetings:mine", args=[star.pk])),
            client.get(reverse("meetings:meeting", args=[star.pk, meeting.pk])),
        ]

        for page in pages:
            assert "You have as many meetings as fit into your times." in page.content.decode()
        mails = {mail.to[0]: mail.text for mail in Mail.objects.filter(kind="meeting_unplaced")}
        assert set(mails) == {person.email for person in meeting.people}
        assert "You have as many meetings as fit into your times." in mails[star.email]
        assert "The other person has as many meetings" in mails[meeting.partner_of(star).email]
        assert Mail.objects.filter(kind="meeting_unplaced").count() == 2

    def test_without_a_placement_nothing_is_said(self, conference, block):
        meeting = agreed(conference)

        assert reasons.why_not(meeting, meeting.request.asker, reasons.published_reasons(conference)) == ""
