"""Asking, answering, cancelling: who gets what, and who is told that it cannot be."""

import datetime

import pytest
from django.utils import timezone

from agenda.entries import entries_of
from conference import history
from mailings.models import Mail
from meetings.models import Absence, Meeting, MeetingRequest, MeetingSeat, Refusal
from meetings.permissions import can_act_for
from meetings.queries import free_slots
from meetings.services import meetings, requests, seats
from meetings.services.seats import MeetingRefused
from registrations import commitments
from registrations.services import replies
from tests.factories import AppearanceFactory, SessionFactory, SpeakerFactory, UserFactory
from tests.meetings import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def slots(conference):
    factories.rules(conference)
    return list(factories.block(conference, slots=2, tables=1).slots.all())


@pytest.fixture
def one(conference):
    return factories.guest(conference)


@pytest.fixture
def other(conference):
    return factories.guest(conference)


def free(participant):
    return free_slots(participant.conference, [participant.pk], now=timezone.now())[participant.pk]


def test_a_request_without_a_slot_holds_nothing(slots, one, other):
    requests.ask(one, other, by=one.user)

    assert (free(one), free(other)) == (slots, slots)


def test_a_request_for_a_slot_holds_it_for_both_until_it_is_withdrawn(slots, one, other):
    asked = requests.ask(one, other, slot=slots[0], by=one.user)
    held = (free(one), free(other))
    requests.withdraw(asked, by=one.user)

    assert held == (slots[1:], slots[1:])
    assert (free(one), free(other)) == (slots, slots)


def test_an_accepted_slot_has_a_table_and_stands_in_both_days(slots, one, other):
    meeting = requests.accept(requests.ask(one, other, slot=slots[0], by=one.user), by=other.user)

    assert (meeting.status, meeting.slot, meeting.table.number) == ("published", slots[0], 1)
    assert {seat.participant_id for seat in MeetingSeat.objects.filter(slot=slots[0])} == {one.pk, other.pk}
    assert [entry.where for entry in entries_of(one.user, one.conference)] == ["Table 1"]
    assert sorted(commitment.participant for commitment in commitments.of(one.conference)) == [one.pk, other.pk]


def test_without_a_slot_the_time_is_left_to_the_placer(slots, one, other):
    meeting = requests.accept(requests.ask(one, other, by=one.user), by=other.user)

    assert (meeting.status, meeting.slot, meeting.seats.count()) == ("unplaced", None, 2)


def test_the_last_table_is_given_once_and_the_loser_keeps_the_open_request(slots, conference, one, other):
    late = requests.ask(factories.guest(conference), factories.guest(conference), slot=slots[0], by=None)
    requests.accept(requests.ask(one, other, slot=slots[0], by=None), by=None)

    with pytest.raises(MeetingRefused, match="All tables are taken"):
        requests.accept(late, by=None)

    assert MeetingRequest.objects.get(pk=late.pk).is_pending
    assert MeetingSeat.objects.filter(request=late).count() == 2


@pytest.mark.parametrize("close", [requests.decline, requests.withdraw, requests.refuse])
def test_what_is_closed_cannot_be_accepted(slots, one, other, close):
    asked = requests.ask(one, other, by=one.user)
    close(asked, by=None)

    with pytest.raises(MeetingRefused, match="not possible any more"):
        requests.accept(asked, by=other.user)


def test_a_double_click_makes_one_meeting(slots, one, other):
    asked = requests.ask(one, other, by=one.user)
    requests.accept(asked, by=other.user)

    with pytest.raises(MeetingRefused):
        requests.accept(asked, by=other.user)

    assert Meeting.objects.count() == 1


def test_no_thanks_holds_in_both_directions(slots, one, other):
    requests.refuse(requests.ask(one, other, by=one.user), by=other.user)

    assert Refusal.objects.filter(participant=other, refused=one).count() == 1
    for asker, asked in [(one, other), (other, one)]:
        with pytest.raises(MeetingRefused):
            requests.ask(asker, asked, by=None)


@pytest.mark.parametrize("close", [requests.decline, requests.refuse])
def test_the_asker_cannot_tell_no_thanks_from_a_refusal(slots, one, other, close):
    asked = requests.ask(one, other, by=one.user)
    close(asked, by=other.user)

    with pytest.raises(MeetingRefused, match=r"^This person has declined before\."):
        requests.ask(one, other, by=one.user)
    with pytest.raises(MeetingRefused, match=r"“declined”"):
        requests.withdraw(asked, by=one.user)
    (mail,) = Mail.objects.filter(kind="meeting_declined")
    assert (mail.to, mail.subject) == ([one.email], f"{other.delegation.name} cannot meet you: {one.conference.title}")
    assert MeetingRequest.objects.get(pk=asked.pk).status_told == "declined"


def test_who_declined_may_ask_later(slots, one, other):
    requests.decline(requests.ask(one, other, by=one.user), by=other.user)

    assert requests.ask(other, one, by=other.user).is_pending


