"""A speaker's briefing, read back from the PDF."""

import datetime
from uuid import UUID

import pytest

from agenda.kinds import Role
from agenda.models import Document
from agenda.papers.briefing import briefing_pdf
from agenda.states import SpeakerStatus
from tests.agenda.papers.reading import needs_pango, pages
from tests.factories import (
    AppearanceFactory,
    PlanFactory,
    PresentationFactory,
    SessionFactory,
    SpeakerFactory,
)


@needs_pango
@pytest.mark.django_db
class TestTheBriefing:
    @pytest.fixture
    def speaker(self, conference):
        return SpeakerFactory(
            conference=conference,
            given_name="Владимир",
            family_name="Петров",
            function="Кмет",
            organisation="София",
            status=SpeakerStatus.ACCEPTED,
        )

    @pytest.fixture
    def panel(self, conference, speaker):
        conference.venue.accessibility = "Step-free entrance."
        conference.venue.save()
        PlanFactory(conference=conference, documents_due_on=datetime.date(2026, 3, 2))
        session = SessionFactory(
            conference=conference, title="Panel 1", languages=["en", "el"], question="What works?", abstract="**Why**"
        )
        PresentationFactory(session=session, minutes=7, position=0)
        PresentationFactory(session=session, title="Градове", position=1, speaker=speaker, abstract="In short")
        return session

    def test_says_what_when_where_and_what_to_send(self, conference, speaker, panel):
        text = " ".join(pages(briefing_pdf(speaker)))

        for words in (
            "Владимир Петров Кмет, София",
            "9.30–10.30 (60 minutes)",
            "please be there at 9.15",
            "You are Panellist",
            "“Градове”, 5 minutes, about 9.37–9.42 In short",
            "Interpretation English, Greek",
            "What works?",
            "Why",
            "Send slides and speech by Monday 2 March 2026",
            "Still missing: slides for “Градове”; text of the speech, for the interpreters; biography; photograph.",
            "Rue Belliard 99–101",
            "Step-free entrance.",
            "conference@organiser.example",
        ):
            assert words in text

    def test_names_others_who_accepted_and_nothing_private_of_them(self, speaker, panel):
        moderator = SpeakerFactory(
            conference=panel.conference,
            family_name="Moderatrix",
            status=SpeakerStatus.ACCEPTED,
            email="private@city.example",
            gender="woman",
            message="My telephone",
        )
        undecided = SpeakerFactory(conference=panel.conference, family_name="Undecided", status=SpeakerStatus.ASKED)
        AppearanceFactory(session=panel, speaker=moderator, role=Role.MODERATOR)
        AppearanceFactory(session=panel, speaker=undecided)

        text = " ".join(pages(briefing_pdf(speaker)))

        assert "Guest Moderatrix: moderator" in text
        assert [word for word in ("private@", "woman", "telephone", "Undecided") if word in text] == []

    def test_of_who_was_asked_says_until_when_to_reply(self, conference, speaker, panel):
        speaker.status = SpeakerStatus.ASKED
        speaker.save()
        conference.plan.speakers_reply_by = datetime.date(2026, 2, 2)
        conference.plan.save()

        text = " ".join(pages(briefing_pdf(speaker)))

        assert "Tell us by Monday 2 February 2026 whether you accept." in text

    def test_of_a_moderator_tells_of_the_clock(self, speaker, panel):
        AppearanceFactory(session=panel, speaker=speaker, role=Role.MODERATOR)

        text = " ".join(pages(briefing_pdf(speaker)))

        assert "You are Moderator" in text
        assert "start the clock of each presentation" in text

    def test_asks_for_nothing_that_has_arrived(self, speaker, panel):
        talk = panel.presentations.get(speaker=speaker)
        for number, kind in enumerate(Document.Kind):
            Document.objects.create(
                speaker=speaker, presentation=talk, kind=kind, file="x", name="x", size=1, key=UUID(int=number)
            )
        speaker.biography = "Born in Plovdiv"
        speaker.save()

        assert "Still missing" not in " ".join(pages(briefing_pdf(speaker)))

    def test_without_a_session_says_so(self, speaker):
        assert "You are in no session at the moment." in pages(briefing_pdf(speaker))[0]
