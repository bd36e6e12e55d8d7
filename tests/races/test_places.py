"""Fifty processes want the last seat, and other instants at which quotas are lost elsewhere."""

import datetime
from collections import Counter

import pytest
from django.utils import timezone

from accounts.models import User
from registrations.models import AddressNotice, Consent, Invitation, InvitationLink, Participant
from registrations.states import InvitationStatus, WaveStatus
from tests.factories import (
    ConferenceFactory,
    DelegationFactory,
    InvitationFactory,
    MemberStateDelegationFactory,
    WaveFactory,
)
from tests.processes import race
from tests.races import jobs
from tests.races.judging import invite, mails, occupy, oversold, stuck, unexplained

pytestmark = [pytest.mark.databases, pytest.mark.django_db(transaction=True)]


def winners(values: list[str]) -> Counter[str]:
    return Counter(word for value in values for word in value.split(", "))


class TestFiftyProcesses:
    def test_the_last_seat_of_a_city(self, tmp_path):
        city = DelegationFactory(seats=2)
        occupy([city], 1)
        work = [(invite(city, number).pk, number) for number in range(50)]

        result = race(jobs.accept, work, folder=tmp_path)

        assert winners(result.values) == {"confirmed": 1, "waiting": 49}
        assert sorted(city.participants.confirmed().values_list("seat_no", flat=True)) == [1, 2]
        assert set(city.participants.waiting().values_list("waiting_for", flat=True)) == {"delegation"}
        assert (mails("confirmation"), mails("waiting")) == (1, 49)

    def test_the_seat_of_a_member_state(self, tmp_path):
        state = MemberStateDelegationFactory(code="FR")
        work = [(invite(state, number).pk, number) for number in range(50)]

        result = race(jobs.accept, work, folder=tmp_path)

        assert winners(result.values) == {"confirmed": 1, "waiting": 49}

    def test_the_151st(self, tmp_path):
        conference = ConferenceFactory(target=150, hard_limit=150)
        full = DelegationFactory(conference=conference, seats=149)
        occupy([full], 149)
        cities = [DelegationFactory(conference=conference) for _number in range(50)]
        work = [(invite(city, number).pk, number) for number, city in enumerate(cities)]

        result = race(jobs.accept, work, folder=tmp_path)

        assert winners(result.values) == {"confirmed": 1, "waiting": 49}
        places = conference.participants.confirmed().values_list("place_no", flat=True)
        assert sorted(places) == list(range(1, 151))
        assert set(conference.participants.waiting().values_list("waiting_for", flat=True)) == {"conference"}

    def test_600_attempts_on_27_delegations(self, tmp_path):
        conference = ConferenceFactory(target=150, hard_limit=150)
        delegations = [DelegationFactory(conference=conference, seats=6) for _number in range(27)]
        work = [(invite(delegations[number % 27], number).pk, number) for number in range(600)]

        result = race(jobs.accept, work, folder=tmp_path)

        assert winners(result.values) == {"confirmed": 150, "waiting": 450}
        assert (oversold(conference), stuck(conference), unexplained(conference)) == (0, [], [])
        assert (mails("confirmation"), mails("waiting")) == (150, 450)
        # Nobody consents for somebody else, and each guest is notified once who registered them.
        assert Consent.objects.count() == 0
        assert (AddressNotice.objects.count(), mails("address_notice")) == (600, 600)
        # The guests' accounts and those of the invited addresses.
        assert User.objects.count() == 1200

    @pytest.mark.parametrize("seats", [6, 40])
    def test_600_mixed_replies_and_withdrawals(self, tmp_path, seats):
        conference = ConferenceFactory(target=120, hard_limit=120)
        delegations = [DelegationFactory(conference=conference, seats=seats) for _number in range(27)]
        leaving = occupy(delegations, 4)
        joining = [invite(delegations[number % 27], number) for number in range(600 - len(leaving))]
        work = [(invitation.pk, number, 0) for number, invitation in enumerate(joining)]
        for place, participant in enumerate(leaving):
            work.insert(5 * place, (0, 0, participant.pk))

        result = race(jobs.accept_or_withdraw, work, folder=tmp_path)

        answers = winners(result.values)
        moved_up = mails("moved_up")
        assert answers["withdrawn"] == len(leaving) == 108
        assert conference.participants.confirmed().count() == 120 == answers["confirmed"] + moved_up
        assert conference.participants.waiting().count() == answers["waiting"] - moved_up
        assert (oversold(conference), stuck(conference), unexplained(conference)) == (0, [], [])
        assert mails("cancellation") == 108
        if seats == 40:
            # One line for all: nobody waits before whom a later one was confirmed.
            last = conference.participants.confirmed().order_by("pk").last()
            first_waiting = conference.participants.waiting().first()
            assert last.pk < first_waiting.pk


