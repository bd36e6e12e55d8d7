"""Forty processes for the last three stands; two organisers for one place; who waits moves up exactly once."""

from collections import Counter

import pytest

from mailings.models import Mail
from marketplace.models import Stand, StandApplication
from marketplace.services import selection
from tests.factories import UserFactory
from tests.marketplace.factories import application, call, hall_place, stand
from tests.processes import race
from tests.races import stand_jobs

pytestmark = [pytest.mark.databases, pytest.mark.django_db(transaction=True)]


def live(of):
    return Stand.objects.filter(call=of, released_at=None)


@pytest.mark.parametrize(("in_all", "of_cities"), [(5, None), (30, 5)])
def test_forty_for_the_last_three(in_all, of_cities, tmp_path):
    of, by = call(stands=in_all), UserFactory()
    if of_cities:
        of.limits.create(kind="city", stands=of_cities)
    for _number in range(2):
        selection.accept(application(of), by=by)
    late = [application(of) for _number in range(40)]

    found = race(stand_jobs.decide, [(one.pk, by.pk) for one in late], folder=tmp_path, processes=40)

    assert Counter(found.values) == {"stand": 3, "full": 37}
    assert live(of).count() == 5
    assert Counter(StandApplication.objects.values_list("status", flat=True)) == {"accepted": 5, "submitted": 37}
    assert Mail.objects.filter(kind="stand_accepted").count() == 5


def test_one_application_decided_by_forty_gets_one_stand(tmp_path):
    of, by = call(stands=10), UserFactory()
    wanted = application(of)

    found = race(stand_jobs.decide, [(wanted.pk, by.pk)] * 40, folder=tmp_path, processes=40)

    assert Counter(found.values) == {"stand": 1, "decided": 39}
    assert live(of).count() == 1


def test_stands_that_fall_free_go_to_who_waits_once_each(tmp_path):
    of, by = call(stands=10), UserFactory()
    holders = [application(of) for _number in range(10)]
    for holder in holders:
        selection.accept(holder, by=by)
    waiting = [application(of) for _number in range(6)]
    for one in waiting:
        selection.put_on_waiting_list(one, by=by)
    jobs = [(one.pk, by.pk, "withdraw") for one in holders] + [(one.pk, by.pk, "accept") for one in waiting]

    found = race(stand_jobs.decide_or_withdraw, jobs, folder=tmp_path, processes=16)

    assert set(found.values) <= {"withdrawn", "stand", "full", "decided"}
    assert live(of).count() == 6
    assert {stand.application_id for stand in live(of)} == {one.pk for one in waiting}
    told = Mail.objects.filter(
        kind__in=["stand_moved_up", "stand_accepted"],
        key__in=[f"{kind}:{one.pk}" for one in waiting for kind in ("stand_moved_up", "stand_accepted")],
    )
    assert told.count() == 6


def test_one_place_is_given_to_one_stand(tmp_path):
    of, by = call(stands=50), UserFactory()
    wanted = hall_place(of.conference)
    stands = [stand(of, place=None) for _number in range(20)]

    found = race(stand_jobs.put, [(one.pk, wanted.pk, by.pk) for one in stands], folder=tmp_path, processes=20)

    assert Counter(found.values) == {"placed": 1, "taken": 19}
    assert live(of).filter(place=wanted).count() == 1
