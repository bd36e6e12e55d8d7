"""Two organisers at two doors let the guests in: by keyboard, by thumb, and without a script."""

import pytest
from playwright.sync_api import Browser, expect

from accounts.models import User
from conference import history
from conference.models import Conference, MemberState
from registrations.models import Participant
from registrations.services import replies
from registrations.services.replies import Substitute
from tests.factories import CityFactory, ConferenceFactory, DelegationFactory, InvitationFactory, person, tomorrow
from tests.journeys.conftest import Visitor

GUESTS = [
    ("Sint-Jans-Molenbeek / Molenbeek-Saint-Jean", "BE", "Štěpánka", "Żółkiewska"),
    ("Λευκωσία", "CY", "Αικατερίνη", "Παπαδοπούλου"),
    ("Бургас", "BG", "Владимир", "Петров"),
    ("Brno", "CZ", "Jana", "Nováková"),
]


@pytest.fixture
def organiser(site: str) -> User:
    return User.objects.create_superuser("organiser@convoke.example", "a long enough passphrase")


@pytest.fixture
def conference(site: str) -> Conference:
    conference = ConferenceFactory(title="Cities", held_on=tomorrow())
    invitations = []
    for number, (name, code, given, family) in enumerate(GUESTS):
        city = CityFactory(name=name, member_state=MemberState.objects.get(code=code))
        invitation = InvitationFactory(delegation=DelegationFactory(conference=conference, city=city, seats=1))
        function = "Deputy Mayor for Social Affairs and the Prevention of Radicalisation" if number % 2 else "Mayor"
        replies.accept(invitation, [person(number, given_name=given, family_name=family, function=function)], by=None)
        invitations.append(invitation)
    replies.add_person(invitations[0], person(8, given_name="Karel", family_name="Svoboda"), by=None)
    declined = InvitationFactory(delegation=DelegationFactory(conference=conference))
    replies.decline(declined, by=None, substitute=Substitute("Petra Svobodová", "Deputy", "p@city.example"))
    return conference


def address(conference: Conference) -> str:
    return f"/admin/registrations/participant/arrivals/{conference.pk}/"


def test_checking_in_by_keyboard(visitor: Visitor, organiser: User, conference: Conference) -> None:
    page = visitor.page
    visitor.signs_in_as(organiser)
    visitor.opens("/admin/")
    link = page.get_by_role("link", name="Check-in")
    link.focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("#sums")).to_contain_text("0 of 4 here")
    visitor.looks_at("check-in before anybody came")

    page.get_by_label("Name, city or organisation").focus()
    page.keyboard.type("zolk molen")
    expect(page.locator("#people li")).to_have_count(1)
    page.wait_for_url("**q=zolk%20molen**")
    page.get_by_role("button", name="Check in Štěpánka Żółkiewska").focus()
    page.keyboard.press("Enter")
    done = page.get_by_text("Checked in ")
    expect(done).to_be_focused()
    expect(page.locator("#sums")).to_contain_text("1 of 4 here")
    visitor.looks_at("one is here")

    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name="Undo Štěpánka Żółkiewska")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Check in Štěpánka Żółkiewska")).to_be_visible()
    expect(page.locator("#sums")).to_contain_text("0 of 4 here")
    came = Participant.objects.get(family_name="Żółkiewska")
    assert [entry.action for entry in history.of(came)[:2]] == ["check-in undone", "checked in"]

    page.get_by_label("Name, city or organisation").fill("svob")
    expect(page.locator("#people li")).to_have_count(2)
    expect(page.get_by_text("On the waiting list. The seat of Sint-Jans-Molenbeek")).to_be_visible()
    expect(page.get_by_text("not registered")).to_be_visible()
    assert page.get_by_role("button", name="Check in").count() == 0
    visitor.looks_at("not expected")

    page.get_by_label("Name, city or organisation").fill("nobody of this name")
    expect(page.get_by_text("Nobody matches")).to_be_visible()
    visitor.looks_at("nobody of this name")


def test_two_doors_and_a_thumb_that_taps_twice(
    visitor: Visitor, organiser: User, conference: Conference, chromium: Browser, site: str
) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    other = Visitor(context, site, "other-door")
    for one in (visitor, other):
        one.signs_in_as(organiser)
        one.opens(address(conference))

    other.page.get_by_role("button", name="Check in Владимир Петров").dblclick()
    expect(other.page.get_by_text("Checked in ")).to_be_visible()
    visitor.page.get_by_role("button", name="Check in Владимир Петров").click()
    expect(visitor.page.get_by_text("Checked in ")).to_be_visible()
    other.looks_at("the other door")
    context.close()

    came = Participant.objects.get(family_name="Петров")
    assert came.checked_in_at
    assert history.of(came).filter(action="checked in").count() == 1
    visitor.page.get_by_label("Not yet here").check()
    expect(visitor.page.locator("#people li")).to_have_count(3)
    visitor.looks_at("not yet here")


def test_without_javascript(chromium: Browser, site: str, organiser: User, conference: Conference, width: int) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 844}, java_script_enabled=False)
    visitor = Visitor(context, site, "arrivals-without-javascript")
    visitor.signs_in_as(organiser)
    visitor.opens(address(conference))
    page = visitor.page
    page.get_by_label("Name, city or organisation").fill("λευκωσια")
    page.get_by_label("Category").select_option("city")
    visitor.follows(page.get_by_role("button", name="Find"))
    visitor.follows(page.get_by_role("button", name="Check in Αικατερίνη Παπαδοπούλου"))

    expect(page.get_by_text("Αικατερίνη Παπαδοπούλου is checked in.")).to_be_visible()
    expect(page.locator("#people li")).to_have_count(1)
    visitor.follows(page.get_by_role("button", name="Undo Αικατερίνη Παπαδοπούλου"))
    expect(page.get_by_text("is undone")).to_be_visible()
    assert not Participant.objects.checked_in().exists()
    context.close()


def test_whose_session_ends_at_the_door_is_asked_to_sign_in_on_a_page_of_its_own(
    visitor: Visitor, organiser: User, conference: Conference
) -> None:
    page = visitor.page
    visitor.signs_in_as(organiser)
    visitor.opens(address(conference))
    visitor.context.clear_cookies(name="sessionid")

    page.get_by_label("Name, city or organisation").fill("svob")

    page.wait_for_url("**/accounts/login/**")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.get_by_role("heading", name="Check-in")).to_have_count(0)
