"""The catalogue follows what services do to stands."""

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketplace import search
from marketplace.models import Call, IndexedStand
from marketplace.services import applications, hall, index, selection
from tests.factories import UserFactory
from tests.marketplace.factories import application, call, hall_place, stand

pytestmark = pytest.mark.django_db


def key(of: Call):
    return Call.objects.get(pk=of.pk).catalogue_key


def test_accepting_brings_the_entry_in_and_withdrawing_takes_it_out():
    said = application()
    before = key(said.call)

    made = selection.accept(said, by=UserFactory())

    assert search.find(said.call_id, "street") == [made.pk]
    assert key(said.call) != before
    between = key(said.call)

    applications.withdraw(said, by=None)

    assert search.find(said.call_id, "street") == []
    assert key(said.call) != between


def test_a_changed_entry_is_found_by_its_new_words():
    made = stand()
    said = made.application
    content = applications.Content(fields={"kind": "city", "initiative": "School work"})

    applications.save(said.call, said.delegation, content, by=None, application=said, as_organiser=True)

    assert search.find(said.call_id, "school") == [made.pk]


def test_a_draft_is_not_in_the_catalogue():
    said = application(status="draft")
    content = applications.Content(fields={"kind": "city", "initiative": "School work"})

    applications.save(said.call, said.delegation, content, by=None, application=said)

    assert not IndexedStand.objects.exists()


def test_places_change_the_key():
    made = stand(place=None)
    before = key(made.call)

    hall.give_place(made, hall_place(made.call.conference), by=None)

    assert key(made.call) != before


def test_city_state_and_words_are_found():
    made = stand()
    delegation = made.application.delegation
    delegation.city.name, delegation.city.other_names = "Aarhus", "Århus / Aros"
    delegation.city.save()
    made.application.topics.add(made.call.terms.create(use="topic", name="Digital literacy"))

    index.refresh(made.call_id, [made.pk])

    for query in ("aarhus", "arhus", "aros", "belgi", "digital liter"):
        assert search.find(made.call_id, query) == [made.pk], query


def test_rebuilding_writes_what_is_missing_and_drops_what_is_gone(capsys):
    missing, gone = stand(), stand()
    index.refresh(gone.call_id, [gone.pk])
    type(gone).objects.filter(pk=gone.pk).update(released_at=gone.application.submitted_at)

    call_command("rebuild_catalogue")

    assert list(IndexedStand.objects.values_list("pk", flat=True)) == [missing.pk]
    assert f"{missing.call.conference.slug}: 1" in capsys.readouterr().out


def test_a_rebuild_asks_no_more_for_more_stands():
    of = call()
    stand(of)
    with CaptureQueriesContext(connection) as first:
        index.rebuild(of.pk)
    stand(of)
    stand(of)
    with CaptureQueriesContext(connection) as second:
        index.rebuild(of.pk)

    assert len(second) <= len(first)
