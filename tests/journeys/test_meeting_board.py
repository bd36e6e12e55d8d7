"""An organiser opens meetings in a break, has them placed, compares, publishes, and moves one by keyboard alone."""

import datetime

import pytest
from playwright.sync_api import expect

from accounts.models import User
from agenda.kinds import SessionKind
from agenda.services import releases
from conference.models import Conference
from meetings.models import Meeting, MeetingRequest, Placement
from meetings.services import board, papers, placements
from registrations.models import Delegation
from tests.factories import ConferenceFactory, SessionFactory, UserFactory
from tests.journeys.conftest import Visitor
from tests.meetings import factories

CITIES = ["Sint-Jans-Molenbeek / Molenbeek-Saint-Jean", "Λευκωσία", "Brno", "Aarhus / Århus", "София", "Győr"]


@pytest.fixture
def conference(site: str) -> Conference:
    conference = ConferenceFactory(title="EU Cities Against Radicalisation", held_on=datetime.date(2027, 2, 26))
    SessionFactory(conference=conference, kind=SessionKind.COFFEE_BREAK, title="Coffee break", at="10:30", minutes=30)
    releases.publish(
        conference, note="", seen=None, confirmed=[w.key for w in releases.preview(conference).warnings], by=None
    )
    return conference


@pytest.fixture
def organiser(conference: Conference) -> User:
    return UserFactory(email="organiser@convoke.example", name="Olga Organiser", is_staff=True, is_superuser=True)


@pytest.fixture
def agreed(conference: Conference) -> list[Meeting]:
    """Three meetings of six cities with long names."""
    people = [factories.guest(conference) for _city in CITIES]
    for person, city in zip(people, CITIES, strict=True):
        Delegation.objects.filter(pk=person.delegation_id).update(name=city)
    pairs = zip(people[::2], people[1::2], strict=True)
    return [factories.meeting(factories.request(one, other)) for one, other in pairs]


def test_from_a_break_to_published_meetings(
    visitor: Visitor, conference: Conference, organiser: User, agreed: list[Meeting], monkeypatch: pytest.MonkeyPatch
):
    page = visitor.page
    visitor.signs_in_as(organiser)

    # From the start page to the break of the programme, which becomes a block of two times
    visitor.opens("/admin/")
    visitor.follows(page.get_by_role("link", name="One-to-one meetings", exact=True).first)
    visitor.looks_at("meetings without a block")
    visitor.follows(page.get_by_role("link", name="Open meetings in Coffee break"))
    expect(page.get_by_text("10.30–10.42, 10.45–10.57")).to_be_visible()
    page.fill("[name=slot_minutes]", "40")
    visitor.follows(page.get_by_role("button", name="Save"))
    expect(page.locator("[data-error-summary]")).to_contain_text("The block is shorter than one meeting.")
    visitor.looks_at("a slot that is too long")
    page.fill("[name=slot_minutes]", "12")
    page.fill("[name=table_count]", "8")
    visitor.follows(page.get_by_role("button", name="Save"))
    visitor.follows(page.get_by_role("button", name="Open Coffee break"))
    expect(page.get_by_text("its times can be booked")).to_be_visible()
    visitor.looks_at("meetings with an open block")

    # Who may ask whom, and the plan of the tables
    visitor.follows(page.get_by_role("link", name="Rules and dates"))
    page.get_by_label("Cities may ask Member States").uncheck()
    page.fill("[name=opens_at]", "2026-02-01T09:00")
    visitor.looks_at("rules")
    visitor.follows(page.get_by_role("button", name="Save"))
    visitor.follows(page.get_by_role("link", name="Tables and plan"))
    visitor.looks_at("tables")

    # The placer runs while one looks on
    visitor.opens(f"/admin/meetings/meetingrules/{conference.pk}/place/")
    visitor.looks_at("place meetings")
    # No worker has it yet: the page waits, and follows by itself
    with monkeypatch.context() as patch:
        patch.setattr(placements, "work", lambda _pk: False)
        visitor.follows(page.get_by_role("button", name="Begin"))
        expect(page.locator("#run-progress [role=status]")).to_have_text("Waiting for a worker.")
        visitor.looks_at("a run that waits")
    run = Placement.objects.get()
    assert placements.work(run.pk)
    expect(page.get_by_text("Placed 3 of at most 3")).to_be_visible()
    visitor.looks_at("what it would change")
    visitor.follows(page.get_by_role("button", name="I have looked at it"))
    visitor.follows(page.get_by_role("link", name="Publish …"))
    visitor.looks_at("publish")
    visitor.follows(page.get_by_role("button", name="Publish and write to 6 people"))
    expect(page.get_by_text("Published: 3 new, 0 moved, 0 without a time.")).to_be_visible()
    visitor.looks_at("what it changed")
    assert Meeting.objects.filter(status="published").count() == 3

    # A large paper is made by a worker; the page follows by itself
    visitor.opens(f"/admin/meetings/meetingrules/{conference.pk}/meetings/")
    visitor.follows(page.get_by_role("link", name="Everybody’s schedule"))
    visitor.looks_at("a paper that was never made")
    with monkeypatch.context() as patch:
        patch.setattr(papers, "work", lambda _pk: False)
        visitor.follows(page.get_by_role("button", name="Make the PDF"))
        expect(page.locator("#paper-progress [role=status]")).to_have_text("Waiting for a worker.")
        visitor.looks_at("a paper that waits")
    (paper,) = papers.due()
    assert papers.work(paper)
    expect(page.get_by_role("link", name="Download (PDF)")).to_be_visible()
    visitor.looks_at("a paper that was made")


