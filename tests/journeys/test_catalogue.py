"""A visitor finds an initiative, remembers it, walks to it and leaves a contact; its people see that, until it ends."""

import datetime
import re

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, expect

from accounts.services import ensure_accounts
from conference.models import MemberState, Room
from mailings.models import Mail
from marketplace.models import Call, ContactLeft, HallPlace, Remembered, SearchMiss, Stand, StandApplication, Term
from marketplace.services import applications, index
from registrations.models import Participant
from tests.factories import (
    CityFactory,
    ConferenceFactory,
    DelegationFactory,
    InvitationFactory,
    OrganisationDelegationFactory,
    UserFactory,
)
from tests.journeys.conftest import Visitor
from tests.marketplace.factories import visitor as participant

# State, city, initiative, its kind, the topics, what it offers and seeks, the place.
INITIATIVES = [
    ("DK", "Aarhus", "The mentor beside you", "city", ["Working with schools"], ["Training"], ["Study visit"], (1, 1)),
    ("EL", "Λευκωσία / Lefkoşa", "Παιδιά και γειτονιά", "city", ["Families"], ["Study visit"], ["Training"], (2, 1)),
    (
        "BE",
        "Sint-Jans-Molenbeek / Molenbeek-Saint-Jean",
        "Parents who talk with parents: a neighbourhood's evening school",
        "city",
        ["Families", "Working with schools"],
        ["Training"],
        ["Partners for a project"],
        (1, 6),
    ),
    ("SE", "Malmö", "Street work after dark", "city", ["Policing in the community"], ["Tools"], ["Training"], (2, 6)),
    ("PL", "Łódź", "One table for police, school and youth office", "city", ["Multi-agency work"], [], [], (2, 3)),
    ("", "Forum of Local Prevention Networks", "How networks learn", "network", ["Multi-agency work"], [], [], None),
]


def picture() -> ContentFile:
    import io

    drawn = Image.new("RGB", (1200, 800), "#e3f0f0")
    pen = ImageDraw.Draw(drawn)
    for number in range(6):
        pen.rectangle((80 + 180 * number, 300 - 30 * number, 200 + 180 * number, 700), fill="#0b6168")
    content = io.BytesIO()
    drawn.save(content, "JPEG")
    return ContentFile(content.getvalue(), "picture.jpg")


@pytest.fixture
def market(site: str) -> Call:
    """A public market place with five cities and a network, in a hall of three rows."""
    conference = ConferenceFactory(slug="cities", title="EU Cities Against Radicalisation")
    hall = Room.objects.create(venue=conference.venue, name="Atrium")
    noon = datetime.datetime.combine(conference.held_on, datetime.time(12, 30), conference.zone)
    call = Call.objects.create(
        conference=conference,
        opens_at=timezone.now() - datetime.timedelta(days=9),
        closes_at=timezone.now() - datetime.timedelta(days=1),
        stands=20,
        room=hall,
        stands_from=noon,
        stands_until=noon + datetime.timedelta(minutes=75),
        audience=Call.Audience.PUBLIC,
    )
    HallPlace.objects.bulk_create(
        HallPlace(conference=conference, number=8 * (row - 1) + spot, row=row, spot=spot)
        for row in (1, 2, 3)
        for spot in range(1, 9)
    )
    for number, facts in enumerate(INITIATIVES, start=1):
        present(call, number, *facts)
    index.rebuild(call.pk)
    return call