class TestTheSameInstant:
    def test_the_same_reply_sent_twice(self, tmp_path):
        invitation = InvitationFactory()

        result = race(jobs.accept, [(invitation.pk, 1, 2)] * 8, folder=tmp_path)

        assert sorted(result.values) == ["already replied"] * 7 + ["confirmed, confirmed"]
        assert Participant.objects.count() == 2
        assert mails("confirmation") == 2
        assert User.objects.count() == 3

    def test_third_and_fourth_person_of_a_city(self, tmp_path):
        city = DelegationFactory(seats=2)
        work = [(invite(city, number, seats=2).pk, 2 * number, 2 * number + 1) for number in range(2)]

        result = race(jobs.accept, work, folder=tmp_path)

        assert sorted(result.values) == ["confirmed, confirmed", "waiting, waiting"]
        assert city.participants.confirmed().count() == 2

    def test_a_companion_added_by_two_assistants(self, tmp_path):
        invitation = InvitationFactory()
        race(jobs.accept, [(invitation.pk, 1)], folder=tmp_path)

        result = race(jobs.add_person, [(invitation.pk, 2), (invitation.pk, 3)], folder=tmp_path)

        assert sorted(result.values) == ["confirmed", "waiting"]

    def test_two_nominees_of_a_member_state(self, tmp_path):
        state = MemberStateDelegationFactory(code="FR")
        work = [(invite(state, number).pk, number) for number in range(2)]

        result = race(jobs.accept, work, folder=tmp_path)

        assert sorted(result.values) == ["confirmed", "waiting"]

    def test_replies_that_share_their_people_in_another_order(self, tmp_path):
        city = DelegationFactory(seats=200)
        pairs = [(number, 1, 2) if number % 2 else (number, 2, 1) for number in range(40)]
        work = [(invite(city, number, seats=2).pk, *people) for number, *people in pairs]

        result = race(jobs.accept, work, folder=tmp_path)

        assert winners(result.values) == {"confirmed": 80}
        assert User.objects.filter(email__startswith="guest").count() == 2

    def test_lapsing_while_a_late_reply_is_recorded(self, tmp_path, organiser):
        conference = ConferenceFactory()
        late, next_in_line = [], []
        yesterday = timezone.localdate() - datetime.timedelta(days=1)
        for number in range(20):
            city = DelegationFactory(conference=conference, seats=1)
            late.append(InvitationFactory(delegation=city, reply_by=yesterday))
            next_in_line.append(invite(city, number))
        race(jobs.accept, [(waits.pk, number) for number, waits in enumerate(next_in_line)], folder=tmp_path)
        assert conference.participants.waiting().count() == 20
        work = [(invitation.pk, 100 + number, 0, organiser.pk) for number, invitation in enumerate(late)]
        work.insert(10, (0, 0, conference.pk, 0))

        result = race(jobs.accept_late_or_lapse, work, folder=tmp_path)

        assert winners(result.values)["lapsed"] == 1
        confirmed = Counter(conference.participants.confirmed().values_list("delegation", flat=True))
        assert set(confirmed.values()) == {1}
        assert len(confirmed) == 20
        assert (oversold(conference), stuck(conference)) == (0, [])
        assert not conference.invitations.holding_seats().filter(reply_by=yesterday).exists()
        assert set(Invitation.objects.filter(pk__in=[i.pk for i in late]).values_list("status", flat=True)) == {
            InvitationStatus.ACCEPTED
        }


def test_a_wave_issued_by_ten_workers(tmp_path):
    wave = WaveFactory(status=WaveStatus.SENDING)
    for _number in range(60):
        InvitationFactory(
            delegation__conference=wave.conference, wave=wave, status=InvitationStatus.SELECTED, holds_seats=False
        )

    result = race(jobs.issue, [(wave.pk,)] * 10, folder=tmp_path)

    assert sum(result.values) == 60
    assert mails("invitation") == 60
    assert InvitationLink.objects.values("invitation").distinct().count() == InvitationLink.objects.count() == 60
    assert set(wave.invitations.values_list("status", "holds_seats")) == {(InvitationStatus.SENT, True)}
    wave.refresh_from_db()
    assert wave.status == WaveStatus.SENT


def test_an_error_of_a_racer_is_shown(tmp_path):
    result = race(jobs.accept, [(0, 1)], folder=tmp_path)

    with pytest.raises(AssertionError, match=r"1 of 1 failed.*\n(.*\n)*.*DoesNotExist"):
        _values = result.values
