"""Remembering, leaving a contact and taking it back, and what nobody found."""

import pytest
from django.utils import timezone

from conference.history import of as history_of
from conference.models import Page
from conference.queries import newest_notice
from marketplace.models import ContactLeft, Remembered, SearchMiss
from marketplace.services import index, interest
from marketplace.services.interest import InterestRefused
from registrations.services import replies
from tests.factories import UserFactory
from tests.marketplace.factories import stand, visitor

pytestmark = pytest.mark.django_db


@pytest.fixture
def at(db):
    made = stand()
    index.refresh(made.call_id, [made.pk])
    return made


@pytest.fixture
def guest(at):
    return visitor(at.call.conference)


def leave(at, guest, **how):
    notice = newest_notice(guest.conference_id)
    return interest.leave_contact(at, guest, **{"notice": notice, "by": UserFactory(), **how})


def test_remembering_twice_is_once_and_forgetting_takes_it_away(at, guest):
    interest.remember(at, guest)
    interest.remember(at, guest)
    assert Remembered.objects.count() == 1

    interest.forget(at, guest)
    interest.forget(at, guest)
    assert Remembered.objects.count() == 0


def test_a_contact_is_left_with_the_statement_that_was_shown(at, guest):
    contact = leave(at, guest)

    assert contact.notice == Page.objects.get(conference=guest.conference)
    assert leave(at, guest) == contact
    assert [entry.action for entry in history_of(guest)] == ["contact left at a stand"]


def test_a_newer_statement_is_read_first(at, guest):
    shown = newest_notice(guest.conference_id)
    Page.objects.create(conference=guest.conference, kind=Page.Kind.PRIVACY, version=2, body="More.")

    with pytest.raises(InterestRefused, match="has changed"):
        leave(at, guest, notice=shown)


def test_a_contact_taken_back_can_be_left_again_with_a_consent_of_its_own(at, guest):
    first = leave(at, guest)
    interest.revoke_contact(first, by=UserFactory())
    interest.revoke_contact(first, by=UserFactory())
    second = leave(at, guest)

    assert second.pk != first.pk
    assert ContactLeft.objects.filter(revoked_at=None).get() == second
    assert [entry.action for entry in history_of(guest)] == [
        "contact left at a stand",
        "contact at a stand revoked",
        "contact left at a stand",
    ]


def test_a_stand_that_was_released_is_neither_remembered_nor_given_a_contact(at, guest):
    at.released_at = timezone.now()

    with pytest.raises(InterestRefused, match="no longer part"):
        interest.remember(at, guest)
    with pytest.raises(InterestRefused, match="no longer part"):
        leave(at, guest)


def test_who_no_longer_takes_part_does_neither(at, guest):
    replies.withdraw(guest, by=UserFactory())
    guest.refresh_from_db()

    with pytest.raises(InterestRefused, match="no longer registered"):
        interest.remember(at, guest)
    with pytest.raises(InterestRefused, match="no longer registered"):
        leave(at, guest)


def test_misses_are_counted_by_day_without_accents_capitals_or_signs(at):
    assert interest.count_miss(at.call, " Prisões! ")
    assert interest.count_miss(at.call, "PRISOES")

    assert list(SearchMiss.objects.values_list("words", "times", "day")) == [("prisoes", 2, at.call.conference.today)]


@pytest.mark.parametrize("words", ["street", "", "🎉", "   "])
def test_what_finds_something_or_says_nothing_is_no_miss(at, words):
    assert not interest.count_miss(at.call, words)
    assert not SearchMiss.objects.exists()


def test_there_is_an_end_to_the_misses_of_a_day(at, monkeypatch):
    monkeypatch.setattr(interest, "MOST_MISSES", 1)

    assert interest.count_miss(at.call, "prisons")
    assert not interest.count_miss(at.call, "families")
    assert interest.count_miss(at.call, "prisons")


def test_ten_thousand_letters_are_a_short_miss(at):
    assert interest.count_miss(at.call, "z" * 10_000)
    assert SearchMiss.objects.get().words == "z" * 40
