"""Wanting meetings, what one says for it, when one cannot, and who acts for one."""

import datetime

import pytest
from django.utils import timezone

from conference import history
from conference.services import publish_page
from meetings.models import Absence, Assistant, MeetingRequest, Profile, ProfileTerm, Term
from meetings.permissions import can_act_for
from meetings.services import listing, profiles, requests
from meetings.services.profiles import ProfileChanged, ProfileRefused, Said, Tick
from meetings.services.seats import MeetingRefused
from registrations.models import Consent
from registrations.services import replies
from tests.factories import InvitationFactory, UserFactory, person
from tests.meetings import factories

pytestmark = pytest.mark.django_db

FIRST_NOTICE = 1


@pytest.fixture
def me(conference):
    factories.rules(conference)
    return factories.guest(conference)


@pytest.fixture
def terms(conference):
    return [
        Term.objects.create(conference=conference, kind="topic", name="Schools", position=1),
        Term.objects.create(conference=conference, kind="topic", name="Police", position=2),
        Term.objects.create(conference=conference, kind="challenge", name="Online propaganda"),
    ]


def consents(participant):
    found = Consent.objects.filter(participant=participant, purpose="meetings").order_by("pk")
    return list(found.values_list("given", "notice__version"))


def accept(conference, **answers):
    """A reply by personal link that registers one person."""
    invitation = InvitationFactory(delegation__conference=conference)
    return replies.accept(invitation, [person(1, answers=answers)], by=None)[0]


# Opting in ----------------------------------------------------------------------------------------


def test_whoever_ticks_it_in_the_reply_takes_part_at_once(conference):
    participant = accept(conference, meetings_wanted=True, meetings_named=True)

    profile = participant.meeting_profile
    assert (profile.opted_in, profile.names_shown, profile.languages) == (True, True, [participant.language])
    assert consents(participant) == [(True, FIRST_NOTICE)]
    assert list(Profile.objects.listed()) == [profile]


@pytest.mark.parametrize("answers", [{}, {"meetings_wanted": False, "meetings_named": True}])
def test_whoever_does_not_tick_it_has_no_profile(conference, answers):
    participant = accept(conference, **answers)

    assert Profile.objects.count() == 0
    assert consents(participant) == []


def test_the_name_is_not_shown_without_a_tick_of_its_own(conference):
    participant = accept(conference, meetings_wanted=True, meetings_named=False)

    assert participant.meeting_profile.names_shown is False
    assert "Family1" not in participant.meeting_profile.search
    assert consents(participant) == [(False, FIRST_NOTICE)]


def test_two_people_of_one_reply_answer_each_for_themselves(conference):
    invitation = InvitationFactory(delegation__conference=conference)
    wants = person(1, answers={"meetings_wanted": True, "meetings_named": False})
    people = replies.accept(invitation, [wants, person(2)], by=None)

    assert list(Profile.objects.values_list("participant", flat=True)) == [people[0].pk]


def test_who_takes_the_seat_of_another_answers_anew(conference):
    leaving = accept(conference, meetings_wanted=True)
    successor = replies.replace(leaving, person(2), by=UserFactory())

    assert list(Profile.objects.listed()) == []
    assert not Profile.objects.filter(participant=successor).exists()


def test_who_waits_is_found_once_a_place_falls_free(conference):
    conference.target = conference.hard_limit = 1
    conference.save()
    first = accept(conference)
    waiting = accept(conference, meetings_wanted=True)
    before = list(Profile.objects.listed())
    replies.withdraw(first, by=UserFactory())

    assert before == []
    assert [profile.participant_id for profile in Profile.objects.listed()] == [waiting.pk]


def test_opting_in_twice_is_opting_in_once(me):
    Profile.objects.all().delete()
    for _time in range(2):
        profile = profiles.opt_in(me, names_shown=False, by=me.user)

    assert [entry.action for entry in history.of(profile)] == ["wants meetings"]


