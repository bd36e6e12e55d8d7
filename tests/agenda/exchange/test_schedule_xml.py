"""schedule.xml: valid against the published schema, whatever the programme holds."""

import datetime
from dataclasses import replace
from typing import Any
from xml.etree.ElementTree import Element
from zoneinfo import ZoneInfo

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from lxml import etree

from agenda.exchange import schedule_xml
from agenda.programme import Programme
from tests.agenda.exchange.programmes import programmes
from tests.agenda.large_programme import large_programme


def complaints(schema: etree.XMLSchema, programme: Programme) -> list[str]:
    schema.validate(etree.fromstring(schedule_xml.render(programme)))
    return [str(error) for error in schema.error_log]


def parsed(programme: Programme) -> Element:
    return fromstring(schedule_xml.render(programme))


def only_session(**changes: Any) -> Programme:
    """A conference in Brussels with one session."""
    programme = large_programme(1, 1)
    return replace(programme, sessions=(replace(programme.sessions[0], **changes),))


@pytest.mark.django_db
def test_the_demonstration_passes_the_schema(xml_schema, demonstration):
    assert complaints(xml_schema, demonstration) == []


def test_a_conference_of_300_sessions_passes_the_schema(xml_schema, large):
    assert complaints(xml_schema, large) == []


@given(programme=programmes())
def test_any_programme_passes_the_schema(xml_schema, programme):
    assert complaints(xml_schema, programme) == []


def test_every_session_is_an_event_breaks_too(large):
    events = list(parsed(large).iter("event"))

    assert sorted(event.get("guid") for event in events) == sorted(str(session.guid) for session in large.sessions)
    assert sorted(int(event.get("id")) for event in events) == sorted(session.number for session in large.sessions)
    assert sorted(event.get("code") for event in events) == sorted(session.code for session in large.sessions)


def test_an_event_says_when_and_where_by_the_clock_of_the_venue():
    starts_at = datetime.datetime(2026, 7, 1, 7, 30, tzinfo=datetime.UTC)

    event = next(parsed(only_session(starts_at=starts_at, minutes=75, room="Plenary room")).iter("event"))

    assert {tag: event.findtext(tag) for tag in ("date", "start", "duration", "room")} == {
        "date": "2026-07-01T09:30:00+02:00",
        "start": "09:30",
        "duration": "01:15",
        "room": "Plenary room",
    }


def test_a_day_lasts_until_its_last_session_ends_though_midnight_passes_and_clocks_change():
    starts_at = datetime.datetime(2026, 3, 28, 23, 0, tzinfo=ZoneInfo("Europe/Brussels")).astimezone(datetime.UTC)

    day = parsed(only_session(starts_at=starts_at, minutes=240)).find("day")

    assert day.attrib == {
        "index": "1",
        "date": "2026-03-28",
        "start": "2026-03-28T23:00:00+01:00",
        "end": "2026-03-29T04:00:00+02:00",
    }


def test_in_the_hour_that_comes_twice_the_offset_tells_which():
    again = datetime.datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Brussels"), fold=1)

    event = next(parsed(only_session(starts_at=again.astimezone(datetime.UTC))).iter("event"))

    assert event.findtext("date") == "2026-10-25T02:30:00+01:00"


def test_presentations_stand_in_the_description_and_all_people_among_the_persons(large):
    session = next(session for session in large.sessions if session.presentations)

    event = next(event for event in parsed(large).iter("event") if event.get("code") == session.code)

    names = [large.person[code].name for code in session.everybody]
    assert [person.text for person in event.iter("person")] == names
    talk = session.presentations[0]
    assert f"{talk.title} ({talk.minutes} minutes), {talk.delegation}" in event.findtext("description")


def test_without_a_session_there_is_a_day_that_says_so(xml_schema):
    programme = large_programme(0, 1)

    assert complaints(xml_schema, programme) == []
    assert [day.get("date") for day in parsed(programme).iter("day")] == ["2026-03-26"]


def test_characters_that_xml_forbids_become_blanks():
    event = next(parsed(only_session(title="a\x00b\x0bc\ufffed\x1fe")).iter("event"))

    assert event.findtext("title") == "a b c d e"
