"""Papers made by a worker: asked for, kept, replaced; and what goes wrong."""

import datetime
import uuid

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from conference import pdf
from conference.models import Conference
from meetings.models import Paper
from meetings.papers import content
from meetings.services import papers
from meetings.tasks import tidy_papers
from tests.agenda.papers.reading import needs_pango, pages
from tests.meetings import factories

pytestmark = [pytest.mark.django_db, needs_pango]

SIGNS = Paper.Kind.SIGNS


@pytest.fixture(autouse=True)
def _own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture(autouse=True)
def block(conference):
    return factories.block(conference, slots=1, tables=2)


@pytest.fixture
def asked(conference) -> Paper:
    return papers.ask(conference, kind=SIGNS, by=None)


def files(conference: Conference) -> list[str]:
    try:
        return sorted(default_storage.listdir(f"papers/{conference.pk}")[1])
    except FileNotFoundError:
        return []


def work(paper: Paper) -> bool:
    made = papers.work(paper.pk)
    paper.refresh_from_db()
    return made


def lost(**fields: object) -> None:
    """The worker that has it gives no sign of life any more."""
    Paper.objects.update(claim=uuid.uuid4(), lease_until=timezone.now() - datetime.timedelta(seconds=1), **fields)


def test_is_made_kept_and_read(conference, asked):
    assert papers.due() == [asked.pk]

    assert work(asked)

    with default_storage.open(asked.file.name) as kept:
        assert len(pages(kept.read())) == 2
    assert (asked.is_wanted, asked.claim, asked.done, asked.sheets, papers.due()) == (False, None, 2, 2, [])
    assert files(conference) == [f"table-signs-{asked.fingerprint[:20]}.pdf"]
    assert papers.is_current(asked)


def test_asking_starts_a_worker(conference, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        papers.ask(conference, kind=SIGNS, by=None)

    assert Paper.objects.get().file


def test_asking_again_while_it_is_made_changes_nothing(conference, asked, organiser):
    again = papers.ask(conference, kind=SIGNS, by=organiser)

    assert (again.pk, again.asked_at, again.asked_by) == (asked.pk, asked.asked_at, None)


def test_a_change_makes_a_new_one_and_the_old_file_goes(conference, asked, django_capture_on_commit_callbacks):
    work(asked)
    Conference.objects.update(title="Renamed")
    (old,) = files(conference)
    asked.conference.refresh_from_db()
    assert not papers.is_current(asked)

    papers.ask(asked.conference, kind=SIGNS, by=None)
    assert files(conference) == [old]
    with django_capture_on_commit_callbacks(execute=True):
        assert work(asked)

    assert papers.is_current(asked)
    assert [old] != files(conference) == [asked.file.name.rsplit("/", 1)[-1]]


def test_of_a_worker_at_work_nobody_takes_it(asked):
    Paper.objects.update(claim=uuid.uuid4(), lease_until=timezone.now() + datetime.timedelta(minutes=1))

    assert (papers.due(), work(asked)) == ([], False)


def test_of_a_lost_worker_is_taken_up_again(asked):
    lost(attempts=1)

    assert papers.due() == [asked.pk]
    assert work(asked)
    assert (asked.attempts, asked.claim, bool(asked.file)) == (2, None, True)


def test_is_given_up_after_three_lost_workers(conference, asked):
    lost(attempts=3)

    assert not work(asked)
    assert (asked.error, asked.is_wanted, asked.claim) == ("Its workers were lost 3 times.", False, None)
    again = papers.ask(conference, kind=SIGNS, by=None)
    assert (again.error, again.attempts, work(again)) == ("", 0, True)


def test_a_worker_that_was_given_up_keeps_nothing(conference, asked, monkeypatch):
    write = pdf.write

    def slowly(document):
        Paper.objects.update(claim=uuid.uuid4())
        return write(document)

    monkeypatch.setattr(pdf, "write", slowly)

    assert not work(asked)
    assert (files(conference), bool(asked.file), asked.is_wanted) == ([], False, True)


def test_each_piece_is_a_sign_of_life(asked, monkeypatch):
    monkeypatch.setattr(content, "SHEETS_AT_ONCE", 1)
    seen = []
    lay_out = pdf.lay_out

    def watched(*arguments):
        asked.refresh_from_db()
        seen.append((asked.done, asked.sheets, asked.lease_until > timezone.now()))
        return lay_out(*arguments)

    monkeypatch.setattr(pdf, "lay_out", watched)
    work(asked)

    assert seen == [(0, 2, True), (1, 2, True)]


class TestWhenItCannotBeMade:
    def test_without_pango_it_says_what_is_missing(self, asked, monkeypatch):
        def missing(*_arguments):
            raise pdf.PdfUnavailable

        monkeypatch.setattr(pdf, "lay_out", missing)

        assert not work(asked)
        assert "apt-get install libpango" in asked.error
        assert (asked.is_wanted, asked.claim) == (False, None)

    def test_another_fault_is_named_and_the_last_one_stays(self, conference, asked, monkeypatch):
        work(asked)
        papers.ask(conference, kind=SIGNS, by=None)
        asked.refresh_from_db()

        def stumbles(_document):
            raise ValueError("no such font")

        monkeypatch.setattr(pdf, "write", stumbles)

        assert not work(asked)
        assert (asked.error, len(files(conference))) == ("ValueError: no such font", 1)

    def test_a_storage_that_fails_is_named(self, asked, monkeypatch):
        def full(*_arguments):
            raise OSError("No space left on device")

        monkeypatch.setattr(default_storage, "save", full)

        assert not work(asked)
        assert asked.error == "It was made, but the file storage did not take it. Try again in a few minutes."


def test_files_that_no_paper_names_go_after_a_day(conference, asked):
    work(asked)
    (kept,) = files(conference)
    default_storage.save(f"papers/{conference.pk}/left-behind.pdf", ContentFile(b"x"))
    default_storage.save("papers/987654/of-a-conference-that-is-gone.pdf", ContentFile(b"x"))

    tidy_papers()
    assert len(files(conference)) == 2
    with time_machine.travel(timezone.now() + datetime.timedelta(days=2), tick=False):
        tidy_papers()

    assert files(conference) == [kept]
    assert default_storage.listdir("papers/987654")[1] == []
