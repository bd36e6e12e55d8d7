"""No relay: an address that somebody else types gets one mail of ours, and nothing more until it is confirmed."""

import datetime

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from mailings.models import Mail
from registrations.models import AddressNotice, Invitation, Participant
from registrations.services import notices, replies
from registrations.services.notices import NoticeRefused
from registrations.services.replies import Substitute, TooMuchToday
from tests.factories import InvitationFactory, UserFactory, person

pytestmark = pytest.mark.django_db

SPAM = "Claim your refund today"


@pytest.fixture
def invitation() -> Invitation:
    return InvitationFactory(email="mayor@city.example", delegation__name="Aarhus", copy_to=[])


def mails_to(address: str) -> list[str]:
    """The kinds of mail that this address gets, in whatever line."""
    return [mail.kind for mail in Mail.objects.order_by("pk") if address in [*mail.to, *mail.cc]]


def sign_in(email: str) -> User:
    """What allauth says after the first sign-in with a code."""
    user = User.objects.get(email=email)
    address, _made = EmailAddress.objects.update_or_create(user=user, email=email, defaults={"verified": True})
    email_confirmed.send(EmailAddress, request=None, email_address=address)
    return user


class TestSixtyMails:
    """What one representative did in two seconds: strangers got their own words."""

    def test_at_most_ten_new_addresses_a_day(self, invitation):
        [first, _second] = replies.accept(invitation, [person(1, family_name=SPAM), person(2)], by=None)
        contact = UserFactory(email="contact@city.example")
        refused = 0

        for number in range(3, 63):
            first = Participant.objects.active().order_by("pk").last()
            try:
                replies.replace(first, person(number, family_name=SPAM), by=contact)
            except TooMuchToday:
                refused += 1

        strangers = {address for mail in Mail.objects.all() for address in mail.to} - {"mayor@city.example"}
        assert len(strangers) == 10
        assert refused == 52

    def test_no_word_of_theirs_reaches_a_stranger(self, invitation):
        replies.accept(invitation, [person(1, given_name=SPAM, function=SPAM, title="Claim")], by=None)

        [mail] = [mail for mail in Mail.objects.all() if "guest1@city.example" in [*mail.to, *mail.cc]]
        assert mail.kind == "address_notice"
        assert SPAM not in mail.subject + mail.text + mail.html
        assert mail.calendar == ""

    def test_changes_are_limited_as_well(self, invitation):
        [first] = replies.accept(invitation, [person(1)], by=None)
        contact = UserFactory(email="contact@city.example")

        for number in range(19):
            replies.change(first, person(1, family_name=f"Name {chr(97 + number)}"), by=contact)

        with pytest.raises(TooMuchToday, match=r"At most 20 changes a day .* write to conference@organiser\.example"):
            replies.change(first, person(1, family_name="Another"), by=contact)

    def test_tomorrow_is_another_day(self, invitation, settings):
        settings.REGISTRATION_CHANGES_PER_DAY = 0
        [first, _second] = replies.accept(invitation, [person(1), person(2)], by=None)
        contact = UserFactory(email="contact@city.example")
        replies.change(first, person(1, family_name="Once"), by=contact)
        replies.change(first, person(1, family_name="Twice"), by=contact)
        with pytest.raises(TooMuchToday):
            replies.change(first, person(1, family_name="Thrice"), by=contact)

        with time_machine.travel(timezone.now() + datetime.timedelta(days=1, minutes=1), tick=False):
            replies.change(first, person(1, family_name="Thrice"), by=contact)

        first.refresh_from_db()
        assert first.family_name == "Thrice"

    def test_organisers_are_not_limited(self, invitation, organiser, settings):
        settings.REGISTRATION_CHANGES_PER_DAY = settings.NEW_ADDRESSES_PER_DAY = 0
        [first, _second] = replies.accept(invitation, [person(1), person(2)], by=organiser)

        for number in range(5):
            first = replies.replace(first, person(10 + number), by=organiser)

        assert Participant.objects.active().count() == 2

    def test_one_person_is_limited_over_all_their_invitations(self, settings):
        settings.NEW_ADDRESSES_PER_DAY = 2
        contact = UserFactory(email="contact@city.example")
        people = [replies.accept(InvitationFactory(), [person(n)], by=None)[0] for n in range(3)]
        replies.replace(people[0], person(10), by=contact)
        replies.replace(people[1], person(11), by=contact)

        with pytest.raises(TooMuchToday):
            replies.replace(people[2], person(12), by=contact)


