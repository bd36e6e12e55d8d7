"""What the directory and a person's page show, to whom, and what stays hidden."""

import datetime
import html
import re

import pytest
from django.core.cache import cache
from django.http import Http404
from django.urls import reverse

from conference.services import publish_page
from meetings.acting import acting
from meetings.models import Absence, Assistant, MeetingSeat, Profile, Term
from meetings.permissions import represented_by
from meetings.services import listing, profiles, requests
from meetings.services.profiles import Said, Tick
from registrations import commitments
from registrations.models import Consent, Participant
from registrations.services import replies
from tests.factories import (
    AppearanceFactory,
    InvitationFactory,
    OrganisationDelegationFactory,
    SessionFactory,
    SpeakerFactory,
    UserFactory,
    person,
)
from tests.meetings import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def me(conference):
    factories.rules(conference)
    return factories.guest(conference)


@pytest.fixture
def topic(conference):
    return Term.objects.create(conference=conference, kind="topic", name="Schools", position=1)


def guest(conference, name="Jana Štěpánková", *, function="Head of prevention", shown=True, **said):
    """Somebody with a function and a name, who said something."""
    made = factories.guest(conference)
    given, family = name.split(" ", 1)
    Participant.objects.filter(pk=made.pk).update(given_name=given, family_name=family, function=function)
    profiles.describe(made, Said(**{"languages": ["en"], "names_shown": shown, **said}), version=1, by=made.user)
    return made


def directory(client, me, query="", **headers):
    client.force_login(me.user)
    return client.get(reverse("meetings:directory", args=[me.pk]) + query, headers=headers)


def page(client, me, other):
    client.force_login(me.user)
    return client.get(reverse("meetings:person", args=[me.pk, other.pk]))


def found(client, me, query="") -> list[int]:
    return [one.pk for one in directory(client, me, query).context["page"].people]


# Who is there ---------------------------------------------------------------------------------------


def test_those_who_opted_in_and_not_oneself_nor_people_of_elsewhere(client, me, conference):
    listed = [guest(conference), guest(conference, "Zoë Ågård")]
    factories.guest(conference, opted_in=False, opted_in_at=None)
    factories.guest(conference, no_meetings=True)
    factories.guest(factories.ConferenceFactory())
    waiting = factories.guest(conference)
    Participant.objects.filter(pk=waiting.pk).update(
        status="waiting", seat_no=None, place_no=None, waiting_since="2026-01-01T00:00Z", waiting_for="conference"
    )

    assert sorted(found(client, me)) == sorted(one.pk for one in listed)
    # The same as the models say.
    assert sorted(found(client, me)) == sorted(
        Profile.objects.listed().of(conference).exclude(participant=me).values_list("participant", flat=True)
    )


@pytest.mark.parametrize("state", [{"opted_in": False, "opted_in_at": None}, {"no_meetings": True}])
def test_whoever_cannot_be_found_finds_nobody(client, me, conference, state):
    other = guest(conference)
    Profile.objects.filter(participant=me).update(**state)

    for name, arguments in (("directory", []), ("suggestions", []), ("person", [other.pk])):
        client.force_login(me.user)
        response = client.get(reverse(f"meetings:{name}", args=[me.pk, *arguments]))
        assert "Štěpánková" not in response.content.decode()
        assert response.status_code == 200


def test_a_name_stands_there_only_where_it_may(client, me, conference):
    guest(conference)
    hidden = guest(conference, "Ana Reis", shown=False, function="Mayor")
    shown = directory(client, me).content.decode()

    assert "Jana Štěpánková" in shown
    assert "Reis" not in shown + page(client, me, hidden).content.decode()
    assert "Mayor" in shown


