"""Uploaded files from the upload to the reading: both kinds wait for a worker, are claimed by one, and end in words."""

import datetime
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from agenda.exchange import schedule_json
from agenda.models import ProgrammeImport
from agenda.services import imports
from agenda.tasks import continue_programme_imports
from conference import incoming, sandbox, workbooks
from conference.models import Conference
from registrations.guestlist import applying
from registrations.models import GuestListImport
from registrations.tasks import continue_guest_lists
from tests.agenda.large_programme import large_programme
from tests.registrations.guestlist.conftest import cities, workbook

pytestmark = [pytest.mark.django_db, pytest.mark.databases]

Status = incoming.IncomingFile.Status


@dataclass(frozen=True)
class Kind:
    """One of the two kinds of files, by what their apps offer."""

    model: Any
    receive: Callable[[], Any]
    read: Callable[[int], bool]
    due: Callable[[], list[int]]
    beat: Callable[[], None]
    discard: Callable[[Any], None]
    review: str
    progress: str


@pytest.fixture(params=["guest list", "programme"])
def kind(request: Any, conference: Conference) -> Kind:
    if request.param == "guest list":
        content = cities(["Gent", "BE", "mayor@gent.example"])
        facts: dict[str, Any] = {"file_name": "list.xlsx", "include_outside": False, "by": None}
        return Kind(
            GuestListImport,
            lambda: applying.receive_import(conference, content, **facts),
            applying.read_import,
            applying.imports_due,
            continue_guest_lists,
            applying.discard_import,
            "admin:registrations_guestlist_import_review",
            "admin:registrations_guestlist_import_progress",
        )
    programme = schedule_json.render(large_programme(3, days=1))
    return Kind(
        ProgrammeImport,
        lambda: imports.receive_import(conference, programme, name="day.json", remove_missing=False, by=None),
        imports.read_import,
        imports.imports_due,
        continue_programme_imports,
        imports.discard_import,
        "admin:agenda_import_review",
        "admin:agenda_import_progress",
    )


@pytest.fixture
def upload(kind: Kind) -> Any:
    """Received, and not read by anybody yet."""
    return kind.receive()


def lost(kind: Kind, **fields: object) -> None:
    """The worker that has it gives no sign of life any more."""
    kind.model.objects.update(claim=uuid.uuid4(), lease_until=timezone.now() - datetime.timedelta(seconds=1), **fields)


def test_it_waits_and_is_read_once(kind: Kind, upload: Any) -> None:
    assert (upload.status, kind.due()) == (Status.READING, [upload.pk])

    assert (kind.read(upload.pk), kind.read(upload.pk)) == (True, False)

    upload.refresh_from_db()
    assert (upload.status, upload.raw, upload.claim, upload.lease_until) == (Status.PENDING, None, None, None)
    assert (upload.attempts, kind.due()) == (1, [])


