"""Suggestions from the database: kept lists, today's facts, and the reasons in words."""

import datetime

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from meetings.models import Absence, MeetingRules, Profile, SuggestionList, Term
from meetings.services import profiles, requests, suggestions
from meetings.services.profiles import Said, Tick
from meetings.tasks import make_suggestions, make_suggestions_for
from registrations.models import Participant
from tests.meetings import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def topics(conference):
    return [Term.objects.create(conference=conference, kind="topic", name=name) for name in ("Schools", "Youth")]


@pytest.fixture
def me(conference, topics):
    factories.rules(conference)
    factories.block(conference, slots=2)
    return describe(factories.guest(conference), seeks=topics[:1], level=1)


def describe(participant, *, seeks=(), offers=(), level=None, **said):
    ticks = {Tick(term.pk, "seeks", level) for term in seeks} | {Tick(term.pk, "offers", level) for term in offers}
    version = Profile.objects.get(participant=participant).version
    whole = Said(**{"languages": ["en"], "ticks": frozenset(ticks), **said})
    profiles.describe(participant, whole, version=version, by=participant.user)
    return Participant.objects.get(pk=participant.pk)


def offering(conference, topics, **said):
    return describe(factories.guest(conference), offers=topics[:1], **said)


def shown(client, me):
    cache.clear()
    client.force_login(me.user)
    return client.get(reverse("meetings:suggestions", args=[me.pk]))


def keys(client, me) -> list[int]:
    return [one.found.pk for one in shown(client, me).context["suggestions"]]


def test_the_best_comes_first_with_score_and_reasons(client, me, conference, topics):
    other = offering(conference, topics, level=3, text="Work with football clubs")
    factories.guest(conference)
    suggestions.make_lists(conference)
    first = shown(client, me).context["suggestions"][0]

    assert first.found.pk == other.pk
    assert first.score == 45
    assert first.reasons == [
        "They offer what you seek: Schools",
        "You can exchange experience in: Schools",
        "You both speak English",
        "You are both free at 10.30, 10.45",
    ]


def test_a_score_follows_what_the_other_says_now(client, me, conference, topics):
    """The list itself is made anew by a worker, within minutes."""
    first = offering(conference, topics)
    late = describe(factories.guest(conference))
    Profile.objects.filter(participant=late).update(languages=["en"])
    suggestions.make_lists(conference)
    Profile.objects.filter(participant=first).get().ticks.all().delete()
    describe(late, offers=topics[:1], level=3)

    scores = [(one.found.pk, one.score) for one in shown(client, me).context["suggestions"]]

    assert scores == [(late.pk, 45), (first.pk, 0)]


def test_a_score_shrinks_with_each_request_that_the_other_has_received(client, me, conference, topics):
    wanted = offering(conference, topics, level=3)
    suggestions.make_lists(conference)
    before = shown(client, me).context["suggestions"][0].score

    requests.ask(factories.guest(conference), wanted, by=None)

    # One request for two free times.
    assert shown(client, me).context["suggestions"][0].score == round(before / 1.5)


def test_before_a_worker_came_the_list_is_made_for_the_page_and_nothing_is_stored(client, me, conference, topics):
    other = offering(conference, topics)

    assert keys(client, me) == [other.pk]
    assert SuggestionList.objects.count() == 0


def test_a_changed_profile_is_followed_at_once(client, me, conference, topics):
    schools, youth = (describe(factories.guest(conference), offers=[topic]) for topic in topics)
    suggestions.make_lists(conference)
    before = keys(client, me)[0]
    describe(me, seeks=topics[1:])
    make_suggestions_for(me.pk)

    assert (before, keys(client, me)[0]) == (schools.pk, youth.pk)
    assert SuggestionList.objects.get(participant=me).version == Profile.objects.get(participant=me).version


