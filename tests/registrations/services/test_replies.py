import datetime

import pytest
import time_machine

from accounts.models import User
from conference.models import HistoryEntry
from mailings.models import Mail
from registrations.models import Category, Consent, Invitation, Participant
from registrations.services import notices, places, replies
from registrations.states import InvitationStatus, ParticipantStatus
from tests.factories import (
    ConferenceFactory,
    DelegationFactory,
    InvitationFactory,
    MemberStateDelegationFactory,
    OrganisationDelegationFactory,
    UserFactory,
    person,
)

pytestmark = pytest.mark.django_db


def statuses(*participants: Participant) -> list[str]:
    return [Participant.objects.get(pk=participant.pk).status for participant in participants]


def mails(kind: str) -> list[list[str]]:
    return list(Mail.objects.filter(kind=kind).order_by("pk").values_list("to", flat=True))


class TestAccept:
    def test_two_people_get_seats_places_and_confirmations(self):
        invitation = InvitationFactory()

        first, second = replies.accept(invitation, [person(1), person(2, role="companion")], by=None)

        assert [(p.status, p.seat_no, p.place_no) for p in (first, second)] == [
            ("confirmed", 1, 1),
            ("confirmed", 2, 2),
        ]
        assert first.category == Category.CITY
        assert mails("confirmation") == [[invitation.email]] * 2
        assert mails("address_notice") == [["guest1@city.example"], ["guest2@city.example"]]

    def test_records_the_reply(self):
        invitation = InvitationFactory(draft={"people-0-given_name": "G"})

        replies.accept(
            invitation,
            [person()],
            by=None,
            assistant_name="Ann Assistant",
            assistant_email="Ann@city.example",
            message="We look forward to it.",
        )

        invitation.refresh_from_db()
        assert invitation.status == InvitationStatus.ACCEPTED
        assert invitation.reply_channel == Invitation.Channel.WEB
        assert invitation.replied_at is not None
        assert invitation.opened_at is not None
        assert invitation.draft == {}
        assert invitation.message == "We look forward to it."
        assert invitation.contact == User.objects.get(email=invitation.email)
        assert invitation.assistant == User.objects.get(email="ann@city.example")

    def test_makes_accounts_without_password_and_verifies_none_of_their_addresses(self):
        invitation = InvitationFactory()

        (participant,) = replies.accept(invitation, [person()], by=None)

        assert not participant.user.has_usable_password()
        assert participant.user.emailaddress_set.get().verified is False
        assert User.objects.get(email=invitation.email).emailaddress_set.get().verified is False

    def test_a_reply_by_telephone_verifies_no_address(self):
        invitation = InvitationFactory()

        replies.accept(invitation, [person()], by=UserFactory(is_staff=True), channel=Invitation.Channel.PHONE)

        assert User.objects.get(email=invitation.email).emailaddress_set.get().verified is False

    def test_two_people_may_share_an_address(self):
        invitation = InvitationFactory()

        first, second = replies.accept(invitation, [person(1), person(2, email="GUEST1@city.example")], by=None)

        assert first.user == second.user

    def test_nothing_goes_to_addresses_that_nobody_has_confirmed(self):
        invitation = InvitationFactory(copy_to=["cabinet@city.example", "ANN@city.example"])

        replies.accept(invitation, [person()], by=None, assistant_email="ann@city.example")

        mail = Mail.objects.get(kind="confirmation")
        assert mail.to == [invitation.email]
        assert mail.cc == ["cabinet@city.example"]

    def test_once_confirmed_copies_go_to_the_invited_address_and_the_assistant_once(self):
        invitation = InvitationFactory(copy_to=["cabinet@city.example", "ANN@city.example"])
        (participant,) = replies.accept(invitation, [person()], by=None, assistant_email="ann@city.example")
        notices.prove("guest1@city.example")
        notices.prove("ann@city.example")

        replies.withdraw(participant, by=None)

        assert Mail.objects.get(kind="cancellation").cc == [
            invitation.email,
            "cabinet@city.example",
            "ann@city.example",
        ]

    def test_the_same_reply_twice_changes_nothing(self):
        invitation = InvitationFactory()
        replies.accept(invitation, [person()], by=None)

        with pytest.raises(replies.AlreadyReplied):
            replies.accept(invitation, [person()], by=None)

        assert Participant.objects.count() == 1
        assert len(mails("confirmation")) == 1

    def test_never_more_people_than_the_invitation_offers(self):
        invitation = InvitationFactory(seats=1)

        with pytest.raises(replies.ReplyRefused, match="1 people at most"):
            replies.accept(invitation, [person(1), person(2)], by=None)

        assert Participant.objects.count() == 0

    def test_needs_a_person(self):
        with pytest.raises(replies.ReplyRefused):
            replies.accept(InvitationFactory(), [], by=None)

    def test_when_the_conference_is_full_the_reply_waits_and_is_told_why(self):
        conference = ConferenceFactory(target=1, hard_limit=1)
        first = InvitationFactory(delegation__conference=conference)
        second = InvitationFactory(delegation__conference=conference)
        replies.accept(first, [person(1)], by=None)

        (late,) = replies.accept(second, [person(2)], by=None)

        assert (late.status, late.waiting_for) == (ParticipantStatus.WAITING, Participant.WaitingFor.CONFERENCE)
        assert places.reason_for_waiting(late) == "All places of the conference are taken."
        mail = Mail.objects.get(kind="waiting")
        assert "All places of the conference are taken. You are number 1" in mail.text

    def test_until_midnight_of_the_reply_by_date_at_the_venue(self):
        invitation = InvitationFactory(reply_by=datetime.date(2030, 1, 10))
        invitation.conference.held_on = datetime.date(2030, 2, 26)
        invitation.conference.save()

        with (
            time_machine.travel(datetime.datetime(2030, 1, 10, 23, 0, tzinfo=datetime.UTC), tick=False),
            pytest.raises(replies.ReplyRefused, match="reply-by date has passed"),
        ):
            replies.accept(invitation, [person()], by=None)
        with time_machine.travel(datetime.datetime(2030, 1, 10, 22, 59, tzinfo=datetime.UTC), tick=False):
            (participant,) = replies.accept(invitation, [person()], by=None)

        assert participant.status == ParticipantStatus.CONFIRMED

    def test_an_organiser_records_what_came_late(self):
        invitation = InvitationFactory(
            status=InvitationStatus.LAPSED,
            holds_seats=False,
            lapsed_at=datetime.datetime.now(datetime.UTC),
            reply_by=datetime.date(2020, 1, 1),
        )
        organiser = UserFactory(is_staff=True)

        replies.accept(invitation, [person()], by=organiser, channel=Invitation.Channel.LETTER)

        invitation.refresh_from_db()
        assert (invitation.status, invitation.lapsed_at) == (InvitationStatus.ACCEPTED, None)
        assert HistoryEntry.objects.get(action="accepted").by == organiser

    @pytest.mark.parametrize("status", [InvitationStatus.SELECTED, InvitationStatus.REVOKED])
    def test_not_possible_before_it_is_sent_or_after_it_is_revoked(self, status):
        invitation = InvitationFactory(status=status, holds_seats=False)

        with pytest.raises(replies.ReplyRefused):
            replies.accept(invitation, [person()], by=UserFactory())

    def test_a_refusal_can_be_taken_back_in_time(self):
        invitation = InvitationFactory()
        replies.decline(invitation, by=None, substitute=replies.Substitute("Deputy", "", "deputy@city.example"))

        (participant,) = replies.accept(invitation, [person()], by=None)

        invitation.refresh_from_db()
        assert participant.status == ParticipantStatus.CONFIRMED
        assert invitation.substitute_email == ""

    def test_consents_name_the_version_that_was_shown(self):
        invitation = InvitationFactory()

        own = person(email=invitation.email, consents={"list": True, "photos": False})
        (participant,) = replies.accept(invitation, [own], by=None)

        notice = invitation.conference.pages.get(kind="privacy")
        assert list(participant.consents.order_by("purpose").values_list("purpose", "given", "notice")) == [
            ("list", True, notice.pk),
            ("photos", False, notice.pk),
        ]