class TestHeldBack:
    def test_the_confirmation_goes_to_the_invited_address(self, invitation):
        replies.accept(invitation, [person(1)], by=None)

        assert mails_to("guest1@city.example") == ["address_notice"]
        assert mails_to("mayor@city.example") == ["confirmation"]

    def test_who_registers_themselves_gets_it_at_once(self, invitation):
        replies.accept(invitation, [person(1, email="mayor@city.example")], by=None)

        assert mails_to("mayor@city.example") == ["confirmation"]
        assert AddressNotice.objects.count() == 0

    def test_whoever_signed_in_before_gets_the_notice_and_the_confirmation(self, invitation):
        EmailAddress.objects.create(
            user=UserFactory(email="guest1@city.example"), email="guest1@city.example", verified=True
        )

        replies.accept(invitation, [person(1)], by=None)

        assert mails_to("guest1@city.example") == ["address_notice", "confirmation"]

    def test_what_an_organiser_records_is_not_held_back(self, invitation, organiser):
        replies.accept(invitation, [person(1)], by=organiser)

        assert mails_to("guest1@city.example") == ["address_notice", "confirmation"]
        assert "We have added you to the delegation of Aarhus" in Mail.objects.get(kind="address_notice").text

    def test_copies_to_a_new_assistant_wait(self, invitation):
        replies.accept(
            invitation,
            [person(1, email="mayor@city.example")],
            by=None,
            assistant_name="Ann",
            assistant_email="ann@city.example",
        )

        assert mails_to("ann@city.example") == ["address_notice"]
        assert "named you as the assistant" in Mail.objects.get(kind="address_notice").text

    def test_a_proposed_substitute_is_told(self, invitation):
        replies.decline(invitation, by=None, substitute=Substitute("Bob", SPAM, "bob@city.example"))

        [mail] = Mail.objects.filter(kind="address_notice")
        assert mail.to == ["bob@city.example"]
        assert "has proposed that we invite you instead" in mail.text
        assert SPAM not in mail.text

    def test_one_mail_for_each_person_and_reason(self, invitation):
        [first] = replies.accept(invitation, [person(1)], by=None)
        contact = UserFactory(email="contact@city.example")
        second = replies.replace(first, person(2), by=contact)
        replies.replace(second, person(1), by=contact)

        assert mails_to("guest1@city.example") == ["address_notice"]


class TestConfirming:
    @pytest.fixture
    def notice(self, invitation) -> AddressNotice:
        replies.accept(invitation, [person(1)], by=None)
        return AddressNotice.objects.get()

    def test_sends_the_confirmation_with_the_calendar_entry(self, notice):
        notices.confirm(notice)
        notices.confirm(notice)

        assert mails_to("guest1@city.example") == ["address_notice", "confirmation"]
        mail = Mail.objects.filter(kind="confirmation").latest("pk")
        assert (mail.to, mail.cc, mail.calendar_method) == (["guest1@city.example"], [], "REQUEST")

    def test_the_first_sign_in_does_so_as_well(self, notice):
        sign_in("guest1@city.example")

        assert mails_to("guest1@city.example") == ["address_notice", "confirmation"]

    def test_later_mails_go_there_then(self, notice):
        notices.confirm(notice)

        replies.withdraw(Participant.objects.get(), by=None)

        assert mails_to("guest1@city.example")[-1] == "cancellation"

    def test_who_waits_reads_so(self, invitation):
        invitation.conference.target = invitation.conference.hard_limit = 1
        invitation.conference.save()
        replies.accept(invitation, [person(1), person(2)], by=None)

        notices.confirm(AddressNotice.objects.get(email="guest2@city.example"))

        assert mails_to("guest2@city.example") == ["address_notice", "waiting"]


