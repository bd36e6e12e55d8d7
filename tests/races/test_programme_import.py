"""Organisers who import one file at the same instant, or while the programme is edited."""

from collections import Counter
from dataclasses import replace
from uuid import uuid4

import pytest

from agenda.exchange import schedule_json
from agenda.models import Plan, ProgrammeImport, Session, Speaker
from agenda.queries import working_programme
from agenda.services import imports
from conference.models import Conference, HistoryEntry, Room
from tests import uploads
from tests.agenda.large_programme import large_programme
from tests.factories import PlanFactory, SessionFactory
from tests.processes import race
from tests.races import import_jobs

pytestmark = [pytest.mark.databases, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def conference() -> Conference:
    return PlanFactory().conference


def prepared(conference: Conference) -> tuple[ProgrammeImport, int]:
    """Twenty sessions to be taken in, and the version that their dry run shows."""
    data = schedule_json.render(large_programme(20, days=1))
    upload = uploads.programme(conference, data, name="day.json")
    return upload, imports.report_of(upload).version


def times_imported() -> int:
    return HistoryEntry.objects.filter(action="imported").count()


def test_ten_clicks_import_once(conference, tmp_path):
    upload, seen = prepared(conference)

    result = race(import_jobs.apply, [(upload.pk, seen)] * 10, folder=tmp_path)

    assert Counter(result.values) == {"applied": 1, "already applied": 9}
    assert (Session.objects.count(), times_imported()) == (20, 1)
    assert Speaker.objects.values("guid").distinct().count() == Speaker.objects.count()
    assert Room.objects.values("name").distinct().count() == Room.objects.count()


def test_whoever_edits_meanwhile_loses_nothing_and_the_import_comes_whole_or_not_at_all(conference, tmp_path):
    sessions = [SessionFactory(conference=conference) for _number in range(5)]
    upload, seen = prepared(conference)
    work = [(upload.pk, seen, sessions[number // 2].pk if number % 2 else 0) for number in range(10)]

    result = race(import_jobs.apply_or_edit, work, folder=tmp_path)

    outcomes = Counter(result.values)
    assert outcomes["edited"] == 5
    assert {session.title for session in Session.objects.filter(pk__in=[one.pk for one in sessions])} == {
        f"Renamed {session.pk}" for session in sessions
    }
    assert outcomes["applied"] in (0, 1)
    assert (Session.objects.count(), times_imported()) == (5 + 20 * outcomes["applied"], outcomes["applied"])
    upload.refresh_from_db()
    assert upload.status == ("applied" if outcomes["applied"] else "pending")
    assert bool(upload.content) == (not outcomes["applied"])


def test_who_looks_again_after_each_edit_imports_once(conference, tmp_path):
    upload, _seen = prepared(conference)

    result = race(import_jobs.look_and_apply, [(upload.pk,)] * 10, folder=tmp_path)

    assert Counter(result.values) == {"applied": 1, "already applied": 9}
    assert (Session.objects.count(), Plan.objects.get().version) == (20, 2)


def test_of_who_applies_and_who_discards_one_is_first(conference, tmp_path):
    upload, seen = prepared(conference)
    work = [(upload.pk, seen, bool(number % 2)) for number in range(10)]

    result = race(import_jobs.apply_or_discard, work, folder=tmp_path)

    outcomes = Counter(result.values)
    assert outcomes["applied"] + outcomes["discards"] == 1
    assert Session.objects.count() == 20 * outcomes["applied"]


def test_two_files_with_the_same_sessions_come_one_after_the_other(conference, tmp_path):
    """Each was looked at before the other was applied: the second is told, and its sessions do not come twice."""
    uploads = [prepared(conference) for _number in range(4)]

    result = race(import_jobs.apply, [(upload.pk, seen) for upload, seen in uploads], folder=tmp_path)

    assert Counter(result.values) == {"applied": 1, "edited meanwhile": 3}
    assert Session.objects.count() == 20


def test_an_import_that_cannot_be_read_whole_removes_nothing_whoever_asks(conference, tmp_path):
    SessionFactory(conference=conference)
    exported = working_programme(conference)
    upload = uploads.programme(
        conference,
        schedule_json.render(replace(exported, sessions=(replace(exported.sessions[0], guid=uuid4(), title="New"),))),
        name="day.json",
        remove_missing=True,
    )
    upload.content["problems"] = [{"where": "Sessions!C7", "what": "Unreadable", "is_error": True}]
    upload.save()

    result = race(import_jobs.apply, [(upload.pk, imports.report_of(upload).version)] * 4, folder=tmp_path)

    assert set(result.values) == {"discarded"}
    assert Session.objects.count() == 1
