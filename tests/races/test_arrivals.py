"""Two doors, one guest; and a guest who withdraws while somebody lets them in."""

import pytest

from conference import history
from registrations.services import replies
from tests.factories import ConferenceFactory, DelegationFactory, InvitationFactory, UserFactory, person, tomorrow
from tests.processes import race
from tests.races import jobs

pytestmark = [pytest.mark.databases, pytest.mark.django_db(transaction=True)]


def guests(number: int):
    delegation = DelegationFactory(conference=ConferenceFactory(held_on=tomorrow()), seats=number)
    people = [person(one) for one in range(number)]
    return replies.accept(InvitationFactory(delegation=delegation), people, by=None)


def test_the_same_guest_at_ten_doors_is_checked_in_once(tmp_path):
    (guest,) = guests(1)
    organisers = [UserFactory(is_staff=True) for _door in range(10)]

    result = race(jobs.check_in, [(guest.pk, one.pk) for one in organisers], folder=tmp_path)

    guest.refresh_from_db()
    assert set(result.values) == {str(guest.checked_in_at)}
    assert history.of(guest).filter(action="checked in").count() == 1


def test_who_withdraws_while_being_let_in_does_the_one_or_the_other(tmp_path):
    invited = guests(20)
    organiser = UserFactory(is_staff=True)
    work = [(guest.pk, organiser.pk, leaves) for guest in invited for leaves in (False, True)]

    result = race(jobs.check_in_or_withdraw, work, folder=tmp_path)

    outcomes = list(zip(result.values[::2], result.values[1::2], strict=True))
    assert set(outcomes) <= {("here", "refused"), ("refused", "withdrawn")}
    for guest, (came, _left) in zip(invited, outcomes, strict=True):
        guest.refresh_from_db()
        assert (guest.status, guest.checked_in_at is not None) == (
            ("confirmed", True) if came == "here" else ("withdrawn", False)
        )