def present(call: Call, number: int, state, who, title, kind, topics, offered, sought, at) -> Stand:
    conference = call.conference
    if state:
        city = CityFactory(name=who, member_state=MemberState.objects.get(code=state))
        delegation = DelegationFactory(conference=conference, city=city)
    else:
        delegation = OrganisationDelegationFactory(conference=conference, name=who)
    said = StandApplication.objects.create(
        call=call,
        conference=conference,
        delegation=delegation,
        kind=kind,
        status="accepted",
        initiative=title,
        challenge="Young people who drift away are seen by many and spoken to by nobody: school, street and family "
        "each know a part of the story and none knows whom to tell.",
        approach="A team of six meets every Monday.\n\nWho is worried calls one number; within two days somebody "
        "whom the young person knows visits the family.",
        results="Of 84 conversations in 2025, 61 led to help that is still taken today.",
        transferable="The handbook, the training of three days, and the agreement between the services.",
        seeks="Cities that want to try the handbook." if sought else "",
        offers="Two trainers for a week." if offered else "",
        evidence="monitored",
        stage="running",
        as_of=datetime.date(2026, 11, 1),
        languages=["en", "da"] if state == "DK" else ["en"],
        submitted_at=timezone.now(),
        picture_says="Bars that rise from left to right",
    )
    for field, use, names in [
        ("topics", "topic", topics),
        ("offered", "exchange", offered),
        ("sought", "exchange", sought),
    ]:
        getattr(said, field).set(Term.objects.get_or_create(call=call, use=use, name=name)[0] for name in names)
    said.links.create(position=1, title="Report of the first three years", url="https://city.example/report")
    if number == 3:
        said.picture.save("picture.jpg", picture())
    place = HallPlace.objects.get(conference=conference, row=at[0], spot=at[1]) if at else None
    return Stand.objects.create(call=call, application=said, kind=kind, stand_no=number, kind_no=number, place=place)


def named(title: str) -> Stand:
    return Stand.objects.select_related("application__delegation", "call__conference").get(
        application__initiative__startswith=title
    )


def entry(stand: Stand) -> str:
    return reverse("marketplace:entry", args=["cities", stand.pk])


def takes_part(market: Call, **fields: str) -> Participant:
    person = participant(market.conference)
    person.user = ensure_accounts({person.email: person.full_name})[person.email]
    for name, value in fields.items():
        setattr(person, name, value)
    person.save()
    return person


def looks_and_starts_anew(visitor: Visitor, what: str) -> None:
    """What axe puts into a page must not be there when htmx works on it; the address holds all that was asked."""
    visitor.looks_at(what)
    visitor.page.reload()


def test_a_visitor_searches_filters_and_walks(visitor: Visitor, market: Call):
    page = visitor.page
    person = takes_part(market)
    visitor.signs_in_as(person.user)

    # Given the catalogue, from the conference's own page
    visitor.opens("/cities/")
    visitor.looks_at("overview")
    visitor.follows(page.get_by_role("navigation", name="Conference").get_by_role("link", name="Market place"))
    expect(page.locator("#count")).to_have_text("6 initiatives")
    looks_and_starts_anew(visitor, "catalogue")

    # When they type without the accent, the cards change under their hands, and the address with them
    page.get_by_label("Search the initiatives").press_sequentially("malmo")
    expect(page.locator("#count")).to_have_text("1 initiative")
    expect(page.get_by_role("heading", name="Street work after dark")).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?q=malmo$"))
    expect(page.get_by_label("Search the initiatives")).to_be_focused()
    looks_and_starts_anew(visitor, "found")

    # And search for what nobody has, it says what to do, and is counted without a name
    page.get_by_label("Search the initiatives").fill("submarines “🛥”")
    expect(page.get_by_text("No initiative speaks of")).to_be_visible()
    expect(page.get_by_text("without your name")).to_be_visible()
    assert list(SearchMiss.objects.values_list("words", "times")) == [("submarines", 1)]
    looks_and_starts_anew(visitor, "nothing found")

    # And filter instead
    page.get_by_label("Search the initiatives").fill("")
    expect(page.locator("#count")).to_have_text("6 initiatives")
    if page.get_by_text("Filters", exact=True).is_visible():
        page.get_by_text("Filters", exact=True).click()
    page.get_by_role("checkbox", name=re.compile("^Families")).check()
    expect(page.locator("#count")).to_have_text("2 initiatives")
    looks_and_starts_anew(visitor, "filtered")
    expect(page.locator("#count")).to_have_text("2 initiatives")

    # Then two are remembered by one tap each, here and on the page of the initiative
    page.get_by_role("button", name=re.compile("Remember.*Parents who talk")).click()
    expect(page.get_by_role("button", name=re.compile("On your visiting list.*Parents"))).to_be_visible()
    visitor.follows(page.get_by_role("link", name=re.compile("Παιδιά")))
    expect(page.get_by_role("heading", level=1)).to_have_text("Παιδιά και γειτονιά")
    page.get_by_role("button", name=re.compile("Remember")).click()
    expect(page.get_by_role("button", name=re.compile("On your visiting list"))).to_be_visible()
    visitor.looks_at("an initiative")

    # And the list leads through the hall
    for title in ("The mentor", "Street work", "How networks"):
        Remembered.objects.create(stand=named(title), participant=person)
    visitor.follows(page.get_by_role("link", name="Your visiting list"))
    expect(page.locator(".way h2")).to_have_text(
        [
            "The mentor beside you",
            "Parents who talk with parents: a neighbourhood's evening school",
            "Street work after dark",
            "Παιδιά και γειτονιά",
            "How networks learn",
        ]
    )
    visitor.looks_at("visiting list")

    # And tells of a stand that was given back
    applications.withdraw(named("Street work").application, by=None)
    page.reload()
    expect(page.get_by_text("has given the stand back")).to_be_visible()
    visitor.looks_at("visiting list with a stand given back")
    visitor.follows(page.get_by_role("button", name=re.compile("Remove.*Street work")))
    expect(page.get_by_text("has given the stand back")).to_have_count(0)