def test_without_the_name_nobody_is_found_by_it(client, me, conference):
    shown, hidden = guest(conference), guest(conference, "Eva Štěpánková", shown=False)

    assert found(client, me, "?q=Stepankova") == [shown.pk]
    profiles.describe(hidden, Said(languages=["en"], names_shown=True), version=1, by=hidden.user)
    assert sorted(found(client, me, "?q=ŠTĚPÁNKOVÁ")) == sorted([shown.pk, hidden.pk])
    profiles.describe(hidden, Said(languages=["en"], names_shown=False), version=2, by=hidden.user)
    assert found(client, me, "?q=Stepankova") == [shown.pk]


def test_contact_details_are_read_after_the_agreement_and_with_consent(client, me, conference):
    factories.block(conference)
    other = guest(conference, shown=False)
    before = page(client, me, other).content.decode()
    requests.accept(requests.ask(me, other, by=me.user), by=other.user)
    agreed = page(client, me, other).content.decode()
    replies.decide_consents(other, {Consent.Purpose.CONTACT_SHARING: True}, by=other.user)
    consented = page(client, me, other).content.decode()

    assert [other.email in text for text in (before, agreed, consented)] == [False, False, True]
    assert ["Štěpánková" in text for text in (before, agreed)] == [False, True]


def test_experience_is_shown_to_nobody(client, me, conference, topic):
    mine = Said(languages=["en"], ticks=frozenset({Tick(topic.pk, "seeks", 1)}))
    profiles.describe(me, mine, version=1, by=me.user)
    other = guest(conference, ticks=frozenset({Tick(topic.pk, "offers", 3)}))
    text = page(client, me, other).content.decode() + directory(client, me).content.decode()

    for level in ("we begin", "some experience", "established practice", "evaluated practice"):
        assert level not in text


# Words and filters -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words", ["Σχολεία", "σχολεια", "ШКОЛА", "школа", "football", "schools", "head prevention", "  Head   of "]
)
def test_all_words_are_found_whatever_their_letters(client, me, conference, topic, words):
    one = guest(conference, text="Σχολεία, Школа, football", ticks=frozenset({Tick(topic.pk, "offers")}), shown=False)
    guest(conference, "Ana Reis", function="Mayor", shown=False)

    assert found(client, me, f"?q={words}") == [one.pk]


@pytest.mark.parametrize("words", ["%", "_", "head nobody", "'", "\\"])
def test_what_means_something_to_a_database_means_nothing_here(client, me, conference, words):
    guest(conference, text="plain")
    response = directory(client, me, f"?q={words}")

    assert response.status_code == 200
    assert response.context["page"].people == []


def test_each_filter_narrows(client, me, conference, topic):
    challenge = Term.objects.create(conference=conference, kind="challenge", name="Lone actors")
    ticks = {Tick(topic.pk, "offers"), Tick(topic.pk, "seeks"), Tick(challenge.pk, "challenge")}
    one = guest(conference, languages=["en", "cs"], ticks=frozenset(ticks))
    organisation = OrganisationDelegationFactory(conference=conference)
    other = guest(conference, "Ana Reis")
    Participant.objects.filter(pk=other.pk).update(delegation=organisation, category="organisation")

    for query in (
        f"?offers={topic.pk}",
        f"?seeks={topic.pk}",
        f"?challenge={challenge.pk}",
        "?category=city",
        "?country=BE",
        "?language=cs",
    ):
        assert found(client, me, query) == [one.pk], query
    assert found(client, me, "?category=organisation") == [other.pk]


@pytest.mark.parametrize("query", ["?offers=x", "?free=9999999999999", "?category=none", "?language=xx", "?page=x"])
def test_an_address_that_makes_no_sense_filters_nothing(client, me, conference, query):
    assert found(client, me, query) == found(client, me)


