"""The pages behind a speaker's personal link."""

import datetime
import io
import uuid

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from agenda.kinds import Role
from agenda.models import Document, Session, Speaker
from agenda.services import documents, speakers
from agenda.states import SpeakerStatus
from agenda.views import speakers as pages
from conference import pdf
from mailings.models import Mail
from tests.agenda.upload_data import PDF, picture, upload
from tests.factories import AppearanceFactory, PlanFactory, PresentationFactory, SessionFactory, SpeakerFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def speaker(conference) -> Speaker:
    return AppearanceFactory(
        session__conference=conference, session__title="Panel 1", role=Role.MODERATOR, speaker__biography="Old words."
    ).speaker


@pytest.fixture
def token(speaker, organiser) -> str:
    return speakers.show_link(speaker, by=organiser).rstrip("/").rsplit("/", 1)[1]


@pytest.fixture
def accepted(speaker, token) -> Speaker:
    speakers.accept(speaker, by=None)
    speaker.refresh_from_db()
    return speaker


def address(name: str, *arguments: object) -> str:
    return reverse(f"agenda:{name}", args=arguments)


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


class TestTheBriefing:
    @pytest.mark.skipif(not pdf.is_available(), reason="PDFs need the library Pango (libpango-1.0-0)")
    def test_is_for_who_accepted(self, client, accepted, token):
        response = client.get(address("speaker_briefing", token))

        text = " ".join(PdfReader(io.BytesIO(response.content)).pages[0].extract_text().split())
        assert address("speaker_briefing", token) in text_of(client.get(address("speaker_link", token)))
        assert "no-store" in response["Cache-Control"]
        assert "Panel 1" in text

    def test_who_did_not_yet_accept_is_led_to_where_they_can(self, client, speaker, token):
        response = client.get(address("speaker_briefing", token))

        assert response.url == address("speaker_link", token)
        assert address("speaker_briefing", token) not in text_of(client.get(address("speaker_link", token)))

    def test_without_pango_the_page_says_why(self, client, accepted, token, monkeypatch):
        def unavailable(*_arguments):
            raise pdf.PdfUnavailable

        monkeypatch.setattr(pdf, "lay_out", unavailable)

        response = client.get(address("speaker_briefing", token))

        assert response.status_code == 503
        assert pdf.DEBIAN_PACKAGES in text_of(response)
        assert address("speaker_link", token) in text_of(response)


class TestTheRunOfShow:
    """Of a session, for who moderates it."""

    @pytest.fixture
    def panel(self, accepted) -> Session:
        session = accepted.appearances.get().session
        Session.objects.filter(pk=session.pk).update(note="Ask Brno first.")
        accepted.appearances.update(role=Role.MODERATOR)
        return session

    @pytest.mark.skipif(not pdf.is_available(), reason="PDFs need the library Pango (libpango-1.0-0)")
    def test_has_the_minutes_and_the_note(self, client, panel, token):
        PresentationFactory(session=panel, title="Housing first")

        response = client.get(address("speaker_run_of_show", token, panel.code))

        text = " ".join(PdfReader(io.BytesIO(response.content)).pages[0].extract_text().split())
        assert "Housing first" in text
        assert "Ask Brno first." in text
        assert "no-store" in response["Cache-Control"]

    def test_stands_on_the_page_of_who_moderates_alone(self, client, accepted, panel, token):
        shown = address("speaker_run_of_show", token, panel.code)
        moderating = text_of(client.get(address("speaker_link", token)))
        accepted.appearances.update(role=Role.PANELLIST)

        assert shown in moderating
        assert shown not in text_of(client.get(address("speaker_link", token)))
        assert client.get(shown).status_code == 404

    def test_of_another_session_there_is_none(self, client, panel, token, conference):
        other = SessionFactory(conference=conference)

        assert client.get(address("speaker_run_of_show", token, other.code)).status_code == 404

    def test_who_declined_is_led_to_their_page(self, client, accepted, panel, token):
        Speaker.objects.update(status=SpeakerStatus.DECLINED)

        response = client.get(address("speaker_run_of_show", token, panel.code))

        assert response.url == address("speaker_link", token)


