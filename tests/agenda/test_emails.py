"""Mails after a release, to speakers and readers; and all kinds with their examples."""

import pytest
from icalendar import Calendar

from agenda.emails import SessionNotice, queue_programme_changes, queue_session_entries
from agenda.kinds import Role
from agenda.queries import working_programme
from agenda.states import SpeakerStatus
from mailings import kinds, rendering, services
from mailings.models import Mail
from tests.factories import AppearanceFactory, PresentationFactory, SpeakerFactory, UserFactory

pytestmark = pytest.mark.django_db

OURS = [
    "documents_reminder",
    "programme_changed",
    "session_announced",
    "session_changed",
    "session_dropped",
    "speaker_confirmed",
    "speaker_reminder",
    "speaker_request",
]


@pytest.fixture
def speaker(conference):
    return AppearanceFactory(
        session__conference=conference,
        session__title="Panel 1",
        role=Role.MODERATOR,
        speaker__status=SpeakerStatus.ACCEPTED,
    ).speaker


@pytest.fixture
def programme(speaker, conference):
    return working_programme(conference)


def notice(speaker, programme, *, method: str = "REQUEST", what: str = "") -> SessionNotice:
    return SessionNotice(speaker=speaker, session=programme.sessions[0], method=method, what=what)


@pytest.mark.parametrize("name", OURS)
def test_every_kind_reads_well_with_its_examples(name, conference):
    kind = kinds.registered()[name]

    mail = services.preview_words(conference, kind, rendering.builtin(name))

    assert set(kind.placeholders) <= set(kind.examples(conference))
    assert "{{" not in mail.subject + mail.text + mail.html
    assert "⟦" not in mail.text + mail.html


class TestSessionEntries:
    @pytest.mark.parametrize(
        ("method", "what", "kind"),
        [
            ("REQUEST", "", "session_announced"),
            ("REQUEST", "It begins at 9.30 instead of 9.15.", "session_changed"),
            ("CANCEL", "", "session_dropped"),
        ],
    )
    def test_what_happened_decides_about_the_words(self, conference, speaker, programme, method, what, kind):
        queue_session_entries(conference, 2, programme, [notice(speaker, programme, method=method, what=what)])

        mail = Mail.objects.get()
        assert (mail.kind, mail.to, mail.calendar_method) == (kind, [speaker.email], method)
        assert what in mail.text
        assert Calendar.from_ical(mail.calendar)["METHOD"] == method

    def test_time_zone_room_and_role(self, conference, speaker, programme):
        queue_session_entries(conference, 1, programme, [notice(speaker, programme)])

        text = Mail.objects.get().text
        assert "9.30–10.30 (Brussels time)" in text
        assert "room to be announced" in text
        assert "moderator" in text

    def test_presentations_are_part_of_the_role(self, conference, speaker):
        PresentationFactory(session=speaker.appearances.get().session, speaker=speaker, title="Schools", minutes=5)
        programme = working_programme(conference)

        queue_session_entries(conference, 1, programme, [notice(speaker, programme)])

        assert "moderator, presents “Schools” (5 minutes)" in Mail.objects.get().text

    def test_the_same_release_tells_nobody_twice_and_the_next_tells_again(self, conference, speaker, programme):
        for release in (1, 1, 2):
            queue_session_entries(conference, release, programme, [notice(speaker, programme)])

        assert Mail.objects.count() == 2

    def test_who_has_no_address_is_left_out(self, conference, programme):
        silent = SpeakerFactory(conference=conference, email="")

        assert queue_session_entries(conference, 1, programme, [notice(silent, programme)]) == []


class TestProgrammeChanges:
    def test_readers_get_one_mail_each(self, conference):
        readers = [UserFactory(), UserFactory()]

        for _time in range(2):
            queue_programme_changes(conference, 3, ["Panel 1 moved.", "Lunch is longer."], readers)

        mails = Mail.objects.order_by("pk")
        assert [mail.to for mail in mails] == [[reader.email] for reader in readers]
        assert "– Panel 1 moved.\n– Lunch is longer." in mails[0].text
        assert f"/my/programme/{conference.slug}/" in mails[0].text

    def test_without_changes_nobody_is_told(self, conference):
        assert queue_programme_changes(conference, 3, [], [UserFactory()]) == []
