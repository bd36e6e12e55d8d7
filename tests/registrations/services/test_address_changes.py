"""Nobody takes a registration over by typing another address: it is confirmed there, and the old one can stop it."""

import datetime

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from conference import history
from mailings.models import Mail
from registrations.models import AddressChange, Participant
from registrations.services import address_changes, replies
from registrations.services.address_changes import ChangeRefused
from tests.factories import ConferenceFactory, InvitationFactory, UserFactory, person

pytestmark = pytest.mark.django_db

NEW = "new@city.example"


def verified(email: str) -> User:
    """Somebody who has signed in with a code sent to this address."""
    user = User.objects.filter(email=email).first() or UserFactory(email=email)
    EmailAddress.objects.update_or_create(user=user, email=email, defaults={"verified": True, "primary": True})
    return user


@pytest.fixture
def owner() -> User:
    return verified("guest1@city.example")


@pytest.fixture
def contact() -> User:
    return verified("mayor@city.example")


@pytest.fixture
def participant(owner, contact) -> Participant:
    invitation = InvitationFactory(email=contact.email)
    [registered] = replies.accept(invitation, [person(1)], by=None)
    Mail.objects.all().delete()
    return registered


def ask(participant: Participant, *, by: User | None, email: str = NEW, **changes: str) -> AddressChange:
    replies.change(participant, person(1, email=email, **changes), by=by)
    return AddressChange.objects.open().get(participant=participant)


class TestAssistantTakesOver:
    """What an assistant did who wanted to become the owner."""

    def test_the_owner_keeps_the_registration(self, participant, owner, contact):
        change = ask(participant, by=contact, email="mine@city.example")

        address_changes.confirm(change)

        participant.refresh_from_db()
        assert (participant.email, participant.user) == ("guest1@city.example", owner)
        assert change.needs_agreement

    def test_the_owner_gets_a_mail_and_stops_it(self, participant, contact, owner):
        change = ask(participant, by=contact, email="mine@city.example")
        to_owner = Mail.objects.get(to=["guest1@city.example"])

        address_changes.keep(change)

        assert to_owner.kind == "address_leaving"
        assert "/address-change/" in to_owner.secrets()["address_link"]
        with pytest.raises(ChangeRefused, match="no longer possible"):
            address_changes.confirm(change)

    def test_once_the_owner_agrees_it_takes_effect(self, participant, contact):
        change = ask(participant, by=contact)
        address_changes.confirm(change)

        address_changes.agree(change)

        participant.refresh_from_db()
        assert (participant.email, participant.user.email) == (NEW, NEW)


class TestAsking:
    def test_changes_everything_else_at_once(self, participant, owner):
        ask(participant, by=owner, function="Deputy mayor")

        participant.refresh_from_db()
        assert (participant.function, participant.email) == ("Deputy mayor", "guest1@city.example")

    def test_makes_no_account_of_the_new_address(self, participant, owner):
        ask(participant, by=owner)

        assert not User.objects.filter(email=NEW).exists()

    def test_mails_both_addresses(self, participant, owner):
        ask(participant, by=owner)

        assert set(Mail.objects.values_list("kind", "to__0")) == {
            ("address_change", NEW),
            ("address_leaving", "guest1@city.example"),
        }

    def test_twice_is_once(self, participant, owner):
        ask(participant, by=owner)
        ask(participant, by=owner)

        assert AddressChange.objects.count() == 1
        assert Mail.objects.filter(kind="address_change").count() == 1

    def test_another_address_overtakes(self, participant, owner):
        first = ask(participant, by=owner)

        ask(participant, by=owner, email="third@city.example")

        first.refresh_from_db()
        assert first.ended_as == AddressChange.Ending.OVERTAKEN

    def test_an_organiser_asks_the_new_address_as_well(self, participant, organiser):
        change = ask(participant, by=organiser)

        participant.refresh_from_db()
        assert participant.email == "guest1@city.example"
        assert not change.needs_agreement

    def test_an_address_that_nobody_signs_in_with_needs_no_agreement(self, contact):
        invitation = InvitationFactory(email=contact.email)
        [registered] = replies.accept(invitation, [person(1)], by=None)

        assert not ask(registered, by=contact).needs_agreement


