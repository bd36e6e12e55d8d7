"""Reads of the organisers' pages: right numbers, in a number of queries that does not grow."""

import datetime
from typing import Any

import pytest

from conference.models import Conference
from mailings.models import Mail
from mailings.states import MailStatus
from registrations import queries
from registrations.models import Category, Delegation, Invitation, Participant, Wave
from registrations.services import invitations, places, replies, waves
from registrations.services.replies import Substitute
from registrations.states import InvitationStatus, WaveStatus
from tests.factories import (
    ConferenceFactory,
    DelegationFactory,
    InvitationFactory,
    MemberStateDelegationFactory,
    OrganisationDelegationFactory,
    WaveFactory,
    person,
)

pytestmark = pytest.mark.django_db


def sums_of(conference: Conference) -> dict[str, queries.CategorySums]:
    return {line.category: line for line in queries.category_sums(conference)}


def test_each_category_has_a_line_even_without_delegations(conference: Conference) -> None:
    assert [line.category for line in queries.category_sums(conference)] == list(Category.values)
    assert queries.total(queries.category_sums(conference)) == dict.fromkeys(queries.COUNTED, 0)


def test_sums_count_delegations_by_invitation_and_people_by_status(conference: Conference) -> None:
    accepted = InvitationFactory(delegation__conference=conference)
    replies.accept(accepted, [person(1), person(2)], by=None)
    replies.add_person(accepted, person(3), by=None)
    replies.decline(InvitationFactory(delegation__conference=conference), by=None)
    InvitationFactory(delegation__conference=conference)
    DelegationFactory(conference=conference)
    OrganisationDelegationFactory(conference=conference)
    InvitationFactory()  # of another conference

    sums = sums_of(conference)

    assert sums[Category.CITY] == queries.CategorySums(
        Category.CITY,
        delegations=4,
        invited=3,
        accepted=1,
        declined=1,
        open=1,
        never=1,
        waiting=1,
        confirmed=2,
        seats=8,
    )
    assert sums[Category.ORGANISATION] == queries.CategorySums(Category.ORGANISATION, delegations=1, never=1, seats=1)
    assert queries.total(sums.values())["delegations"] == 5


def test_a_delegation_invited_twice_counts_once(conference: Conference) -> None:
    delegation = DelegationFactory(conference=conference)
    InvitationFactory(delegation=delegation, seats=1)
    InvitationFactory(delegation=delegation, seats=1, email="second@city.example")

    assert sums_of(conference)[Category.CITY].invited == 1


@pytest.mark.parametrize("state", queries.DELEGATION_STATES)
def test_each_state_of_the_filter_finds_what_it_says(conference: Conference, state: str) -> None:
    found = {
        "never": DelegationFactory(conference=conference, name="never", on_reserve=True),
        "no-address": DelegationFactory(conference=conference, name="no-address", email=""),
    }
    for name, status in {
        "selected": InvitationStatus.SELECTED,
        "open": InvitationStatus.SENT,
        "bounced": InvitationStatus.SENT,
        "revoked": InvitationStatus.REVOKED,
    }.items():
        found[name] = DelegationFactory(conference=conference, name=name)
        InvitationFactory(delegation=found[name], status=status, holds_seats=status == InvitationStatus.SENT)
    invitations.mark_bounced(Invitation.objects.get(delegation=found["bounced"]), by=None)
    answered = {name: InvitationFactory(delegation__conference=conference, delegation__name=name) for name in "awd"}
    replies.decline(answered["d"], by=None)
    for name in "aw":
        replies.accept(answered[name], [person(1), person(2)], by=None)
        replies.add_person(answered[name], person(3), by=None)
    for participant in answered["w"].participants.all():
        replies.withdraw(participant, by=None)
    lapsed = InvitationFactory(
        delegation__conference=conference,
        delegation__name="lapsed",
        reply_by=conference.today - datetime.timedelta(days=1),
    )
    invitations.lapse(conference.pk)
    expected = {
        "never": {"never", "no-address"},
        "no-address": {"no-address"},
        "reserve": {"never"},
        "selected": {"selected"},
        "invited": {"open", "bounced", "a", "w", "d", "lapsed"},
        "open": {"open", "bounced"},
        "accepted": {"a"},
        "declined": {"d"},
        "lapsed": {lapsed.delegation.name},
        "withdrawn": {"w"},
        "bounced": {"bounced"},
        "waiting": {"a"},
        "confirmed": {"a"},
    }

    chosen = queries.DELEGATION_STATES[state][1](Delegation.objects.all())

    assert set(chosen.values_list("name", flat=True)) == expected[state]


