"""Meetings as a problem for the placer, and its runs from the button to a result that can be compared."""

import datetime
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conference import history
from conference.models import Conference
from meetings import comparing, conflicts, placing, reasons
from meetings.models import Meeting, MeetingRules, MeetingSeat, Placement, Slot, Table
from meetings.scheduling.checking import faults
from meetings.scheduling.explaining import Why
from meetings.scheduling.problem import Place
from meetings.services import placements
from meetings.services.placements import PlacementRefused
from tests.meetings import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def block(conference: Conference):
    factories.rules(conference)
    return factories.block(conference, slots=2, tables=3)


def agreed(conference: Conference, *people, **place) -> Meeting:
    """Agreed by two, of whom those not given are new; without a time unless `place` gives one."""
    asker, asked = [*people, *(factories.guest(conference) for _missing in range(2 - len(people)))]
    return factories.meeting(factories.request(asker, asked), **place)


def place(block, *, slot: int = 1, table: int = 1) -> dict:
    return {
        "slot": Slot.objects.get(block=block, number=slot),
        "table": Table.objects.get(conference=block.conference, number=table),
    }


def computed(conference: Conference, mode: str = "anew") -> Placement:
    run = placements.start(conference, mode=mode, limit_seconds=5, by=None)
    assert placements.work(run.pk)
    run.refresh_from_db()
    return run


def reviewed(conference: Conference, mode: str = "anew") -> Placement:
    run = computed(conference, mode)
    placements.review(run, by=None)
    return run


def absent(participant, slot: Slot) -> None:
    participant.meeting_absences.create(starts_at=slot.starts_at, ends_at=slot.ends_at)


def case_of(conference: Conference) -> placing.Case:
    return placing.read_case(conference, now=timezone.now())


class TestTheProblem:
    def test_has_tables_without_the_spare_ones_and_slots_by_break(self, conference, block):
        factories.block(conference, slots=1, tables=2, hour=15)
        Table.objects.filter(number=2).update(is_spare=True)
        agreed(conference)

        problem = case_of(conference).problem

        numbers = dict(Table.objects.values_list("pk", "number"))
        assert [[numbers[pk] for pk in tables] for tables in problem.tables] == [[1, 3], [1, 3], [1]]
        assert problem.breaks == ((0, 1), (2,))

    def test_leaves_out_what_people_have_to_do_and_what_a_request_holds(self, conference, block):
        meeting = agreed(conference)
        asker, asked = meeting.people
        first, second = block.slots.all()
        absent(asker, first)
        other = factories.request(factories.guest(conference), asked, slot=second)
        MeetingSeat.objects.create(request=other, participant=asked, slot=second)

        persons = case_of(conference).problem.by_id

        assert persons[asker.pk].free == {1}
        assert persons[asked.pk].free == {0}

    def test_knows_where_meetings_are_and_which_stay(self, conference, block):
        known = agreed(conference, **place(block, slot=1, table=2))
        locked = agreed(conference, **place(block, slot=2, table=1), is_locked=True)

        found = {request.id: request for request in case_of(conference).problem.requests}

        assert found[known.pk].previous == Place(0, known.table.pk)
        assert (found[known.pk].published, found[known.pk].locked) == (True, False)
        assert (found[locked.pk].previous, found[locked.pk].locked) == (Place(1, locked.table.pk), True)

    def test_who_agreed_on_a_time_keeps_it_while_both_can(self, conference, block):
        first = block.slots.first()
        chosen = agreed(conference, **place(block, slot=1))
        chosen.request.slot = first
        chosen.request.save()

        before = case_of(conference).problem.requests[0].allowed
        absent(chosen.request.asker, first)
        after = case_of(conference).problem.requests[0].allowed

        assert (before, after) == (frozenset({0}), None)

    def test_an_organisers_spare_table_stays_with_whom_it_was_given_to(self, conference, block):
        meeting = agreed(conference, **place(block, table=3))
        Table.objects.filter(number=3).update(is_spare=True)

        case = case_of(conference)

        assert list(case.set_aside) == [meeting.pk]
        assert case.problem.by_id[meeting.request.asker_id].free == {1}

    def test_a_locked_meeting_that_cannot_be_is_set_aside(self, conference, block):
        meeting = agreed(conference, **place(block), is_locked=True)
        absent(meeting.request.asked, meeting.slot)

        assert list(case_of(conference).set_aside) == [meeting.pk]

    def test_a_closed_block_is_not_placed_in(self, conference, block):
        kept = agreed(conference, **place(block))
        agreed(conference)
        type(block).objects.update(status="closed")

        case = case_of(conference)

        assert case.slots == ()
        assert list(case.set_aside) == [kept.pk]

    @pytest.mark.parametrize("used", [False, True])
    def test_what_is_over_counts_against_the_cap(self, conference, used):
        MeetingRules.objects.create(conference=conference, meetings_per_block=1, opens_at=timezone.now())
        block = factories.block(conference, slots=3, tables=3)
        meeting = agreed(conference)
        if used:
            agreed(conference, meeting.request.asker, **place(block, slot=1))
        now = block.slots.first().starts_at

        person = placing.read_case(conference, now=now).problem.by_id[meeting.request.asker_id]

        assert person.free == (frozenset() if used else {0, 1})

    def test_takes_as_many_queries_for_three_as_for_one(self, conference, block):
        agreed(conference, **place(block, table=1))
        with CaptureQueriesContext(connection) as one:
            case_of(conference)
        for number in (2, 3):
            agreed(conference, **place(block, table=number))
        with CaptureQueriesContext(connection) as three:
            case_of(conference)

        assert len(three) == len(one)


