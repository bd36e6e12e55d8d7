"""The pages from which organisers print."""

import datetime
import uuid

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from conference.models import Conference
from meetings.models import Paper
from meetings.services import papers
from tests.agenda.papers.reading import needs_pango, pages
from tests.factories import UserFactory
from tests.meetings import factories
from tests.meetings.admin.test_places import said, url

pytestmark = [pytest.mark.django_db, needs_pango]

CARDS = Paper.Kind.CARDS


@pytest.fixture(autouse=True)
def _own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture(autouse=True)
def block(conference):
    return factories.block(conference, slots=1, tables=2)


def page(client, conference, name: str = "paper") -> str:
    return client.get(url(name, conference, CARDS)).content.decode()


def test_from_the_page_of_meetings_to_the_file(conference, organiser_client, django_capture_on_commit_callbacks):
    home = organiser_client.get(url("home", conference)).content.decode()
    assert f'<a href="{url("paper", conference, CARDS)}">Table cards</a>' in home
    assert "Nobody has had it made yet." in page(organiser_client, conference)

    with django_capture_on_commit_callbacks(execute=True):
        asked = organiser_client.post(url("paper_make", conference, CARDS))

    assert asked.url == url("paper", conference, CARDS)
    assert "Download" in page(organiser_client, conference)
    file = organiser_client.get(url("paper_file", conference, CARDS))
    assert file["Content-Type"] == "application/pdf"
    assert "no-store" in file["Cache-Control"]
    assert file["Content-Disposition"] == f'inline; filename="{conference.slug}-table-cards.pdf"'
    assert len(pages(file.getvalue())) == 2


def test_looking_makes_nothing(conference, organiser_client):
    page(organiser_client, conference)

    assert not Paper.objects.exists()
    assert organiser_client.get(url("paper_make", conference, CARDS)).status_code == 405


def test_what_has_changed_since_is_said(conference, organiser_client):
    papers.work(papers.ask(conference, kind=CARDS, by=None).pk)
    Conference.objects.update(title="Renamed")

    found = page(organiser_client, conference)

    assert "Something that it shows has changed since it was made." in found
    assert "Download as it was" in found


class TestWhileItIsMade:
    @pytest.fixture
    def asked(self, conference) -> Paper:
        return papers.ask(conference, kind=CARDS, by=None)

    def test_it_waits_for_a_worker(self, conference, asked, organiser_client):
        found = page(organiser_client, conference)

        assert "Waiting for a worker." in found
        assert 'hx-trigger="every 2s"' in found
        assert "Reload the page" in found
        assert "Make the PDF" not in found

    def test_it_says_that_perhaps_no_worker_runs(self, conference, asked, organiser_client):
        Paper.objects.update(asked_at=timezone.now() - datetime.timedelta(minutes=3, seconds=5))

        assert "It has waited for a worker for 3 minutes. Either all are busy, or none is running" in page(
            organiser_client, conference, "paper_progress"
        )

    def test_it_says_how_far_it_is(self, conference, asked, organiser_client):
        Paper.objects.update(
            claim=uuid.uuid4(), lease_until=timezone.now() + datetime.timedelta(minutes=1), done=1, sheets=2
        )

        found = page(organiser_client, conference, "paper_progress")

        assert "1 of 2 sheets are laid out." in found
        assert '<progress value="1" max="2"' in found

    def test_it_says_that_its_worker_was_lost(self, conference, asked, organiser_client):
        Paper.objects.update(claim=uuid.uuid4(), lease_until=timezone.now() - datetime.timedelta(seconds=1))

        assert "Its worker was lost. Another one begins again" in page(organiser_client, conference)

    def test_the_page_is_loaded_again_at_the_end(self, conference, asked, organiser_client):
        papers.work(asked.pk)

        assert organiser_client.get(url("paper_progress", conference, CARDS))["HX-Refresh"] == "true"

    def test_what_went_wrong_is_said(self, conference, asked, organiser_client):
        Paper.objects.update(asked_at=None, error="The library Pango is missing.")

        found = page(organiser_client, conference)

        assert "The library Pango is missing." in found
        assert "Make the PDF" in found


def test_a_file_that_the_storage_has_lost_can_be_made_again(conference, organiser_client):
    papers.work(papers.ask(conference, kind=CARDS, by=None).pk)
    default_storage.delete(Paper.objects.get().file.name)

    response = organiser_client.get(url("paper_file", conference, CARDS))

    assert response.url == url("paper", conference, CARDS)
    assert said(response) == ["The file cannot be read at the moment. You can have it made again."]
    assert "Make it again" in page(organiser_client, conference)


def test_other_kinds_and_a_file_that_was_never_made_are_not_there(conference, organiser_client):
    assert organiser_client.get(url("paper", conference, "posters")).status_code == 404
    assert organiser_client.get(url("paper_file", conference, CARDS)).status_code == 404


@pytest.mark.parametrize("name", ["paper", "paper_progress", "paper_file", "paper_make"])
def test_they_are_for_organisers(conference, client, name, settings):
    settings.STAFF_SECOND_FACTOR_REQUIRED = False
    assert client.post(url(name, conference, CARDS)).status_code == 302
    client.force_login(UserFactory(is_staff=True))
    assert client.post(url(name, conference, CARDS)).status_code == 403
