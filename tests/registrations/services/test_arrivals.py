"""Checking in at the door, and taking it back."""

import datetime

import pytest
import time_machine
from django.utils import timezone

from conference import history
from conference.models import Conference
from registrations.models import Participant
from registrations.services import arrivals, places, replies
from tests.factories import ConferenceFactory, InvitationFactory, person, tomorrow

pytestmark = pytest.mark.django_db


@pytest.fixture
def conference(db: None) -> Conference:
    """Takes place tomorrow: the door is open."""
    return ConferenceFactory(held_on=tomorrow(), target=2, hard_limit=2)


@pytest.fixture
def participant(conference: Conference) -> Participant:
    invitation = InvitationFactory(delegation__conference=conference, delegation__name="Brno")
    return replies.accept(invitation, [person()], by=None)[0]


def actions(participant: Participant) -> list[tuple[str, str]]:
    found = history.of(participant).order_by("pk").values_list("action", "by_label")
    return [entry for entry in found if entry[0].startswith("check")]


def test_checking_in_keeps_when_and_who(participant, organiser) -> None:
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        arrivals.check_in(participant, by=organiser)

    participant.refresh_from_db()
    assert participant.checked_in_at == now
    assert actions(participant) == [("checked in", organiser.email)]


def test_the_second_door_changes_nothing(participant, organiser) -> None:
    first = arrivals.check_in(participant, by=organiser)

    second = arrivals.check_in(participant, by=None)

    assert second.checked_in_at == first.checked_in_at
    assert actions(participant) == [("checked in", organiser.email)]


def test_undoing_keeps_the_history(participant, organiser) -> None:
    arrivals.check_in(participant, by=organiser)

    arrivals.undo_check_in(participant, by=organiser)
    arrivals.undo_check_in(participant, by=organiser)

    participant.refresh_from_db()
    assert participant.checked_in_at is None
    assert actions(participant) == [("checked in", organiser.email), ("check-in undone", organiser.email)]


def test_check_in_opens_the_day_before_and_stays_open(participant, conference) -> None:
    first = conference.end_of(conference.held_on - datetime.timedelta(days=2))

    with (
        time_machine.travel(first - datetime.timedelta(seconds=1), tick=False),
        pytest.raises(arrivals.CheckInRefused, match="the day before the conference"),
    ):
        arrivals.check_in(participant, by=None)
    with time_machine.travel(first, tick=False):
        arrivals.undo_check_in(arrivals.check_in(participant, by=None), by=None)
    with time_machine.travel(first + datetime.timedelta(days=9), tick=False):
        assert arrivals.check_in(participant, by=None).checked_in_at


def refused(participant: Participant) -> str:
    with pytest.raises(arrivals.CheckInRefused) as refusal:
        arrivals.check_in(participant, by=None)
    participant.refresh_from_db()
    assert participant.checked_in_at is None
    assert actions(participant) == []
    return str(refusal.value)


def test_who_waits_is_told_what_for(participant, conference) -> None:
    full = replies.add_person(participant.invitation, person(2), by=None)
    assert full.status == "confirmed"
    waits_for_seat = replies.add_person(participant.invitation, person(3), by=None)
    other = InvitationFactory(delegation__conference=conference)
    (waits_for_place,) = replies.accept(other, [person(4)], by=None)

    assert refused(waits_for_seat) == "Given3 Family3: On the waiting list. The 2 seats of Brno are taken."
    assert refused(waits_for_place) == "Given4 Family4: On the waiting list. All places of the conference are taken."


def test_who_withdrew_or_was_replaced_is_not_expected(participant, organiser) -> None:
    companion = replies.add_person(participant.invitation, person(2), by=None)
    replies.replace(participant, person(5), by=organiser)
    replies.withdraw(companion, by=None)

    assert refused(participant) == "Given1 Family1: Given5 Family5 has taken the seat."
    assert refused(companion).startswith("Given2 Family2: Withdrawn on ")


def test_who_is_here_keeps_the_seat_until_it_is_undone(participant, organiser) -> None:
    arrivals.check_in(participant, by=organiser)

    for leave in (
        lambda: replies.withdraw(participant, by=organiser),
        lambda: replies.replace(participant, person(2), by=organiser),
    ):
        with pytest.raises(replies.ReplyRefused, match="is checked in at the conference"):
            leave()
    arrivals.undo_check_in(participant, by=organiser)
    replies.withdraw(participant, by=organiser)

    participant.refresh_from_db()
    assert participant.status == "withdrawn"


def test_a_seat_that_is_given_at_the_door_lets_them_in(participant, organiser) -> None:
    replies.add_person(participant.invitation, person(2), by=None)
    waiting = replies.add_person(participant.invitation, person(3), by=None)
    conference = waiting.conference
    Conference.objects.filter(pk=conference.pk).update(target=3, hard_limit=3)

    places.set_seats(waiting.delegation, 3, by=organiser)

    assert arrivals.check_in(waiting, by=organiser).checked_in_at
