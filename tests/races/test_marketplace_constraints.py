"""The net below the market place: each named constraint of its tables, broken on purpose."""

import datetime

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from marketplace.models import ContactLeft, Criterion, Duty, KindLimit, Link, Mark, Remembered, SearchMiss, Stand
from tests.factories import ConferenceFactory, UserFactory
from tests.marketplace.factories import application, call, hall_place, stand, term, visitor
from tests.races.test_constraints import changed

pytestmark = [pytest.mark.databases, pytest.mark.django_db]

NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


def a_place():
    return hall_place(ConferenceFactory())


def a_criterion():
    return Criterion.objects.create(call=call(), name="Evidence")


def a_term():
    return term(call())


def a_link():
    return Link.objects.create(application=application(), position=1, title="Report", url="https://city.example/report")


def a_mark():
    criterion = a_criterion()
    judged = application(criterion.call)
    return Mark.objects.create(application=judged, criterion=criterion, reviewer=UserFactory(), points=3)


def a_duty():
    own = stand()
    end = NOW + datetime.timedelta(hours=1)
    return Duty.objects.create(stand=own, participant=visitor(own.call.conference), starts_at=NOW, ends_at=end)


def a_contact(**fields):
    own = stand()
    guest = visitor(own.call.conference)
    notice = guest.conference.pages.get(kind="privacy")
    return ContactLeft.objects.create(stand=own, participant=guest, notice=notice, **fields)


def a_miss():
    return SearchMiss.objects.create(conference=ConferenceFactory(), day=NOW.date(), words="mentors")


def two_limits_of_a_kind():
    own = call()
    KindLimit.objects.create(call=own, kind="city", stands=8)
    KindLimit.objects.create(call=own, kind="city", stands=9)


def two_criteria_of_a_name():
    first = a_criterion()
    Criterion.objects.create(call=first.call, name=first.name)


def a_word_twice_in_a_list():
    first = a_term()
    term(first.call, name=first.name)


def two_links_in_a_position():
    first = a_link()
    Link.objects.create(application=first.application, position=first.position, title="B", url="https://b.example/")


def two_applications_of_a_delegation():
    first = application()
    application(first.call, delegation=first.delegation)


def two_marks_of_a_reviewer():
    first = a_mark()
    Mark.objects.create(
        application=first.application, criterion=first.criterion, reviewer=first.reviewer, points=first.points
    )


def one_place_number_twice():
    first = a_place()
    hall_place(first.conference, number=first.number)


def two_places_on_a_spot():
    first = a_place()
    hall_place(first.conference, row=first.row, spot=first.spot)


def two_stands_on_a_place():
    first = stand()
    stand(first.call, place=first.place)


def one_stand_number_twice():
    first = stand()
    stand(first.call, stand_no=first.stand_no)


def one_number_of_a_kind_twice():
    first = stand()
    stand(first.call, kind_no=first.kind_no)


def two_duties_at_a_time():
    first = a_duty()
    other = stand(first.stand.call)
    Duty.objects.create(stand=other, participant=first.participant, starts_at=first.starts_at, ends_at=first.ends_at)


def remembered_twice():
    own = stand()
    guest = visitor(own.call.conference)
    for _time in range(2):
        Remembered.objects.create(stand=own, participant=guest)


def left_twice():
    first = a_contact()
    ContactLeft.objects.create(stand=first.stand, participant=first.participant, notice=first.notice)


def missed_twice():
    first = a_miss()
    SearchMiss.objects.create(conference=first.conference, day=first.day, words=first.words)


