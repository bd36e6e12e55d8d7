"""The room's screen counts down by keyboard alone; a participant stars a session and takes the feed."""

import datetime
import re
from dataclasses import replace
from uuid import uuid4

import pytest
from django.utils import timezone
from icalendar import Calendar
from playwright.sync_api import expect

from agenda.models import Reader, Release, Star
from agenda.programme import Programme
from tests.agenda.full_day import full_day
from tests.factories import ConferenceFactory, UserFactory
from tests.journeys.conftest import Visitor

SCREEN = "/cities/programme/screens/plenary-room/"


@pytest.fixture
def programme(site: str) -> Programme:
    """The concept note's day, moved so that its first panel began three minutes ago."""
    today = timezone.localdate()
    day = full_day(today)
    panel = next(session for session in day.sessions if session.title.startswith("Panel 1"))
    shift = timezone.now().replace(microsecond=0) - datetime.timedelta(minutes=3) - panel.starts_at
    moved = replace(
        day, sessions=tuple(replace(session, starts_at=session.starts_at + shift) for session in day.sessions)
    )
    conference = ConferenceFactory(slug="cities", held_on=today)
    publish(conference, moved, 1)
    return moved


def publish(conference, programme: Programme, number: int) -> None:
    Release.objects.create(conference=conference, number=number, content=programme.to_data(), working_copy={})


def test_the_screen_counts_down_by_keyboard(visitor: Visitor, programme: Programme):
    page = visitor.page
    panel = next(session for session in programme.sessions if session.title.startswith("Panel 1"))
    left, state, spoken = page.locator("[data-left]"), page.locator("[data-state]"), page.locator("[data-announce]")
    timer, title = page.locator("[data-timer]"), page.get_by_role("heading", level=1)
    # Given the screen of a room in which a panel takes place
    page.clock.install()
    visitor.opens(SCREEN)
    expect(title).to_have_text(panel.presentations[0].title)
    expect(left).to_have_text("5.00")
    expect(state).to_have_text("Ready")
    visitor.looks_at("ready")

    # When the moderator presses Space, the time runs
    page.keyboard.press(" ")
    page.clock.fast_forward("03:30")
    # Beside what is skipped real time goes by: seconds, on a busy machine.
    expect(left).to_have_text(re.compile(r"^1\.[0-3]\d$"))
    expect(state).to_have_text("Running")
    expect(spoken).to_have_text("")

    # And survives a reload, as it stands still in a pause
    page.keyboard.press(" ")
    expect(state).to_have_text("Paused")
    paused_at = left.inner_text()
    page.clock.fast_forward("10:00")
    page.reload()
    expect(state).to_have_text("Paused")
    expect(left).to_have_text(paused_at)

    # Then the last minute is amber, in words too, and said once
    page.keyboard.press(" ")
    page.clock.fast_forward("00:31")
    expect(timer).to_have_attribute("data-level", "last")
    expect(state).to_have_text("Last minute")
    expect(spoken).to_have_text("1 minute left")
    visitor.looks_at("last minute")

    # And the end is red, and counts what is over
    page.clock.fast_forward("01:29")
    expect(timer).to_have_attribute("data-level", "out")
    expect(state).to_have_text("Time is over")
    expect(left).to_have_text(re.compile(r"^\+0\.\d\d$"))
    expect(spoken).to_have_text("Time is over")
    visitor.looks_at("time is over")

    # And one more minute can be given, and the next speaker begins with the full time
    page.keyboard.press("+")
    expect(state).to_have_text("Last minute")
    page.keyboard.press("n")
    expect(title).to_have_text(panel.presentations[1].title)
    expect(left).to_have_text("5.00")
    page.keyboard.press("p")
    expect(title).to_have_text(panel.presentations[0].title)
    expect(page.locator("[data-of]")).to_have_text("of 6 minutes")
    page.keyboard.press("r")
    expect(left).to_have_text("5.00")

    # And every button is reached by Tab, and Space presses the one in focus
    page.keyboard.press("Tab")
    start = page.get_by_role("button", name="Start", exact=True)
    expect(start).to_be_focused()
    expect(page.locator("[data-controls]")).to_have_css("opacity", "1")
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Pause")).to_be_focused()
    visitor.looks_at("controls")

    # And the shortcuts can be switched off
    page.get_by_role("button", name="Keyboard shortcuts").press("Enter")
    page.keyboard.press("n")
    expect(title).to_have_text(panel.presentations[0].title)