def test_the_consent_refers_to_the_privacy_statement_that_was_shown(me):
    profiles.opt_in(me, names_shown=True, by=me.user)
    publish_page(me.conference, "privacy", "A new text.", by=None)
    said = profiles.said_by(me.meeting_profile)
    profiles.describe(me, Said(languages=["en"], names_shown=False), version=said and 2, by=me.user)

    assert consents(me) == [(True, FIRST_NOTICE), (False, FIRST_NOTICE + 1)]


def test_without_a_privacy_statement_no_name_is_shown(me):
    me.conference.pages.all().delete()

    with pytest.raises(ProfileRefused, match="privacy statement"):
        profiles.opt_in(me, names_shown=True, by=me.user)


# Opting out, and being kept free --------------------------------------------------------------------


def test_opting_out_closes_open_requests_and_keeps_what_was_agreed(me, conference):
    factories.block(conference)
    asked, asks, agreed = (factories.guest(conference) for _number in range(3))
    open_ones = [requests.ask(me, asked, by=me.user), requests.ask(asks, me, by=asks.user)]
    meeting = requests.accept(requests.ask(me, agreed, by=me.user), by=agreed.user)

    profiles.opt_out(me, by=me.user)

    closed = MeetingRequest.objects.filter(pk__in=[one.pk for one in open_ones])
    assert [request.status for request in closed] == ["cancelled", "cancelled"]
    meeting.refresh_from_db()
    assert meeting.status == "unplaced"
    with pytest.raises(MeetingRefused, match="cannot be asked"):
        requests.ask(asks, me, by=asks.user)


def test_opting_out_and_in_again_keeps_what_was_said(me, terms):
    said = Said(languages=["en"], text="Schools", ticks=frozenset({Tick(terms[0].pk, "seeks", 2)}))
    profiles.describe(me, said, version=1, by=me.user)
    profiles.opt_out(me, by=me.user)
    profile = profiles.opt_in(me, names_shown=False, by=me.user)

    assert profiles.said_by(profile) == said


def test_organisers_keep_somebody_free_of_meetings(me, organiser, conference):
    factories.block(conference)
    other = factories.guest(conference)
    asked = requests.ask(other, me, by=other.user)

    profiles.keep_free(me, no_meetings=True, by=organiser)

    asked.refresh_from_db()
    assert asked.status == "cancelled"
    assert me.meeting_profile not in Profile.objects.listed()
    with pytest.raises(ProfileRefused, match="free of meetings"):
        profiles.opt_in(me, names_shown=False, by=me.user)
    assert [entry.by for entry in history.of(me.meeting_profile)] == [organiser]


# What a profile says --------------------------------------------------------------------------------


def test_a_profile_says_what_was_said_last(me, terms):
    schools, police, online = (term.pk for term in terms)
    first = {Tick(schools, "seeks", 1), Tick(police, "offers", 3), Tick(online, "challenge")}
    second = Said(languages=["en", "el"], text="Σχολεία", ticks=frozenset({Tick(police, "seeks")}))
    profiles.describe(me, Said(languages=["en"], ticks=frozenset(first)), version=1, by=me.user)
    profiles.describe(me, second, version=2, by=me.user)

    assert profiles.said_by(Profile.objects.get(participant=me)) == second
    assert ProfileTerm.objects.count() == 1
    assert history.of(me.meeting_profile).first().detail == "languages I can talk in, about my work, terms"


def test_the_same_said_twice_changes_nothing(me):
    said = Said(languages=["fr"], text="x")
    for _click in range(2):
        profile = profiles.describe(me, said, version=1, by=me.user)

    assert profile.version == 2
    assert history.of(profile).count() == 1


def test_who_saves_what_they_read_before_another_saved_is_told(me):
    profiles.describe(me, Said(languages=["fr"]), version=1, by=me.user)

    with pytest.raises(ProfileChanged, match="Your entries are still here"):
        profiles.describe(me, Said(languages=["de"]), version=1, by=me.user)

    assert Profile.objects.get(participant=me).languages == ["fr"]