class TestConfirming:
    def test_moves_address_account_and_calendar(self, participant, owner):
        change = ask(participant, by=owner)
        Mail.objects.all().delete()

        address_changes.confirm(change)

        participant.refresh_from_db()
        assert (participant.email, participant.user.email) == (NEW, NEW)
        left = Mail.objects.get(kind="address_left")
        confirmation = Mail.objects.get(kind="confirmation")
        assert (left.to, left.calendar_method) == (["guest1@city.example"], "CANCEL")
        assert (confirmation.to, confirmation.calendar_method) == ([NEW], "REQUEST")
        assert "SEQUENCE:2" in left.calendar
        assert "SEQUENCE:3" in confirmation.calendar

    def test_is_in_the_history_each_time(self, participant, owner):
        address_changes.confirm(ask(participant, by=owner))

        actions = list(history.of(participant).values_list("action", "by_label"))
        assert actions[:3] == [
            ("address changed", "guest1@city.example"),
            ("new address confirmed", NEW),
            ("another address asked for", "guest1@city.example"),
        ]

    def test_an_hour_too_late(self, participant, owner):
        change = ask(participant, by=owner)

        late = timezone.now() + AddressChange.VALID_FOR + datetime.timedelta(hours=1)
        with time_machine.travel(late, tick=False), pytest.raises(ChangeRefused):
            address_changes.confirm(change)

    def test_of_somebody_who_was_withdrawn_meanwhile(self, participant, owner):
        change = ask(participant, by=owner)
        replies.withdraw(participant, by=owner)

        with pytest.raises(ChangeRefused, match="can no longer be changed"):
            address_changes.confirm(change)

    def test_on_the_waiting_list(self, owner, contact):
        invitation = InvitationFactory(
            email=contact.email, delegation__conference=ConferenceFactory(target=1, hard_limit=1)
        )
        replies.accept(invitation, [person(2), person(1)], by=None)
        waiting = Participant.objects.waiting().get()
        change = ask(waiting, by=owner)
        Mail.objects.all().delete()

        address_changes.confirm(change)

        assert set(Mail.objects.values_list("kind", "to__0", "calendar_method")) == {
            ("address_left", "guest1@city.example", ""),
            ("waiting", NEW, ""),
        }

    @pytest.mark.parametrize("end", [address_changes.refuse, address_changes.keep])
    def test_after_a_refusal_nothing_happens(self, participant, owner, end):
        change = ask(participant, by=owner)
        end(change)
        end(change)

        with pytest.raises(ChangeRefused):
            address_changes.confirm(change)
        participant.refresh_from_db()
        assert participant.email == "guest1@city.example"


class TestSendingAgain:
    def test_the_earlier_link_ends(self, participant, owner):
        change = ask(participant, by=owner)
        before = change.token_sha256

        address_changes.send_again(change, by=owner)

        change.refresh_from_db()
        assert change.token_sha256 != before
        assert Mail.objects.filter(kind="address_change").count() == 2

    def test_is_bounded(self, participant, owner):
        change = ask(participant, by=owner)
        address_changes.send_again(change, by=owner)
        address_changes.send_again(change, by=owner)

        with pytest.raises(ChangeRefused, match="sent 3 times already"):
            address_changes.send_again(change, by=owner)


class TestConstraints:
    @pytest.mark.parametrize(
        ("fields", "constraint"),
        [
            ({"ended_at": timezone.now()}, "address_change_end_and_how_both_or_neither"),
            ({"ended_as": "kept"}, "address_change_end_and_how_both_or_neither"),
            ({"done_at": timezone.now()}, "address_change_in_effect_only_once_confirmed"),
            (
                {"done_at": timezone.now(), "confirmed_at": timezone.now(), "needs_agreement": True},
                "address_change_in_effect_only_once_confirmed",
            ),
            (
                {
                    "done_at": timezone.now(),
                    "confirmed_at": timezone.now(),
                    "ended_at": timezone.now(),
                    "ended_as": "kept",
                },
                "address_change_in_effect_or_ended",
            ),
        ],
    )
    def test_rows_that_say_two_things(self, participant, owner, fields, constraint):
        change = ask(participant, by=owner)

        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            AddressChange.objects.filter(pk=change.pk).update(**fields)

    def test_two_open_ones(self, participant, owner):
        change = ask(participant, by=owner)
        change.pk, change.token_sha256, change.keep_sha256 = None, "a", "b"

        with pytest.raises(IntegrityError), transaction.atomic():
            change.save(force_insert=True)
