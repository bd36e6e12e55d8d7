"""Organisers at the same instant, and workers that are killed in the middle; with real processes."""

import datetime
from collections import Counter

import pytest
import redis
from django.conf import settings
from django.utils import timezone

from mailings.models import Mail
from mailings.tasks import drain_outbox
from meetings.models import Meeting, Paper, Placement, Slot, Table
from meetings.services import papers, placements
from meetings.tasks import make_paper, place_meetings
from tests.agenda.papers.reading import needs_pango
from tests.factories import ConferenceFactory
from tests.meetings import factories
from tests.processes import alone, celery_worker, environment, kill, race, running, wait_until
from tests.races import board_jobs
from tests.races.test_meetings import doubled

pytestmark = [pytest.mark.databases, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _this_process_starts_no_job(monkeypatch):
    for task in (drain_outbox, place_meetings, make_paper):
        monkeypatch.setattr(task, "apply_async", lambda *_args, **_options: None)


@pytest.fixture(autouse=True)
def _nothing_waits_in_the_broker():
    if settings.REDIS_URL:
        with redis.Redis.from_url(settings.REDIS_URL) as server:
            server.delete("celery", "unacked", "unacked_index")


@pytest.fixture
def conference():
    conference = ConferenceFactory()
    factories.rules(conference)
    return conference


def agreed(conference, number: int) -> list[Meeting]:
    return [
        factories.meeting(factories.request(factories.guest(conference), factories.guest(conference)))
        for _number in range(number)
    ]


def reviewed(conference) -> Placement:
    run = placements.start(conference, mode="anew", limit_seconds=5, by=None)
    assert placements.work(run.pk)
    run.refresh_from_db()
    placements.review(run, by=None)
    return run


def test_of_twenty_who_move_the_same_meeting_one_does_and_the_others_are_told(conference, tmp_path):
    block = factories.block(conference, slots=2, tables=10)
    (meeting,) = agreed(conference, 1)
    slots, tables = list(block.slots.all()), list(Table.objects.all())
    work = [(meeting.pk, slot.pk, table.pk, 1) for slot in slots for table in tables]

    result = race(board_jobs.move, work, folder=tmp_path)

    assert Counter(result.values) == {"moved": 1, "told": 19}
    meeting.refresh_from_db()
    winner = work[result.values.index("moved")]
    assert (meeting.slot_id, meeting.table_id, meeting.version) == (winner[1], winner[2], 2)
    assert doubled() == (0, 0, 0)


def test_many_meetings_for_one_table_never_share_it(conference, tmp_path):
    block = factories.block(conference, slots=1, tables=1)
    slot, table = block.slots.get(), Table.objects.get()
    work = [(meeting.pk, slot.pk, table.pk, 1) for meeting in agreed(conference, 20)]

    result = race(board_jobs.move, work, folder=tmp_path)

    assert Counter(result.values) == {"moved": 1, "refused": 19}
    assert doubled() == (0, 0, 0)


def test_swaps_of_the_same_meetings_end_with_each_in_one_place(conference, tmp_path):
    factories.block(conference, slots=2, tables=3)
    places = [(slot, table) for slot in Slot.objects.all() for table in Table.objects.all()]
    meetings = [
        factories.meeting(
            factories.request(factories.guest(conference), factories.guest(conference)), slot=slot, table=table
        )
        for slot, table in places
    ]
    work = [(one.pk, other.pk) for one in meetings for other in meetings if one.pk != other.pk]

    result = race(board_jobs.swap, work, folder=tmp_path, processes=30)

    assert set(result.values) <= {"swapped", "refused"}
    assert "swapped" in result.values
    assert doubled() == (0, 0, 0)
    assert Meeting.objects.placed().count() == 6


def test_of_ten_who_publish_one_does_and_everybody_gets_one_mail(conference, tmp_path):
    factories.block(conference, slots=4, tables=6)
    agreed(conference, 20)
    run = reviewed(conference)

    result = race(board_jobs.publish, [(run.pk,)] * 10, folder=tmp_path)

    assert Counter(result.values) == {"20 new, 0 left out": 1, "refused": 9}
    assert Mail.objects.filter(kind="meeting_placed").count() == 40
    assert doubled() == (0, 0, 0)


def test_of_two_placements_published_at_once_one_is_discarded(conference, tmp_path):
    factories.block(conference, slots=2, tables=4)
    agreed(conference, 8)
    runs = [reviewed(conference), reviewed(conference)]

    result = race(board_jobs.publish, [(run.pk,) for run in runs], folder=tmp_path)

    assert Counter(result.values) == {"8 new, 0 left out": 1, "refused": 1}
    assert sorted(Placement.objects.values_list("status", flat=True)) == ["discarded", "published"]
    assert Mail.objects.filter(kind="meeting_placed").count() == 16
    assert doubled() == (0, 0, 0)


def test_who_books_while_a_placement_is_published_is_never_double_booked(conference, tmp_path):
    block = factories.block(conference, slots=2, tables=8)
    meetings = agreed(conference, 12)
    run = reviewed(conference)
    # Each is asked by somebody new for a time that the placement may be giving away at this instant.
    work = [
        (run.pk, factories.request(factories.guest(conference), meeting.request.asked).pk, slot.pk)
        for meeting, slot in zip(meetings, list(block.slots.all()) * 6, strict=True)
    ]

    result = race(board_jobs.publish_or_accept, [*work[:6], (run.pk, 0, 0), *work[6:]], folder=tmp_path)

    outcomes = Counter(result.values)
    assert outcomes["booked"] + outcomes["refused"] == 12
    assert doubled() == (0, 0, 0)
    run.refresh_from_db()
    assert run.status == "published"


def test_of_ten_workers_one_takes_the_run(conference, tmp_path):
    factories.block(conference, slots=2, tables=4)
    agreed(conference, 4)
    run = placements.start(conference, mode="anew", limit_seconds=5, by=None)

    result = race(board_jobs.work, [(run.pk,)] * 10, folder=tmp_path)

    assert Counter(result.values) == {True: 1, False: 9}
    run.refresh_from_db()
    assert (run.status, run.attempts) == ("provisional", 1)


def test_the_run_of_a_killed_worker_is_completed_by_another(conference, tmp_path):
    factories.block(conference, slots=2, tables=4)
    agreed(conference, 4)
    run = placements.start(conference, mode="anew", limit_seconds=30, by=None)
    env, log = environment(tmp_path), tmp_path / "worker.log"

    with running(alone(board_jobs.work_and_stall), env, log=log) as worker:
        wait_until(
            lambda: Placement.objects.filter(status="running", placed=1).exists(),
            what=f"the worker tells how far it is; see {log}",
        )
        kill(worker)
    run.refresh_from_db()
    assert (run.status, run.attempts, placements.due()) == ("running", 1, [])
    Placement.objects.update(lease_until=timezone.now() - datetime.timedelta(seconds=1))

    with running(celery_worker(), env, log=log):
        race(board_jobs.ask_as_beat_does, [()], folder=tmp_path)
        wait_until(
            lambda: Placement.objects.filter(status="provisional").exists(), what=f"another completes; see {log}"
        )

    run.refresh_from_db()
    assert (run.placed, run.bound, run.attempts, run.claim) == (4, 4, 2, None)
    assert len(run.result) == 4


@needs_pango
def test_the_paper_of_a_killed_worker_is_made_by_another(conference, tmp_path):
    factories.block(conference, slots=2, tables=4)
    paper = papers.ask(conference, kind=Paper.Kind.CARDS, by=None)
    env, log = environment(tmp_path), tmp_path / "worker.log"

    with running(alone(board_jobs.lay_out_and_stall), env, log=log) as worker:
        wait_until(
            lambda: Paper.objects.filter(sheets=4, done=4).exists(), what=f"the worker tells how far it is; see {log}"
        )
        kill(worker)
    paper.refresh_from_db()
    assert (paper.is_wanted, paper.attempts, papers.due()) == (True, 1, [])
    Paper.objects.update(lease_until=timezone.now() - datetime.timedelta(seconds=1))

    with running(celery_worker(), env, log=log):
        race(board_jobs.ask_for_papers_as_beat_does, [()], folder=tmp_path)
        wait_until(lambda: Paper.objects.exclude(file="").exists(), what=f"another makes it; see {log}")

    paper.refresh_from_db()
    assert (paper.is_wanted, paper.attempts, paper.claim, paper.error) == (False, 2, None, "")
    assert papers.is_current(paper)
