"""An organiser sees the gaps, asks for a proposal, changes two cities and sends it: by keyboard alone."""

import pytest
from playwright.sync_api import Locator, expect

from accounts.models import User
from conference.models import MemberState
from registrations.models import Invitation, Proposal
from tests.factories import CityFactory, ConferenceFactory, DelegationFactory
from tests.journeys.conftest import Visitor


@pytest.fixture
def organiser(site: str) -> User:
    return User.objects.create_superuser("organiser@convoke.example", "a long enough passphrase")


@pytest.fixture
def conference(site: str):
    conference = ConferenceFactory(title="Cities", target=20, hard_limit=20)
    for number, code in enumerate(["BE", "DE", "FR", "MT", "PL", "RO", "ES", "IT"] * 2):
        state = MemberState.objects.get(code=code)
        city = CityFactory(name=f"Město {number + 1}", member_state=state, population=40_000 * (number + 1))
        DelegationFactory(conference=conference, city=city, has_strategy=number % 2 == 0)
    return conference


def presses(visitor: Visitor, button: Locator) -> None:
    """Reaches it and presses Enter; it leads to another page."""
    button.focus()
    with visitor.page.expect_navigation():
        visitor.page.keyboard.press("Enter")


def test_balance_by_keyboard(visitor: Visitor, organiser: User, conference):
    page = visitor.page
    visitor.signs_in_as(organiser)
    visitor.opens(f"/admin/conference/conference/{conference.pk}/change/")
    presses(visitor, page.get_by_role("link", name="Balance", exact=True))
    expect(page.get_by_text("none: Belgium, Bulgaria")).to_be_visible()
    visitor.looks_at("where we stand")

    page.get_by_label("Expected seats the wave should bring").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("6")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Proposed wave")).to_be_visible()
    visitor.looks_at("proposal")

    before = set(Proposal.objects.get().chosen)
    out = page.get_by_role("button", name="Take out").first
    name = out.inner_text().removeprefix("Take out ")
    out.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=f"Take out {name}", exact=True)).to_have_count(0)
    page.get_by_text("Take in another city").focus()
    page.keyboard.press("Enter")
    other = page.get_by_role("button", name="Take in").first
    came = other.inner_text().removeprefix("Take in ")
    other.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=f"Take out {came}", exact=True)).to_have_count(1)
    visitor.looks_at("two cities changed")

    page.get_by_label("Reply by").focus()
    reply_by = conference.today.replace(day=28)
    page.get_by_label("Reply by").fill(str(max(reply_by, conference.today)))
    presses(visitor, page.get_by_role("button", name="Turn into a wave"))
    expect(page.get_by_text("The wave is ready")).to_be_visible()
    visitor.looks_at("wave of a proposal")
    presses(visitor, page.get_by_role("link", name="Send …"))
    presses(visitor, page.get_by_role("button", name="Send"))

    expect(page.get_by_text("Sending has begun")).to_be_visible()
    chosen = Proposal.objects.get().chosen
    assert len(before & set(chosen)) >= len(before) - 1
    assert sorted(Invitation.objects.values_list("delegation", flat=True)) == sorted(chosen)