class TestARun:
    def test_places_what_can_be_and_says_why_the_rest_cannot(self, conference, block):
        star = factories.guest(conference)
        wanted = [agreed(conference, star) for _number in range(3)]

        run = computed(conference)

        assert (run.status, run.placed, run.bound, run.progress) == ("provisional", 2, 2, 100)
        (unplaced,) = (row["meeting"] for row in run.result if row["slot"] is None)
        assert reasons.reasons_of(run) == {unplaced: Why.FIRST_FULL}
        assert {row["meeting"] for row in run.result} == {meeting.pk for meeting in wanted}
        assert Meeting.objects.unplaced().count() == 3

    def test_its_result_has_no_fault(self, conference, block):
        people = [factories.guest(conference) for _number in range(6)]
        for number, one in enumerate(people):
            for other in people[number + 1 :]:
                agreed(conference, one, other)
        case = case_of(conference)

        run = computed(conference)

        position = {slot.pk: number for number, slot in enumerate(case.slots)}
        placed = {row["meeting"]: Place(position[row["slot"]], row["table"]) for row in run.result if row["slot"]}
        assert faults(case.problem, placed) == []
        assert len(placed) == 6

    def test_only_one_is_at_work(self, conference, block):
        placements.start(conference, mode="anew", limit_seconds=5, by=None)

        with pytest.raises(PlacementRefused, match="being computed already"):
            placements.start(conference, mode="freeze", limit_seconds=5, by=None)

    def test_needs_an_open_block(self, conference):
        factories.block(conference, status="draft")

        with pytest.raises(PlacementRefused, match="No block is open"):
            placements.start(conference, mode="anew", limit_seconds=5, by=None)

    def test_asks_a_worker_after_the_commit(self, conference, block, django_capture_on_commit_callbacks):
        agreed(conference)

        with django_capture_on_commit_callbacks(execute=True):
            run = placements.start(conference, mode="anew", limit_seconds=5, by=None)

        run.refresh_from_db()
        assert (run.status, run.placed) == ("provisional", 1)

    def test_is_claimed_by_one_worker_at_a_time(self, conference, block):
        run = placements.start(conference, mode="anew", limit_seconds=5, by=None)
        Placement.objects.update(
            status="running", claim=uuid.uuid4(), lease_until=timezone.now() + datetime.timedelta(minutes=1)
        )

        assert placements.due() == []
        assert placements.work(run.pk) is False

    def test_of_a_lost_worker_is_taken_up_again(self, conference, block):
        agreed(conference)
        run = placements.start(conference, mode="anew", limit_seconds=5, by=None)
        Placement.objects.update(status="running", claim=uuid.uuid4(), lease_until=timezone.now(), attempts=1)

        assert placements.due() == [run.pk]
        assert placements.work(run.pk)

        run.refresh_from_db()
        assert (run.status, run.attempts, run.claim, run.lease_until) == ("provisional", 2, None, None)
        assert "its worker was lost" in [entry.action for entry in history.of(run)]

    def test_is_given_up_after_three_lost_workers(self, conference, block):
        run = placements.start(conference, mode="anew", limit_seconds=5, by=None)
        Placement.objects.update(status="running", claim=uuid.uuid4(), lease_until=timezone.now(), attempts=3)

        assert placements.work(run.pk) is False

        run.refresh_from_db()
        assert run.status == "failed"
        assert run.error == "Its workers were lost 3 times."

    def test_an_error_is_kept_for_the_organiser(self, conference, block, monkeypatch):
        def broken(problem, search):
            raise ValueError("The placer stumbled")

        monkeypatch.setitem(placements._SOLVERS, "anew", broken)
        run = placements.start(conference, mode="anew", limit_seconds=5, by=None)

        assert placements.work(run.pk) is False

        run.refresh_from_db()
        assert (run.status, run.error) == ("failed", "ValueError: The placer stumbled")
        placements.start(conference, mode="anew", limit_seconds=5, by=None)

    def test_tells_how_far_it_is_and_keeps_the_best_when_it_is_stopped(self, conference, block, monkeypatch):
        seen = []
        solve = placements._SOLVERS["anew"]

        def watched(problem, search):
            search.bound = 1
            search.tell("weight", 1)
            run.refresh_from_db()
            seen.append((run.status, run.aim, run.placed, run.bound))
            placements.stop(run, by=None)
            assert search.over()
            return solve(problem, search)

        monkeypatch.setitem(placements._SOLVERS, "anew", watched)
        agreed(conference)
        run = placements.start(conference, mode="anew", limit_seconds=500, by=None)

        assert placements.work(run.pk)

        run.refresh_from_db()
        assert seen == [("running", "weight", 1, 1)]
        assert (run.status, run.placed) == ("provisional", 1)
        with pytest.raises(PlacementRefused, match="ended already"):
            placements.stop(run, by=None)

    def test_what_is_discarded_while_it_runs_is_not_kept(self, conference, block, monkeypatch):
        solve = placements._SOLVERS["anew"]

        def discarded(problem, search):
            result = solve(problem, search)
            placements.discard(Placement.objects.get(), by=None)
            return result

        monkeypatch.setitem(placements._SOLVERS, "anew", discarded)
        run = placements.start(conference, mode="anew", limit_seconds=5, by=None)

        assert placements.work(run.pk) is False

        run.refresh_from_db()
        assert (run.status, run.result, run.claim) == ("discarded", [], None)

    def test_freeze_moves_nothing(self, conference, block):
        there = agreed(conference, **place(block, slot=2, table=3))
        added = agreed(conference, there.request.asker)

        run = computed(conference, "freeze")

        rows = {row["meeting"]: row for row in run.result}
        assert (rows[there.pk]["slot"], rows[there.pk]["table"]) == (there.slot.pk, there.table.pk)
        assert rows[added.pk]["slot"] == block.slots.first().pk

    def test_repair_moves_what_cannot_be_and_leaves_the_others(self, conference, block):
        broken = agreed(conference, **place(block, slot=1, table=1))
        sound = agreed(conference, **place(block, slot=1, table=2))
        absent(broken.request.asker, broken.slot)
        assert [conflict.meeting for conflict in conflicts.conflicts_of(conference)] == [broken]

        diff = comparing.diff_of(computed(conference, "repair"))

        assert [step.meeting for step in diff.moved] == [broken]
        assert [step.meeting for step in diff.kept] == [sound]
