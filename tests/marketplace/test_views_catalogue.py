"""The catalogue: who sees it, what it finds and how it is filtered, an initiative's page, and the archive."""

import datetime

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from marketplace.listing import people_of
from marketplace.models import Call, SearchMiss
from marketplace.services import applications, index, interest
from registrations.models import Participant
from tests.factories import ConferenceFactory, DelegationFactory, InvitationFactory, UserFactory
from tests.marketplace.factories import application, call, stand, term, visitor

pytestmark = pytest.mark.django_db


def initiative(of: Call, title: str = "Street work", **fields):
    """A live stand of this title in the catalogue; `topics` and the like are lists of words."""
    words = {name: fields.pop(name) for name in ("topics", "target_groups", "sought", "offered") if name in fields}
    made = stand(of)
    for name, value in {"initiative": title, **fields}.items():
        setattr(made.application, name, value)
    made.application.save()
    for name, terms in words.items():
        getattr(made.application, name).set(terms)
    index.refresh(of.pk, [made.pk])
    return made


@pytest.fixture
def public(db):
    return call(audience=Call.Audience.PUBLIC)


@pytest.fixture
def guest(client, public):
    """Signed in as a participant of the public market place's conference."""
    return sign_in(client, public)


def sign_in(client, of: Call):
    person = visitor(of.conference)
    person.user = UserFactory()
    person.save()
    client.force_login(person.user)
    return person


def home(of: Call, query: str = "") -> str:
    return reverse("marketplace:catalogue", args=[of.conference.slug]) + query


def page_of(made) -> str:
    return reverse("marketplace:entry", args=[made.call.conference.slug, made.pk])


def titles(response) -> list[str]:
    return [entry.title for entry in response.context["selection"].entries]


def text(response) -> str:
    return response.content.decode()


# Who sees it --------------------------------------------------------------------------------------


def test_a_public_catalogue_is_there_for_everybody(client, public):
    made = initiative(public)

    response = client.get(home(public))

    assert titles(response) == ["Street work"]
    assert 'form="remember"' not in text(response)
    assert "Sign in to remember" in text(client.get(page_of(made)))
    assert "Cookie" in response["Vary"]


def test_strangers_sign_in_first_where_it_is_for_participants_and_come_back(client):
    made = initiative(call())

    for address in (home(made.call, "?q=x"), page_of(made)):
        response = client.get(address)
        assert response.status_code == 302
        assert response["Location"] == reverse("account_login") + "?next=" + address.replace("?", "%3F").replace(
            "=", "%3D"
        )


def test_who_has_nothing_to_do_with_the_conference_finds_nothing(client):
    made = initiative(call())
    client.force_login(UserFactory())

    assert client.get(home(made.call)).status_code == 404
    assert client.get(page_of(made)).status_code == 404


def test_participants_and_organisers_see_it(client, organiser_client):
    made = initiative(call())
    sign_in(client, made.call)

    assert titles(client.get(home(made.call))) == ["Street work"]
    assert titles(organiser_client.get(home(made.call))) == ["Street work"]
    assert organiser_client.get(page_of(made)).status_code == 200


def test_there_is_none_without_a_call_nor_of_a_conference_that_is_not_published(client, conference, public):
    public.conference.is_published = False
    public.conference.save()

    assert client.get(f"/{conference.slug}/market-place/").status_code == 404
    assert client.get(home(public)).status_code == 404


def test_the_navigation_leads_there_once_there_is_a_stand(client, public):
    overview = public.conference.get_absolute_url()
    assert home(public) not in text(client.get(overview))

    initiative(public)

    assert home(public) in text(client.get(overview))


def test_before_the_first_stand_the_page_says_what_will_be_there(client, public):
    assert "No stand has been given yet" in text(client.get(home(public)))


# Searching and filtering --------------------------------------------------------------------------