class TestSeatsThatInvitationsHold:
    def test_nobody_else_of_the_delegation_can_take_them(self):
        delegation = DelegationFactory(seats=2)
        InvitationFactory(delegation=delegation, seats=1)
        other = InvitationFactory(delegation=delegation, seats=1, email="other@city.example")
        replies.accept(other, [person(1)], by=None)

        second = replies.add_person(other, person(2), by=None)

        assert (second.status, second.waiting_for) == (
            ParticipantStatus.WAITING,
            Participant.WaitingFor.DELEGATION,
        )

    def test_unused_ones_stay_for_a_companion_named_later(self):
        delegation = DelegationFactory(seats=2)
        invitation = InvitationFactory(delegation=delegation, seats=2)
        replies.accept(invitation, [person(1)], by=None)

        companion = replies.add_person(invitation, person(2), by=None)

        assert companion.seat_no == 2

    def test_a_refusal_frees_them(self):
        delegation = DelegationFactory(seats=2)
        held = InvitationFactory(delegation=delegation, seats=1)
        other = InvitationFactory(delegation=delegation, seats=1, email="other@city.example")
        replies.accept(other, [person(1)], by=None)
        waiting = replies.add_person(other, person(2), by=None)

        replies.decline(held, by=None)

        assert statuses(waiting) == ["confirmed"]

    def test_a_conference_can_hold_places_from_the_invitation_on(self):
        conference = ConferenceFactory(target=2, hard_limit=2, places_taken="invitation")
        InvitationFactory(delegation=DelegationFactory(conference=conference, seats=1), seats=1)
        own = InvitationFactory(delegation=DelegationFactory(conference=conference, seats=2), seats=1)
        replies.accept(own, [person(1)], by=None)

        second = replies.add_person(own, person(2), by=None)

        assert second.waiting_for == Participant.WaitingFor.CONFERENCE


