"""Twenty clicks at the same instant make one remembered stand, one consent, one line of history; no miss is lost."""

from collections import Counter

import pytest

from conference.history import of as history_of
from conference.queries import newest_notice
from marketplace.models import ContactLeft, Remembered, SearchMiss
from tests.factories import UserFactory
from tests.marketplace.factories import stand, visitor
from tests.processes import race
from tests.races import interest_jobs

pytestmark = [pytest.mark.databases, pytest.mark.django_db(transaction=True)]

CLICKS = 20


def test_a_stand_is_remembered_once(tmp_path):
    made = stand()
    guest = visitor(made.call.conference)

    result = race(interest_jobs.remember, [(made.pk, guest.pk)] * CLICKS, folder=tmp_path)

    assert Counter(result.values) == {"remembered": CLICKS}
    assert Remembered.objects.count() == 1


def test_a_contact_is_left_once_and_taken_back_once(tmp_path):
    made, user = stand(), UserFactory()
    guest = visitor(made.call.conference)
    work = [(made.pk, guest.pk, newest_notice(guest.conference_id), user.pk)] * CLICKS

    left = race(interest_jobs.leave_contact, work, folder=tmp_path)

    contact = ContactLeft.objects.get()
    assert set(left.values) == {contact.pk}
    assert [entry.action for entry in history_of(guest)] == ["contact left at a stand"]

    race(interest_jobs.revoke_contact, [(contact.pk, user.pk)] * CLICKS, folder=tmp_path)

    assert ContactLeft.objects.get().revoked_at is not None
    assert [entry.action for entry in history_of(guest)] == ["contact at a stand revoked", "contact left at a stand"]


def test_no_miss_is_lost_when_many_look_for_the_same(tmp_path):
    made = stand()

    result = race(interest_jobs.count_miss, [(made.call_id, "submarines")] * CLICKS, folder=tmp_path)

    assert Counter(result.values) == {True: CLICKS}
    assert SearchMiss.objects.get().times == CLICKS
