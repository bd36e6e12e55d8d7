"""The working version as readers would see it, before it is published."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from agenda.services import releases
from agenda.states import SpeakerStatus
from conference.models import Conference
from tests.factories import AppearanceFactory, PlanFactory, PresentationFactory, SessionFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def conference(db: None) -> Conference:
    """Its own pages are not public yet."""
    return PlanFactory(conference__is_published=False).conference


def address(conference: Conference) -> str:
    return reverse("agenda:preview", args=[conference.slug])


def text_of(client: Client, conference: Conference) -> str:
    return " ".join(client.get(address(conference)).content.decode().split())


def test_it_shows_what_is_planned_and_names_only_who_accepted(organiser_client, conference):
    session = SessionFactory(conference=conference, title="Panel 1: Λευκωσία")
    AppearanceFactory(session=session, speaker__family_name="Štěpánková", speaker__status=SpeakerStatus.ACCEPTED)
    AppearanceFactory(session=session, speaker__family_name="Ħaż-Żebbuġ", speaker__status=SpeakerStatus.ASKED)

    text = text_of(organiser_client, conference)

    assert "Panel 1: Λευκωσία" in text
    assert "Štěpánková" in text
    assert "Ħaż-Żebbuġ" not in text
    # Neither a page of the session nor its star is there before a release.
    assert session.code not in text.replace(f'id="session-{session.code}"', "")


def test_what_changed_since_the_release_shows_here_alone(organiser_client):
    conference = PlanFactory().conference
    session = SessionFactory(conference=conference, title="Before")
    warnings = [warning.key for warning in releases.preview(conference).warnings]
    releases.publish(conference, note="", seen=None, confirmed=warnings, by=None)
    type(session).objects.update(title="After")

    assert "After" in text_of(organiser_client, conference)
    assert "After" not in Client().get(reverse("agenda:programme", args=[conference.slug])).content.decode()


def test_without_sessions_it_says_so(organiser_client, conference):
    assert "There is no session in the programme at present." in text_of(organiser_client, conference)


def test_for_all_but_organisers_there_is_none(conference):
    client = Client()
    assert client.get(address(conference)).status_code == 302
    client.force_login(UserFactory())
    assert client.get(address(conference)).status_code == 404


def test_looking_changes_nothing(organiser_client, conference):
    assert organiser_client.post(address(conference)).status_code == 405


def test_the_number_of_queries_does_not_grow(organiser_client, conference):
    counts = []
    for number in (1, 3):
        for _position in range(number):
            session = SessionFactory(conference=conference)
            PresentationFactory(session=session, speaker=AppearanceFactory(session=session).speaker)
        with CaptureQueriesContext(connection) as queries:
            organiser_client.get(address(conference))
        counts.append(len(queries))

    assert counts[0] == counts[1]