class TestTheLink:
    def test_looking_changes_nothing(self, client, speaker, token, django_assert_max_num_queries):
        names = ("speaker_link", "speaker_accept", "speaker_decline", "speaker_profile", "speaker_documents")
        before = Speaker.objects.values().get()

        for name in names:
            client.get(address(name, token))
            client.head(address(name, token))

        assert (Speaker.objects.values().get(), Mail.objects.count()) == (before, 0)

    def test_the_page_says_what_is_asked_and_by_when(self, client, speaker, token, conference):
        PlanFactory(conference=conference, speakers_reply_by=datetime.date(2030, 2, 1))

        response = client.get(address("speaker_link", token))

        text = text_of(response)
        assert "<strong>Friday 1 February 2030</strong>" in text
        assert "9.30–10.30, room to be announced" in text
        assert speaker.email not in text

    def test_the_address_is_kept_secret(self, client, token):
        response = client.get(address("speaker_link", token))

        assert (response["Referrer-Policy"], response["X-Robots-Tag"]) == ("same-origin", "noindex, nofollow")
        assert "no-store" in response["Cache-Control"]

    def test_an_unknown_link(self, client, conference):
        response = client.get(address("speaker_link", "wrong"))

        assert response.status_code == 404
        assert conference.mailbox in text_of(response)

    def test_a_revoked_link(self, client, speaker, token, organiser):
        speakers.revoke_links(speaker, by=organiser)

        for name in ("speaker_link", "speaker_profile"):
            response = client.get(address(name, token))
            assert response.status_code == 410
        assert speaker.conference.mailbox in text_of(response)

    def test_an_expired_link(self, client, token, conference):
        with time_machine.travel(conference.ends_at + datetime.timedelta(days=31), tick=False):
            response = client.post(address("speaker_accept", token))

        assert response.status_code == 410
        assert "the links of its speakers have ended" in text_of(response)

    def test_who_was_taken_out_sees_nothing_any_more(self, client, speaker, token, organiser):
        speakers.withdraw(speaker, by=organiser)

        response = client.get(address("speaker_link", token))

        assert response.status_code == 410
        assert "You are no longer in the programme" in text_of(response)

    def test_forged_requests_are_refused(self, token, speaker):
        response = Client(enforce_csrf_checks=True).post(address("speaker_accept", token))

        assert (response.status_code, Speaker.objects.get().status) == (403, SpeakerStatus.ASKED)


class TestReplying:
    def test_accepting(self, client, token):
        response = client.post(address("speaker_accept", token), {"message": "Gladly"}, follow=True)

        speaker = Speaker.objects.get()
        assert (speaker.status, speaker.message) == (SpeakerStatus.ACCEPTED, "Gladly")
        assert "Thank you: we count on you" in text_of(response)

    def test_accepting_twice_is_harmless(self, client, token):
        client.post(address("speaker_accept", token))
        response = client.post(address("speaker_accept", token), follow=True)

        assert "Your reply has already arrived." in text_of(response)
        assert Mail.objects.count() == 1

    def test_too_long_a_message_is_not_lost(self, client, token):
        response = client.post(address("speaker_accept", token), {"message": "é" * 1001})

        assert "At most 1000 characters; these are 1001." in text_of(response)
        assert "é" * 1001 in text_of(response)
        assert Speaker.objects.get().status == SpeakerStatus.ASKED

    def test_declining(self, client, token):
        response = client.post(address("speaker_decline", token), {"message": "A council meeting"}, follow=True)

        assert Speaker.objects.get().status == SpeakerStatus.DECLINED
        assert "You have declined" in text_of(response)
        assert "I can come after all" in text_of(response)


class TestProfile:
    def test_text_and_photograph(self, client, accepted, token):
        client.post(
            address("speaker_profile", token),
            {"biography": "Οι πόλεις.", "language": "el", "photo": upload(picture(), "me.jpg")},
        )

        accepted.refresh_from_db()
        assert (accepted.biography, accepted.language) == ("Οι πόλεις.", "el")
        assert [document.kind for document in documents.current(accepted)] == [Document.Kind.PHOTO]

    def test_a_refused_photograph_loses_no_word(self, client, accepted, token):
        response = client.post(
            address("speaker_profile", token),
            {"biography": "New words.", "language": "en", "photo": upload(PDF, "me.jpg")},
        )

        accepted.refresh_from_db()
        assert response.status_code == 422
        assert (accepted.biography, Document.objects.count()) == ("New words.", 0)
        text = text_of(response)
        assert "New words.</textarea>" in text
        assert "“me.jpg” was not kept: it is no picture that can be read. Please send a JPEG, PNG or WebP" in text

    def test_two_thousand_characters(self, client, accepted, token):
        data = {"biography": "ж" * 2001, "language": "en"}

        response = client.post(address("speaker_profile", token), data)

        assert "At most 2000 characters; these are 2001." in text_of(response)
        assert Speaker.objects.get().biography == "Old words."

    def test_before_the_acceptance_nothing_is_sent(self, client, speaker, token):
        response = client.post(address("speaker_profile", token), {"biography": "x", "language": "en"})

        assert response.url == address("speaker_link", token)
        assert Speaker.objects.get().biography == "Old words."