def test_search_filters_and_pages_stand_in_the_address(client, public):
    schools, prisons = term(public, name="Schools"), term(public, name="Prisons")
    for number in range(30):
        initiative(public, f"Work {number:02}", topics=[schools], languages=["fr"])
    initiative(public, "Work inside", topics=[prisons])

    response = client.get(home(public, f"?q=work&topic={schools.pk}&language=fr&page=2"))

    assert len(titles(response)) == 6
    assert f'value="{schools.pk}" checked' in text(response)
    assert 'value="work"' in text(response)
    assert f"?q=work&amp;topic={schools.pk}&amp;language=fr" in text(response)
    assert "?q=work&amp;language=fr" in text(response)


def test_filters_by_everything_with_counts(client, public):
    topic, group = term(public, name="Schools"), term(public, "group", name="Pupils")
    seeks, offers = term(public, "exchange", name="Partners"), term(public, "exchange", name="Training")
    made = initiative(
        public, "A", topics=[topic], target_groups=[group], sought=[seeks], offered=[offers], evidence="independent"
    )
    initiative(public, "B", languages=["de"])

    for query in (
        f"topic={topic.pk}",
        f"group={group.pk}",
        f"seeks={seeks.pk}",
        f"offers={offers.pk}",
        "language=en",
        "evidence=independent",
    ):
        assert titles(client.get(home(public, f"?{query}"))) == ["A"], query
    country = made.application.delegation.member_state_id
    assert titles(client.get(home(public, f"?kind=city&country={country}"))) == ["A", "B"]
    selection = client.get(home(public)).context["selection"]
    assert {found.facet.name: [option.count for option in found.options] for found in selection.filters} == {
        "topic": [1],
        "group": [1],
        "kind": [2],
        "country": [2],
        "language": [1, 1],
        "seeks": [1],
        "offers": [1],
        "evidence": [1, 1],
    }


@pytest.mark.parametrize(
    "query",
    ["?topic=999999", "?topic=x&topic=", "?page=x", "?page=0", "?page=-1", "?page=99999999999999999999", "?country=ZZ"],
)
def test_addresses_from_elsewhere_show_what_there_is(client, public, query):
    initiative(public)

    assert titles(client.get(home(public, query))) == ["Street work"]


@pytest.mark.parametrize("typed", ["%22", "'", "%F0%9F%8E%89", "%01", "NOT+OR", "%CE%9B", "a" * 10_000, "%FF%FE"])
def test_anything_can_be_typed(client, public, typed):
    initiative(public)

    assert client.get(home(public, f"?q={typed}")).status_code == 200


def test_signs_alone_are_told_apart_from_words_that_nobody_uses(client, public):
    initiative(public)

    assert "Type letters or digits" in text(client.get(home(public, "?q=🎉")))
    missed = text(client.get(home(public, "?q=zebra")))
    assert "No initiative speaks of “zebra”." in missed
    assert reverse("marketplace:missed", args=[public.conference.slug]) in missed


def test_filters_that_leave_nothing_are_no_miss(client, public):
    one, two = term(public, name="Schools"), term(public, "group", name="Prisoners")
    initiative(public, "A", topics=[one])
    initiative(public, "B", target_groups=[two])

    response = client.get(home(public, f"?topic={one.pk}&group={two.pk}"))

    assert "Without filters there are 2 initiatives." in text(response)
    assert "speaks of" not in text(response)


def test_htmx_gets_the_part_below_the_search(client, public):
    initiative(public)

    response = client.get(home(public, "?q=street"), headers={"HX-Request": "true"})

    assert "<html" not in text(response)
    assert "Street work" in text(response)
    assert 'hx-swap-oob="innerHTML:#count"' in text(response)
    assert "HX-Request" in response["Vary"]


def test_going_back_gets_the_whole_page(client, public):
    initiative(public)

    restored = {"HX-Request": "true", "HX-History-Restore-Request": "true"}

    assert "<html" in text(client.get(home(public, "?q=street"), headers=restored))


