"""The demonstration conference has stands: the concept note's organisations and eight cities, marked as examples."""

import pytest
from django.core.management import call_command

from mailings.models import Mail
from marketplace.models import Call, Stand, StandApplication
from registrations.demonstration import ORGANISATIONS

pytestmark = pytest.mark.django_db


def test_it_has_all_organisations_and_eight_cities_as_stands_with_places():
    call_command("load_concept_note")

    stands = Stand.objects.exclude(place=None)
    named = set(stands.values_list("application__delegation__name", flat=True))
    assert {name for name, _kind in ORGANISATIONS} <= named
    assert stands.filter(kind="city").count() == 8
    assert stands.count() == 21


def test_every_entry_is_marked_as_an_example_and_complete():
    call_command("load_concept_note")

    applications = StandApplication.objects.all()
    assert all(application.is_example for application in applications)
    assert all(application.topics.exists() for application in applications)
    assert all(application.target_groups.exists() for application in applications)
    assert all(application.sought.exists() and application.offered.exists() for application in applications)


def test_who_needs_power_has_it():
    call_command("load_concept_note")

    assert not Stand.objects.filter(application__needs_power=True, place__has_power=False).exists()


def test_some_cities_wait_for_a_decision_and_nobody_gets_a_mail():
    call_command("load_concept_note", "--date", "2019-02-26")

    assert StandApplication.objects.filter(status="submitted", kind="city").count() == 4
    assert not Mail.objects.exists()
    assert Call.objects.get().closes_at.year == 2019


def test_it_can_be_left_out():
    call_command("load_concept_note", "--without-market-place")

    assert not Call.objects.exists()
