"""A delegation applies and comes back; organisers review, select, place; the delegation says who stands there when."""

import datetime

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import User
from conference.models import Conference
from mailings.models import Mail
from marketplace.models import Call, Stand, StandApplication
from marketplace.services import calls, selection
from registrations.models import Participant
from registrations.services import replies
from tests.agenda.upload_data import picture
from tests.factories import CityFactory, ConferenceFactory, DelegationFactory, InvitationFactory, UserFactory, person
from tests.journeys.conftest import Visitor
from tests.marketplace.factories import application

LONG = "Sint-Jans-Molenbeek / Molenbeek-Saint-Jean: samen leven, vivre ensemble, gemeinsam leben, живеем заедно"


@pytest.fixture
def conference(site: str) -> Conference:
    return ConferenceFactory(title="EU Cities Against Radicalisation", slug="eu-cities")


@pytest.fixture
def of(conference: Conference) -> Call:
    """Open, for a market place from 12.30 to 13.45, with the lists that a new call begins with."""
    begins = datetime.datetime.combine(conference.held_on, datetime.time(12, 30), conference.zone)
    now = timezone.now()
    of = Call(
        conference=conference,
        opens_at=now - datetime.timedelta(days=1),
        closes_at=now + datetime.timedelta(days=1),
        stands=3,
        equipment="A table, two chairs and a wall of 2 metres.",
        stands_from=begins,
        stands_until=begins + datetime.timedelta(minutes=75),
        audience=Call.Audience.PUBLIC,
    )
    return calls.save_call(of, limits={"city": 2}, by=None)


@pytest.fixture
def guests(of: Call) -> list[Participant]:
    """Two people of a city, whose invited address manages them."""
    city = CityFactory(name="Λευκωσία", member_state_id="CY", population=116_000)
    invitation = InvitationFactory(delegation=DelegationFactory(conference=of.conference, city=city))
    return replies.accept(invitation, [person(1, family_name="Παπαδόπουλος"), person(2, role="companion")], by=None)


@pytest.fixture
def organiser(conference: Conference) -> User:
    return UserFactory(email="organiser@convoke.example", name="Olga Organiser", is_staff=True, is_superuser=True)


def fills(visitor: Visitor, **fields: str) -> None:
    for name, value in fields.items():
        visitor.page.fill(f"[name={name}]", value)


def test_a_delegation_applies_comes_back_and_submits(visitor: Visitor, guests: list[Participant], of: Call):
    page = visitor.page
    visitor.signs_in_as(guests[0].invitation.contact)

    # From the registration to the form; a draft needs next to nothing
    visitor.opens(guests[0].get_absolute_url())
    visitor.looks_at("registration with the way to a stand")
    visitor.follows(page.get_by_role("link", name="Apply for a stand at the market place"))
    visitor.looks_at("empty application")
    fills(visitor, initiative="Νέοι για την πόλη", challenge="Young people know little of each other.")
    visitor.follows(page.get_by_role("button", name="Save and finish later"))
    expect(page.get_by_text("Your draft is saved.")).to_be_visible()

    # Coming back, what is missing and what cannot be kept is told at its place, and nothing is lost
    visitor.opens(guests[0].get_absolute_url())
    visitor.follows(page.get_by_role("link", name="Go on with the application for a stand"))
    expect(page.locator("[name=initiative]")).to_have_value("Νέοι για την πόλη")
    fills(visitor, approach="Common projects in sport, film and gardens.", link_title_1="Film")
    page.fill("[name=link_url_1]", "javascript:alert(1)")
    visitor.follows(page.get_by_role("button", name="Submit the application"))
    expect(page.get_by_text("Enter the address of a page").first).to_be_visible()
    expect(page.locator("[name=approach]")).to_have_value("Common projects in sport, film and gardens.")
    visitor.looks_at("application with errors")
    page.fill("[name=link_url_1]", "https://city.example/film")
    page.set_input_files(
        "[name=picture]",
        {"name": "plan.svg", "mimeType": "image/svg+xml", "buffer": b"<svg><script>alert(1)</script></svg>"},
    )
    visitor.follows(page.get_by_role("button", name="Save and finish later"))
    expect(page.get_by_text("“plan.svg” was not kept").first).to_be_visible()
    page.set_input_files(
        "[name=picture]", {"name": "film.jpg", "mimeType": "image/jpeg", "buffer": picture((1600, 900))}
    )
    fills(visitor, picture_says="Young people with a camera")
    page.get_by_label("running", exact=True).check()
    page.get_by_label("figures are collected").check()
    page.get_by_label("Greek", exact=True).check()
    page.get_by_label("Social cohesion").check()
    visitor.follows(page.get_by_role("button", name="Submit the application"))
    expect(page.get_by_role("heading", name="Your application is submitted")).to_be_visible()
    visitor.looks_at("submitted application")
    present = StandApplication.objects.get(delegation=guests[0].delegation)
    assert (present.status, present.links.get().url) == ("submitted", "https://city.example/film")
    assert Mail.objects.filter(kind="stand_submitted").count() == 1

    # With a stand the page says so, and who stands there when
    selection.accept(present, by=None)
    visitor.opens(f"/my/delegations/{guests[0].delegation_id}/stand/")
    visitor.looks_at("a stand is given")
    visitor.follows(page.get_by_role("link", name="Who stands there when"))
    visitor.looks_at("empty rota")
    page.select_option("[name=participant]", label=guests[0].full_name)
    fills(visitor, starts="12:30", ends="13:00")
    visitor.follows(page.get_by_role("button", name="Add", exact=True))
    expect(page.get_by_text("Nobody is there: 13.00–13.45")).to_be_visible()
    visitor.looks_at("rota")
    fills(visitor, starts="12:45", ends="13:30")
    page.select_option("[name=participant]", label=guests[0].full_name)
    visitor.follows(page.get_by_role("button", name="Add", exact=True))
    expect(page.get_by_text("has a duty from 12.30 to 13.00 already").first).to_be_visible()
    visitor.looks_at("rota with an error")

    # And it can be withdrawn
    visitor.opens(f"/my/delegations/{guests[0].delegation_id}/stand/")
    visitor.follows(page.get_by_role("link", name="Withdraw the application"))
    visitor.looks_at("withdraw")
    visitor.follows(page.get_by_role("button", name="Withdraw"))
    expect(page.get_by_role("heading", name="Your application is withdrawn")).to_be_visible()
    visitor.looks_at("withdrawn")
    assert Stand.objects.get().released_at is not None