def test_another_proposal_turns_the_request_round(slots, one, other):
    first = requests.ask(one, other, slot=slots[0], by=one.user)
    second = requests.counter(first, slot=slots[1], by=other.user)

    assert (second.asker, second.asked, second.slot, second.counters) == (other, one, slots[1], first)
    assert free(one) == slots[:1]


def test_the_cap_counts_open_requests_against_free_slots(slots, conference, one):
    conference.meeting_rules.pending_factor = 1
    conference.meeting_rules.save()
    for _number in slots:
        requests.ask(one, factories.guest(conference), by=one.user)

    with pytest.raises(MeetingRefused, match="as many open requests"):
        requests.ask(one, factories.guest(conference), by=one.user)


def test_meetings_a_break_are_limited(slots, conference, one, other):
    conference.meeting_rules.meetings_per_block = 1
    conference.meeting_rules.save()
    requests.ask(one, other, slot=slots[0], by=one.user)

    with pytest.raises(MeetingRefused, match="in this break"):
        requests.ask(one, factories.guest(conference), slot=slots[1], by=one.user)


def test_own_talks_and_absences_are_no_free_time(slots, one):
    talk = SessionFactory(conference=one.conference, at="10:20", minutes=15)
    speaker = SpeakerFactory(conference=one.conference, participant=one, family_name="", email="", given_name="")
    AppearanceFactory(session=talk, speaker=speaker)
    Absence.objects.create(
        participant=one, starts_at=slots[1].starts_at, ends_at=slots[1].starts_at + datetime.timedelta(minutes=1)
    )

    assert free(one) == []


def test_who_has_no_open_profile_is_not_asked(slots, conference, one):
    with pytest.raises(MeetingRefused, match="cannot be asked"):
        requests.ask(one, factories.guest(conference, no_meetings=True), by=one.user)


def test_what_is_due_expires_and_lets_go_of_its_slot(slots, one, other):
    asked = requests.ask(one, other, slot=slots[0], by=one.user)

    assert (requests.expire_due(asked.expires_at), requests.expire_due(asked.expires_at)) == (1, 0)
    assert free(one) == slots


def test_near_the_day_a_request_expires_sooner(slots, conference):
    now, rules = timezone.now(), conference.meeting_rules
    hours = datetime.timedelta(hours=4)

    assert requests.expires_at(rules, now + hours, now=now) == now + hours / 2
    assert requests.expires_at(rules, now + 99 * hours, now=now) == now + datetime.timedelta(days=3)


def test_a_cancelled_meeting_frees_its_slot_and_table_at_once(slots, conference, one, other):
    meeting = requests.accept(requests.ask(one, other, slot=slots[0], by=None), by=None)
    meetings.cancel(meeting, person=one, by=one.user)

    again = requests.accept(requests.ask(other, factories.guest(conference), slot=slots[0], by=None), by=None)

    assert again.table == meeting.table
    assert [entry.action for entry in history.of(meeting)] == ["cancelled", "agreed"]


def test_with_a_withdrawal_all_meetings_and_requests_end(slots, conference, one, other):
    asked = requests.ask(one, factories.guest(conference), slot=slots[1], by=None)
    meeting = requests.accept(requests.ask(one, other, slot=slots[0], by=None), by=None)
    replies.withdraw(one, by=None)

    assert MeetingRequest.objects.get(pk=asked.pk).status == "cancelled"
    assert Meeting.objects.get(pk=meeting.pk).status == "cancelled"
    assert free(other) == slots


def test_nobody_accepts_who_has_withdrawn(slots, one, other):
    asked = factories.request(one, other)
    replies.withdraw(one, by=None)

    with pytest.raises(MeetingRefused):
        requests.accept(asked, by=None)


@pytest.mark.parametrize(("words", "status"), [([True, True], "held"), ([True, False], "not held")])
def test_both_say_whether_it_took_place(slots, one, other, words, status, time_machine):
    meeting = requests.accept(requests.ask(one, other, slot=slots[0], by=None), by=None)
    time_machine.move_to(slots[0].starts_at)
    for person, held in zip([one, other], words, strict=True):
        meetings.say_held(meeting, person=person, held=held, by=person.user)

    assert Meeting.objects.get(pk=meeting.pk).status == status


def test_who_acts_for_whom(one, other):
    assistant = UserFactory(email="Assistant@city.example")
    one.meeting_assistants.create(email="assistant@city.example")

    assert [can_act_for(user, one) for user in (one.user, assistant, other.user)] == [True, True, False]


def test_who_was_late_for_one_time_is_not_late_for_the_next(slots, one, other):
    meeting = requests.accept(requests.ask(one, other, slot=slots[0], by=None), by=None)
    MeetingSeat.objects.update(late_at=timezone.now())
    seats.put(meeting, slots[1])
    after_one = set(MeetingSeat.objects.values_list("slot", "late_at"))
    MeetingSeat.objects.update(late_at=timezone.now())
    seats.put_many({meeting.pk: slots[0].pk})

    assert after_one == {(slots[1].pk, None)}
    assert set(MeetingSeat.objects.values_list("slot", "late_at")) == {(slots[0].pk, None)}
