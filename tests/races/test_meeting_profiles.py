"""A profile saved by many at once, opting in by a double click, and opting out while others ask."""

from collections import Counter

import pytest

from conference import history
from meetings.models import MeetingRequest, Profile, ProfileTerm, Term
from registrations.models import Consent
from tests.factories import ConferenceFactory
from tests.meetings import factories
from tests.processes import race
from tests.races import profile_jobs

pytestmark = [pytest.mark.databases, pytest.mark.django_db(transaction=True)]


def test_of_many_who_save_a_profile_at_once_one_is_heard_whole_and_the_others_are_told(tmp_path):
    me = factories.guest(ConferenceFactory())
    Term.objects.bulk_create(Term(conference=me.conference, kind="topic", name=f"Term {n}") for n in range(20))

    result = race(profile_jobs.describe, [(me.pk, number) for number in range(1, 21)], folder=tmp_path)

    assert Counter(result.values) == {"saved": 1, "told": 19}
    profile = Profile.objects.get(participant=me)
    # No mixture of two: the text says how many terms were ticked with it, in both senses.
    assert ProfileTerm.objects.filter(profile=profile).count() == 2 * int(profile.text)
    assert profile.version == 2


def test_a_double_click_of_twenty_opts_in_once(tmp_path):
    me = factories.guest(ConferenceFactory())
    Profile.objects.all().delete()

    result = race(profile_jobs.opt_in, [(me.pk,)] * 20, folder=tmp_path)

    assert set(result.values) == {"in"}
    profile = Profile.objects.get(participant=me)
    assert [entry.action for entry in history.of(profile)] == ["wants meetings"]
    assert Consent.objects.filter(participant=me, purpose="meetings", given=True).count() == 1


def test_whoever_opts_out_while_others_ask_has_no_open_request(tmp_path):
    conference = ConferenceFactory()
    factories.rules(conference)
    factories.block(conference, slots=4, tables=30)
    star = factories.guest(conference)
    askers = [factories.guest(conference).pk for _number in range(19)]

    work = [(asker, star.pk) for asker in [*askers[:10], star.pk, *askers[10:]]]
    result = race(profile_jobs.ask_or_opt_out, work, folder=tmp_path)

    outcomes = Counter(result.values)
    assert outcomes["out"] == 1
    assert outcomes["asked"] + outcomes["refused"] == 19
    assert MeetingRequest.objects.pending().count() == 0