def test_a_worker_is_asked_as_soon_as_it_is_stored(kind: Kind, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        kind.receive()

    assert kind.model.objects.get().status == Status.PENDING


def test_nobody_else_takes_it_from_a_worker_at_work(kind: Kind, upload: Any) -> None:
    kind.model.objects.update(claim=uuid.uuid4(), lease_until=timezone.now() + datetime.timedelta(minutes=1))

    assert (kind.due(), kind.read(upload.pk)) == ([], False)


def test_beat_takes_it_up_again_after_a_killed_worker(kind: Kind, upload: Any) -> None:
    lost(kind, attempts=1)

    kind.beat()

    upload.refresh_from_db()
    assert (upload.status, upload.attempts) == (Status.PENDING, 2)


def test_it_is_given_up_after_three_lost_workers(kind: Kind, upload: Any) -> None:
    lost(kind, attempts=3)

    kind.beat()

    upload.refresh_from_db()
    assert (upload.status, upload.raw, kind.due()) == (Status.UNREADABLE, None, [])
    assert upload.error.startswith("Reading this file failed 3 times.")


def test_what_is_discarded_meanwhile_is_not_kept(kind: Kind, upload: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def discarded_under_way(read: Any) -> Any:
        def reading(*args: Any, **kwargs: Any) -> Any:
            kind.discard(kind.model.objects.get(pk=upload.pk))
            return read(*args, **kwargs)

        return reading

    monkeypatch.setattr(applying, "read", discarded_under_way(applying.read))
    monkeypatch.setattr(schedule_json, "read", discarded_under_way(schedule_json.read))

    assert not kind.read(upload.pk)
    assert (kind.model.objects.get().status, kind.model.objects.get().raw) == (Status.DISCARDED, None)


def test_an_error_of_the_site_is_told_and_logged(kind: Kind, upload: Any, monkeypatch: Any, caplog: Any) -> None:
    def broken(*_args: object, **_kwargs: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(applying, "read", broken)
    monkeypatch.setattr(schedule_json, "read", broken)

    assert not kind.read(upload.pk)

    upload.refresh_from_db()
    assert (upload.status, upload.error.startswith("An error of this site")) == (Status.UNREADABLE, True)
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize(
    "fields",
    [
        {"raw": None},
        {"claim": uuid.uuid4()},
        {"lease_until": timezone.now()},
        {"error": "broken"},
        {"status": Status.PENDING},
        {"status": Status.UNREADABLE, "raw": None},
        {"status": Status.DISCARDED, "raw": None, "error": "broken"},
    ],
)
def test_the_file_and_its_claim_are_there_only_while_it_is_read(kind: Kind, upload: Any, fields: Any) -> None:
    with pytest.raises(IntegrityError, match="file_only_while_read"), transaction.atomic():
        kind.model.objects.filter(pk=upload.pk).update(**fields)


# The page -----------------------------------------------------------------------------------------


def test_the_page_shows_that_it_waits_and_then_what_was_found(
    kind: Kind, upload: Any, organiser_client: Client
) -> None:
    review, progress = reverse(kind.review, args=[upload.pk]), reverse(kind.progress, args=[upload.pk])

    waiting = organiser_client.get(review).content.decode()
    part = organiser_client.get(progress)
    kind.read(upload.pk)

    assert "Waiting for a worker." in waiting
    assert f'hx-get="{progress}"' in waiting
    assert '<a href="">Reload the page</a>' in waiting
    assert "Waiting for a worker." in part.content.decode()
    assert organiser_client.get(progress)["HX-Refresh"] == "true"
    assert 'name="decision" value="import"' in organiser_client.get(review).content.decode()


def test_the_page_says_who_is_missing(kind: Kind, organiser_client: Client) -> None:
    with time_machine.travel(timezone.now() - datetime.timedelta(minutes=3)):
        upload = kind.receive()
    review = reverse(kind.review, args=[upload.pk])

    late = organiser_client.get(review).content.decode()
    lost(kind)
    again = organiser_client.get(review).content.decode()

    assert "It has waited for a worker for 3 minutes." in late
    assert "Its worker was lost." in again


def test_nothing_can_be_imported_before_it_is_read(kind: Kind, upload: Any, organiser_client: Client) -> None:
    review = reverse(kind.review, args=[upload.pk])

    response = organiser_client.post(review, {"decision": "import", "version": 0}, follow=True)

    assert "has not been checked" in " ".join(str(message) for message in response.context["messages"])
    assert kind.model.objects.get().status == Status.READING


def test_a_waiting_file_can_be_discarded(kind: Kind, upload: Any, organiser_client: Client) -> None:
    organiser_client.post(reverse(kind.review, args=[upload.pk]), {"decision": "discard"})

    assert (kind.model.objects.get().status, kind.model.objects.get().raw) == (Status.DISCARDED, None)


@pytest.mark.parametrize("exhausted", [False, True])
def test_the_page_says_why_a_workbook_could_not_be_read(
    conference: Conference, organiser_client: Client, monkeypatch: pytest.MonkeyPatch, exhausted: bool
) -> None:
    """A workbook with none of the sheets; and one that takes all the memory that its reader is given."""
    if exhausted:
        monkeypatch.setattr(workbooks, "MEMORY", 20)
    facts: dict[str, Any] = {"file_name": "hotels.xlsx", "include_outside": False, "by": None}
    upload = applying.receive_import(conference, workbook({"Hotels": [["Name"]]}), **facts)

    applying.read_import(upload.pk)
    page = organiser_client.get(reverse("admin:registrations_guestlist_import_review", args=[upload.pk]))

    assert "hotels.xlsx could not be read" in page.content.decode()
    words = "holds far more than a list needs" if exhausted else "The workbook has none of the sheets"
    assert words in page.content.decode()
    report = reverse("admin:registrations_guestlist_import_report", args=[upload.pk])
    assert organiser_client.get(report).status_code == 404


def test_a_programme_in_a_workbook_that_is_too_much_ends_in_words(
    conference: Conference, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exhausted(*_args: object, **_limits: object) -> None:
        raise sandbox.Exhausted

    monkeypatch.setattr(sandbox, "run", exhausted)
    content = workbook({"Sessions": [["Begins", "Title"]]})
    upload = imports.receive_import(conference, content, name="day.xlsx", remove_missing=False, by=None)

    imports.read_import(upload.pk)

    upload.refresh_from_db()
    assert (upload.status, "holds far more than a list needs" in upload.error) == (Status.UNREADABLE, True)
