"""An assistant replies for a city; somebody signs in by code; seats move on."""

import re

import pytest
from playwright.sync_api import expect

from conference.services import publish_page
from registrations.demonstration import PAGES
from registrations.models import Invitation, Participant
from registrations.services import invitations, replies
from registrations.states import InvitationStatus
from tests.factories import CityFactory, ConferenceFactory, DelegationFactory, InvitationFactory, UserFactory, person
from tests.journeys.conftest import Visitor


@pytest.fixture
def link(site: str) -> str:
    """The personal link of a city with a long name and two seats."""
    conference = ConferenceFactory(
        languages=["en", "fr", "de"], reimbursement="Travel is reimbursed for one representative of each city."
    )
    for kind, body in PAGES.items():
        publish_page(conference, kind, body, by=None)
    delegation = DelegationFactory(
        conference=conference, city=CityFactory(name="Sint-Jans-Molenbeek / Molenbeek-Saint-Jean")
    )
    return invitations.show_link(InvitationFactory(delegation=delegation), by=UserFactory(is_staff=True))


def fill_person(visitor: Visitor, number: int, given_name: str, family_name: str, email: str) -> None:
    page, prefix = visitor.page, f"people-{number}"
    page.fill(f"[name={prefix}-given_name]", given_name)
    page.fill(f"[name={prefix}-family_name]", family_name)
    page.fill(f"[name={prefix}-function]", "Mayor")
    page.fill(f"[name={prefix}-email]", email)


