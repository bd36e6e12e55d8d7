"""From the invitation to somebody whom one would like to meet."""

import re

import pytest
from playwright.sync_api import expect

from conference.services import publish_page
from meetings import starter_terms
from meetings.models import Profile, ProfileTerm, Term
from meetings.services import listing, profiles, suggestions
from meetings.services.profiles import Said, Tick
from registrations.demonstration import PAGES
from registrations.models import Participant
from registrations.services import invitations
from tests.factories import CityFactory, ConferenceFactory, DelegationFactory, InvitationFactory, UserFactory
from tests.journeys.conftest import Visitor
from tests.meetings import factories

LONG = "Sint-Jans-Molenbeek / Molenbeek-Saint-Jean"


@pytest.fixture
def conference(site: str):
    """With rules, times, the starter list of terms, and three people who said something."""
    made = ConferenceFactory(languages=["en", "fr", "de"])
    for kind, body in PAGES.items():
        publish_page(made, kind, body, by=None)
    factories.rules(made)
    factories.block(made, slots=2)
    factories.block(made, slots=2, hour=15, title="Second coffee break")
    starter_terms.add_to(made.pk)
    return made


def describe(participant: Participant, *, name: str, city: str, seeks=(), offers=(), text="", shown=True) -> None:
    topics = list(Term.objects.filter(conference=participant.conference, kind="topic"))
    given, family = name.split(" ", 1)
    Participant.objects.filter(pk=participant.pk).update(
        given_name=given, family_name=family, function="Head of the Coordination Centre for Prevention"
    )
    type(participant.delegation).objects.filter(pk=participant.delegation_id).update(name=city)
    ticks = {Tick(topics[number].pk, "seeks", 1) for number in seeks}
    ticks |= {Tick(topics[number].pk, "offers", 3) for number in offers}
    said = Said(languages=["en", "cs"], text=text, names_shown=shown, ticks=frozenset(ticks))
    profiles.describe(participant, said, version=1, by=participant.user)


@pytest.fixture
def others(conference) -> list[Participant]:
    people = [factories.guest(conference) for _number in range(3)]
    describe(people[0], name="Jana Štěpánková", city="Brno", offers=(2, 3, 5), text="Youth work with football clubs.")
    describe(people[1], name="Владимир Παπαδόπουλος-Χατζηγεωργίου", city="Λευκωσία", seeks=(2,), shown=False)
    describe(people[2], name="Ana Reis", city=LONG, offers=(2,), seeks=(0, 4))
    listing.refresh(conference)
    return people


@pytest.fixture
def link(conference) -> str:
    delegation = DelegationFactory(conference=conference, city=CityFactory(name="Århus / Aarhus"))
    return invitations.show_link(InvitationFactory(delegation=delegation), by=UserFactory(is_staff=True))


def fill(visitor: Visitor, number: int, **fields: str) -> None:
    for name, value in fields.items():
        visitor.page.fill(f"[name=people-{number}-{name}]", value)


def test_from_the_reply_to_somebody_to_meet(visitor: Visitor, link: str, others):
    page = visitor.page
    # Given an assistant who registers two people, of whom the first wants meetings
    visitor.opens(link)
    for name, value in {
        "given_name": "Zoë",
        "family_name": "Ågård",
        "function": "Mayor",
        "email": "z@a.example",
    }.items():
        page.fill(f"[name=people-0-{name}]", value)
    page.get_by_label("Would like one-to-one meetings").first.check()
    page.get_by_text("Register a second person").click()
    fill(visitor, 1, given_name="Ib", family_name="Ny", function="Adviser", email="z@a.example")
    visitor.looks_at("reply with the question")
    visitor.follows(page.get_by_role("button", name="Confirm for 2 people"))

    # Then the confirmation leads on to the profile, once they have signed in with a code
    assert list(Profile.objects.filter(participant__given_name__in=["Zoë", "Ib"]).values_list("opted_in")) == [(True,)]
    visitor.looks_at("registered")
    expect(page.get_by_role("link", name="Fill in the profile")).to_have_count(0)
    visitor.follows(page.get_by_role("button", name="Send me a code"))
    visitor.enters_the_code_sent_to("z@a.example")
    visitor.follows(page.get_by_role("link", name="Fill in the profile"))

    # When they leave out the language they are told, and nothing typed is lost
    schools = page.get_by_role("group", name="Schools and critical thinking")
    schools.get_by_label("I seek").check()
    schools.get_by_label("Our experience").select_option("we begin")
    page.get_by_label("Right-wing extremism").check()
    page.get_by_label("About our work").fill("We would like to hear of youth work with football clubs.")
    page.get_by_label("English", exact=True).uncheck()
    visitor.follows(page.get_by_role("button", name="Save the profile"))
    expect(page.locator("[role=alert]")).to_be_focused()
    expect(schools.get_by_label("I seek")).to_be_checked()
    visitor.looks_at("profile with an error")
    page.get_by_label("English", exact=True).check()
    visitor.follows(page.get_by_role("button", name="Save the profile"))

    # Then somebody is suggested, with reasons
    expect(page.get_by_role("heading", name="Whom you might meet")).to_be_visible()
    expect(page.get_by_text("They offer what you seek: Schools").first).to_be_visible()
    visitor.looks_at("suggestions")

    # And found in the directory, without accents, by the name that is shown
    visitor.follows(page.get_by_role("link", name="Directory"))
    visitor.looks_at("directory")
    page.get_by_role("searchbox").fill("stepankova")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("status").filter(has_text="1 person")).to_be_visible()
    assert "q=stepankova" in page.url
    page.get_by_role("searchbox").fill("Παπαδόπουλος")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text("Nobody fits all of this")).to_be_visible()
    visitor.looks_at("nobody found")
    page.get_by_role("searchbox").fill("ΛΕΥΚΩΣΙΑ")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("status").filter(has_text="1 person")).to_be_visible()

    # And narrowed by what they offer; the address keeps it
    page.get_by_role("searchbox").fill("")
    page.get_by_text("Filters", exact=False).first.click()
    page.get_by_label("They offer").select_option("Youth work")
    expect(page).to_have_url(re.compile("offers="))
    expect(page.get_by_role("link", name=re.compile("Štěpánková"))).to_be_visible()
    page.reload()
    expect(page.get_by_label("They offer")).to_have_value(str(Term.objects.get(name="Youth work").pk))
    visitor.looks_at("directory with a filter")

    # And opened
    visitor.follows(page.get_by_role("link", name=re.compile("Štěpánková")))
    expect(page.get_by_role("heading", level=1)).to_have_text("Jana Štěpánková")
    expect(page.get_by_text("You are both free at")).to_be_visible()
    visitor.looks_at("a person")