BROKEN = {
    "call_closes_after_it_opens": [changed(call, closes_at=NOW)],
    "call_has_a_stand": [changed(call, stands=0)],
    "call_stands_close_after_they_open": [
        changed(call, stands_from=NOW),
        changed(call, stands_until=NOW),
        changed(call, stands_from=NOW, stands_until=NOW),
    ],
    "term_unique_in_its_list": [a_word_twice_in_a_list],
    "term_has_a_name": [changed(a_term, name="")],
    "kind_limit_one_a_kind": [two_limits_of_a_kind],
    "criterion_unique_name": [two_criteria_of_a_name],
    "criterion_weighs_something": [changed(a_criterion, weight=0), changed(a_criterion, weight=11)],
    "application_one_a_delegation": [two_applications_of_a_delegation],
    "application_submitted_with_a_name": [
        changed(application, initiative=""),
        changed(application, submitted_at=None),
    ],
    "application_submitted_with_its_evidence": [changed(application, evidence=""), changed(application, stage="")],
    "application_submitted_with_its_picture_in_words": [changed(application, picture="stands/1/a.jpg")],
    "link_alone_in_its_position": [two_links_in_a_position],
    "link_one_of_five": [changed(a_link, position=0), changed(a_link, position=6)],
    "link_leads_to_the_web": [
        changed(a_link, url="javascript:alert(1)"),
        changed(a_link, url="//city.example/"),
        changed(a_link, url=""),
    ],
    "link_has_a_title": [changed(a_link, title="")],
    "application_waits_since_a_time": [changed(application, status="waiting")],
    "mark_one_a_reviewer_and_criterion": [two_marks_of_a_reviewer],
    "mark_at_most_five_points": [changed(a_mark, points=6)],
    "hall_place_unique_number": [one_place_number_twice],
    "hall_place_alone_on_its_spot": [two_places_on_a_spot],
    "hall_place_numbers_are_positive": [
        changed(a_place, number=0),
        changed(a_place, row=0),
        changed(a_place, spot=0),
    ],
    "stand_alone_on_its_place": [two_stands_on_a_place],
    "stand_unique_number_in_all": [one_stand_number_twice],
    "stand_unique_number_of_kind": [one_number_of_a_kind_twice],
    "stand_numbers_are_positive": [changed(stand, stand_no=0), changed(stand, kind_no=0)],
    "duty_ends_after_it_begins": [changed(a_duty, ends_at=NOW)],
    "duty_one_at_a_time": [two_duties_at_a_time],
    "remembered_once": [remembered_twice],
    "contact_left_once": [left_twice],
    "contact_revoked_after_consent": [changed(a_contact, revoked_at=NOW - datetime.timedelta(days=9000))],
    "search_miss_one_a_day": [missed_twice],
    "search_miss_says_something": [changed(a_miss, times=0), changed(a_miss, words="")],
}
CASES = [pytest.param(name, breaks, id=f"{name}-{n}") for name, many in BROKEN.items() for n, breaks in enumerate(many)]


@pytest.mark.parametrize(("name", "breaks"), CASES)
def test_the_database_refuses(name, breaks):
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        breaks()

    # SQLite names the columns of a unique constraint, or its index where it stands on expressions.
    assert name in str(refused.value) or (
        connection.vendor == "sqlite" and "UNIQUE constraint failed" in str(refused.value)
    )


def test_no_constraint_is_left_out():
    models = apps.get_app_config("marketplace").get_models()

    assert {constraint.name for model in models for constraint in model._meta.constraints} == set(BROKEN)


def test_a_released_stand_leaves_its_place_and_numbers_to_the_next():
    first = stand()
    Stand.objects.filter(pk=first.pk).update(released_at=timezone.now())

    stand(first.call, place=first.place, stand_no=first.stand_no, kind_no=first.kind_no)

    assert Stand.objects.filter(place=first.place, released_at=None).count() == 1


def test_who_withdrew_can_apply_again():
    first = application(status="withdrawn")

    assert application(first.call, delegation=first.delegation).status == "submitted"


def test_a_contact_that_was_revoked_can_be_left_again():
    first = a_contact(revoked_at=timezone.now() + datetime.timedelta(minutes=1))

    assert (
        ContactLeft.objects.create(stand=first.stand, participant=first.participant, notice=first.notice).revoked_at
        is None
    )
