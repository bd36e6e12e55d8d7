"""Documents: kept, replaced, deleted; nothing lost when the store fails, nothing left behind when a change does."""

import datetime

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from agenda.kinds import Role
from agenda.models import Document, Release, Speaker
from agenda.programme import Programme
from agenda.queries import working_programme
from agenda.services import documents
from agenda.services.documents import DocumentRefused
from agenda.states import SpeakerStatus
from agenda.uploads import UploadRefused
from conference import history
from tests.agenda.upload_data import PDF, picture, upload
from tests.factories import AppearanceFactory, PresentationFactory, SpeakerFactory

pytestmark = pytest.mark.django_db(transaction=True)

SLIDES, SPEECH, PHOTO = Document.Kind.SLIDES, Document.Kind.SPEECH, Document.Kind.PHOTO


@pytest.fixture
def speaker(conference) -> Speaker:
    return AppearanceFactory(
        session__conference=conference, speaker__status=SpeakerStatus.ACCEPTED, speaker__biography="Mayor."
    ).speaker


@pytest.fixture
def talk(speaker):
    return PresentationFactory(session=speaker.appearances.get().session, speaker=speaker, title="Working with schools")


def files(conference) -> list[str]:
    try:
        return sorted(default_storage.listdir(f"documents/{conference.pk}")[1])
    except FileNotFoundError:
        return []


@pytest.fixture(autouse=True)
def _own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def publish(conference) -> Programme:
    programme = working_programme(conference)
    Release.objects.create(conference=conference, number=1, content=programme.to_data(), working_copy={})
    return programme


class TestKeeping:
    def test_the_file_lies_under_a_name_that_tells_nothing(self, speaker, talk, conference):
        kept = documents.add(speaker, kind=SLIDES, presentation=talk, upload=upload(PDF, "Ομιλία.pdf"), by=None)

        assert (kept.name, kept.size, kept.is_public) == ("Ομιλία.pdf", len(PDF), False)
        assert files(conference) == [str(kept.key)]
        with kept.file.open() as file:
            assert file.read() == PDF
        entry = history.of(speaker).get()
        assert (entry.action, entry.detail, entry.by_label) == (
            "document sent",
            "slides",
            f"{speaker.full_name}, by personal link",
        )

    def test_other_slides_replace_the_earlier_ones(self, speaker, talk, conference):
        documents.add(speaker, kind=SLIDES, presentation=talk, upload=upload(PDF), by=None)
        newer = documents.add(speaker, kind=SLIDES, presentation=talk, upload=upload(PDF + b"\n"), by=None)

        assert (documents.current(speaker), files(conference)) == ([newer], [str(newer.key)])

    def test_slides_of_two_presentations_lie_beside_each_other(self, speaker, talk, conference):
        other = PresentationFactory(session=talk.session, speaker=speaker)
        for presentation in (talk, other):
            documents.add(speaker, kind=SLIDES, presentation=presentation, upload=upload(PDF), by=None)

        assert {document.presentation for document in documents.current(speaker)} == {talk, other}

    def test_as_many_speeches_as_one_may_hold(self, speaker, conference):
        for _number in range(documents.MOST_SPEECHES):
            documents.add(speaker, kind=SPEECH, upload=upload(PDF), by=None)

        with pytest.raises(DocumentRefused, match="You have sent 5 already"):
            documents.add(speaker, kind=SPEECH, upload=upload(PDF), by=None)
        assert len(files(conference)) == documents.MOST_SPEECHES

    def test_the_presentation_of_somebody_else(self, speaker, conference):
        with pytest.raises(DocumentRefused, match="no longer yours"):
            documents.add(
                speaker,
                kind=SLIDES,
                presentation=PresentationFactory(session__conference=conference),
                upload=upload(PDF),
                by=None,
            )

    def test_what_is_refused_leaves_nothing(self, speaker, conference):
        with pytest.raises(UploadRefused):
            documents.add(speaker, kind=SLIDES, upload=upload(b"MZ"), by=None)

        assert (Document.objects.count(), files(conference)) == (0, [])