def test_standings_say_who_sits_waits_and_was_invited(conference: Conference) -> None:
    invitation = InvitationFactory(delegation__conference=conference)
    replies.accept(invitation, [person(1), person(2)], by=None)
    replies.add_person(invitation, person(3), by=None)
    bounced = InvitationFactory(delegation__conference=conference)
    invitations.mark_bounced(bounced, by=None)
    empty = DelegationFactory(conference=conference)

    found = queries.standings(Delegation.objects.all())

    assert found[invitation.delegation_id] == queries.Standing(2, 1, InvitationStatus.ACCEPTED, bounced=False)
    assert found[bounced.delegation_id] == queries.Standing(0, 0, InvitationStatus.SENT, bounced=True)
    assert found[empty.pk] == queries.Standing()


def test_a_newer_invitation_decides_the_standing(conference: Conference) -> None:
    declined = InvitationFactory(delegation__conference=conference)
    replies.decline(declined, by=None)
    InvitationFactory(delegation=declined.delegation, email="deputy@city.example")

    assert queries.standings([declined.delegation])[declined.delegation_id].invitation == InvitationStatus.SENT


def test_positions_are_those_of_the_service(conference: Conference) -> None:
    Conference.objects.filter(pk=conference.pk).update(target=3, hard_limit=3)
    for number in range(3):
        invitation = InvitationFactory(delegation__conference=conference)
        replies.accept(invitation, [person(10 * number), person(10 * number + 1)], by=None)
        replies.add_person(invitation, person(10 * number + 2), by=None)
    everybody = list(Participant.objects.select_related("conference"))
    waiting = [participant for participant in everybody if participant.waiting_for]

    assert len(waiting) == 6
    assert queries.positions(everybody) == {participant.pk: places.position(participant) for participant in waiting}


