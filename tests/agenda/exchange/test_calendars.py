"""Calendars: what is written parses again, entries keep their UID and raise their SEQUENCE."""

import datetime
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from icalendar import Calendar, Event

from agenda import differences
from agenda.exchange import calendars
from agenda.kinds import SessionKind
from agenda.programme import Programme
from tests.agenda.exchange.programmes import programmes
from tests.agenda.large_programme import large_programme

BRUSSELS = ZoneInfo("Europe/Brussels")


def entries(data: bytes | str) -> dict[str, Event]:
    """By UID. The feed must be readable by itself: every time zone it uses is in it."""
    calendar = Calendar.from_ical(data)
    assert calendar.get_missing_tzids() == set()
    return {str(entry["uid"]): entry for entry in calendar.walk("VEVENT")}


def uid(session: Any) -> str:
    return f"{session.guid}@convoke"


def next_release(old: Programme, **changes: Any) -> Programme:
    published_at = old.published_at + datetime.timedelta(days=1)
    return differences.entries(old, replace(old, release=old.release + 1, published_at=published_at, **changes))


@pytest.mark.django_db
def test_the_demonstration_has_one_entry_a_session(demonstration):
    found = entries(calendars.public_feed(demonstration))

    assert list(found) == [uid(session) for session in demonstration.sessions]
    opening = found[uid(next(one for one in demonstration.sessions if one.kind == SessionKind.OPENING))]
    assert str(opening["summary"]) == "Opening"
    assert opening.start == datetime.datetime.combine(demonstration.held_on, datetime.time(9, 10), BRUSSELS)
    assert opening.end - opening.start == datetime.timedelta(minutes=20)
    assert str(opening["location"]) == f"Plenary room, {demonstration.address}"
    assert str(opening["status"]) == "CONFIRMED"
    assert opening.categories == ["Opening"]
    assert "Speakers: Dimitris Avramopoulos" in opening["description"]


def test_300_sessions_in_three_scripts_come_back_as_written(large):
    found = entries(calendars.public_feed(large))

    assert {key: str(entry["summary"]) for key, entry in found.items()} == {
        uid(session): session.title for session in large.sessions
    }
    assert {key: entry.start.astimezone(datetime.UTC) for key, entry in found.items()} == {
        uid(session): session.starts_at for session in large.sessions
    }
    assert {key: entry.end.astimezone(datetime.UTC) for key, entry in found.items()} == {
        uid(session): session.ends_at for session in large.sessions
    }


def test_lines_are_at_most_75_bytes_and_end_as_the_standard_says(large):
    lines = calendars.public_feed(large).split(b"\r\n")

    assert max(len(line) for line in lines) <= 75
    assert [line for line in lines if b"\n" in line or b"\r" in line] == []


@given(programme=programmes())
def test_any_programme_can_be_read_and_begins_and_ends_when_it_should(programme):
    found = entries(calendars.public_feed(programme))

    assert {
        key: (entry.start.astimezone(datetime.UTC), entry.end.astimezone(datetime.UTC)) for key, entry in found.items()
    } == {uid(session): (session.starts_at, session.ends_at) for session in (*programme.sessions, *programme.dropped)}


def test_the_same_release_gives_the_same_bytes(large):
    assert calendars.public_feed(large) == calendars.public_feed(large)


def test_over_three_releases_uids_stay_and_the_sequence_of_what_changes_rises():
    first = large_programme(3, 1)
    moved, kept, dropped = first.sessions
    later = replace(moved, starts_at=moved.starts_at - datetime.timedelta(minutes=15))
    second = next_release(first, sessions=(later, kept, dropped))
    third = next_release(second, sessions=second.sessions[:2])

    def states(programme: Programme) -> dict[str, tuple[int, str]]:
        found = entries(calendars.public_feed(programme))
        return {key: (int(entry["sequence"]), str(entry["status"])) for key, entry in found.items()}

    assert states(first) == {uid(one): (0, "CONFIRMED") for one in first.sessions}
    assert states(second) == {
        uid(moved): (1, "CONFIRMED"),
        uid(kept): (0, "CONFIRMED"),
        uid(dropped): (0, "CONFIRMED"),
    }
    assert states(third) == {
        uid(moved): (1, "CONFIRMED"),
        uid(kept): (0, "CONFIRMED"),
        uid(dropped): (1, "CANCELLED"),
    }


def test_the_personal_feed_holds_only_what_was_asked_for_also_when_it_was_dropped():
    first = large_programme(4, 1)
    second = next_release(first, sessions=first.sessions[:3])
    wanted = {first.sessions[0].guid, first.sessions[3].guid}

    found = entries(calendars.personal_feed(second, wanted))

    assert {key: str(entry["status"]) for key, entry in found.items()} == {
        uid(first.sessions[0]): "CONFIRMED",
        uid(first.sessions[3]): "CANCELLED",
    }
    assert str(Calendar.from_ical(calendars.personal_feed(second, wanted))["name"]) == f"My programme: {first.title}"


def test_a_feed_of_nothing_is_a_calendar():
    assert entries(calendars.personal_feed(large_programme(2, 1), set())) == {}


def test_the_hour_that_comes_twice_is_written_so_that_no_calendar_takes_the_other_one():
    again = datetime.datetime(2026, 10, 25, 2, 30, tzinfo=BRUSSELS, fold=1).astimezone(datetime.UTC)
    programme = large_programme(1, 1)
    programme = replace(programme, sessions=(replace(programme.sessions[0], starts_at=again, minutes=60),))

    text = calendars.public_feed(programme).decode()

    assert "DTSTART:20261025T013000Z\r\nDTEND:20261025T023000Z" in text


def mailed(method: str, **facts: str) -> tuple[Calendar, Event]:
    programme = large_programme(1, 1)
    calendar = Calendar.from_ical(
        calendars.session_entry(
            programme,
            programme.sessions[0],
            method=method,
            attendee_email="eleni@city.example",
            attendee_name="Ελένη, Παπαδοπούλου",
            mailbox="conference@organiser.example",
            **facts,
        )
    )
    (entry,) = calendar.walk("VEVENT")
    return calendar, entry


@pytest.mark.parametrize(
    ("method", "status", "answer"), [("REQUEST", "CONFIRMED", "ACCEPTED"), ("CANCEL", "CANCELLED", "DECLINED")]
)
def test_an_entry_for_a_mail_names_its_method_organiser_and_attendee(method, status, answer):
    calendar, entry = mailed(method)

    assert (str(calendar["method"]), str(entry["status"])) == (method, status)
    assert (str(entry["organizer"]), entry["organizer"].params["CN"]) == (
        "mailto:conference@organiser.example",
        "The organiser",
    )
    attendee = entry["attendee"]
    assert (str(attendee), attendee.params["CN"], attendee.params["PARTSTAT"]) == (
        "mailto:eleni@city.example",
        "Ελένη, Παπαδοπούλου",
        answer,
    )


def test_an_entry_to_download_names_nobody():
    _calendar, entry = mailed("PUBLISH")

    assert "attendee" not in entry
