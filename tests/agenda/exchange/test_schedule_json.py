"""schedule.json: valid against the published schema, and read back unchanged."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from agenda.exchange import schedule_json
from agenda.exchange.foreign import Problem, Reading
from agenda.programme import Programme
from tests.agenda.exchange.programmes import programmes
from tests.agenda.large_programme import large_programme


def complaints(schema: Any, programme: Programme) -> list[str]:
    document = json.loads(schedule_json.render(programme))
    return [f"{error.json_path}: {error.message}" for error in schema.iter_errors(document)]


def edited(programme: Programme, change: Any) -> Reading:
    """What is read after somebody changed the file."""
    document = json.loads(schedule_json.render(programme))
    change(document["schedule"])
    return schedule_json.read(json.dumps(document).encode())


def first_event(schedule: dict[str, Any]) -> dict[str, Any]:
    return next(iter(schedule["conference"]["days"][0]["rooms"].values()))[0]


@pytest.mark.django_db
def test_the_demonstration_passes_the_schema_and_comes_back_unchanged(json_schema, demonstration):
    assert complaints(json_schema, demonstration) == []
    assert schedule_json.read(schedule_json.render(demonstration)) == Reading(demonstration, [])


def test_a_conference_of_300_sessions_passes_the_schema_and_comes_back_unchanged(json_schema, large):
    assert complaints(json_schema, large) == []
    assert schedule_json.read(schedule_json.render(large)) == Reading(large, [])


@given(programme=programmes())
def test_any_programme_passes_the_schema(json_schema, programme):
    assert complaints(json_schema, programme) == []


@given(programme=programmes())
def test_any_programme_comes_back_unchanged(programme):
    assert schedule_json.read(schedule_json.render(programme)) == Reading(programme, [])


@pytest.mark.parametrize("slug", ["a", "a-b", "eu-cities-2026", "Ä-cities", "-", "2026"])
def test_the_acronym_has_the_shape_that_the_schema_wants(json_schema, slug):
    assert complaints(json_schema, replace(large_programme(1, 1), slug=slug)) == []


def test_what_the_format_has_a_place_for_stands_only_there():
    programme = large_programme(1, 1)

    def retitle(schedule: dict[str, Any]) -> None:
        first_event(schedule).update(title="Another title", duration="00:45")

    session = edited(programme, retitle).programme.sessions[0]

    assert session == replace(programme.sessions[0], title="Another title", minutes=45)


def test_an_event_that_was_added_elsewhere_is_read_beside_ours():
    programme = large_programme(1, 1)

    def add(schedule: dict[str, Any]) -> None:
        room = schedule["conference"]["days"][0]["rooms"]["Atrium"]
        room.append(
            {
                "guid": "5f4dcc3b-5aa7-45d6-8d83-27deb882cf99",
                "date": "2026-03-26T10:00:00+01:00",
                "duration": "00:30",
                "title": "Added",
                "type": "lecture",
                "persons": [{"name": "Ελένη"}],
            }
        )

    reading = edited(programme, add)

    assert reading.problems == []
    assert [session.title for session in reading.programme.sessions] == ["Registration", "Added"]
    assert reading.programme.sessions[0] == programme.sessions[0]


def test_our_part_damaged_leaves_the_rest_readable():
    programme = large_programme(3, 1)

    reading = edited(programme, lambda schedule: schedule["convoke"].update(people="none"))

    assert [session.title for session in reading.programme.sessions] == [one.title for one in programme.sessions]
    assert [problem.where for problem in reading.problems] == ["schedule.convoke"]


@pytest.mark.parametrize(
    "data",
    [b"", b"\x00", b"\xff\xfe", b"{", b"[" * 100_000, b'{"schedule": {"conference": ' + b"9" * 5000 + b"}}"],
    ids=["nothing", "zero", "not utf-8", "cut off", "nested", "number"],
)
def test_what_is_not_json_is_reported(data):
    reading = schedule_json.read(data)

    assert reading.programme is None
    assert [problem.is_error for problem in reading.problems] == [True]


@pytest.mark.parametrize("data", [b"[]", b"{}", b"1", b'{"schedule": []}', b'{"schedule": {"conference": null}}'])
def test_json_that_is_no_schedule_is_reported(data):
    assert schedule_json.read(data) == Reading(
        None,
        [Problem("schedule.conference", "This is not a schedule.json: it says nothing of a conference.", True)],
    )


def test_a_file_that_is_too_large_is_not_parsed():
    assert schedule_json.read(b" " * (5 * 1024 * 1024 + 1)) == Reading(
        None, [Problem("", "The file is larger than 5 MB.", True)]
    )