def test_positions_ask_nothing_where_nobody_waits(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert queries.positions([]) == {}


def test_next_events_come_in_order_with_what_they_touch(conference: Conference) -> None:
    day = conference.today + datetime.timedelta(days=20)
    wave = WaveFactory(conference=conference, reply_by=day, remind_days_before=7)
    for _number in range(2):
        InvitationFactory(delegation__conference=conference, wave=wave, reply_by=day)
    replies.decline(InvitationFactory(delegation__conference=conference, wave=wave, reply_by=day), by=None)

    found = [(event.on, event.kind, event.wave, event.number) for event in queries.next_events(conference)]

    assert found == [
        (day - datetime.timedelta(days=7), "reminder", wave, 2),
        (day, "reply-by", wave, 2),
        (conference.held_on, "conference", None, 0),
    ]


def test_a_reminder_in_the_past_is_no_next_date(conference: Conference) -> None:
    tomorrow = conference.today + datetime.timedelta(days=1)
    wave = WaveFactory(conference=conference, reply_by=tomorrow, remind_days_before=7)
    InvitationFactory(delegation__conference=conference, wave=wave, reply_by=tomorrow)

    assert [event.kind for event in queries.next_events(conference)] == ["reply-by", "conference"]


def test_a_conference_that_is_over_has_no_next_dates() -> None:
    over = ConferenceFactory(held_on=datetime.date(2019, 2, 26))

    assert queries.next_events(over) == []


def test_waves_at_work_are_those_sent_paused_or_with_mails_on_their_way(conference: Conference) -> None:
    expected = {WaveFactory(conference=conference, status=status) for status in (WaveStatus.SENDING, WaveStatus.PAUSED)}
    WaveFactory(conference=conference, status=WaveStatus.DRAFT)
    for status in (MailStatus.QUEUED, MailStatus.CANCELLED):
        wave = WaveFactory(conference=conference, status=WaveStatus.SENT)
        Mail.objects.create(conference=conference, key=f"x:{status}", campaign=wave.campaign, status=status)
        if status == MailStatus.QUEUED:
            expected.add(wave)

    assert set(queries.waves_at_work(conference)) == expected


def test_drafts_tell_how_many_are_chosen(conference: Conference) -> None:
    wave = WaveFactory(conference=conference)
    delegations = [DelegationFactory(conference=conference) for _number in range(2)]
    waves.add_to_wave(wave, delegations, by=None)
    WaveFactory(conference=conference, status=WaveStatus.SENT)

    assert [(draft, draft.chosen) for draft in queries.waves_in_preparation(conference)] == [(wave, 2)]


def test_replies_by_wave(conference: Conference) -> None:
    wave = WaveFactory(conference=conference)
    for _number in range(2):
        InvitationFactory(delegation__conference=conference, wave=wave)
    replies.decline(InvitationFactory(delegation__conference=conference, wave=wave), by=None)

    assert queries.replies_by_wave(Wave.objects.all()) == {
        wave.pk: {InvitationStatus.SENT: 2, InvitationStatus.DECLINED: 1}
    }


def test_nothing_to_decide_at_first(conference: Conference) -> None:
    assert queries.decisions(conference) == []


def test_without_a_privacy_statement_nothing_can_be_sent() -> None:
    conference = ConferenceFactory(privacy_statement=False)

    assert queries.decisions(conference) == [queries.Decision("no-privacy-statement", 1)]


def test_decisions_count_what_waits_for_the_organiser(conference: Conference) -> None:
    accepted = InvitationFactory(delegation__conference=conference)
    replies.accept(accepted, [person(1), person(2)], by=None)
    replies.add_person(accepted, person(3), by=None)
    invitations.mark_bounced(InvitationFactory(delegation__conference=conference), by=None)
    InvitationFactory(delegation__conference=conference, reply_by=conference.today)
    proposing = InvitationFactory(delegation__conference=conference)
    replies.decline(proposing, by=None, substitute=Substitute("Ms Deputy", "", "deputy@city.example"))
    DelegationFactory(conference=conference, email="")
    Mail.objects.filter(kind="declined").update(status=MailStatus.UNCERTAIN, sent_at=None)
    Mail.objects.filter(kind="waiting").update(status=MailStatus.FAILED, sent_at=None)

    assert queries.decisions(conference) == [
        queries.Decision(name, 1)
        for name in [
            "uncertain-mails",
            "failed-mails",
            "bounced",
            "proposals",
            "ending-soon",
            "waiting-for-a-seat",
            "no-address",
        ]
    ]


def test_mails_of_another_conference_are_none_of_its_decisions(conference: Conference) -> None:
    Mail.objects.create(conference=ConferenceFactory(), key="other", status=MailStatus.FAILED)

    assert queries.decisions(conference) == []


def test_an_invited_substitute_needs_no_decision_any_more(conference: Conference) -> None:
    proposing = InvitationFactory(delegation__conference=conference)
    replies.decline(proposing, by=None, substitute=Substitute("Ms Deputy", "", "deputy@city.example"))
    proposing.refresh_from_db()
    reply_by = conference.today + datetime.timedelta(days=10)
    invitations.invite_substitute(proposing, reply_by=reply_by, by=None)

    assert queries.decisions(conference) == []


def test_the_numbers_take_as_many_queries_for_one_delegation_as_for_three(
    conference: Conference, django_assert_num_queries: Any
) -> None:
    for number in (1, 2):
        for _number in range(number):
            invitation = InvitationFactory(delegation__conference=conference)
            replies.accept(invitation, [person(1)], by=None)
        with django_assert_num_queries(4):
            queries.category_sums(conference)
        delegations = list(Delegation.objects.all())
        with django_assert_num_queries(2):
            queries.standings(delegations)


def test_the_next_conference_is_shown_unless_another_is_chosen() -> None:
    past = ConferenceFactory(held_on=datetime.date(2019, 2, 26))
    later = ConferenceFactory(held_on=datetime.date(2999, 2, 26))
    sooner = ConferenceFactory()

    assert queries.chosen_conference("") == sooner
    assert queries.chosen_conference("unknown") == sooner
    assert queries.chosen_conference(past.slug) == past
    sooner.delete()
    later.delete()
    assert queries.chosen_conference("") == past


def test_member_states_are_counted_on_their_own(conference: Conference) -> None:
    MemberStateDelegationFactory(conference=conference, code="FR")

    assert sums_of(conference)[Category.MEMBER_STATE].seats == 1
