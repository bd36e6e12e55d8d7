"""What can be taken from the public programme: documents, photographs, one session for a calendar."""

import datetime

import pytest
from django.core.files.base import ContentFile

from agenda import published
from agenda.models import Document
from agenda.states import SpeakerStatus
from tests.agenda.public_pages import address, html, release
from tests.factories import ConferenceFactory, PresentationFactory, SessionFactory, SpeakerFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _empty_memory():
    published.forget()


@pytest.fixture
def conference():
    return ConferenceFactory(held_on=datetime.date(2026, 3, 10))


@pytest.fixture
def slides(conference):
    """Public slides of a presentation, released."""
    speaker = SpeakerFactory(conference=conference, status=SpeakerStatus.ACCEPTED)
    talk = PresentationFactory(session=SessionFactory(conference=conference), speaker=speaker)
    return Document.objects.create(
        speaker=speaker,
        presentation=talk,
        kind=Document.Kind.SLIDES,
        file=ContentFile(b"%PDF-1.7", name="slides"),
        name="Παρουσίαση.pdf",
        content_type="application/pdf",
        size=8,
        is_public=True,
    )


def test_public_slides_are_a_file_to_save(client, conference, slides):
    release(conference)

    response = client.get(address("public_document", conference, slides.key))

    assert response.getvalue() == b"%PDF-1.7"
    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''%CE%A0")
    assert (response["Content-Type"], response["X-Content-Type-Options"]) == ("application/pdf", "nosniff")


def test_slides_made_private_again_are_gone_at_once(client, conference, slides):
    release(conference)
    Document.objects.update(is_public=False)

    assert client.get(address("public_document", conference, slides.key)).status_code == 404


def test_slides_that_no_release_offers_are_not_found(client, conference, slides):
    Document.objects.update(is_public=False)
    release(conference)
    Document.objects.update(is_public=True)

    assert client.get(address("public_document", conference, slides.key)).status_code == 404


def test_slides_of_another_conference_are_not_found(client, conference, slides):
    release(conference)
    other = ConferenceFactory()
    SessionFactory(conference=other)
    release(other)

    assert client.get(address("public_document", other, slides.key)).status_code == 404


def test_a_session_offers_its_public_slides(client, conference, slides):
    release(conference)
    session = slides.presentation.session

    page = html(client, "session", conference, session.code)

    assert address("public_document", conference, slides.key) in page
    assert "Παρουσίαση.pdf" in page


def test_photographs_are_those_of_the_newest_release(client, conference, slides):
    photo = Document.objects.create(
        speaker=slides.speaker,
        kind=Document.Kind.PHOTO,
        file=ContentFile(b"\xff\xd8\xff", name="photo"),
        name="me.jpg",
        content_type="text/html",
        size=3,
    )
    before = client.get(address("photo", conference, photo.key)).status_code
    release(conference)

    response = client.get(address("photo", conference, photo.key))

    assert before == 404
    assert response.getvalue() == b"\xff\xd8\xff"
    assert (response.status_code, response["Content-Type"]) == (200, "image/jpeg")
    assert response["Cache-Control"] == "public, max-age=86400"
    assert client.get(address("photo", conference, slides.key)).status_code == 404


def test_one_session_can_be_put_into_a_calendar(client, conference):
    wanted = SessionFactory(conference=conference, title="Wanted")
    SessionFactory(conference=conference, title="Unwanted", at="12:00")
    release(conference)

    text = client.get(address("session_calendar", conference, wanted.code)).content.decode()

    assert (text.count("BEGIN:VEVENT"), "SUMMARY:Wanted" in text) == (1, True)