def test_a_get_counts_no_miss_and_the_pages_post_does(client, public):
    initiative(public)
    client.get(home(public, "?q=zebra"))
    address = reverse("marketplace:missed", args=[public.conference.slug])
    assert client.get(address).status_code == 302
    assert not SearchMiss.objects.exists()

    answered = client.post(address, {"q": "Zebra"}, headers={"HX-Request": "true"})

    assert "without your name" in text(answered)
    assert SearchMiss.objects.get().words == "zebra"
    assert client.post(address, {"q": "Zebra"}, follow=True).redirect_chain == [(home(public), 302)]


def test_the_list_asks_no_more_for_more_initiatives(client, public, guest):
    def queries(query: str = "") -> int:
        client.get(home(public, query))
        with CaptureQueriesContext(connection) as captured:
            client.get(home(public, query))
        return len(captured)

    interest.remember(initiative(public), guest)
    first = (queries(), queries("?q=street"))
    for _number in range(2):
        interest.remember(initiative(public), guest)

    assert (queries(), queries("?q=street")) == first


def test_a_search_is_asked_once_and_finds_what_changes(client, public, guest, django_assert_num_queries):
    first = initiative(public, "Street work in Aarhus")
    address = home(public, "?q=aarhus")
    client.get(address)

    # Session, user, the call, as whom, what they remember; what stands around every page.
    with django_assert_num_queries(6):
        again = titles(client.get(address))
    second = initiative(public, "Aarhus after prison")
    with_second = titles(client.get(address))
    first.application.initiative = "Street work in Odense"
    first.application.save()
    index.refresh(public.pk, [first.pk])
    without_first = titles(client.get(address))

    assert again == ["Street work in Aarhus"]
    assert with_second == sorted(with_second) == [second.application.initiative, "Street work in Aarhus"]
    assert without_first == [second.application.initiative]


def test_each_visitor_sees_what_they_remember_themselves(client, public):
    made = initiative(public)
    one = sign_in(client, public)
    interest.remember(made, one)
    seen = [b"On your visiting list" in client.get(home(public)).content]
    sign_in(client, public)
    seen.append(b"On your visiting list" in client.get(home(public)).content)
    client.force_login(one.user)
    interest.forget(made, one)
    seen.append(b"On your visiting list" in client.get(home(public)).content)

    assert seen == [True, False, False]


def test_people_visit_for_themselves_and_for_those_whom_they_manage(conference):
    user, other = UserFactory(), UserFactory()
    for fields in ({"contact": user}, {"assistant": user}, {"contact": other}):
        guest = visitor(conference)
        invitation = InvitationFactory(delegation=guest.delegation, **fields)
        Participant.objects.filter(pk=guest.pk).update(invitation=invitation)
    own = visitor(conference)
    elsewhere = visitor(ConferenceFactory())
    Participant.objects.filter(pk__in=[own.pk, elsewhere.pk]).update(user=user)

    found = people_of(user, conference.pk)

    managed = Participant.objects.active().managed_by(user).filter(conference=conference)
    assert found[0] == own
    assert {one.pk for one in found} == {one.pk for one in managed}
    assert len(found) == 3


def test_reading_the_whole_catalogue_asks_no_more_for_more_initiatives(client, public):
    topic = term(public)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(home(public))
        return len(captured)

    initiative(public, topics=[topic])
    first = queries()
    initiative(public, topics=[topic])
    initiative(public, topics=[topic])

    assert queries() == first


def test_what_a_delegation_wrote_is_escaped(client, public):
    made = initiative(public, "<script>alert(1)</script>", challenge="<img src=x>", approach="<b>bold</b>")

    for address in (home(public), page_of(made)):
        shown = text(client.get(address))
        assert "<script>alert" not in shown
        assert "<img src=x>" not in shown
        assert "<b>bold" not in shown


# An initiative ------------------------------------------------------------------------------------


