"""Somebody without an account reads the programme on the day, with and without JavaScript, and takes it along."""

import datetime
from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.utils import timezone
from icalendar import Calendar
from playwright.sync_api import Browser, expect

from agenda.models import Release
from agenda.programme import Programme
from conference.models import Conference
from tests.agenda.full_day import full_day
from tests.factories import ConferenceFactory
from tests.journeys.conftest import Visitor

ADDRESS = "/cities/programme/"


@pytest.fixture
def conference(site: str) -> Conference:
    return ConferenceFactory(slug="cities", held_on=timezone.localdate())


@pytest.fixture
def programme(conference: Conference) -> Programme:
    """The concept note's day, moved so that its first panel began three minutes ago."""
    day = full_day(conference.held_on)
    panel = next(session for session in day.sessions if session.title.startswith("Panel 1"))
    shift = timezone.now().replace(microsecond=0) - datetime.timedelta(minutes=3) - panel.starts_at
    return replace(
        day, sessions=tuple(replace(session, starts_at=session.starts_at + shift) for session in day.sessions)
    )


def publish(conference: Conference, programme: Programme, number: int, changes: tuple[str, ...] = ()) -> None:
    content = replace(programme, release=number, published_at=timezone.now()).to_data()
    Release.objects.create(
        conference=conference, number=number, content=content, working_copy={}, changes=list(changes)
    )


@pytest.fixture
def without_scripts(chromium: Browser, site: str, width: int) -> Iterator[Visitor]:
    context = chromium.new_context(viewport={"width": width, "height": 844}, java_script_enabled=False)
    yield Visitor(context, site, "without_scripts")
    context.close()


def test_the_day_is_read_and_taken_along(visitor: Visitor, conference: Conference, programme: Programme):
    page = visitor.page
    panel = next(session for session in programme.sessions if session.title.startswith("Panel 1"))
    person = programme.person[panel.presentations[0].speaker]

    # Before the first release the page says where the programme will be
    visitor.opens(ADDRESS)
    expect(page.get_by_text("The programme will be published here.")).to_be_visible()
    visitor.looks_at("before the first release")

    # On the day it begins with what runs now and what comes next
    publish(conference, programme, 1)
    visitor.opens(ADDRESS)
    glance = page.get_by_role("region", name="Now and next")
    expect(glance.get_by_role("link", name=panel.title)).to_be_visible()
    expect(page.locator(f"#session-{panel.code}.now").get_by_text("Now", exact=True)).to_be_visible()
    visitor.looks_at("list")
    visitor.follows(page.get_by_role("link", name="Timeline"))
    expect(page.get_by_role("link", name=panel.title).last).to_be_visible()
    visitor.looks_at("timeline")

    # From the session to its speaker and back into the programme
    visitor.follows(page.get_by_role("link", name=panel.title).last)
    expect(page.get_by_role("heading", name=panel.presentations[0].title)).to_be_visible()
    visitor.looks_at("session")
    visitor.follows(page.get_by_role("link", name=person.name).first)
    visitor.looks_at("speaker")
    visitor.follows(page.get_by_role("link", name="All speakers"))
    visitor.looks_at("speakers")

    # The calendar's address gives every session
    visitor.opens(ADDRESS)
    subscription = page.get_by_role("link", name="Subscribe in your calendar").get_attribute("href")
    assert subscription is not None
    feed = page.request.get(subscription.replace("webcal://", "http://"))
    entries = {str(event["uid"]): event for event in Calendar.from_ical(feed.body()).walk("VEVENT")}
    assert len(entries) == len(programme.sessions)

    # A second release is read at once: what changed stands in words, the page of what was dropped says so
    dropped = programme.sessions[-1]
    after = replace(
        programme,
        sessions=(*programme.sessions[:-1],),
        dropped=(replace(dropped, sequence=1),),
    )
    publish(conference, after, 2, ("Dropped: Closing words.",))
    visitor.opens(ADDRESS)
    page.get_by_text("What changed: one thing").click()
    expect(page.get_by_text("Dropped: Closing words.")).to_be_visible()
    visitor.looks_at("second release")
    visitor.opens(f"{ADDRESS}sessions/{dropped.code}/")
    expect(page.get_by_role("heading", name=dropped.title)).to_be_visible()
    visitor.looks_at("dropped session")

    # And the calendar takes it out again
    feed = page.request.get(subscription.replace("webcal://", "http://"))
    gone = {str(event["uid"]): event for event in Calendar.from_ical(feed.body()).walk("VEVENT")}
    uid = f"{dropped.guid}@convoke"
    assert (gone[uid]["status"], int(gone[uid]["sequence"])) == ("CANCELLED", 1)
    assert gone.keys() == entries.keys()


def test_the_day_is_read_without_javascript(without_scripts: Visitor, conference: Conference, programme: Programme):
    page = without_scripts.page
    publish(conference, programme, 1)
    panel = next(session for session in programme.sessions if session.title.startswith("Panel 1"))

    without_scripts.opens(ADDRESS)
    expect(page.get_by_role("region", name="Now and next").get_by_role("link", name=panel.title)).to_be_visible()
    without_scripts.follows(page.get_by_role("link", name="Timeline"))
    without_scripts.follows(page.get_by_role("link", name=panel.title).last)
    expect(page.get_by_role("heading", name=panel.title)).to_be_visible()