def test_organisers_review_select_and_place(visitor: Visitor, of: Call, organiser: User):
    page = visitor.page
    for number, (name, state) in enumerate([("Köln", "DE"), ("Bremen", "DE"), ("Évora", "PT")]):
        city = CityFactory(name=name, member_state_id=state, population=50_000 + 300_000 * number)
        application(
            of,
            delegation=DelegationFactory(conference=of.conference, city=city),
            initiative=LONG if number == 2 else f"Mentors of {name}",
            challenge="Young people drift away.",
            approach="Mentors accompany them.\nFor a year or more.",
            needs_power=number == 0,
        )
    visitor.signs_in_as(organiser)

    # The call is found from the start page
    visitor.opens("/admin/")
    visitor.follows(page.get_by_role("link", name="Market place", exact=True).first)
    visitor.looks_at("call")

    # Reading side by side, with one's own marks
    visitor.follows(page.get_by_role("link", name="Read and mark"))
    visitor.looks_at("side by side")
    for select in page.locator("tr.mark select").all():
        select.select_option("4")
    visitor.follows(page.get_by_role("button", name="Save my marks"))
    expect(page.get_by_text("Your marks of 3 applications are saved.")).to_be_visible()
    expect(page.get_by_text("by 1 reviewer").first).to_be_visible()
    visitor.looks_at("marked")

    # The shortlist that is proposed, with reasons
    visitor.follows(page.get_by_role("link", name="Shortlist"))
    expect(page.get_by_text("2 are proposed")).to_be_visible()
    visitor.looks_at("shortlist")
    visitor.follows(page.get_by_role("button", name="Save the ticked as the shortlist"))
    expect(page.get_by_text("2 came on, 0 went off")).to_be_visible()

    # Decisions are looked at before they are made
    visitor.follows(page.get_by_role("link", name="Decide"))
    page.get_by_label("Decision on Mentors of Bremen").select_option("wait")
    visitor.looks_at("decisions")
    visitor.follows(page.get_by_role("button", name="Look at what this does"))
    expect(page.get_by_text("Decide, and send 3 mails?")).to_be_visible()
    visitor.looks_at("decisions to confirm")
    visitor.follows(page.get_by_role("button", name="Decide, and send the mails"))
    expect(page.get_by_text("3 decisions are made")).to_be_visible()
    visitor.looks_at("all decided")
    assert Stand.objects.count() == 2
    assert Mail.objects.filter(kind="stand_waiting").count() == 1

    # The hall is drawn, and places are given: proposed, then one by hand
    visitor.follows(page.get_by_role("link", name="Hall"))
    visitor.looks_at("hall that is not drawn")
    visitor.follows(page.get_by_role("link", name="Draw the hall"))
    page.fill("[name=drawing]", "pp..oo\n\nooxooo")
    visitor.follows(page.get_by_role("button", name="Save the drawing"))
    expect(page.get_by_text("Row 3, character 3").first).to_be_visible()
    visitor.looks_at("drawing with an error")
    page.fill("[name=drawing]", "pp..oo\n\noo.ooo")
    visitor.follows(page.get_by_role("button", name="Save the drawing"))
    expect(page.get_by_text("The hall has 9 places.")).to_be_visible()
    visitor.looks_at("hall without stands")
    visitor.follows(page.get_by_role("link", name="Propose places"))
    visitor.looks_at("proposed places")
    visitor.follows(page.get_by_role("button", name="Give these places"))
    expect(page.get_by_text("2 stands have a place now.")).to_be_visible()
    page.get_by_label(f"Place for {LONG}; empty for none").fill("9")
    visitor.follows(page.get_by_role("row").filter(has_text=LONG).get_by_role("button", name="Put"))
    expect(page.get_by_text("has place 9.")).to_be_visible()
    visitor.looks_at("hall")
    assert set(Stand.objects.values_list("place__number", flat=True)) == {1, 9}

    # What the others read of it
    visitor.follows(page.get_by_role("link", name="Duty rota"))
    visitor.looks_at("duty rota")
    visitor.follows(page.get_by_role("link", name="Report"))
    visitor.looks_at("report")
    visitor.follows(page.get_by_role("link", name="Applications", exact=True).first)
    visitor.looks_at("applications")
    visitor.follows(page.get_by_role("link", name="Mentors of Bremen"))
    visitor.looks_at("an application")
    visitor.follows(page.get_by_role("link", name="Change the words"))
    visitor.looks_at("changing the words")
