"""Organisers' pages of placements: begun, watched, compared, published."""

import pytest

from mailings.models import Mail
from meetings.models import Meeting, Placement
from meetings.services import meetings, placements
from tests.meetings import factories
from tests.meetings.admin.test_places import said, url
from tests.meetings.services.test_placements import absent, agreed, computed, place, reviewed

pytestmark = pytest.mark.django_db


@pytest.fixture
def block(conference):
    factories.rules(conference)
    return factories.block(conference, slots=2, tables=3)


def test_from_the_button_to_what_both_read(conference, block, organiser_client, django_capture_on_commit_callbacks):
    meeting = agreed(conference)

    with django_capture_on_commit_callbacks(execute=True):
        begun = organiser_client.post(url("place", conference), {"mode": "anew", "limit_seconds": 5})
    run = Placement.objects.get()
    page = organiser_client.get(begun.url).content.decode()
    organiser_client.post(url("placement_review", conference, run.pk))
    asked = organiser_client.get(url("placement_publish", conference, run.pk)).content.decode()
    published = organiser_client.post(url("placement_publish", conference, run.pk))

    assert begun.url == url("placement", conference, run.pk)
    assert "Placed 1 of at most 1" in page
    assert "10.30, table 1" in page
    assert "Publish and write to 2 people" in asked
    assert said(published)[-1] == "Published: 1 new, 0 moved, 0 without a time. All concerned are told."
    meeting.refresh_from_db()
    assert meeting.status == "published"
    assert Mail.objects.filter(kind="meeting_placed").count() == 2


def test_progress_is_shown_with_numbers_and_a_way_to_stop(conference, block, organiser_client):
    run = placements.start(conference, mode="anew", limit_seconds=30, by=None)
    waiting = organiser_client.get(url("placement_progress", conference, run.pk)).content.decode()
    Placement.objects.update(placed=214, bound=223, progress=40, aim="gaps", started_at=run.created_at)
    page = organiser_client.get(url("placement_progress", conference, run.pk)).content.decode()
    organiser_client.post(url("placement_stop", conference, run.pk))

    assert "Waiting for a worker." in waiting
    assert 'value="40" max="100"' in page
    assert "as few gaps as can be" in page
    run.refresh_from_db()
    assert run.stop_asked_at is not None


def test_when_it_has_ended_the_page_is_loaded_anew(conference, block, organiser_client):
    run = computed(conference)

    assert organiser_client.get(url("placement_progress", conference, run.pk))["HX-Refresh"] == "true"


def test_who_is_not_placed_is_told_why(conference, block, organiser_client):
    star = factories.guest(conference)
    for _number in range(3):
        agreed(conference, star)

    page = organiser_client.get(url("placement", conference, computed(conference).pk)).content.decode()

    assert "One meeting finds no place" in page
    assert f"{star.full_name} is full" in page


def test_what_changed_meanwhile_is_told_before_and_after(conference, block, organiser_client):
    gone = agreed(conference)
    run = reviewed(conference)
    meetings.cancel(gone, person=None, by=None)

    before = organiser_client.get(url("placement", conference, run.pk)).content.decode()
    organiser_client.post(url("placement_publish", conference, run.pk))
    after = organiser_client.get(url("placement", conference, run.pk)).content.decode()

    assert "It was cancelled." in before
    assert "Left as they were, since they changed meanwhile" in after


def test_nothing_is_published_unseen(conference, block, organiser_client):
    agreed(conference)
    run = computed(conference)

    organiser_client.post(url("placement_publish", conference, run.pk))

    assert Meeting.objects.get().status == "unplaced"


def test_one_button_repairs(conference, block, organiser_client, django_capture_on_commit_callbacks):
    meeting = agreed(conference, **place(block))
    absent(meeting.request.asker, meeting.slot)

    with django_capture_on_commit_callbacks(execute=True):
        organiser_client.post(url("repair", conference))

    run = Placement.objects.get()
    assert (run.mode, run.status) == ("repair", "provisional")
    page = organiser_client.get(url("placement", conference, run.pk)).content.decode()
    assert "Moved (1)" in page


def test_on_the_day_one_button_inserts(conference, block, organiser_client):
    organiser_client.post(url("insert", conference))

    assert Placement.objects.get().mode == "freeze"


def test_a_second_run_beside_the_first_is_refused(conference, block, organiser_client):
    placements.start(conference, mode="anew", limit_seconds=30, by=None)

    response = organiser_client.post(url("place", conference), {"mode": "freeze", "limit_seconds": 5})

    assert response.status_code == 422
    assert "A placement is being computed already." in response.content.decode()


def test_a_locked_meeting_that_cannot_be_is_told(conference, block, organiser_client):
    meeting = agreed(conference, **place(block), is_locked=True)
    absent(meeting.request.asker, meeting.slot)

    page = organiser_client.get(url("placement", conference, computed(conference, "repair").pk)).content.decode()

    assert "No placement touches a locked meeting." in page


def test_the_page_takes_as_many_queries_for_three_as_for_one(
    conference, block, organiser_client, django_assert_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    agreed(conference)
    run = computed(conference)
    with CaptureQueriesContext(connection) as one:
        organiser_client.get(url("placement", conference, run.pk))
    placements.discard(run, by=None)
    agreed(conference)
    agreed(conference)
    run = computed(conference)
    with django_assert_num_queries(len(one)):
        organiser_client.get(url("placement", conference, run.pk))