def test_terms_of_another_conference_are_not_taken(me):
    foreign = Term.objects.create(conference=factories.guest(factories.ConferenceFactory()).conference, name="X")
    profiles.describe(me, Said(languages=["en"], ticks=frozenset({Tick(foreign.pk, "seeks")})), version=1, by=me.user)

    assert ProfileTerm.objects.count() == 0


# What the directory reads ------------------------------------------------------------------------------


def test_a_corrected_registration_is_found_by_its_new_words(me):
    replies.change(me, person(7, function="Head of Παιδεία"), by=me.user)

    assert "head of παιδεια" in Profile.objects.get(participant=me).search


def test_a_delegation_and_a_term_that_were_renamed_are_found_after_the_refresh(me, terms):
    profiles.describe(me, Said(languages=["en"], ticks=frozenset({Tick(terms[0].pk, "seeks")})), version=1, by=me.user)
    type(me.delegation).objects.filter(pk=me.delegation_id).update(name="Šiauliai")
    Term.objects.filter(pk=terms[0].pk).update(name="Éducation")

    assert listing.refresh(me.conference) == 1
    assert listing.refresh(me.conference) == 0
    found = Profile.objects.get(participant=me)
    assert found.sort_key.startswith("siauliai")
    assert "education" in found.search


# Absences and assistants ----------------------------------------------------------------------------------


def slot_of(conference):
    return factories.block(conference).slots.first()


def test_an_absence_makes_busy_and_its_end_makes_free(me, conference):
    slot = slot_of(conference)
    absence = profiles.be_absent(me, starts_at=slot.starts_at, ends_at=slot.ends_at, by=me.user)
    other = factories.guest(conference)
    with pytest.raises(MeetingRefused, match="no longer free"):
        requests.ask(other, me, slot=slot, by=other.user)

    profiles.be_back(me, absence.pk, by=me.user)

    assert requests.ask(other, me, slot=slot, by=other.user).slot == slot


def test_an_absence_does_not_lie_across_a_meeting(me, conference):
    slot = slot_of(conference)
    other = factories.guest(conference)
    requests.accept(requests.ask(other, me, slot=slot, by=other.user), by=me.user)

    with pytest.raises(ProfileRefused, match="Cancel or answer it first"):
        profiles.be_absent(me, starts_at=slot.starts_at, ends_at=slot.ends_at, by=me.user)


def test_the_same_absence_twice_is_one_and_an_end_before_its_beginning_is_refused(me):
    now = timezone.now()
    for _click in range(2):
        profiles.be_absent(me, starts_at=now, ends_at=now + datetime.timedelta(hours=1), by=me.user)
    with pytest.raises(ProfileRefused, match="before the beginning"):
        profiles.be_absent(me, starts_at=now, ends_at=now, by=me.user)

    assert Absence.objects.count() == 1


def test_nobody_ends_the_absence_of_somebody_else(me, conference):
    now = timezone.now()
    absence = profiles.be_absent(me, starts_at=now, ends_at=now + datetime.timedelta(hours=1), by=me.user)
    profiles.be_back(factories.guest(conference), absence.pk, by=me.user)

    assert Absence.objects.count() == 1


def test_an_assistant_acts_for_a_participant_until_dismissed(me):
    assistant = profiles.name_assistant(me, "Assistant@City.example", by=me.user)
    user = type(me.user).objects.get(email="assistant@city.example")
    before = can_act_for(user, me)
    profiles.dismiss_assistant(me, assistant.pk, by=me.user)

    assert (before, can_act_for(user, me)) == (True, False)


def test_a_few_assistants_are_enough_and_the_same_one_counts_once(me):
    for number in [*range(profiles.ASSISTANTS), 0]:
        profiles.name_assistant(me, f"a{number}@city.example", by=me.user)
    with pytest.raises(ProfileRefused, match="At most 5 people"):
        profiles.name_assistant(me, "one.more@city.example", by=me.user)

    assert Assistant.objects.count() == profiles.ASSISTANTS
