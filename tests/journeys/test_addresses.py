"""Somebody is registered by a colleague, confirms the address, decides the consents, and moves to another address."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from mailings.models import Mail
from registrations.models import AddressChange, AddressNotice, Participant
from registrations.services import replies
from tests.factories import CityFactory, ConferenceFactory, DelegationFactory, InvitationFactory, person
from tests.journeys.conftest import Visitor


@pytest.fixture
def participant(site: str) -> Participant:
    """Registered by the mayor's office, which has an assistant with a long address."""
    delegation = DelegationFactory(
        conference=ConferenceFactory(), city=CityFactory(name="Sint-Jans-Molenbeek / Molenbeek-Saint-Jean")
    )
    invitation = InvitationFactory(delegation=delegation, email="mayor@molenbeek.example")
    return replies.accept(invitation, [person(1)], by=None)[0]


def link_in(kind: str) -> str:
    return urlsplit(Mail.objects.filter(kind=kind).latest("pk").secrets()["address_link"]).path


def sign_in(visitor: Visitor, email: str) -> None:
    page = visitor.page
    page.fill("[name=email]", email)
    visitor.follows(page.get_by_role("button", name="Send me a code"))
    text = Mail.objects.filter(kind="account", to=[email]).latest("pk").opened_text()
    code = re.search(r"^\s*([A-Z0-9]{4}-?[A-Z0-9]{2,4}|[A-Z0-9]{6})\s*$", text, re.MULTILINE)
    assert code, text
    page.fill("[name=code]", code[1])
    visitor.follows(page.get_by_role("button", name="Continue"))


def test_a_colleague_confirms_the_address_and_moves_to_another(visitor: Visitor, participant: Participant):
    page = visitor.page
    # Given the mail that says who gave us the address
    visitor.opens(link_in("address_notice"))
    visitor.looks_at("is this your address")

    # When they confirm it
    visitor.follows(page.get_by_role("button", name="Yes, this is my address"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Your address is confirmed")
    visitor.looks_at("confirmed")

    # Then the confirmation goes to them, and they sign in and decide the consents themselves
    assert Mail.objects.filter(kind="confirmation", to=["guest1@city.example"]).count() == 1
    visitor.follows(page.locator("main").get_by_role("link", name="Sign in"))
    sign_in(visitor, "guest1@city.example")
    visitor.follows(page.get_by_role("link", name="Please decide about these consents"))
    visitor.looks_at("please decide")
    page.check("[name=consent_photos]")
    visitor.follows(page.get_by_role("button", name="Save the consents"))
    expect(page.get_by_text("Please decide about these consents")).to_have_count(0)

    # And a new address waits for its confirmation
    visitor.follows(page.get_by_role("link", name="Change details"))
    visitor.looks_at("change")
    page.fill("[name=email]", "a.new.and.rather.long.address@molenbeek.example")
    visitor.follows(page.get_by_role("button", name="Save"))
    expect(page.get_by_role("heading", name="The new address is not confirmed yet")).to_be_visible()
    visitor.looks_at("waiting for the new address")
    visitor.opens(link_in("address_leaving"))
    visitor.looks_at("keep the old address")
    visitor.opens(link_in("address_change"))
    visitor.looks_at("the new address")
    visitor.follows(page.get_by_role("button", name="Yes, use this address"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Your address is confirmed")
    visitor.looks_at("the new address is confirmed")
    assert Participant.objects.get().email == "a.new.and.rather.long.address@molenbeek.example"
    assert AddressChange.objects.get().done_at is not None


def test_a_stranger_objects(visitor: Visitor, participant: Participant):
    page = visitor.page
    visitor.opens(link_in("address_notice"))

    visitor.follows(page.get_by_role("button", name="I object"))

    expect(page.get_by_role("heading", level=1)).to_have_text("You have objected")
    visitor.looks_at("objected")
    assert AddressNotice.objects.to_settle().count() == 1
