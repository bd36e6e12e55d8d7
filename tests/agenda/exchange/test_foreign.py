"""schedule.json of other systems: everything usable is taken in, everything else reported with its place."""

import datetime
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agenda.exchange import schedule_json
from agenda.exchange.foreign import Problem, Reading
from agenda.kinds import Role, SessionKind
from agenda.programme import PublicAppearance, PublicRoom

# As pretalx writes it, cut to what matters.
PRETALX: dict[str, Any] = {
    "$schema": "https://c3voc.de/schedule/schema.json",
    "generator": {"name": "pretalx", "version": "2025.1.0"},
    "schedule": {
        "url": "https://pretalx.example/democon/schedule/",
        "version": "0.5",
        "base_url": "https://pretalx.example",
        "conference": {
            "acronym": "democon",
            "title": "DemoCon",
            "start": "2026-05-08",
            "end": "2026-05-08",
            "daysCount": 1,
            "timeslot_duration": "00:05",
            "time_zone_name": "Europe/Athens",
            "rooms": [{"name": "Αίθουσα 1", "slug": "1-aithousa", "guid": None, "capacity": 120, "description": None}],
            "tracks": [],
            "days": [
                {
                    "index": 1,
                    "date": "2026-05-08",
                    "day_start": "2026-05-08T04:00:00+03:00",
                    "day_end": "2026-05-09T03:59:00+03:00",
                    "rooms": {
                        "Αίθουσα 1": [
                            {
                                "guid": "f0b4e4a5-5d59-5d2c-8ee9-33a4b4a3c3b1",
                                "code": "GCBPKX",
                                "id": 814,
                                "date": "2026-05-08T09:30:00+03:00",
                                "start": "09:30",
                                "duration": "00:45",
                                "room": "Αίθουσα 1",
                                "slug": "democon-814-cities",
                                "url": "https://pretalx.example/democon/talk/GCBPKX/",
                                "title": "Cities that listen",
                                "subtitle": "",
                                "track": None,
                                "type": "Talk",
                                "language": "en",
                                "abstract": "In short.",
                                "description": "At length.",
                                "persons": [
                                    {
                                        "code": "ABCDE1",
                                        "name": "Ελένη Παπαδοπούλου",
                                        "avatar": None,
                                        "biography": "From Athens.",
                                        "public_name": "Ελένη Παπαδοπούλου",
                                        "guid": "0d3d0e39-9fbc-51ea-94a3-a7a0a6a1bd4f",
                                        "url": "https://pretalx.example/democon/speaker/ABCDE1/",
                                    }
                                ],
                                "links": [],
                                "attachments": [],
                                "answers": [],
                            }
                        ]
                    },
                }
            ],
        },
    },
}


def event(**fields: Any) -> dict[str, Any]:
    return {"title": "Talk", "date": "2026-05-08T09:30:00+03:00", "duration": "01:00", **fields}


def read(*events: Any, **conference: Any) -> Reading:
    """A conference in Athens with these events in one room on one day."""
    schedule = {
        "conference": {
            "time_zone_name": "Europe/Athens",
            "days": [{"date": "2026-05-08", "rooms": {"Hall": list(events)}}],
            **conference,
        }
    }
    return schedule_json.read(json.dumps({"schedule": schedule}).encode())


def session(**fields: Any) -> Any:
    (found,) = read(event(**fields)).programme.sessions
    return found


def test_a_schedule_of_pretalx():
    reading = schedule_json.read(json.dumps(PRETALX).encode())

    assert reading.problems == []
    programme = reading.programme
    assert (programme.slug, programme.title, programme.time_zone) == ("democon", "DemoCon", "Europe/Athens")
    assert (programme.held_on, programme.rooms) == (datetime.date(2026, 5, 8), (PublicRoom("Αίθουσα 1", 120),))
    (found,) = programme.sessions
    assert (found.code, found.number, found.kind, found.title) == (
        "GCBPKX",
        814,
        SessionKind.PANEL,
        "Cities that listen",
    )
    assert (found.starts_at, found.minutes) == (datetime.datetime(2026, 5, 8, 6, 30, tzinfo=datetime.UTC), 45)
    assert found.abstract == "In short.\n\nAt length."
    assert found.appearances == (PublicAppearance(Role.SPEAKER, "ABCDE1"),)
    assert [(person.name, person.biography) for person in programme.people] == [("Ελένη Παπαδοπούλου", "From Athens.")]


def test_a_schedule_of_frab_names_people_by_number_and_events_without_a_code():
    found = read(
        event(id=7, type="lecture", persons=[{"id": 3, "public_name": "Jana"}]),
        event(id=8, type="lecture", persons=[{"id": 3, "public_name": "Jana"}]),
    ).programme

    assert [person.name for person in found.people] == ["Jana"]
    assert [one.number for one in found.sessions] == [7, 8]
    assert len({one.code for one in found.sessions}) == 2