def test_the_screen_outlives_the_network_and_takes_a_new_release(visitor: Visitor, programme: Programme):
    page = visitor.page
    panel = next(session for session in programme.sessions if session.title.startswith("Panel 1"))
    page.clock.install()
    visitor.opens(SCREEN)
    page.keyboard.press(" ")

    # Without a network the time goes on
    visitor.context.set_offline(True)
    page.clock.fast_forward("02:00")
    expect(page.locator("[data-left]")).to_have_text(re.compile(r"^(3\.00|2\.\d\d)$"))
    expect(page.locator("[data-stale]")).to_have_text("No connection. Shown is release 1.")

    # A release that comes out meanwhile changes the words, and stops no clock
    first, *rest = panel.presentations
    renamed = replace(panel, presentations=(replace(first, title="Another title"), *rest))
    sessions = tuple(renamed if session is panel else session for session in programme.sessions)
    publish(Release.objects.get().conference, replace(programme, sessions=sessions), 2)
    visitor.context.set_offline(False)
    page.clock.fast_forward("01:00")
    expect(page.get_by_role("heading", level=1)).to_have_text("Another title")
    expect(page.locator("[data-stale]")).to_have_text("")
    expect(page.locator("[data-left]")).to_have_text(re.compile(r"^(2\.00|1\.\d\d)$"))
    # The browser itself writes down what it could not load.
    visitor.complaints.clear()


def test_a_participant_stars_a_session_and_takes_the_feed(visitor: Visitor, programme: Programme):
    page = visitor.page
    panel = next(session for session in programme.sessions if session.title.startswith("Panel 2"))
    beside = replace(panel, guid=uuid4(), code="BESIDE", number=90, room="Atrium", title="Ħaż-Żebbuġ and Λευκωσία")
    publish(Release.objects.get().conference, replace(programme, sessions=(*programme.sessions, beside)), 2)
    # Given somebody who is signed in and has starred nothing
    visitor.signs_in_as(UserFactory())
    visitor.opens("/my/programme/cities/")
    visitor.looks_at("nothing starred")

    # When they star two sessions at the same time, the page says so without being loaded anew
    visitor.follows(page.get_by_role("link", name="Choose from the whole programme"))
    page.get_by_role("button", name=panel.title).click()
    expect(page.get_by_role("button", name=panel.title)).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name=beside.title).press("Enter")
    expect(page.get_by_text(f"At the same time as “{panel.title}”")).to_be_visible()
    expect(page.get_by_role("button", name=beside.title)).to_be_focused()
    visitor.looks_at("starred")
    assert Star.objects.count() == 2

    # Then both stand in their programme
    visitor.follows(page.get_by_role("link", name="Only mine"))
    expect(page.get_by_role("heading", name=beside.title)).to_be_visible()
    visitor.looks_at("my programme")

    # And the address for their calendar gives both
    visitor.follows(page.get_by_role("button", name="Make a calendar address"))
    address = page.locator("code").inner_text()
    visitor.looks_at("calendar address")
    feed = page.request.get(address)
    assert {str(event["summary"]) for event in Calendar.from_ical(feed.body()).walk("VEVENT")} == {
        panel.title,
        beside.title,
    }

    # Until they revoke it
    visitor.follows(page.get_by_role("link", name="Back to my programme"))
    page.get_by_role("button", name="Revoke the address").click()
    expect(page.get_by_text("The calendar address no longer works.")).to_be_visible()
    assert page.request.get(address).status == 404
    assert Reader.objects.get().feed_sha256 is None