def test_the_board_by_keyboard_alone(visitor: Visitor, conference: Conference, organiser: User, agreed: list[Meeting]):
    page = visitor.page
    block = factories.block(conference, slots=2, tables=6)
    slot, (table, *_others) = block.slots.first(), list(conference.meeting_tables.all())
    placed = board.place(agreed[0], slot, table, seen=1, by=None)
    board.publish_by_hand(conference, by=None)
    visitor.signs_in_as(organiser)
    visitor.opens(f"/admin/meetings/meetingrules/{conference.pk}/board/")
    visitor.looks_at("board")

    # The grid is one stop of the Tab key; Enter on the meeting shows where it can go
    page.locator("#find").focus()
    page.keyboard.type("molenbeek")
    expect(page.locator("[data-found]")).to_have_text("Marked: 1")
    page.locator(".grid td").first.locator("a").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_text("It can go to 11 places")).to_be_visible()
    expect(page.locator(".grid .is-chosen a")).to_be_focused()
    visitor.looks_at("where it can go")

    # Two tables down, one time to the right, and Enter moves it
    for key in ("ArrowDown", "ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
    expect(page.get_by_role("button", name="Move here: 10.45, table 3")).to_be_focused()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_text("table 3. Both are told.")).to_be_visible()
    placed.refresh_from_db()
    assert (placed.slot.number, placed.table.number) == (2, 3)
    expect(page.locator(f"#m{placed.pk} a")).to_be_focused()
    visitor.looks_at("moved")

    # A meeting without a time is put beside it, and published; Escape gives a choice up
    visitor.follows(page.get_by_role("link", name="Brno").first)
    with page.expect_navigation():
        page.keyboard.press("Escape")
    visitor.follows(page.get_by_role("link", name="Brno").first)
    expect(page.get_by_role("button", name="Move here: 10.30, table 1")).to_be_focused()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    visitor.looks_at("placed by hand")
    visitor.follows(page.get_by_role("button", name="Publish and tell them"))
    expect(page.get_by_text("1 meeting is published")).to_be_visible()

    # It is cancelled with a reason
    visitor.follows(page.locator(".grid").get_by_role("link", name="Brno").first)
    visitor.follows(page.get_by_role("link", name="Cancel the meeting …"))
    visitor.looks_at("cancel")
    page.get_by_label("Reason").fill("The table is needed for the interpreters.")
    visitor.follows(page.get_by_role("button", name="Cancel the meeting"))
    expect(page.get_by_text("is cancelled; both are told.")).to_be_visible()
    assert Meeting.objects.filter(status="cancelled").count() == 1
    assert MeetingRequest.objects.count() == 3