def test_free_at_leaves_out_who_speaks_is_absent_bound_or_meets(client, me, conference, monkeypatch):
    slot = factories.block(conference, tables=3).slots.first()
    free, absent, speaks, bound, meets = (guest(conference, f"Person {number}") for number in "ABCDE")
    hour = datetime.timedelta(hours=1)
    Absence.objects.create(participant=absent, starts_at=slot.starts_at - hour, ends_at=slot.starts_at + hour)
    session = SessionFactory(conference=conference, at="10:00")
    AppearanceFactory(
        session=session,
        speaker=SpeakerFactory(conference=conference, participant=speaks, given_name="", family_name="", email=""),
    )
    duty = commitments.Commitment(bound.pk, slot.starts_at, slot.ends_at, "a duty at a stand")
    monkeypatch.setitem(commitments._sources, "test", lambda _conference, _people: [duty])
    held = requests.ask(meets, factories.guest(conference, opted_in=True), slot=slot, by=None)
    partner = held.asked

    everybody = set(found(client, me))
    at_this_time = set(found(client, me, f"?free={slot.pk}"))

    assert MeetingSeat.objects.count() == 2
    assert everybody - at_this_time == {absent.pk, speaks.pk, bound.pk, meets.pk, partner.pk}
    assert free.pk in at_this_time


# Pages -------------------------------------------------------------------------------------------------


def test_pages_follow_each_other_and_the_last_one_ends(client, me, conference):
    people = [factories.guest(conference) for _number in range(23)]
    listing.refresh(conference)
    first, second, beyond = (directory(client, me, f"?page={number}") for number in (1, 2, 99))

    both = [one.pk for response in (first, second) for one in response.context["page"].people]
    assert sorted(both) == sorted(one.pk for one in people)
    assert (first.context["page"].has_next, second.context["page"].has_next) == (True, False)
    assert beyond.context["page"].number == 2
    assert "23 people" in first.content.decode()


def test_a_filter_stays_when_the_page_is_turned(client, me, conference):
    for _number in range(21):
        factories.guest(conference)
    text = directory(client, me, "?category=city").content.decode()

    assert 'href="?category=city&amp;page=2"' in text


def test_htmx_gets_the_found_ones_alone(client, me, conference):
    guest(conference)
    part = directory(client, me, HX_REQUEST="true").content.decode()

    assert "Štěpánková" in part
    assert "<html" not in part


def test_htmx_gets_the_number_of_filters_too(client, me, conference):
    part = directory(client, me, "?category=city&language=en&q=x", HX_REQUEST="true").content.decode()

    assert '<div hx-swap-oob="innerHTML:#narrowing">Filters (2)</div>' in part
    whole = directory(client, me, "?category=city").content.decode()
    assert '<summary id="narrowing">Filters (1)</summary>' in whole


def test_the_way_back_leads_to_the_same_filters_and_page(client, me, conference):
    for _number in range(21):
        factories.guest(conference)
    slot = factories.block(conference).slots.first()
    kept = f"?category=city&free={slot.pk}&page=2"

    (found,) = re.findall(r'<h2><a href="([^"]+)"', directory(client, me, kept).content.decode())
    shown = client.get(html.unescape(found))

    assert html.unescape(found).endswith(f"{kept}&slot={slot.pk}")
    assert shown.context["wanted"] == slot
    back = reverse("meetings:directory", args=[me.pk])
    assert f'href="{back}{html.escape(kept)}">Back to the directory' in shown.content.decode()


def test_the_way_back_without_filters_leads_to_everybody(client, me, conference):
    other = guest(conference)

    back = reverse("meetings:directory", args=[me.pk])
    assert f'href="{back}">Back to the directory' in page(client, me, other).content.decode()


@pytest.mark.parametrize("number", [1, 3])
def test_the_number_of_queries_does_not_grow(client, me, conference, topic, number, django_assert_num_queries):
    for _number in range(number):
        guest(conference, ticks=frozenset({Tick(topic.pk, "offers")}))
    directory(client, me)
    address = reverse("meetings:directory", args=[me.pk])

    # Session, user, for whom, that person, how they stand to the others; how many, a page of them, their terms; and
    # what stands around every page.
    with django_assert_num_queries(9):
        client.get(address)
    with django_assert_num_queries(9):
        client.get(f"{address}?q=head&offers={topic.pk}&language=en")