def test_a_scanned_code_leads_through_the_sign_in_to_a_contact_and_back(
    visitor: Visitor, market: Call, chromium: Browser
):
    page = visitor.page
    stand = named("Parents who talk")
    person = takes_part(market, given_name="Λευκοθέα", family_name="Παπαδοπούλου-Χατζηγεωργίου")
    holder = takes_part(market)
    holder.delegation = stand.application.delegation
    holder.save()

    # Given the address of a stand's QR code on a phone that nobody has signed in with
    visitor.opens(entry(stand))
    visitor.looks_at("the entry for a stranger")
    visitor.follows(page.get_by_role("link", name="Sign in to remember this stand"))
    page.fill("[name=email]", person.email)
    visitor.follows(page.get_by_role("button", name="Send me a code"))
    text = Mail.objects.get(to=[person.email], kind="account").opened_text()
    code = re.search(r"^\s*([A-Z0-9]{4}-?[A-Z0-9]{2,4}|[A-Z0-9]{6})\s*$", text, re.MULTILINE)
    assert code, text
    page.fill("[name=code]", code[1])
    visitor.follows(page.get_by_role("button", name="Continue"))

    # Then the same entry is there, and offers both
    expect(page).to_have_url(re.compile(f"{entry(stand)}$"))
    expect(page.get_by_role("button", name=re.compile("Remember"))).to_be_visible()
    visitor.looks_at("the entry after signing in")

    # When they leave their contact, they have read who gets what
    visitor.follows(page.get_by_role("link", name="Leave your contact"))
    expect(page.get_by_text(person.email)).to_be_visible()
    visitor.looks_at("leave a contact")
    visitor.follows(page.get_by_role("button", name="Yes, this stand may have my contact"))
    expect(page.get_by_text("has your contact").first).to_be_visible()
    visitor.looks_at("contact left")

    # Then the people of the stand see it, and can take it with them
    context = chromium.new_context(viewport=page.viewport_size)
    other = Visitor(context, visitor.site, f"{visitor.name}-holder")
    other.signs_in_as(holder.user)
    other.opens("/cities/market-place/")
    other.follows(other.page.get_by_role("link", name=re.compile("who is interested")))
    expect(other.page.get_by_text(person.email)).to_be_visible()
    other.looks_at("who is interested")
    with other.page.expect_download() as downloaded:
        other.page.get_by_role("link", name=re.compile("CSV")).click()
    assert person.email in downloaded.value.path().read_text("utf-8-sig")

    # And no longer, once it was taken back
    visitor.follows(page.get_by_role("link", name="Your visiting list"))
    visitor.looks_at("visiting list with a contact")
    visitor.follows(page.get_by_role("button", name=re.compile("Take it back")))
    expect(page.get_by_text("No stand has your contact.")).to_be_visible()
    visitor.looks_at("contact taken back")
    other.page.reload()
    expect(other.page.get_by_text("Nobody has left a contact yet")).to_be_visible()
    other.looks_at("nobody is interested")
    context.close()
    assert ContactLeft.objects.get().revoked_at is not None