def test_an_assistant_registers_two_people_and_the_third_is_told_to_wait(visitor: Visitor, link: str):
    page = visitor.page
    # Given the link of the invitation
    visitor.opens(link)
    expect(page.get_by_role("heading", level=1)).to_contain_text("take part?")
    visitor.looks_at("reply page")
    assert Invitation.objects.get().status == InvitationStatus.SENT

    # When she sends it too early, every error stands at its field and in the summary, which has the focus
    page.get_by_text("Register a second person").click()
    page.fill("[name=people-1-given_name]", "Владимир")
    page.get_by_role("button", name=re.compile("^Confirm")).click()
    expect(page.locator("[role=alert]")).to_be_focused()
    visitor.looks_at("form with errors")
    page.locator("[role=alert] a").first.click()
    expect(page.locator("[name=people-0-given_name]")).to_be_focused()

    # And saves, and comes back
    page.fill("[name=people-0-given_name]", "Λευκοθέα")
    visitor.follows(page.get_by_role("button", name="Save and finish later"))
    expect(page.get_by_text("Your entries are saved")).to_be_visible()
    visitor.opens(link)
    expect(page.locator("[name=people-0-given_name]")).to_have_value("Λευκοθέα")

    # And fills in the rest
    fill_person(visitor, 0, "Λευκοθέα", "Παπαδοπούλου-Χατζηγεωργίου", "mayor@molenbeek.example")
    fill_person(visitor, 1, "Владимир", "Štěpánek", "assistant@molenbeek.example")
    visitor.follows(page.get_by_role("button", name="Confirm for 2 people"))

    # Then both are registered, and what this browser registered can be changed in it, though nobody is signed in
    expect(page.get_by_role("heading", level=1)).to_contain_text("is registered")
    expect(page.get_by_role("heading", name="Sign in to do more")).to_be_visible()
    visitor.looks_at("confirmation")
    assert list(Participant.objects.order_by("pk").values_list("status", "seat_no")) == [
        ("confirmed", 1),
        ("confirmed", 2),
    ]

    # And a third is told before and after that the seats are taken
    visitor.follows(page.get_by_role("link", name="Add another person"))
    expect(page.get_by_text("The 2 seats of")).to_be_visible()
    visitor.looks_at("a third person")
    page.fill("[name=given_name]", "Zoë")
    page.fill("[name=family_name]", "Third")
    page.fill("[name=function]", "Adviser")
    page.fill("[name=email]", "third@molenbeek.example")
    visitor.follows(page.get_by_role("button", name="Put on the waiting list"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Zoë Third is on the waiting list")
    visitor.looks_at("on the waiting list")

    # And moves up when one of the two withdraws
    visitor.opens("/my/")
    visitor.looks_at("my registrations")
    visitor.follows(page.get_by_role("link", name=re.compile("Владимир")).first)
    visitor.follows(page.get_by_role("link", name="Withdraw"))
    visitor.looks_at("withdraw")
    visitor.follows(page.get_by_role("button", name="Withdraw"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("is no longer registered")
    assert Participant.objects.get(given_name="Zoë").status == "confirmed"

    # And nothing else is open before she signs in with a code
    visitor.opens("/my/programme/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    visitor.opens(Participant.objects.get(given_name="Λευκοθέα").get_absolute_url())
    expect(page.get_by_label("Send the code to")).to_have_value("mayor@molenbeek.example")
    visitor.follows(page.get_by_role("button", name="Send me a code"))
    visitor.enters_the_code_sent_to("mayor@molenbeek.example")
    expect(page.get_by_role("heading", level=1)).to_contain_text("is registered")
    expect(page.get_by_role("heading", name="Sign in to do more")).to_have_count(0)


def test_a_forwarded_link_that_was_used_shows_names_and_nothing_more(visitor: Visitor, link: str):
    (registered,) = replies.accept(Invitation.objects.get(), [person(1, dietary_needs="no nuts")], by=None)

    visitor.opens(link)

    expect(visitor.page.get_by_text("Given1 Family1")).to_be_visible()
    expect(visitor.page.get_by_text("no nuts")).to_have_count(0)
    visitor.opens(registered.get_absolute_url())
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_the_back_button_after_a_reply_shows_no_stale_form(visitor: Visitor, link: str):
    page = visitor.page
    visitor.opens(link)
    fill_person(visitor, 0, "Given", "Family", "mayor@molenbeek.example")
    page.get_by_role("button", name=re.compile("^Confirm")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("is registered")

    page.go_back()

    expect(page.get_by_role("heading", level=1)).to_contain_text("has accepted")
    visitor.looks_at("the link after the reply")


def test_a_city_declines_and_proposes_someone_else(visitor: Visitor, link: str):
    page = visitor.page
    visitor.opens(link)
    visitor.follows(page.get_by_role("link", name="We cannot come"))
    visitor.looks_at("decline")
    page.fill("[name=substitute_email]", "deputy@")
    visitor.follows(page.get_by_role("button", name="Decline the invitation"))
    visitor.looks_at("decline with an error")
    page.fill("[name=substitute_name]", "Zoë Deputy")
    page.fill("[name=substitute_email]", "deputy@molenbeek.example")

    visitor.follows(page.get_by_role("button", name="Decline the invitation"))

    expect(page.get_by_role("heading", level=1)).to_contain_text("has declined")
    visitor.looks_at("declined")
    assert Invitation.objects.get().substitute_email == "deputy@molenbeek.example"


def test_a_participant_signs_in_by_code_and_sends_a_deputy(visitor: Visitor, link: str):
    page = visitor.page
    invitation = Invitation.objects.get()
    replies.accept(invitation, [person(1)], by=None)

    # Given somebody who was registered and has never signed in
    visitor.opens("/my/")
    visitor.looks_at("sign-in")
    page.fill("[name=email]", "guest1@city.example")
    visitor.follows(page.get_by_role("button", name="Send me a code"))
    visitor.looks_at("enter the code")

    # When they enter the code from their mail
    visitor.enters_the_code_sent_to("guest1@city.example")

    # Then they see themselves, and can send somebody else; the seat stays
    visitor.follows(page.get_by_role("link", name=re.compile("Given1")).first)
    visitor.follows(page.get_by_role("link", name="Send another person instead"))
    visitor.looks_at("replace")
    page.fill("[name=given_name]", "Deputy")
    page.fill("[name=family_name]", "Person")
    page.fill("[name=function]", "Deputy mayor")
    page.fill("[name=email]", "deputy@city.example")
    visitor.follows(page.locator("main form button.button"))
    expect(page.get_by_text("Deputy Person").first).to_be_visible()
    visitor.looks_at("after replacing")
    assert Participant.objects.get(given_name="Deputy").seat_no == 1


@pytest.mark.parametrize("width", [390], indirect=False)
def test_without_javascript_the_reply_works_all_the_same(chromium, site, link, width):
    context = chromium.new_context(viewport={"width": width, "height": 844}, java_script_enabled=False)
    page = context.new_page()
    page.goto(link)
    for name, value in {
        "given_name": "Ana",
        "family_name": "Reis",
        "function": "Mayor",
        "email": "a@c.example",
    }.items():
        page.fill(f"[name=people-0-{name}]", value)

    page.get_by_role("button", name=re.compile("^Confirm")).click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Ana Reis is registered")
    context.close()


def test_expired_revoked_and_guessed_links_say_what_to_do(visitor: Visitor, link: str):
    invitations.revoke(Invitation.objects.get(), by=UserFactory(is_staff=True))

    visitor.opens(link)
    visitor.looks_at("a revoked link")
    visitor.opens("/invitation/guessed/")
    visitor.looks_at("a guessed link")


def test_the_public_pages(visitor: Visitor, link: str):
    conference = Invitation.objects.get().conference
    visitor.opens("/")
    visitor.looks_at("conference")
    for kind in PAGES:
        visitor.opens(f"/{conference.slug}/{kind}/")
        visitor.looks_at(kind)