class TestFailures:
    def test_a_store_that_fails_is_said_in_words(self, speaker, monkeypatch, caplog):
        def full(*_arguments: object, **_more: object) -> str:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(default_storage._wrapped.__class__, "_save", full)

        with pytest.raises(DocumentRefused) as refused:
            documents.add(speaker, kind=SPEECH, upload=upload(PDF, "talk.pdf"), by=None)

        assert str(refused.value) == "“talk.pdf” could not be stored just now. Please try again in a few minutes."
        assert Document.objects.count() == 0
        assert [record.getMessage() for record in caplog.records] == ["A document could not be stored."]

    def test_a_change_that_fails_takes_its_file_away_and_keeps_the_earlier_one(
        self, speaker, talk, conference, monkeypatch
    ):
        earlier = documents.add(speaker, kind=SLIDES, presentation=talk, upload=upload(PDF), by=None)

        def fail(*_arguments: object, **_more: object) -> None:
            raise RuntimeError

        monkeypatch.setattr(history, "record", fail)
        with pytest.raises(RuntimeError):
            documents.add(speaker, kind=SLIDES, presentation=talk, upload=upload(PDF), by=None)

        assert (documents.current(speaker), files(conference)) == ([earlier], [str(earlier.key)])


class TestTakingAway:
    def test_deleting_removes_row_and_file(self, speaker, conference):
        kept = documents.add(speaker, kind=SPEECH, upload=upload(PDF), by=None)

        documents.delete(kept, by=None)

        assert (Document.objects.count(), files(conference)) == (0, [])

    def test_a_replaced_photograph_stays_while_the_published_programme_shows_it(self, speaker, conference):
        shown = documents.add(speaker, kind=PHOTO, upload=upload(picture()), by=None)
        publish(conference)

        newer = documents.add(speaker, kind=PHOTO, upload=upload(picture()), by=None)

        assert (documents.current(speaker), documents.tidy()) == ([newer], 0)
        assert files(conference) == sorted([str(shown.key), str(newer.key)])
        Release.objects.update(content=working_programme(conference).to_data())
        assert (documents.tidy(), files(conference)) == (1, [str(newer.key)])

    def test_who_deletes_the_photograph_deletes_also_the_one_it_had_replaced(self, speaker, conference):
        documents.add(speaker, kind=PHOTO, upload=upload(picture()), by=None)
        publish(conference)
        newer = documents.add(speaker, kind=PHOTO, upload=upload(picture()), by=None)

        documents.delete(newer, by=None)

        assert (Document.objects.count(), files(conference)) == (0, [])

    def test_files_without_a_document_go_after_a_day(self, speaker, conference):
        default_storage.save(f"documents/{conference.pk}/left-behind", ContentFile(b"x"))
        kept = documents.add(speaker, kind=SPEECH, upload=upload(PDF), by=None)

        assert documents.tidy() == 0
        with time_machine.travel(timezone.now() + datetime.timedelta(days=2), tick=False):
            assert documents.tidy() == 1
        assert files(conference) == [str(kept.key)]


class TestPublishing:
    def test_slides_are_offered_from_the_next_release_on(self, speaker, talk, conference, organiser):
        kept = documents.add(speaker, kind=SLIDES, presentation=talk, upload=upload(PDF), by=None)

        documents.set_public(kept, public=True, by=organiser)

        ((offered,),) = [
            presentation.documents
            for session in working_programme(conference).sessions
            for presentation in session.presentations
        ]
        assert offered.key == str(kept.key)
        assert history.of(speaker).first().action == "document made public"

    def test_a_speech_is_never_shown(self, speaker, organiser):
        kept = documents.add(speaker, kind=SPEECH, upload=upload(PDF), by=None)

        with pytest.raises(DocumentRefused, match="Only what belongs to a presentation"):
            documents.set_public(kept, public=True, by=organiser)


class TestMissing:
    def test_everything(self, speaker, talk):
        talk.session.languages = ["fr"]
        talk.session.save()
        Speaker.objects.update(biography="")
        speaker.refresh_from_db()

        assert documents.missing_of([speaker])[speaker.pk] == [
            "slides for “Working with schools”",
            "text of the speech, for the interpreters",
            "biography",
            "photograph",
        ]

    def test_no_speech_where_nothing_is_interpreted(self, conference):
        keynote = AppearanceFactory(session__conference=conference, role=Role.SPEAKER).speaker

        assert documents.missing_of([keynote])[keynote.pk] == ["biography", "photograph"]

    def test_nothing(self, speaker, talk):
        documents.add(speaker, kind=SLIDES, presentation=talk, upload=upload(PDF), by=None)
        documents.add(speaker, kind=PHOTO, upload=upload(picture()), by=None)

        assert documents.missing_of([speaker])[speaker.pk] == []

    def test_the_number_of_queries_does_not_grow(self, conference, django_assert_num_queries):
        people = [SpeakerFactory(conference=conference) for _number in range(3)]

        for number in (1, 3):
            with django_assert_num_queries(3):
                documents.missing_of(people[:number])