def test_the_collection_after_the_conference(visitor: Visitor, market: Call):
    conference = market.conference
    conference.held_on = timezone.localdate() - datetime.timedelta(days=30)
    conference.save()
    visitor.opens("/cities/market-place/")
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("The market place is over")
    visitor.looks_at("closed")

    Call.objects.update(is_archived=True)
    visitor.opens("/cities/market-place/?q=school")
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Collection of practices")
    visitor.looks_at("collection")
    visitor.opens(entry(named("Parents who talk")))
    expect(visitor.page.get_by_text("as of 1 November 2026")).to_be_visible()
    visitor.looks_at("an entry of the collection")


@pytest.mark.parametrize("width", [390], indirect=False)
def test_without_javascript_search_filters_and_remembering_work(chromium: Browser, site: str, market: Call, width: int):
    person = takes_part(market)
    context = chromium.new_context(viewport={"width": width, "height": 844}, java_script_enabled=False)
    helper = Visitor(context, site, "without-javascript")
    helper.signs_in_as(person.user)
    page = helper.page
    helper.opens("/cities/market-place/")

    page.get_by_label("Search the initiatives").fill("ΠΑΙΔΙΑ")
    helper.follows(page.get_by_role("button", name="Search"))
    expect(page.locator("#count")).to_have_text("1 initiative")
    helper.follows(page.get_by_role("button", name=re.compile("Remember")))
    expect(page.get_by_role("button", name=re.compile("On your visiting list"))).to_be_visible()
    expect(page.locator("#count")).to_have_text("1 initiative")

    helper.opens("/cities/market-place/")
    page.get_by_text("Filters", exact=True).click()
    page.get_by_role("checkbox", name=re.compile("^Families")).check()
    helper.follows(page.get_by_role("button", name="Show"))
    expect(page.locator("#count")).to_have_text("2 initiatives")

    helper.opens("/cities/market-place/?q=submarines")
    helper.follows(page.get_by_role("button", name="Tell the organisers that this is missing"))
    expect(page.get_by_text("without your name")).to_be_visible()
    context.close()
    assert SearchMiss.objects.get().words == "submarines"


def test_who_manages_two_people_chooses_for_whom(visitor: Visitor, market: Call):
    page = visitor.page
    people = [participant(market.conference) for _number in range(2)]
    assistant = UserFactory()
    for person in people:
        person.invitation = InvitationFactory(delegation=person.delegation, assistant=assistant)
        person.save()
    stand = Stand.objects.filter(call=market).first()
    visitor.signs_in_as(assistant)

    # The list says whose it is, and offers the other one
    visitor.opens("/cities/market-place/visiting-list/")
    expect(page.get_by_role("heading", level=1)).to_contain_text(people[0].full_name)
    visitor.looks_at("a visiting list of one of two")
    visitor.follows(page.get_by_role("button", name=people[1].full_name))
    expect(page.get_by_text(f"You now visit for {people[1].full_name}.")).to_be_visible()

    # What is remembered at an entry stands on the list of the one who was chosen
    visitor.opens(entry(stand))
    expect(page.get_by_text(f"You visit for {people[1].full_name}.")).to_be_visible()
    visitor.looks_at("an entry for one of two")
    page.get_by_role("button", name=re.compile("Remember")).click()
    expect(page.locator("[aria-pressed=true]")).to_be_visible()
    assert Remembered.objects.get().participant == people[1]
