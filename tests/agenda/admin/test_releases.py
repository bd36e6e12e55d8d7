"""Publishing from the page that said what it means."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from agenda.models import Release, Session
from agenda.services import planning
from conference.models import Conference
from tests.factories import PlanFactory, SessionFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def conference(db: None) -> Conference:
    conference = PlanFactory().conference
    SessionFactory(conference=conference, title="Panel 1")
    return conference


def address(conference: Conference) -> str:
    return reverse("admin:agenda_plan_publish", args=[conference.pk])


def shown(client: Client, conference: Conference) -> dict[str, Any]:
    """What the page would post with its warnings confirmed."""
    preview = client.get(address(conference)).context["preview"]
    keys = [warning.key for warning in preview.warnings]
    return {"version": preview.version, "confirmed": keys, "anyway": "on", "note": "Final"}


def test_the_page_says_what_publishing_means(organiser_client, conference):
    page = organiser_client.get(address(conference))

    assert page.context["preview"].is_first
    assert [warning.rule for warning in page.context["preview"].warnings] == ["no moderator", "presentations"]
    assert not Release.objects.exists()


def test_two_clicks_publish_once(organiser_client, conference):
    posted = shown(organiser_client, conference)

    organiser_client.post(address(conference), posted)
    second = organiser_client.post(address(conference), posted)

    assert (Release.objects.get().note, Release.objects.get().number) == ("Final", 1)
    assert "Nothing has changed since release 1." in second.content.decode()


def test_without_confirmation_nothing_is_published_and_the_note_stays(organiser_client, conference):
    posted = shown(organiser_client, conference)
    del posted["anyway"]

    response = organiser_client.post(address(conference), posted)

    assert list(response.context["form"].errors) == ["anyway"]
    assert response.context["form"]["note"].value() == "Final"
    assert not Release.objects.exists()


def test_a_warning_that_was_not_on_the_page_is_shown_first(organiser_client, conference):
    posted = shown(organiser_client, conference)
    posted["confirmed"] = posted["confirmed"][:1]

    response = organiser_client.post(address(conference), posted)

    form = response.context["form"]
    assert "warnings that were not on the page" in form.non_field_errors()[0]
    assert (form["note"].value(), form["anyway"].value()) == ("Final", False)
    assert not Release.objects.exists()


def test_a_programme_that_changed_since_is_shown_first(organiser_client, conference):
    posted = shown(organiser_client, conference)
    session = Session.objects.get()
    session.title = "Other"
    planning.save_session(session, seen=1, changed=["title"], by=UserFactory(name="Ana Quick"))

    response = organiser_client.post(address(conference), posted)

    assert "Ana Quick changed the programme" in response.context["form"].non_field_errors()[0]
    assert response.context["form"]["note"].value() == "Final"
    assert not Release.objects.exists()


def test_a_release_can_be_read_and_never_changed(organiser_client, conference):
    organiser_client.post(address(conference), shown(organiser_client, conference))
    release = Release.objects.get()
    page = reverse("admin:agenda_release_change", args=[release.pk])

    response = organiser_client.get(page)

    assert [session.title for _day, rows in response.context["programme_days"] for session, _begins in rows] == [
        "Panel 1"
    ]
    assert organiser_client.post(page, {"note": "Other"}).status_code == 403
    assert len(organiser_client.get(reverse("admin:agenda_release_changelist")).context["cl"].result_list) == 1
