import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conference.services import save_conference
from registrations.models import Participant
from registrations.services import places, replies
from tests.factories import (
    ConferenceFactory,
    DelegationFactory,
    InvitationFactory,
    MemberStateDelegationFactory,
    person,
)

pytestmark = pytest.mark.django_db


class TestCapacity:
    @pytest.mark.parametrize(
        ("target", "tolerance", "hard_limit", "capacity"), [(140, 5, 150, 145), (140, 20, 150, 150), (150, 0, 150, 150)]
    )
    def test_is_target_plus_tolerance_within_the_hard_limit(self, target, tolerance, hard_limit, capacity):
        conference = ConferenceFactory(target=target, overbooking_tolerance=tolerance, hard_limit=hard_limit)

        assert conference.capacity == capacity

    def test_a_higher_limit_lets_the_waiting_list_move_up(self):
        conference = ConferenceFactory(target=1, hard_limit=1)
        for number in range(3):
            replies.accept(InvitationFactory(delegation__conference=conference), [person(number)], by=None)
        conference.target = conference.hard_limit = 2

        save_conference(conference, by=None)

        assert list(Participant.objects.order_by("pk").values_list("status", flat=True)) == [
            "confirmed",
            "confirmed",
            "waiting",
        ]

    def test_a_lower_limit_sends_nobody_away_and_lets_nobody_in(self):
        conference = ConferenceFactory(target=2, hard_limit=2)
        first, second, third = (
            replies.accept(InvitationFactory(delegation__conference=conference), [person(number)], by=None)[0]
            for number in range(3)
        )
        conference.target = conference.hard_limit = 1
        save_conference(conference, by=None)

        replies.withdraw(first, by=None)

        third.refresh_from_db()
        assert third.status == "waiting"
        replies.withdraw(second, by=None)
        third.refresh_from_db()
        assert third.status == "confirmed"


class TestSetSeats:
    def test_more_seats_go_to_the_delegations_waiting_list(self):
        invitation = InvitationFactory()
        replies.accept(invitation, [person(1), person(2)], by=None)
        third = replies.add_person(invitation, person(3), by=None)

        places.set_seats(invitation.delegation, 3, by=None)

        third.refresh_from_db()
        assert (third.status, third.seat_no) == ("confirmed", 3)

    def test_never_fewer_than_are_occupied_or_held(self):
        invitation = InvitationFactory()
        replies.accept(invitation, [person(1)], by=None)

        with pytest.raises(places.SeatsRefused, match="1 seats are occupied and 1 held"):
            places.set_seats(invitation.delegation, 1, by=None)

    def test_a_member_state_has_one(self):
        with pytest.raises(places.SeatsRefused):
            places.set_seats(MemberStateDelegationFactory(), 2, by=None)


def test_placing_costs_the_same_however_many_take_part():
    conference = ConferenceFactory()
    queries = []
    for crowd in (1, 20):
        for number in range(crowd):
            replies.accept(
                InvitationFactory(delegation=DelegationFactory(conference=conference)), [person(number)], by=None
            )
        invitation = InvitationFactory(delegation=DelegationFactory(conference=conference))

        with CaptureQueriesContext(connection) as captured:
            replies.accept(invitation, [person(100 + crowd)], by=None)
        queries.append(len(captured))
    assert queries[0] == queries[1]