def test_what_changed_since_is_left_out(client, me, conference, topics):
    gone, free, asked, absent = (offering(conference, topics) for _number in range(4))
    suggestions.make_lists(conference)
    assert set(keys(client, me)) == {gone.pk, free.pk, asked.pk, absent.pk}

    profiles.opt_out(gone, by=gone.user)
    profiles.keep_free(free, no_meetings=True, by=free.user)
    requests.ask(me, asked, by=me.user)
    day = datetime.timedelta(days=1)
    opening = conference.meeting_blocks.get().starts_at
    Absence.objects.create(participant=absent, starts_at=opening - day, ends_at=opening + day)

    assert keys(client, me) == []


def test_whom_i_may_not_ask_is_not_suggested(client, me, conference, topics):
    offering(conference, topics)
    MeetingRules.objects.update(may_ask={"city": ["organisation"]})

    assert keys(client, me) == []


@pytest.mark.parametrize("ending", ["decline", "refuse", "accept"])
def test_whom_i_asked_is_not_suggested_again(client, me, conference, topics, ending):
    other = offering(conference, topics)
    getattr(requests, ending)(requests.ask(me, other, by=me.user), by=other.user)

    suggestions.make_lists(conference)
    assert keys(client, me) == []
    assert keys(client, other) == []


def test_a_request_that_came_to_nothing_leaves_the_suggestion(client, me, conference, topics):
    other = offering(conference, topics)
    requests.withdraw(requests.ask(me, other, by=me.user), by=me.user)
    suggestions.make_lists(conference)

    assert keys(client, me) == [other.pk]


def test_while_no_time_is_open_people_are_suggested_all_the_same(client, me, conference, topics):
    other = offering(conference, topics)
    conference.meeting_blocks.update(status="draft")
    suggestions.make_lists(conference)
    found = shown(client, me).context["suggestions"]

    assert [one.found.pk for one in found] == [other.pk]
    assert not any("free" in reason for reason in found[0].reasons)


def test_who_is_asked_by_many_comes_later(client, me, conference, topics):
    star, other = offering(conference, topics), offering(conference, topics)
    for _number in range(4):
        requests.ask(factories.guest(conference), star, by=None)
    suggestions.make_lists(conference)

    assert keys(client, me)[:2] == [other.pk, star.pk]


def test_names_are_hidden_here_too(client, me, conference, topics):
    other = offering(conference, topics, names_shown=False)

    assert other.family_name not in shown(client, me).content.decode()


def test_the_job_makes_what_is_missing_or_old_and_nothing_else(me, conference, topics):
    offering(conference, topics)
    make_suggestions()
    first = dict(SuggestionList.objects.values_list("participant", "made_at"))
    again = suggestions.refresh_where_needed()
    SuggestionList.objects.filter(participant=me).update(
        made_at=timezone.now() - datetime.timedelta(seconds=suggestions.STALE_SECONDS + 1)
    )

    assert len(first) == 2
    assert again == []
    assert suggestions.refresh_where_needed() == [conference.pk]


def test_a_participant_who_is_gone_needs_no_list(me):
    make_suggestions_for(me.pk + 1000)
    profiles.opt_out(me, by=me.user)

    assert suggestions.make_list(me) == []


def test_an_empty_list_says_what_to_do(client, conference):
    factories.rules(conference)
    text = shown(client, factories.guest(conference)).content.decode()

    assert "nobody to suggest at present" in text
    assert "Your profile says nothing yet" in text


@pytest.mark.parametrize("number", [1, 3])
def test_the_number_of_queries_does_not_grow(client, me, conference, topics, number, django_assert_num_queries):
    for _number in range(number):
        offering(conference, topics)
    suggestions.make_lists(conference)
    shown(client, me)
    address = reverse("meetings:suggestions", args=[me.pk])

    with django_assert_num_queries(11):
        client.get(address)


@pytest.mark.parametrize("number", [1, 3])
def test_making_all_lists_takes_as_many_queries_for_three_as_for_one(
    conference, me, topics, number, django_assert_max_num_queries
):
    for _number in range(number):
        offering(conference, topics)

    with django_assert_max_num_queries(20):
        suggestions.make_lists(conference)
