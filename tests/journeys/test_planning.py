"""An organiser plans a day, moves it, sets a warning aside and publishes; a second one saves at the same time."""

import datetime

import pytest
from playwright.sync_api import expect

from accounts.models import User
from agenda.models import Release, Session
from agenda.services import planning, releases
from conference.models import Conference
from tests.factories import ConferenceFactory, DelegationFactory, UserFactory
from tests.journeys.conftest import Visitor

DRAFT_AGENDA = """8.00–8.50 Registration and welcome coffee @ Atrium
9.00–9.30 Welcome words and opening @ Plenary room
9.30–10.30 Panel 1: Challenges and inspiring approaches @ Plenary room
Moderator: Владимир Стоянов, Mayor, София
- A national initiative @ Sint-Jans-Molenbeek / Molenbeek-Saint-Jean
- A mayor’s view (7 min)
- A head of unit’s view
10.30–11.00 Coffee break with one-to-one meetings @ Atrium
11.00–12.00 Panel 2: Λευκωσία and Ħaż-Żebbuġ @ Plenary room
12.00–14.00 Lunch with the market place @ Atrium
"""


@pytest.fixture
def conference(site: str) -> Conference:
    conference = ConferenceFactory(title="EU Cities Against Radicalisation", held_on=datetime.date(2027, 2, 26))
    DelegationFactory(conference=conference, name="Sint-Jans-Molenbeek / Molenbeek-Saint-Jean")
    return conference


@pytest.fixture
def organiser(conference: Conference) -> User:
    return UserFactory(email="organiser@convoke.example", name="Olga Organiser", is_staff=True, is_superuser=True)


def test_from_an_empty_day_to_the_public_programme(visitor: Visitor, conference: Conference, organiser: User):
    page = visitor.page
    visitor.signs_in_as(organiser)

    # From the start page to an empty board, and a whole day in one go; a slip is told at its line
    visitor.opens("/admin/")
    visitor.follows(page.get_by_role("link", name="Programme", exact=True).first)
    expect(page.get_by_text("Nothing is planned yet")).to_be_visible()
    visitor.looks_at("empty board")
    visitor.follows(page.get_by_role("link", name="Type in a day", exact=True))
    page.fill("[name=lines]", DRAFT_AGENDA.replace("11.00–12.00", "eleven"))
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("A line begins with a time")).to_be_visible()
    visitor.looks_at("a line to mend")
    page.fill("[name=lines]", DRAFT_AGENDA)
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("New rooms of the venue: Atrium, Plenary room.")).to_be_visible()
    visitor.looks_at("what was understood")
    page.get_by_role("button", name="Enter 6 sessions").click()
    expect(page.get_by_text("6 sessions are entered.")).to_be_visible()
    visitor.looks_at("board")

    # One more by hand, after the last one
    visitor.follows(page.get_by_role("link", name="New session"))
    visitor.looks_at("new session")
    page.select_option("[name=kind]", "closing")
    page.fill("[name=title]", "Closing words")
    page.fill("[name=minutes]", "15")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".plan").get_by_role("link", name="Closing words", exact=True)).to_be_visible()

    # The first panel begins later, and what follows moves along
    visitor.follows(page.get_by_role("link", name="Move Panel 1: Challenges and inspiring approaches"))
    visitor.looks_at("move")
    page.fill("[name=time]", "09:45")
    page.get_by_label("All later ones of the day follow").check()
    page.get_by_role("button", name="Preview all new times").click()
    expect(page.get_by_text("5 sessions would change")).to_be_visible()
    visitor.looks_at("preview of all new times")
    assert Session.objects.get(kind="closing").starts_at.astimezone(conference.zone).hour == 14
    page.get_by_role("button", name="Save these times").click()
    expect(page.get_by_text("5 sessions are changed.")).to_be_visible()

    # A warning is set aside with its reason
    visitor.follows(page.locator("a.tag.warn"))
    visitor.looks_at("warnings")
    visitor.follows(page.get_by_role("link", name="Set aside: Nobody moderates.").first)
    visitor.looks_at("set aside")
    page.fill("[name=reason]", "The host moderates")
    visitor.follows(page.get_by_role("button", name="Set aside"))
    expect(page.get_by_text("The host moderates")).to_be_visible()
    visitor.looks_at("warnings with one set aside")

    # Publishing asks about the others
    visitor.opens(f"/admin/agenda/plan/{conference.pk}/publish/")
    visitor.looks_at("publish")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.locator("[data-error-summary]")).to_contain_text("confirm that you publish anyway")
    visitor.looks_at("publish without confirmation")
    page.get_by_label("I have seen these warnings and publish anyway").check()
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("Release 1 is published.")).to_be_visible()
    visitor.looks_at("board after publishing")
    visitor.opens(f"/admin/agenda/release/{Release.objects.get().pk}/change/")
    visitor.looks_at("release")

    # Everybody reads it
    visitor.opens(f"/{conference.slug}/programme/")
    expect(page.get_by_text("Panel 2: Λευκωσία and Ħaż-Żebbuġ").first).to_be_visible()


