"""Organisers' pages of the speakers."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from agenda.models import Document, Speaker
from agenda.services import documents, speakers
from agenda.states import SpeakerStatus
from mailings.models import Mail
from registrations.services import replies
from tests.agenda.upload_data import PDF, upload
from tests.factories import (
    AppearanceFactory,
    ConferenceFactory,
    DelegationFactory,
    InvitationFactory,
    PresentationFactory,
    SpeakerFactory,
    UserFactory,
    person,
)

pytestmark = pytest.mark.django_db

LIST = "admin:agenda_speaker_changelist"


@pytest.fixture(autouse=True)
def _own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def speaker(conference) -> Speaker:
    return AppearanceFactory(session__conference=conference, session__title="Panel 1").speaker


@pytest.fixture
def participant(conference):
    invitation = InvitationFactory(delegation=DelegationFactory(conference=conference))
    return replies.accept(invitation, [person(1)], by=None)[0]


def address(name: str, *arguments: object) -> str:
    return reverse(f"admin:agenda_speaker_{name}", args=arguments)


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


class TestList:
    def test_it_shows_sessions_and_what_is_missing(self, organiser_client, speaker):
        text = text_of(organiser_client.get(reverse(LIST)))

        assert speaker.family_name in text
        assert "biography, photograph" in text

    def test_participants_are_found_by_their_name_and_city(self, organiser_client, participant, conference, organiser):
        speakers.add_speaker(conference, participant=participant, by=organiser)
        for query in (participant.family_name, participant.delegation.name):
            text = text_of(organiser_client.get(reverse(LIST), {"q": query}))
            assert f"{participant.family_name}, {participant.given_name}" in text

    def test_the_number_of_queries_does_not_grow(self, organiser_client, conference):
        counts = []
        for number in (1, 3):
            while Speaker.objects.count() < number:
                AppearanceFactory(session__conference=conference)
            with CaptureQueriesContext(connection) as queries:
                organiser_client.get(reverse(LIST))
            counts.append(len(queries))

        assert counts[0] == counts[1]

    def test_asking_the_ticked_says_who_could_not_be_asked(self, organiser_client, speaker, conference):
        idle = SpeakerFactory(conference=conference)
        data = {"action": "ask_chosen", "_selected_action": [speaker.pk, idle.pk]}

        text = text_of(organiser_client.post(reverse(LIST), data, follow=True))

        assert "1 speaker is asked." in text
        assert f"{idle} is in no session yet." in text

    def test_acceptances_of_the_ticked_are_recorded_once(self, organiser_client, speaker, participant, conference):
        gone = speakers.add_speaker(conference, participant=participant, by=None)
        replies.withdraw(participant, by=None)
        data = {"action": "accepted_chosen", "_selected_action": [speaker.pk, gone.pk]}

        text = text_of(organiser_client.post(reverse(LIST), data, follow=True))
        again = text_of(organiser_client.post(reverse(LIST), {**data, "_selected_action": [speaker.pk]}, follow=True))

        speaker.refresh_from_db()
        gone.refresh_from_db()
        assert (speaker.status, gone.status) == (SpeakerStatus.ACCEPTED, SpeakerStatus.WITHDRAWN)
        assert "1 acceptance is recorded." in text
        assert f"{gone} no longer takes part in the conference." in text
        assert "All of them had accepted already." in again
        assert Mail.objects.filter(kind="speaker_confirmed").count() == 1


class TestAdding:
    def data(self, conference, **more: object) -> dict[str, object]:
        names = ("participant", "title", "given_name", "family_name", "function", "organisation", "email", "gender")
        return {**dict.fromkeys(names, ""), "biography": "", "language": "en", "conference": conference.pk, **more}

    def test_a_guest_from_outside(self, organiser_client, conference, organiser):
        organiser_client.post(address("add"), self.data(conference, given_name="Ħelena", family_name="Dalli"))

        added = Speaker.objects.get()
        assert (str(added), added.status) == ("Ħelena Dalli", SpeakerStatus.PLANNED)

    def test_a_participant(self, organiser_client, conference, participant):
        organiser_client.post(address("add"), self.data(conference, participant=participant.pk))

        assert Speaker.objects.get().participant == participant

    def test_a_participant_of_another_conference(self, organiser_client, participant):
        response = organiser_client.post(address("add"), self.data(ConferenceFactory(), participant=participant.pk))

        assert "This participant belongs to another conference." in text_of(response)
        assert Speaker.objects.count() == 0

    def test_nobody(self, organiser_client, conference):
        response = organiser_client.post(address("add"), self.data(conference))

        assert "Choose a participant, or type the name of a guest from outside." in text_of(response)

    def test_a_correction_changes_nothing_else(self, organiser_client, speaker):
        speakers.accept(speaker, by=None)

        organiser_client.post(
            address("change", speaker.pk),
            self.data(speaker.conference, family_name="Петров", email=speaker.email, given_name=speaker.given_name),
        )

        speaker.refresh_from_db()
        assert (speaker.family_name, speaker.status) == ("Петров", SpeakerStatus.ACCEPTED)


class TestTheirWord:
    @pytest.mark.parametrize(
        ("name", "status"),
        [
            ("ask", SpeakerStatus.ASKED),
            ("accept", SpeakerStatus.ACCEPTED),
            ("decline", SpeakerStatus.DECLINED),
            ("withdraw", SpeakerStatus.WITHDRAWN),
        ],
    )
    def test_a_button_records_it(self, organiser_client, speaker, name, status):
        response = organiser_client.post(address(name, speaker.pk), {"message": "On the telephone"})

        assert response.url == address("change", speaker.pk)
        assert Speaker.objects.get().status == status

    @pytest.mark.parametrize("name", ["accept", "decline", "withdraw", "replace", "link", "revoke"])
    def test_the_question_itself_changes_nothing(self, organiser_client, speaker, name):
        before = Speaker.objects.values().get()

        assert organiser_client.get(address(name, speaker.pk)).status_code == 200
        assert Speaker.objects.values().get() == before

    @pytest.mark.parametrize("name", ["ask", "remind"])
    def test_what_posts_at_once_is_not_done_by_looking(self, organiser_client, speaker, name):
        assert organiser_client.get(address(name, speaker.pk)).status_code == 405

    def test_a_refusal_of_the_service_is_said(self, organiser_client, conference):
        idle = SpeakerFactory(conference=conference)

        response = organiser_client.post(address("ask", idle.pk), follow=True)

        assert f"{idle} is in no session yet." in text_of(response)

    def test_reminding_and_asking_again(self, organiser_client, speaker):
        organiser_client.post(address("ask", speaker.pk))
        organiser_client.post(address("ask", speaker.pk))
        organiser_client.post(address("remind", speaker.pk))

        assert list(Mail.objects.order_by("pk").values_list("kind", flat=True)) == [
            "speaker_request",
            "speaker_request",
            "speaker_reminder",
        ]

    def test_a_link_is_shown_once(self, organiser_client, speaker, settings):
        text = text_of(organiser_client.post(address("link", speaker.pk)))

        token = text.split(f"{settings.SITE_URL}/speaker/")[1].split("/")[0]
        assert speakers.find_link(token).speaker == speaker
        assert token not in text_of(organiser_client.get(address("change", speaker.pk)))

    def test_the_links_end(self, organiser_client, speaker):
        organiser_client.post(address("ask", speaker.pk))

        organiser_client.post(address("revoke", speaker.pk))

        assert [link.is_good for link in speaker.links.all()] == [False]

    def test_every_status_has_its_page(self, organiser_client, speaker):
        for status in SpeakerStatus:
            Speaker.objects.update(status=status)
            assert organiser_client.get(address("change", speaker.pk)).status_code == 200


class TestReplacing:
    def test_who_took_the_seat_is_offered_first(self, organiser_client, participant, conference, organiser):
        speaker = speakers.add_speaker(conference, participant=participant, by=organiser)
        AppearanceFactory(session__conference=conference, speaker=speaker)
        deputy = replies.replace(participant, person(2), by=organiser)

        text = text_of(organiser_client.get(address("replace", speaker.pk)))
        organiser_client.post(address("replace", speaker.pk), {"successor": f"participant-{deputy.pk}"})

        assert deputy.full_name in text
        assert Speaker.objects.get(participant=deputy).appearances.count() == 1

    def test_a_participant_found_by_name(self, organiser_client, speaker, participant):
        place = f"{address('replace', speaker.pk)}?q={participant.family_name}"

        assert participant.full_name in text_of(organiser_client.get(place))
        organiser_client.post(place, {"successor": f"participant-{participant.pk}"})

        assert Speaker.objects.get(participant=participant).appearances.count() == 1

    def test_people_of_another_conference_are_not_offered(self, organiser_client, speaker):
        stranger = SpeakerFactory(family_name="Stranger")

        place = f"{address('replace', speaker.pk)}?q=Stranger"

        assert "Nobody was found." in text_of(organiser_client.get(place))
        organiser_client.post(place, {"successor": f"speaker-{stranger.pk}"})
        assert speaker.appearances.count() == 1


class TestDocuments:
    @pytest.fixture
    def slides(self, speaker) -> Document:
        talk = PresentationFactory(session=speaker.appearances.get().session, speaker=speaker)
        return documents.add(
            speaker, kind=Document.Kind.SLIDES, presentation=talk, upload=upload(PDF, "talk.pdf"), by=None
        )

    def test_they_are_downloaded_as_files(self, organiser_client, speaker, slides):
        response = organiser_client.get(address("document", speaker.pk, slides.key))

        assert b"".join(response.streaming_content) == PDF
        assert response["Content-Disposition"] == 'attachment; filename="talk.pdf"'

    def test_they_are_made_public_and_private_again(self, organiser_client, speaker, slides):
        for answer, expected in (("yes", True), ("no", False)):
            organiser_client.post(address("document_public", speaker.pk, slides.key), {"public": answer})
            assert Document.objects.get().is_public == expected

    def test_the_document_of_another_speaker(self, organiser_client, slides, conference):
        other = SpeakerFactory(conference=conference)

        assert organiser_client.get(address("document", other.pk, slides.key)).status_code == 404


class TestWhoMay:
    @pytest.mark.parametrize("name", ["ask", "accept", "decline", "withdraw", "replace", "link", "revoke", "remind"])
    def test_an_organiser_without_the_permission(self, client, settings, speaker, name):
        settings.STAFF_SECOND_FACTOR_REQUIRED = False
        client.force_login(UserFactory(is_staff=True))

        assert client.post(address(name, speaker.pk)).status_code == 403
        assert Speaker.objects.get().status == SpeakerStatus.PLANNED
