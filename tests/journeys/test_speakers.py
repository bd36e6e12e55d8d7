"""A speaker is asked, accepts by the personal link, and sends what the programme needs."""

import datetime
from pathlib import Path

import pytest
from playwright.sync_api import expect

from accounts.models import User
from agenda.kinds import Role
from agenda.models import Speaker
from agenda.services import documents
from agenda.states import SpeakerStatus
from mailings.models import Mail
from tests.agenda.upload_data import PDF, picture
from tests.factories import (
    AppearanceFactory,
    ConferenceFactory,
    DelegationFactory,
    PlanFactory,
    PresentationFactory,
    SessionFactory,
)
from tests.journeys.conftest import Visitor


@pytest.fixture
def organiser(site: str) -> User:
    return User.objects.create_superuser("organiser@convoke.example", name="Olga Organiser")


@pytest.fixture
def speaker(site: str, settings, tmp_path: Path) -> Speaker:
    """A guest with a long name, who moderates and presents beside somebody who accepted."""
    settings.MEDIA_ROOT = tmp_path / "media"
    conference = ConferenceFactory()
    PlanFactory(
        conference=conference,
        speakers_reply_by=conference.held_on - datetime.timedelta(weeks=5),
        documents_due_on=conference.held_on - datetime.timedelta(weeks=1),
    )
    session = SessionFactory(conference=conference, title="Panel 1: Challenges", languages=["en", "fr", "el"])
    AppearanceFactory(
        session=session,
        speaker__given_name="Ħelena",
        speaker__family_name="Ħaż-Żebbuġ",
        speaker__status=SpeakerStatus.ACCEPTED,
    )
    speaker = AppearanceFactory(
        session=session,
        role=Role.MODERATOR,
        speaker__given_name="Владимир",
        speaker__family_name="Παπαδόπουλος-Λευκωσίας",
        speaker__function="Deputy Mayor for Prevention and Social Cohesion",
        speaker__organisation="Sint-Jans-Molenbeek / Molenbeek-Saint-Jean",
    ).speaker
    PresentationFactory(
        session=session,
        speaker=speaker,
        title="Working with schools in Λευκωσία",
        delegation=DelegationFactory(conference=conference),
    )
    return speaker


def test_a_speaker_accepts_and_sends_documents(visitor: Visitor, organiser: User, speaker: Speaker, tmp_path: Path):
    page = visitor.page

    # The organiser asks
    visitor.signs_in_as(organiser)
    visitor.opens("/admin/agenda/speaker/")
    visitor.looks_at("list of speakers")
    visitor.opens(f"/admin/agenda/speaker/{speaker.pk}/change/")
    visitor.follows(page.get_by_role("button", name="Ask", exact=True))
    expect(page.get_by_text("The request is queued.")).to_be_visible()
    visitor.looks_at("speaker who was asked")
    visitor.context.clear_cookies()

    # The mail brings the speaker to their page
    visitor.opens(Mail.objects.get(kind="speaker_request").secrets()["speaker_link"])
    link = page.url
    expect(page.get_by_role("heading", name="May we count on you?")).to_be_visible()
    visitor.looks_at("request")
    page.get_by_label("Message to the organiser").fill("With pleasure.")
    page.get_by_role("button", name="Yes, I accept").click()
    expect(page.get_by_role("heading", name="Thank you: we count on you")).to_be_visible()
    visitor.looks_at("accepted")

    # A file that is no picture is refused, and the biography is not lost
    visitor.follows(page.get_by_role("link", name="Biography and photograph"))
    page.get_by_label("Biography").fill("Ο Владимир works with schools.")
    wrong = tmp_path / "portrait.jpg"
    wrong.write_bytes(PDF)
    page.get_by_label("Photograph").set_input_files(wrong)
    page.get_by_role("button", name="Save").click()
    refusal = "“portrait.jpg” was not kept: it is no picture that can be read."
    expect(page.locator(".error", has_text=refusal)).to_be_visible()
    expect(page.get_by_label("Biography")).to_have_value("Ο Владимир works with schools.")
    visitor.looks_at("refused photograph")
    right = tmp_path / "portrait.png"
    right.write_bytes(picture((900, 1200), "PNG"))
    page.get_by_label("Photograph").set_input_files(right)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your profile is saved.")).to_be_visible()

    # Slides
    visitor.follows(page.get_by_role("link", name="Slides and speech"))
    visitor.looks_at("documents")
    slides = tmp_path / "Ομιλία.pdf"
    slides.write_bytes(PDF)
    page.locator("input[type=file]").first.set_input_files(slides)
    page.get_by_role("button", name="Send the file Slides").click()
    expect(page.get_by_text("The file has arrived.")).to_be_visible()
    expect(page.get_by_role("link", name="Ομιλία.pdf")).to_be_visible()
    visitor.looks_at("documents that arrived")
    assert [document.kind for document in documents.current(speaker)] == ["slides", "photo"]

    # The way out
    visitor.opens(f"{link}decline/")
    visitor.looks_at("cannot come")

    # The organiser sees what arrived, and ends the links
    visitor.signs_in_as(organiser)
    visitor.opens(f"/admin/agenda/speaker/{speaker.pk}/change/")
    visitor.looks_at("speaker with documents")
    visitor.opens(f"/admin/agenda/speaker/{speaker.pk}/replace/")
    visitor.looks_at("replacing")
    visitor.opens(f"/admin/agenda/speaker/{speaker.pk}/revoke/")
    visitor.follows(page.get_by_role("button", name="Revoke the links"))
    expect(page.get_by_text("The links have ended.")).to_be_visible()
    visitor.context.clear_cookies()
    visitor.opens(link)
    expect(page.get_by_role("heading", name="This link is no longer valid")).to_be_visible()
    visitor.looks_at("revoked link")