def test_the_evening_before(visitor: Visitor, conference: Conference, organiser: User):
    """The opening is late: everything is shifted, tried in another order, taken back to what everybody reads."""
    page = visitor.page
    for number, (hour, kind, title) in enumerate(
        [(9, "opening", "Opening"), (10, "panel", "Panel 1"), (11, "debate", "Final open debate")], start=1
    ):
        Session.objects.create(
            conference=conference,
            number=number,
            kind=kind,
            title=title,
            starts_at=conference.starts_at + datetime.timedelta(hours=hour - 9),
            minutes=45,
        )
    shown = releases.preview(conference)
    releases.publish(conference, note="", seen=None, confirmed=[one.key for one in shown.warnings], by=None)
    visitor.signs_in_as(organiser)
    board = f"/admin/agenda/plan/{conference.pk}/board/"

    # Everything from the panel on, half an hour later
    visitor.opens(board)
    visitor.follows(page.get_by_role("link", name="Shift from here …"))
    page.select_option("[name=session]", label="10.00 Panel 1")
    page.fill("[name=minutes]", "30")
    visitor.looks_at("shift")
    page.get_by_role("button", name="Preview all new times").click()
    expect(page.get_by_text("2 sessions would change")).to_be_visible()
    visitor.looks_at("shifted")
    page.get_by_role("button", name="Save these times").dblclick()
    expect(page.get_by_text("2 sessions are changed.")).to_be_visible()

    # Another order, and the panel a quarter of an hour longer
    visitor.follows(page.get_by_role("link", name="One place earlier: Final open debate"))
    visitor.looks_at("another order")
    visitor.follows(page.get_by_role("button", name="Save these times"))
    visitor.follows(page.get_by_role("link", name="Lengthen Panel 1"))
    page.fill("[name=minutes]", "60")
    page.get_by_role("button", name="Preview all new times").click()
    visitor.looks_at("longer")
    visitor.follows(page.get_by_role("button", name="Save these times"))
    expect(page.get_by_text("Panel 1 now lasts 60 minutes instead of 45.")).to_be_visible()
    visitor.looks_at("changes since the release")

    # What readers would see
    visitor.follows(page.get_by_role("link", name="Preview as readers will see it"))
    visitor.looks_at("preview")

    # Deadlines, and the same day once more
    visitor.opens(board)
    visitor.follows(page.get_by_role("link", name="Hours and deadlines"))
    visitor.looks_at("hours and deadlines")
    visitor.opens(board)
    visitor.follows(page.get_by_role("link", name="Duplicate a day …"))
    page.fill("[name=to]", "2027-02-27")
    page.get_by_role("button", name="Preview").click()
    visitor.looks_at("duplicate a day")
    visitor.follows(page.get_by_role("button", name="Copy"))
    expect(page.get_by_role("heading", name="Saturday 27 February 2027")).to_be_visible()
    visitor.looks_at("two days")

    # All of it was a bad idea; what is set aside can be brought back
    visitor.follows(page.get_by_role("link", name="Back to release 1 …"))
    visitor.looks_at("back to the release")
    visitor.follows(page.get_by_role("button", name="Go back to release 1"))
    expect(page.get_by_text("Nothing that readers see has changed since release 1.")).to_be_visible()
    visitor.follows(page.get_by_role("link", name="Bring back what was set aside …"))
    visitor.looks_at("bring back")
    visitor.follows(page.get_by_role("button", name="Bring it back"))
    assert Session.objects.filter(conference=conference).count() == 6


def test_the_second_of_two_organisers_loses_nothing(visitor: Visitor, conference: Conference, organiser: User):
    page = visitor.page
    session = Session.objects.create(
        conference=conference, number=1, kind="panel", title="Panel 1", starts_at=conference.starts_at, minutes=60
    )
    visitor.signs_in_as(organiser)
    visitor.opens(f"/admin/agenda/session/{session.pk}/change/")
    visitor.looks_at("session")
    page.fill("[name=title]", "Panel 1: what I typed")

    theirs = Session.objects.get()
    theirs.title = "Panel 1: what Ana typed"
    planning.save_session(theirs, seen=1, changed=["title"], by=UserFactory(name="Ana Quick"))
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_role("heading", name="What differs")).to_be_visible()
    expect(page.get_by_role("cell", name="Panel 1: what Ana typed")).to_be_visible()
    expect(page.locator("[name=title]")).to_have_value("Panel 1: what I typed")
    visitor.looks_at("what differs")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".plan").get_by_role("link", name="Panel 1: what I typed", exact=True)).to_be_visible()
    assert Session.objects.get().title == "Panel 1: what I typed"
