"""What the organisers' start page tells of the market place."""

import datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from registrations import start_page
from registrations.start_page import Coming, ToDecide
from tests.factories import UserFactory
from tests.marketplace import factories

pytestmark = pytest.mark.django_db


def closed_call(conference):
    now = timezone.now()
    return factories.call(
        conference, opens_at=now - datetime.timedelta(days=9), closes_at=now - datetime.timedelta(days=1)
    )


def test_the_last_day_of_an_open_call_is_a_date_to_come(conference, organiser):
    call = factories.call(conference)
    factories.application(call)

    (coming,) = start_page.of(conference, organiser)

    day = call.closes_at.astimezone(conference.zone).date()
    assert coming == Coming(
        day, "Market place: last day for applications", reverse("admin:marketplace_call_change", args=[call.pk])
    )


@pytest.mark.parametrize(
    ("applications", "words"),
    [
        (1, "1 application for a stand waits for a decision."),
        (3, "3 applications for a stand wait for a decision."),
    ],
)
def test_after_the_call_what_is_undecided_waits(conference, organiser, applications, words, django_assert_num_queries):
    call = closed_call(conference)
    for _number in range(applications):
        factories.application(call)

    with django_assert_num_queries(6):
        found = start_page.of(conference, organiser)

    assert found == [ToDecide(words, reverse("admin:marketplace_call_decide", args=[call.pk]))]


def test_a_stand_without_a_place_is_told_once_there_is_a_hall(conference, organiser):
    call = closed_call(conference)
    factories.stand(call, place=None)
    assert start_page.of(conference, organiser) == []

    factories.hall_place(conference)

    (decision,) = start_page.of(conference, organiser)
    assert decision.words == "1 stand has no place in the hall."


def test_nothing_is_told_to_who_may_not_see_calls(conference):
    factories.application(closed_call(conference))

    assert start_page.of(conference, UserFactory(is_staff=True)) == []


def test_the_area_leads_to_the_call_or_to_a_new_one(conference, organiser_client):
    address = reverse("admin:marketplace_call_of", args=[conference.pk])
    fresh = organiser_client.get(address)
    call = factories.call(conference)
    known = organiser_client.get(address)

    assert fresh.url == f"{reverse('admin:marketplace_call_add')}?conference={conference.pk}"
    assert known.url == reverse("admin:marketplace_call_change", args=[call.pk])