class TestDocuments:
    @pytest.fixture
    def talk(self, accepted):
        return PresentationFactory(session=accepted.appearances.get().session, speaker=accepted, title="Schools")

    def send(self, client: Client, token: str, place: str, content: bytes = PDF, name: str = "talk.pdf"):
        data = {"place": place, f"{place}-file": upload(content, name)}
        return client.post(address("speaker_documents", token), data)

    def test_slides_of_a_presentation(self, client, accepted, token, talk):
        response = self.send(client, token, f"slides-{talk.pk}")

        assert response.url == address("speaker_documents", token)
        (sent,) = documents.current(accepted)
        assert (sent.kind, sent.presentation, sent.name) == (Document.Kind.SLIDES, talk, "talk.pdf")

    def test_the_wrong_file_is_named_with_what_would_do(self, client, token, talk):
        response = self.send(client, token, f"slides-{talk.pk}", b"MZ\x90", "talk.pptx")

        assert response.status_code == 422
        assert (
            "“talk.pptx” was not kept: it is a file of another kind. "
            "Please send a PDF, PowerPoint (PPTX) or OpenDocument (ODP) file of at most 50 MB."
        ) in text_of(response)

    def test_nothing_chosen(self, client, token, talk):
        response = client.post(address("speaker_documents", token), {"place": "speech"})

        assert "Choose a file first." in text_of(response)

    def test_a_presentation_that_went_to_somebody_else(self, client, accepted, token, talk):
        talk.speaker = SpeakerFactory(conference=accepted.conference)
        talk.save()

        response = self.send(client, token, f"slides-{talk.pk}")

        assert (response.status_code, Document.objects.count()) == (302, 0)

    def test_a_download_is_never_shown_by_the_browser(self, client, accepted, token):
        kept = documents.add(
            accepted, kind=Document.Kind.SPEECH, upload=upload(b"<script>alert(1)</script>", "Ομιλία.txt"), by=None
        )

        response = client.get(address("speaker_document", token, kept.key))

        assert b"".join(response.streaming_content) == b"<script>alert(1)</script>"
        assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''%CE%9F")
        assert response["Content-Type"] == "text/plain; charset=utf-8"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert "private" in response["Cache-Control"]
        assert "no-store" in response["Cache-Control"]

    def test_what_is_somebody_elses_is_not_found(self, client, accepted, token):
        other = SpeakerFactory(conference=accepted.conference, status=SpeakerStatus.ACCEPTED)
        foreign = documents.add(other, kind=Document.Kind.SPEECH, upload=upload(PDF), by=None)

        client.post(address("speaker_document_delete", token, foreign.key))
        response = client.get(address("speaker_document", token, foreign.key))

        assert response.status_code == 404
        assert documents.current(other) == [foreign]
        assert client.get(address("speaker_document", token, uuid.uuid4())).status_code == 404

    def test_deleting_twice_is_harmless(self, client, accepted, token):
        kept = documents.add(accepted, kind=Document.Kind.SPEECH, upload=upload(PDF), by=None)

        for _time in range(2):
            response = client.post(address("speaker_document_delete", token, kept.key))
            assert response.status_code == 302
        assert documents.current(accepted) == []

    def test_a_file_that_the_store_lost(self, client, accepted, token):
        kept = documents.add(accepted, kind=Document.Kind.SPEECH, upload=upload(PDF), by=None)
        kept.file.storage.delete(kept.file.name)

        response = client.get(address("speaker_document", token, kept.key), follow=True)

        assert "The file cannot be read just now." in text_of(response)

    def test_many_uploads_are_slowed_down(self, client, accepted, token, monkeypatch):
        monkeypatch.setattr(pages, "UPLOADS", 1)

        self.send(client, token, "speech")
        response = self.send(client, token, "speech")

        assert "too many files within an hour" in text_of(response)
        assert len(documents.current(accepted)) == 1

    def test_replies_and_files_after_the_conference(self, client, accepted, token, conference):
        with time_machine.travel(conference.ends_at + datetime.timedelta(days=1), tick=False):
            response = client.get(address("speaker_link", token))

        assert timezone.now() < conference.ends_at
        assert "Thank you for speaking" in text_of(response)
