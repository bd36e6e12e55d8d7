"""Fifty changes at the same instant never write to more strangers than a day allows; a link takes effect once."""

from collections import Counter

import pytest

from mailings.models import Mail
from registrations.models import AddressChange, AddressNotice, Participant
from registrations.services import replies
from tests.factories import InvitationFactory, UserFactory, person
from tests.processes import race
from tests.races import address_jobs

pytestmark = [pytest.mark.databases, pytest.mark.django_db(transaction=True)]


def registered() -> Participant:
    return replies.accept(InvitationFactory(), [person(1)], by=None)[0]


def test_the_limit_of_new_addresses_holds(tmp_path):
    participant, user = registered(), UserFactory()
    work = [(participant.pk, user.pk, number) for number in range(50)]

    result = race(address_jobs.change, work, folder=tmp_path)

    # Each change counts as two of the day's twenty, after the registration itself.
    assert Counter(result.values) == {"changed": 9, "too much": 41}
    given = set(AddressNotice.objects.values_list("email", flat=True))
    given |= set(AddressChange.objects.values_list("email", flat=True))
    assert len(given) == 10
    assert AddressChange.objects.open().count() == 1
    strangers = {address for mail in Mail.objects.all() for address in mail.to if "elsewhere" in address}
    assert len(strangers) == 9


def test_a_link_that_is_clicked_twenty_times_takes_effect_once(tmp_path):
    participant, user = registered(), UserFactory()
    replies.change(participant, person(1, email="new@elsewhere.example"), by=user)
    change = AddressChange.objects.get()

    result = race(address_jobs.confirm, [(change.pk,)] * 20, folder=tmp_path)

    assert Counter(result.values) == {"confirmed": 1, "too late": 19}
    assert Participant.objects.get().email == "new@elsewhere.example"
    assert Mail.objects.filter(kind="confirmation", to=["new@elsewhere.example"]).count() == 1