class TestObjecting:
    @pytest.fixture
    def notice(self, invitation) -> AddressNotice:
        replies.accept(invitation, [person(1)], by=None)
        return AddressNotice.objects.get()

    def test_stops_all_mails(self, notice):
        notices.object_to(notice)
        notices.object_to(notice)

        replies.withdraw(Participant.objects.get(), by=None)
        sign_in("guest1@city.example")

        assert mails_to("guest1@city.example") == ["address_notice"]

    def test_cannot_be_confirmed_any_more(self, notice):
        notices.object_to(notice)

        with pytest.raises(NoticeRefused):
            notices.confirm(notice)

    def test_an_organiser_deals_with_it(self, notice, organiser):
        notices.object_to(notice)
        assert AddressNotice.objects.to_settle().count() == 1

        notices.settle(notice, by=organiser)

        assert AddressNotice.objects.to_settle().count() == 0
        assert notices.has_objected("Guest1@city.example", conference_id=notice.conference_id)

    def test_an_organiser_lifts_it(self, notice, organiser):
        notices.object_to(notice)

        notices.lift(notice, by=organiser)

        assert not notices.has_objected("guest1@city.example", conference_id=notice.conference_id)


class TestSendingAgain:
    def test_is_bounded(self, invitation):
        replies.accept(invitation, [person(1)], by=None)
        notice = AddressNotice.objects.get()
        notices.send_again(notice, by=None)
        notices.send_again(notice, by=None)

        with pytest.raises(NoticeRefused, match="sent 3 times already"):
            notices.send_again(notice, by=None)

        assert mails_to("guest1@city.example") == ["address_notice"] * 3


class TestConsents:
    def test_nobody_consents_for_somebody_else(self, invitation):
        [own, other] = replies.accept(invitation, [person(1, email="mayor@city.example"), person(2)], by=None)

        assert set(own.consents.filter(given=True).values_list("purpose", flat=True)) == {"list"}
        assert not other.consents.exists()

    def test_nor_when_they_add_or_replace(self, invitation):
        contact = UserFactory(email="mayor@city.example")
        [own] = replies.accept(invitation, [person(1, email="mayor@city.example")], by=None)

        added = replies.add_person(own.invitation, person(2), by=contact)
        successor = replies.replace(added, person(3), by=contact)

        assert not added.consents.exists()
        assert not successor.consents.exists()

    def test_an_organiser_records_none(self, invitation, organiser):
        [registered] = replies.accept(invitation, [person(1)], by=organiser)

        assert not registered.consents.exists()


class TestConstraints:
    @pytest.mark.parametrize(
        ("fields", "constraint"),
        [
            ({"settled_at": timezone.now()}, "notice_settled_only_after_objection"),
            ({"times_sent": 0}, "notice_sent_at_least_once"),
            ({"by_organiser": True, "mails_wait": True}, "notice_by_organiser_holds_no_mails"),
        ],
    )
    def test_rows_that_make_no_sense(self, invitation, fields, constraint):
        replies.accept(invitation, [person(1)], by=None)

        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            AddressNotice.objects.update(**fields)

    def test_twice_for_one_reason(self, invitation):
        replies.accept(invitation, [person(1)], by=None)
        notice = AddressNotice.objects.get()
        notice.pk, notice.token_sha256 = None, "other"

        with pytest.raises(IntegrityError), transaction.atomic():
            notice.save(force_insert=True)