# Between two people --------------------------------------------------------------------------------------


def states(client, me, other):
    return (directory(client, me).context["page"].people[0].standing.relation, page(client, me, other).content.decode())


def test_what_stands_between_two(client, me, conference):
    factories.block(conference)
    other = guest(conference)
    assert "Ask for a meeting" in states(client, me, other)[1]
    asked = requests.ask(me, other, by=me.user)
    assert states(client, me, other)[0] == "asked"
    assert states(client, other, me)[0] == "asks"
    requests.accept(asked, by=other.user)
    assert states(client, me, other)[0] == "meets"


def test_a_no_thanks_reads_like_a_refusal_of_any_kind(client, me, conference):
    factories.block(conference)
    declined, refused = guest(conference), guest(conference, "Ana Reis")
    requests.decline(requests.ask(me, declined, by=me.user), by=declined.user)
    requests.refuse(requests.ask(me, refused, by=me.user), by=refused.user)

    def tags(text):
        return "declined your request" in text, "Ask for a meeting" in text, "no thanks" in text

    assert tags(page(client, me, refused).content.decode()) == (True, False, False)
    assert tags(page(client, me, declined).content.decode()) == (True, False, False)
    assert "you said “no thanks”" in page(client, refused, me).content.decode()


def test_who_may_not_be_asked_is_shown_without_the_button(client, me, conference):
    conference.meeting_rules.may_ask = {"city": []}
    conference.meeting_rules.save()
    text = page(client, me, guest(conference)).content.decode()

    assert "cannot be asked by your group" in text
    assert "Ask for a meeting" not in text


def test_nobody_opens_who_cannot_be_found(client, me, conference):
    gone = factories.guest(conference, opted_in=False, opted_in_at=None)
    elsewhere = factories.guest(factories.ConferenceFactory())

    assert [page(client, me, other).status_code for other in (gone, elsewhere, me)] == [404, 404, 404]


def test_a_partner_who_opted_out_since_is_still_found_by_their_partner(client, me, conference):
    factories.block(conference)
    other = guest(conference)
    requests.accept(requests.ask(me, other, by=me.user), by=other.user)
    profiles.opt_out(other, by=other.user)

    assert page(client, me, other).status_code == 200


# For whom ---------------------------------------------------------------------------------------------------


def test_the_quick_look_for_whom_somebody_acts_is_that_of_the_permissions(rf, conference):
    boss, assistant, contact = UserFactory(), UserFactory(), UserFactory()
    invitation = InvitationFactory(delegation__conference=conference)
    invited = replies.accept(invitation, [person(1, email=boss.email), person(2, email=boss.email)], by=None)
    type(invitation).objects.filter(pk=invitation.pk).update(contact=contact, assistant=assistant)
    named = factories.guest(conference)
    Assistant.objects.create(participant=named, email=assistant.email.upper())

    for user in (boss, assistant, contact, named.user):
        request = rf.get("/")
        request.user = user
        represented = set(represented_by(user).confirmed().values_list("pk", flat=True))
        for participant in (*invited, named):
            if participant.pk in represented:
                me = acting(request, participant.pk)
                assert me.has_others is (len(represented) > 1)
            else:
                with pytest.raises(Http404):
                    acting(request, participant.pk)


def test_the_way_from_a_stand_leads_to_asking(client, me, conference):
    other = guest(conference)
    client.force_login(me.user)
    response = client.get(reverse("meetings:with", args=[conference.slug, other.pk]))

    assert response.url == reverse("meetings:ask", args=[me.pk, other.pk])


def test_terms_are_found_again_after_a_minute_at_most(client, me, conference, topic):
    directory(client, me)
    Term.objects.filter(pk=topic.pk).update(name="Éducation")
    publish_page(conference, "contact", "Write to us.", by=None)
    cache.clear()

    assert "Éducation" in directory(client, me).content.decode()