def test_a_meeting_is_dragged_and_swapped(
    visitor: Visitor, conference: Conference, organiser: User, agreed: list[Meeting]
):
    page = visitor.page
    block = factories.block(conference, slots=2, tables=4)
    slots, tables = list(block.slots.all()), list(conference.meeting_tables.all())
    one = board.place(agreed[0], slots[0], tables[0], seen=1, by=None)
    other = board.place(agreed[1], slots[1], tables[1], seen=1, by=None)
    fixed = board.place(agreed[2], slots[0], tables[3], seen=1, by=None)
    board.set_lock(fixed, locked=True, seen=2, by=None)
    visitor.signs_in_as(organiser)
    visitor.opens(f"/admin/meetings/meetingrules/{conference.pk}/board/")

    def drags(meeting: Meeting, place: str) -> None:
        page.locator(f"#m{meeting.pk} .who").hover()
        page.mouse.down()
        cell = page.locator(f".grid td[data-place='{place}']")
        cell.hover()
        page.wait_for_selector(".drop-yes")
        cell.hover(position={"x": 20, "y": 20})

    # Onto another meeting: they change places
    drags(one, f"{slots[1].pk}-{tables[1].pk}")
    visitor.looks_at("while it is dragged")
    with page.expect_navigation():
        page.mouse.up()
    expect(page.get_by_text("have changed places")).to_be_visible()
    one.refresh_from_db()
    other.refresh_from_db()
    assert (one.slot, one.table, other.slot, other.table) == (slots[1], tables[1], slots[0], tables[0])

    # Onto a locked one: the reason is shown, and nothing moves
    drags(one, f"{slots[0].pk}-{tables[3].pk}")
    page.mouse.up()
    expect(page.locator(".refusal")).to_have_text("Taken, and locked.")
    visitor.looks_at("a refusal")
    one.refresh_from_db()
    assert one.slot == slots[1]


def test_an_organiser_on_the_day(visitor: Visitor, conference: Conference, organiser: User, agreed: list[Meeting]):
    page = visitor.page
    block = factories.block(conference, slots=2, tables=6)
    board.place(agreed[0], block.slots.first(), conference.meeting_tables.first(), seen=1, by=None)
    board.publish_by_hand(conference, by=None)
    visitor.signs_in_as(organiser)
    visitor.opens(f"/admin/meetings/meetingrules/{conference.pk}/today/")
    expect(page.get_by_text("Free tables: 2, 3, 4, 5, 6")).to_be_visible()
    visitor.looks_at("on the day")
    visitor.opens(f"/admin/meetings/meetingrules/{conference.pk}/people/")
    expect(page.get_by_role("heading", name="2 agreed meetings have no time")).to_be_visible()
    visitor.looks_at("who needs a look")


def test_what_participants_choose_from_and_what_they_say(
    visitor: Visitor, conference: Conference, organiser: User, agreed: list[Meeting]
):
    page = visitor.page
    visitor.signs_in_as(organiser)

    # The starter list of topics and challenges, in one step
    visitor.opens(f"/admin/meetings/term/?conference__id__exact={conference.pk}")
    visitor.looks_at("no terms yet")
    visitor.follows(page.get_by_role("button", name="Add the starter list"))
    expect(page.get_by_role("link", name="Youth work")).to_be_visible()
    visitor.looks_at("terms")

    # Somebody whom nobody may ask
    visitor.opens(f"/admin/meetings/profile/?conference__id__exact={conference.pk}")
    visitor.looks_at("profiles")
    visitor.follows(page.locator("#result_list tbody th a").first)
    visitor.looks_at("a profile")
    visitor.follows(page.get_by_role("link", name="Keep free of meetings"))
    visitor.looks_at("keep free of meetings")
    visitor.follows(page.get_by_role("button", name="Yes"))
    expect(page.get_by_role("link", name="Allow meetings again")).to_be_visible()