class TestAddPerson:
    def test_the_third_of_a_city_waits_for_the_city(self):
        invitation = InvitationFactory()
        replies.accept(invitation, [person(1), person(2)], by=None)

        third = replies.add_person(invitation, person(3), by=None)

        assert third.status == ParticipantStatus.WAITING
        assert places.reason_for_waiting(third) == f"The 2 seats of {invitation.delegation.name} are taken."
        assert places.position(third) == 1

    def test_the_second_nominee_of_a_member_state_waits(self):
        invitation = InvitationFactory(delegation=MemberStateDelegationFactory())
        replies.accept(invitation, [person(1)], by=None)

        second = replies.add_person(invitation, person(2), by=None)

        assert second.status == ParticipantStatus.WAITING
        assert places.reason_for_waiting(second) == "The seat of Germany is taken."

    def test_the_same_person_twice_is_said_to_be_registered(self):
        invitation = InvitationFactory()
        replies.accept(invitation, [person(1)], by=None)
        replies.add_person(invitation, person(2), by=None)

        with pytest.raises(replies.AlreadyReplied, match="Given2 Family2"):
            replies.add_person(invitation, person(2), by=None)

    def test_only_after_accepting(self):
        with pytest.raises(replies.ReplyRefused):
            replies.add_person(InvitationFactory(), person(), by=None)


class TestDecline:
    def test_frees_the_seats_and_keeps_the_proposed_substitute(self):
        invitation = InvitationFactory()

        replies.decline(
            invitation,
            by=None,
            message="A council meeting.",
            substitute=replies.Substitute("Zoë Deputy", "Deputy mayor", "zoe@city.example"),
        )

        invitation.refresh_from_db()
        assert (invitation.status, invitation.holds_seats) == (InvitationStatus.DECLINED, False)
        assert invitation.substitute_name == "Zoë Deputy"
        assert mails("declined") == [[invitation.email]]

    def test_twice_is_calm(self):
        invitation = InvitationFactory()
        replies.decline(invitation, by=None)

        with pytest.raises(replies.AlreadyReplied):
            replies.decline(invitation, by=None)

    def test_after_accepting_says_what_to_do_instead(self):
        invitation = InvitationFactory()
        replies.accept(invitation, [person()], by=None)

        with pytest.raises(replies.ReplyRefused, match="Withdraw the registrations"):
            replies.decline(invitation, by=None)