def test_reading_twice_gives_the_same_identities():
    assert read(event(id=7), event(id=8)) == read(event(id=7), event(id=8))


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"type": "panel"}, SessionKind.PANEL),
        ({"type": "Coffee Break"}, SessionKind.COFFEE_BREAK),
        ({"title": "Lunch break"}, SessionKind.LUNCH),
        ({"title": "Kaffeepause"}, SessionKind.COFFEE_BREAK),
        ({"title": "Registration opens"}, SessionKind.REGISTRATION),
        ({"title": "Break the silence", "persons": [{"name": "Jana"}]}, SessionKind.PANEL),
        ({"title": "Opening", "persons": [{"name": "Jana"}]}, SessionKind.OPENING),
        ({"title": "On opening data", "persons": [{"name": "Jana"}]}, SessionKind.PANEL),
        ({"type": "keynote"}, SessionKind.OPENING),
        ({"type": "other", "title": "Talk"}, SessionKind.PANEL),
    ],
)
def test_kinds_are_guessed_from_the_type_else_from_the_title(fields, kind):
    assert session(**fields).kind == kind


@pytest.mark.parametrize(
    ("type_name", "role"), [("lecture", Role.SPEAKER), ("Panel discussion", Role.PANELLIST), ("", Role.SPEAKER)]
)
def test_who_discusses_is_a_panellist_who_talks_a_speaker(type_name, role):
    assert [one.role for one in session(type=type_name, persons=[{"name": "Jana"}]).appearances] == [role]


@pytest.mark.parametrize(
    ("fields", "minutes"),
    [
        ({"duration": "00:45"}, 45),
        ({"duration": "1:30:00"}, 90),
        ({"duration": 20}, 20),
        ({"duration": "24:00"}, 1440),
        ({"duration": None, "end": "2026-05-08T10:00:00+03:00"}, 30),
    ],
)
def test_lengths(fields, minutes):
    assert session(**fields).minutes == minutes


def test_a_time_without_an_offset_is_that_of_the_venue():
    assert session(date="2026-05-08T09:30:00").starts_at == datetime.datetime(2026, 5, 8, 6, 30, tzinfo=datetime.UTC)


def test_without_a_date_the_day_and_the_start_tell():
    assert session(date=None, start="09:30").starts_at == datetime.datetime(2026, 5, 8, 6, 30, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"title": " "}, "title"),
        ({"title": None}, "title"),
        ({"date": "soon"}, "date"),
        ({"date": "0001-01-01T00:00:00+14:00"}, "date"),
        ({"date": "9999-12-31T23:00:00-12:00"}, "date"),
        ({"duration": "00:00"}, "duration"),
        ({"duration": "99:00"}, "duration"),
        ({"duration": [1]}, "duration"),
    ],
)
def test_an_event_that_cannot_be_used_is_left_out_and_reported_at_its_place(fields, where):
    reading = read(event(**fields), event(title="Good"))

    assert [one.title for one in reading.programme.sessions] == ["Good"]
    assert [(one.where, one.is_error) for one in reading.problems] == [
        (f"schedule.conference.days[0].rooms['Hall'][0].{where}", True)
    ]


def test_a_guid_that_stands_twice_is_reported_and_both_sessions_are_kept():
    guid = "f0b4e4a5-5d59-5d2c-8ee9-33a4b4a3c3b1"

    reading = read(event(guid=guid), event(guid=guid))

    assert len({one.guid for one in reading.programme.sessions}) == 2
    assert [one.is_error for one in reading.problems] == [False]


def test_a_person_without_a_name_is_left_out():
    reading = read(event(persons=[{"name": ""}, {"code": "X"}, "Jana", None, {"name": "Jana"}]))

    assert [person.name for person in reading.programme.people] == ["Jana"]
    assert [one.where[-11:] for one in reading.problems] == [".persons[0]", ".persons[1]"]


def test_an_unknown_time_zone_is_reported():
    reading = read(event(), time_zone_name="Middle/Earth")

    assert reading.programme.time_zone == "Europe/Brussels"
    assert reading.problems == [
        Problem(
            "schedule.conference.time_zone_name",
            "“Middle/Earth” is not a time zone. Europe/Brussels is taken.",
        )
    ]


def test_a_flood_of_events_is_cut_off_and_said():
    reading = read(*[event(id=number) for number in range(1, 2003)])

    assert len(reading.programme.sessions) == 2000
    assert [one.what for one in reading.problems] == ["More than 2000 sessions are not read."]


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=8), children, max_size=3),
    max_leaves=8,
)
EVENT_FIELDS = ("guid", "code", "id", "date", "start", "end", "duration", "title", "type", "abstract", "persons")


@given(data=st.binary(max_size=200))
def test_no_bytes_make_it_fail(data):
    schedule_json.read(data)


@given(
    changes=st.dictionaries(st.sampled_from(EVENT_FIELDS), ANY_JSON, max_size=4),
    conference=st.dictionaries(
        st.sampled_from(["acronym", "title", "start", "rooms", "time_zone_name", "days", "url"]), ANY_JSON, max_size=2
    ),
)
def test_no_values_make_it_fail(changes, conference):
    reading = read(event(**changes), **conference)

    assert all(isinstance(problem, Problem) for problem in reading.problems)
