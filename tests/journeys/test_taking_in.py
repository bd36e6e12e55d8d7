"""An organiser takes in a day planned elsewhere: a workbook first, then the schedule.json of another system."""

import datetime
import json
from pathlib import Path

import pytest
from openpyxl import Workbook
from playwright.sync_api import expect

from accounts.models import User
from agenda.models import Session
from conference.models import Conference
from tests.factories import ConferenceFactory, UserFactory
from tests.journeys.conftest import Visitor

ROWS = [
    ("Day", "Begins", "Ends", "Kind", "Title", "Room", "Moderator"),
    ("26.2.2027", "8.00", "8.50", "Registration", "Registration and welcome coffee", "Atrium", ""),
    ("", "9.30", "10.30", "Panel", "Panel 1: Λευκωσία and Велико Търново", "Plenary room", "Jana Štěpánková"),
    ("", "eleven", "12.00", "Panel", "Panel 2: Challenges and partnerships", "Plenary room", ""),
]


@pytest.fixture
def conference(site: str) -> Conference:
    return ConferenceFactory(title="EU Cities Against Radicalisation", held_on=datetime.date(2027, 2, 26))


@pytest.fixture
def organiser(conference: Conference) -> User:
    return UserFactory(email="organiser@convoke.example", name="Olga Organiser", is_staff=True, is_superuser=True)


def workbook(path: Path, rows: list[tuple[str, ...]]) -> Path:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def schedule(path: Path, first: Session) -> Path:
    """As another system would send it: the first session a quarter of an hour later, and a new one."""
    later = (first.starts_at + datetime.timedelta(minutes=15)).isoformat()
    event = {"guid": str(first.guid), "date": later, "duration": "00:50", "title": first.title, "type": "Registration"}
    new = {
        "guid": "5f4dcc3b-5aa7-45d6-8d83-27deb882cf99",
        "date": "2027-02-26T12:00:00+01:00",
        "duration": "02:00",
        "title": "Lunch with the market place",
        "type": "Lunch",
        "persons": [],
    }
    days = [{"index": 1, "date": "2027-02-26", "rooms": {"Atrium": [event, new]}}]
    path.write_text(json.dumps({"schedule": {"version": "1", "conference": {"title": "Elsewhere", "days": days}}}))
    return path


def test_a_day_planned_elsewhere_is_taken_in(visitor: Visitor, conference: Conference, organiser: User, tmp_path: Path):
    page = visitor.page
    visitor.signs_in_as(organiser)

    # From the empty board to the upload; what is no programme is refused at its field
    visitor.opens(f"/admin/agenda/plan/{conference.pk}/board/")
    visitor.follows(page.get_by_role("link", name="Import …"))
    visitor.looks_at("upload")
    wrong = tmp_path / "programme.xlsx"
    wrong.write_bytes(b"%PDF-1.7")
    page.set_input_files("[name=file]", wrong)
    visitor.follows(page.get_by_role("button", name="Check the file"))
    expect(page.locator(".error", has_text="neither a schedule.json nor an .xlsx workbook")).to_be_visible()
    visitor.looks_at("no programme")

    # The dry run says what would happen, and what could not be read with its cell
    page.set_input_files("[name=file]", workbook(tmp_path / "day.xlsx", ROWS))
    visitor.follows(page.get_by_role("button", name="Check the file"))
    expect(page.get_by_text("nothing is imported yet")).to_be_visible()
    expect(page.get_by_role("cell", name="Sheet!B4")).to_be_visible()
    assert not Session.objects.exists()
    visitor.looks_at("dry run with a problem")
    visitor.follows(page.get_by_role("button", name="Discard the upload"))
    expect(page.get_by_text("Nothing was imported.")).to_be_visible()

    # Mended, it is taken in
    mended = [*ROWS[:3], ("", "11.00", *ROWS[3][2:])]
    page.set_input_files("[name=file]", workbook(tmp_path / "day.xlsx", mended))
    visitor.follows(page.get_by_role("button", name="Check the file"))
    visitor.looks_at("dry run")
    visitor.follows(page.get_by_role("button", name="Import: 3 new sessions"))
    expect(page.get_by_text("Imported: 3 new sessions.")).to_be_visible()
    expect(page.locator(".plan").get_by_role("link", name="Jana Štěpánková")).to_be_visible()
    visitor.looks_at("board")

    # A later file of another system moves one and adds one; the others stay
    first = Session.objects.in_order()[0]
    visitor.follows(page.get_by_role("link", name="Import …"))
    page.set_input_files("[name=file]", schedule(tmp_path / "schedule.json", first))
    visitor.follows(page.get_by_role("button", name="Check the file"))
    expect(page.get_by_role("heading", name="Moved (1)")).to_be_visible()
    expect(page.get_by_role("heading", name="Not in the file (2)")).to_be_visible()
    visitor.looks_at("dry run that moves")
    review = page.url
    visitor.follows(page.get_by_role("button", name="Import: 1 new session, 1 changed"))
    expect(page.get_by_text("Imported: 1 new session, 1 changed.")).to_be_visible()
    assert Session.objects.count() == 4
    assert Session.objects.get(pk=first.pk).starts_at == first.starts_at + datetime.timedelta(minutes=15)

    # Back to the page of the dry run: it says that this is done
    visitor.opens(review)
    expect(page.get_by_text("schedule.json was imported.")).to_be_visible()
    visitor.looks_at("imported already")