def test_times_and_assistants_and_the_end(visitor: Visitor, conference, others):
    page, me = visitor.page, others[2]
    visitor.signs_in_as(me.user)
    visitor.opens(f"/my/{me.pk}/meetings/profile/")
    visitor.looks_at("profile")

    # They cannot at one of the times, and for some other reason later
    visitor.follows(page.get_by_role("link", name="When I can meet"))
    visitor.follows(page.get_by_role("button", name="I cannot 10.30"))
    expect(page.get_by_text("you cannot")).to_be_visible()
    page.get_by_label("From").fill("15:00")
    page.get_by_label("Until").fill("14:00")
    visitor.follows(page.get_by_role("button", name="I cannot then"))
    visitor.looks_at("times with an error")
    page.get_by_label("Until").fill("15:20")
    page.get_by_label("Reason").fill("Interview with the local radio")
    visitor.follows(page.get_by_role("button", name="I cannot then"))
    visitor.looks_at("times")

    # Somebody acts for them
    visitor.follows(page.get_by_role("link", name="Who acts for me"))
    visitor.looks_at("nobody acts")
    page.get_by_label("E-mail address").fill("a.very.long.assistant.address@coordination-centre.city.example")
    visitor.follows(page.get_by_role("button", name="Let them act for me"))
    visitor.looks_at("assistants")

    # And in the end they want no meetings
    visitor.follows(page.get_by_role("link", name="Seek and offer"))
    visitor.follows(page.get_by_role("link", name="I want no meetings any more"))
    visitor.looks_at("end")
    visitor.follows(page.get_by_role("button", name="Take part no more"))
    expect(page.get_by_role("heading", name="Would you like one-to-one meetings?")).to_be_visible()
    visitor.looks_at("question")
    visitor.opens(f"/my/{me.pk}/meetings/directory/")
    visitor.looks_at("not listed")


def test_an_assistant_of_two_is_asked_for_whom(visitor: Visitor, conference, others):
    profiles.name_assistant(others[1], others[0].user.email, by=others[1].user)
    visitor.signs_in_as(others[0].user)
    visitor.opens(f"/{conference.slug}/meetings/")
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("For whom?")
    visitor.looks_at("for whom")
    Profile.objects.exclude(participant=others[1]).update(opted_in=False, opted_in_at=None)
    visitor.follows(visitor.page.get_by_role("link", name=re.compile("Владимир")))
    visitor.looks_at("empty directory")
    visitor.follows(visitor.page.get_by_role("link", name="Suggestions"))
    visitor.looks_at("no suggestions")


@pytest.mark.parametrize("width", [390], indirect=False)
def test_without_javascript_people_are_found_all_the_same(chromium, site, conference, others, width):
    context = chromium.new_context(viewport={"width": width, "height": 844}, java_script_enabled=False)
    visitor = Visitor(context, site, "without_javascript")
    me, page = others[0], visitor.page
    visitor.signs_in_as(me.user)
    visitor.opens(f"/my/{me.pk}/meetings/profile/")
    page.get_by_label("French").check()
    page.get_by_role("button", name="Save the profile").click()
    page.get_by_role("link", name="Directory").click()
    page.fill("[name=q]", "molenbeek")
    page.get_by_text("Filters").click()
    page.get_by_label("Language").select_option("Czech")
    page.get_by_role("button", name="Search").click()

    page.get_by_role("link", name="Ana Reis").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Ana Reis")
    assert ProfileTerm.objects.filter(profile__participant=me).count() == 3
    assert suggestions.people_of(conference)
    context.close()