class TestWithdraw:
    def test_the_waiting_list_moves_up_in_order(self):
        conference = ConferenceFactory(target=1, hard_limit=1)
        invitations = [InvitationFactory(delegation__conference=conference) for _number in range(3)]
        leaving, first, second = (
            replies.accept(invitation, [person(number)], by=None)[0] for number, invitation in enumerate(invitations)
        )

        replies.withdraw(leaving, by=None)

        assert statuses(leaving, first, second) == ["withdrawn", "confirmed", "waiting"]
        assert mails("moved_up") == [[invitations[1].email]]
        second.refresh_from_db()
        assert places.position(second) == 1

    def test_who_waits_for_their_delegation_does_not_block_those_behind(self):
        conference = ConferenceFactory(target=3, hard_limit=3)
        city = InvitationFactory(delegation__conference=conference)
        replies.accept(city, [person(1), person(2)], by=None)
        other = InvitationFactory(delegation__conference=conference)
        (leaving,) = replies.accept(other, [person(3)], by=None)
        for_city = replies.add_person(city, person(4), by=None)
        third = InvitationFactory(delegation__conference=conference)
        (for_conference,) = replies.accept(third, [person(5)], by=None)

        replies.withdraw(leaving, by=None)

        assert statuses(for_city, for_conference) == ["waiting", "confirmed"]

    def test_a_seat_without_a_place_keeps_waiting_for_the_conference(self):
        conference = ConferenceFactory(target=2, hard_limit=2)
        city = InvitationFactory(delegation__conference=conference)
        leaving, _companion = replies.accept(city, [person(1), person(2)], by=None)
        other = InvitationFactory(delegation__conference=conference)
        (first_in_line,) = replies.accept(other, [person(3)], by=None)
        of_city = replies.add_person(city, person(4), by=None)

        replies.withdraw(leaving, by=None)

        of_city.refresh_from_db()
        assert statuses(first_in_line) == ["confirmed"]
        assert of_city.waiting_for == Participant.WaitingFor.CONFERENCE

    def test_tells_the_calendar(self):
        (participant,) = replies.accept(InvitationFactory(), [person()], by=None)

        replies.withdraw(participant, by=None)

        request, cancel = Mail.objects.exclude(calendar="").order_by("pk")
        assert "METHOD:REQUEST" in request.calendar
        assert "SEQUENCE:1\r\n" in request.calendar
        assert "METHOD:CANCEL" in cancel.calendar
        assert "SEQUENCE:2\r\n" in cancel.calendar

    def test_the_last_one_ends_the_holding_of_seats(self):
        invitation = InvitationFactory()
        (participant,) = replies.accept(invitation, [person()], by=None)

        replies.withdraw(participant, by=None)

        invitation.refresh_from_db()
        assert (invitation.status, invitation.holds_seats) == (InvitationStatus.WITHDRAWN, False)

    def test_twice_says_so(self):
        (participant,) = replies.accept(InvitationFactory(), [person()], by=None)
        replies.withdraw(participant, by=None)

        with pytest.raises(replies.ReplyRefused, match="no longer registered"):
            replies.withdraw(participant, by=None)

    def test_from_the_waiting_list_there_is_no_calendar_entry(self):
        invitation = InvitationFactory(delegation=OrganisationDelegationFactory())
        replies.accept(invitation, [person(1)], by=None)
        waiting = replies.add_person(invitation, person(2), by=None)

        replies.withdraw(waiting, by=None)

        assert Mail.objects.get(kind="cancellation").calendar == ""


class TestReplace:
    def test_the_seat_stays_with_the_delegation(self):
        conference = ConferenceFactory(target=1, hard_limit=1)
        invitation = InvitationFactory(delegation__conference=conference)
        (mayor,) = replies.accept(invitation, [person(1, email=invitation.email)], by=None)
        (waiting,) = replies.accept(InvitationFactory(delegation__conference=conference), [person(2)], by=None)

        deputy = replies.replace(mayor, person(3, role="deputy"), by=UserFactory())

        assert (deputy.status, deputy.seat_no, deputy.place_no, deputy.replaces) == ("confirmed", 1, 1, mayor)
        assert statuses(mayor, waiting) == ["replaced", "waiting"]
        assert mails("cancellation") == [[invitation.email]]
        assert mails("confirmation")[-1] == [invitation.email]
        notices.prove("guest3@city.example")
        assert mails("confirmation")[-1] == ["guest3@city.example"]

    def test_the_position_in_the_waiting_list_stays(self):
        invitation = InvitationFactory(delegation=OrganisationDelegationFactory())
        replies.accept(invitation, [person(1)], by=None)
        first = replies.add_person(invitation, person(2), by=None)
        replies.add_person(invitation, person(3), by=None)

        successor = replies.replace(first, person(4), by=UserFactory())

        assert places.position(successor) == 1


class TestChange:
    def test_a_new_name_gets_a_new_confirmation_with_a_higher_sequence(self):
        (participant,) = replies.accept(InvitationFactory(), [person()], by=None)

        replies.change(participant, person(family_name="Štěpánková"), by=UserFactory())

        _old, new = Mail.objects.filter(kind="confirmation").order_by("pk")
        assert "SEQUENCE:2\r\n" in new.calendar
        assert "Štěpánková" in new.text

    def test_dietary_needs_change_silently_and_the_history_names_no_value(self):
        (participant,) = replies.accept(InvitationFactory(), [person()], by=None)

        replies.change(participant, person(dietary_needs="coeliac"), by=UserFactory())

        assert len(mails("confirmation")) == 1
        assert HistoryEntry.objects.get(action="changed").detail == "dietary needs"

    def test_a_consent_taken_back_is_added_not_overwritten(self):
        invitation = InvitationFactory()
        own = person(email=invitation.email, consents={"list": True})
        (participant,) = replies.accept(invitation, [own], by=None)

        replies.decide_consents(participant, {"list": False}, by=participant.user)

        assert list(Consent.objects.order_by("pk").values_list("given", flat=True)) == [True, False]
