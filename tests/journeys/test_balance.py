"""An organiser sees the gaps, asks for a proposal, changes two cities and sends it: by keyboard alone."""

import pytest
from playwright.sync_api import Locator, expect

from accounts.models import User
from conference.models import MemberState
from registrations.models import Invitation, Proposal
from registrations.services import replies
from tests.factories import CityFactory, ConferenceFactory, DelegationFactory, InvitationFactory, person
from tests.journeys.conftest import Visitor

PLACES = [
    ("Wien", "AT", 1_900_000, 48.21, 16.37),
    ("Aarhus / Århus", "DK", 285_000, 56.16, 10.2),
    ("Vilvoorde / Vilvorde", "BE", 45_000, 50.93, 4.43),
    ("Łódź", "PL", 670_000, 51.77, 19.46),
    ("Λευκωσία", "CY", 200_000, 35.17, 33.36),
    ("Las Palmas de Gran Canaria", "ES", 380_000, 28.12, -15.43),
    ("Бургас", "BG", 200_000, 42.5, 27.47),
    ("Brno", "CZ", 380_000, 49.19, 16.61),
    ("Porto", "PT", 237_000, 41.15, -8.61),
    ("Valletta", "MT", 6_000, 35.9, 14.51),
    ("Sint-Jans-Molenbeek / Molenbeek-Saint-Jean", "BE", 97_000, 50.86, 4.33),
    ("Cluj-Napoca", "RO", 325_000, 46.77, 23.6),
    ("Tampere", "FI", 240_000, 61.5, 23.76),
    ("Göteborg", "SE", 580_000, 57.71, 11.97),
    ("Cork", "IE", 210_000, 51.9, -8.47),
    ("Marseille", "FR", 870_000, 43.3, 5.37),
    ("Bremen", "DE", 566_000, 53.08, 8.8),
    ("Kaunas", "LT", 290_000, 54.9, 23.9),
    ("Ljubljana", "SI", 285_000, 46.05, 14.51),
    ("Napoli", "IT", 960_000, 40.85, 14.27),
    ("Θεσσαλονίκη", "EL", 315_000, 40.64, 22.94),
    ("Szeged", "HU", 160_000, 46.25, 20.15),
    ("Tartu", "EE", 95_000, 58.38, 26.72),
    ("Unknown place", "LV", None, None, None),
]


@pytest.fixture
def organiser(site: str) -> User:
    return User.objects.create_superuser("organiser@convoke.example", "a long enough passphrase")


@pytest.fixture
def conference(site: str):
    conference = ConferenceFactory(title="Cities", target=40, hard_limit=40)
    for number, (name, code, population, latitude, longitude) in enumerate(PLACES):
        state = MemberState.objects.get(code=code)
        city = CityFactory(name=name, member_state=state, population=population, latitude=latitude, longitude=longitude)
        more = {"has_strategy": number % 2 == 0, "has_evaluation": number % 3 == 0, "on_reserve": number % 5 == 0}
        DelegationFactory(conference=conference, city=city, **more)
    asked = list(conference.delegations.order_by("pk")[:6])
    for number, delegation in enumerate(asked):
        invitation = InvitationFactory(delegation=delegation)
        if number < 2:
            replies.accept(invitation, [person(number)], by=None)
        elif number == 2:
            replies.decline(invitation, by=None)
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
    expect(page.get_by_text("none from ").first).to_be_visible()
    expect(page.get_by_text("Las Palmas de Gran Canaria (Spain): no answer yet")).to_be_visible()
    visitor.looks_at("where we stand")

    page.get_by_label("Expected seats the wave should bring").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("12")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Proposed wave")).to_be_visible()
    visitor.looks_at("proposal")

    before = set(Proposal.objects.get().chosen)
    out = page.get_by_role("button", name="Take out").first
    name = out.inner_text().removeprefix("Take out").strip()
    out.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=f"Take out {name}", exact=True)).to_have_count(0)
    page.get_by_label("City or Member State").focus()
    page.keyboard.type(name)
    came = page.get_by_role("button", name=f"Take in {name}", exact=True)
    expect(page.locator("#offered li")).to_have_count(1)
    came.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=f"Take out {name}", exact=True)).to_have_count(1)
    swap = page.get_by_role("button", name="Swap").first
    comes = " ".join(swap.inner_text().split()).rpartition(" for ")[2]
    swap.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=f"Take out {comes}", exact=True)).to_have_count(1)
    visitor.looks_at("two cities changed")

    page.get_by_label("Reply by").focus()
    page.get_by_label("Reply by").fill(str(conference.today))
    presses(visitor, page.get_by_role("button", name="Turn into a wave"))
    expect(page.get_by_text("The wave is ready")).to_be_visible()
    visitor.looks_at("wave of a proposal")
    presses(visitor, page.get_by_role("link", name="Send …"))
    presses(visitor, page.get_by_role("button", name="Send"))

    expect(page.get_by_text("Sending has begun")).to_be_visible()
    chosen = set(Proposal.objects.get().chosen)
    assert len(before - chosen) == 1
    assert chosen <= set(Invitation.objects.values_list("delegation", flat=True))


def test_targets_stand_ins_and_what_if(visitor: Visitor, organiser: User, conference):
    page = visitor.page
    visitor.signs_in_as(organiser)
    standing = f"/admin/registrations/balancesettings/{conference.pk}/standing/"
    visitor.opens(standing)
    presses(visitor, page.get_by_role("link", name="Targets, weights and chances"))
    visitor.looks_at("targets")
    page.get_by_label("Target shares Member State").select_option("equal")
    expect(page.locator("#seats-state-4")).to_have_text("1.5")
    page.get_by_label("Floor of Malta, in seats").fill("50")
    page.get_by_label("Floor of Malta, in seats").press("Tab")
    expect(page.get_by_text("These cannot all hold:")).to_be_visible()
    visitor.looks_at("targets that contradict each other")
    page.get_by_label("Floor of Malta, in seats").fill("1")
    presses(visitor, page.get_by_role("button", name="Save", exact=True))
    expect(page.get_by_text("The targets are saved.")).to_be_visible()

    visitor.opens(standing)
    presses(visitor, page.get_by_role("link", name="Who instead of"))
    visitor.looks_at("stand-ins")
    presses(visitor, page.get_by_role("button", name="Invite now").first)
    expect(page.get_by_text("Invited in its place:")).to_be_visible()

    visitor.opens(standing)
    presses(visitor, page.get_by_role("link", name="What if?"))
    expect(page.get_by_text("As proposed here")).to_be_visible()
    slider = page.get_by_label("Waves of invitations")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("output").nth(1)).to_have_text("4")
    page.wait_for_url("**waves=4**")
    visitor.looks_at("what if")