def test_the_page_says_all_of_it(client, public):
    topic = term(public, name="Schools")
    made = initiative(
        public,
        "Street work",
        topics=[topic],
        challenge="Nobody talks.",
        approach="We talk.",
        results="They talk back.",
        transferable="A handbook.",
        seeks="Partners.",
        offers="Training.",
        languages=["el"],
        as_of=datetime.date(2027, 1, 31),
    )
    made.application.links.create(position=1, title="Report", url="https://city.example/report")

    shown = text(client.get(page_of(made)))

    for part in (
        "Nobody talks.",
        "We talk.",
        "They talk back.",
        "A handbook.",
        "Partners.",
        "Training.",
        "Greek",
        "Schools",
        f"?topic={topic.pk}",
        "Figures are collected",
        "as of 31 January 2027",
        'href="https://city.example/report"',
        f"Stand {made.place.number}",
    ):
        assert part in shown, part


def test_strangers_learn_the_contacts_function_and_participants_the_name(client, public):
    made = initiative(public)
    made.application.contact = visitor(public.conference)
    made.application.contact.function = "Head of unit"
    made.application.contact.save()
    made.application.save()
    name = made.application.contact.full_name

    assert name not in text(client.get(page_of(made)))
    assert "Head of unit" in text(client.get(page_of(made)))
    sign_in(client, public)
    assert name in text(client.get(page_of(made)))


def test_the_way_to_a_meeting_leads_to_the_contact_person(client, public, guest):
    made = initiative(public)
    assert "Ask for a meeting" not in text(client.get(page_of(made)))
    made.application.contact = visitor(public.conference)
    made.application.save()

    shown = text(client.get(page_of(made)))

    assert "Ask for a meeting" in shown
    assert reverse("meetings:with", args=[public.conference.slug, made.application.contact.pk]) in shown


def test_related_initiatives_come_with_their_reason(client, public):
    topic = term(public, name="Schools")
    made, other = initiative(public, "A", topics=[topic]), initiative(public, "B", topics=[topic])

    shown = text(client.get(page_of(made)))

    assert "Same topic: Schools" in shown
    assert page_of(other) in shown


def test_a_withdrawn_delegations_entry_is_gone(client, public):
    made, other = initiative(public, "A"), initiative(public, "B")
    applications.withdraw(made.application, by=None)

    assert titles(client.get(home(public))) == ["B"]
    assert client.get(page_of(made)).status_code == 404
    assert page_of(made) not in text(client.get(page_of(other)))


@pytest.mark.parametrize("number", ["0", "999999999", "9" * 30])
def test_there_is_no_page_of_a_stand_that_is_not(client, public, number):
    assert client.get(home(public) + f"{number}/").status_code == 404


def test_an_application_without_a_stand_has_no_page(client, public):
    application(public, delegation=DelegationFactory(conference=public.conference))

    assert client.get(home(public)).context["selection"].total == 0


def test_invented_entries_say_so(client, public):
    made = initiative(public, is_example=True)

    assert "invented example" in text(client.get(page_of(made)))
    assert "Example" in text(client.get(home(public)))


# After the conference -----------------------------------------------------------------------------


def after(of: Call):
    return time_machine.travel(of.conference.ends_at + datetime.timedelta(days=1), tick=False)


def test_after_the_day_the_catalogue_is_closed(client, public):
    made = initiative(public)

    with after(public):
        for address in (home(public), page_of(made)):
            response = client.get(address)
            assert response.status_code == 410
            assert "The market place is over" in text(response)
        assert home(public) not in text(client.get(public.conference.get_absolute_url()))


def test_on_the_evening_of_the_day_it_is_still_open(client, public):
    initiative(public)

    with time_machine.travel(public.conference.ends_at + datetime.timedelta(hours=3), tick=False):
        assert client.get(home(public)).status_code == 200


def test_an_archive_stays_with_state_and_date_and_without_what_is_over(client, public, guest):
    public.is_archived = True
    public.save()
    made = initiative(public, stage="completed", as_of=datetime.date(2027, 1, 31))

    with after(public):
        client.force_login(guest.user)
        shown, entry = text(client.get(home(public))), text(client.get(page_of(made)))

    assert "Collection of practices" in shown
    assert "Completed, as of 31 January 2027" in " ".join(shown.split())
    assert "Completed, as of 31 January 2027" in " ".join(entry.split())
    assert "Remember" not in shown
    assert "Leave your contact" not in entry
