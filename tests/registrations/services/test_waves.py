import datetime

import pytest
import time_machine
from django.utils import timezone

from mailings.models import Mail
from mailings.states import MailStatus
from registrations.models import Invitation, InvitationLink, Participant
from registrations.services import invitations, replies, waves
from registrations.states import InvitationStatus, WaveStatus
from tests.factories import (
    ConferenceFactory,
    DelegationFactory,
    InvitationFactory,
    UserFactory,
    WaveFactory,
    person,
)

pytestmark = pytest.mark.django_db


def sent_wave(*delegations, **fields):
    wave = WaveFactory(conference=delegations[0].conference, **fields)
    waves.add_to_wave(wave, delegations, by=None)
    waves.start_wave(wave, by=None)
    while waves.issue_next(wave.pk):
        pass
    wave.refresh_from_db()
    return wave


def token_of(mail: Mail) -> str:
    return mail.secrets()["reply_link"].rstrip("/").rsplit("/", 1)[1]


class TestAddToWave:
    def test_offers_all_free_seats_and_copies_the_contact(self):
        delegation = DelegationFactory(salutation="Dear Mayor,", copy_to=["cabinet@city.example"], language="fr")
        wave = WaveFactory(conference=delegation.conference)

        waves.add_to_wave(wave, [delegation], by=None)

        invitation = Invitation.objects.get()
        assert (invitation.seats, invitation.status, invitation.holds_seats) == (2, InvitationStatus.SELECTED, False)
        assert (invitation.salutation, invitation.copy_to, invitation.language) == (
            "Dear Mayor,",
            ["cabinet@city.example"],
            "fr",
        )

    def test_says_who_is_left_out_and_why(self):
        conference = ConferenceFactory()
        no_address = DelegationFactory(conference=conference, email="", name="A")
        full = DelegationFactory(conference=conference, name="B")
        InvitationFactory(delegation=full)
        wave = WaveFactory(conference=conference)
        twice = DelegationFactory(conference=conference, name="C")
        waves.add_to_wave(wave, [twice], by=None)

        selection = waves.add_to_wave(wave, [no_address, full, twice], by=None)

        assert list(selection.left_out) == [
            (no_address, "no e-mail address"),
            (full, "no free seat"),
            (twice, "in this wave already"),
        ]
        assert selection.added == []

    def test_leaves_delegations_of_other_conferences_alone(self):
        selection = waves.add_to_wave(WaveFactory(), [DelegationFactory()], by=None)

        assert selection.added == []


class TestSending:
    def test_each_gets_one_mail_with_a_link_of_which_only_the_hash_is_kept(self):
        wave = sent_wave(delegation := DelegationFactory())

        mail = Mail.objects.get()
        link = InvitationLink.objects.get()
        assert mail.to == [delegation.email]
        assert link.token_sha256 == invitations.hash_token(token_of(mail))
        assert token_of(mail) not in mail.text + mail.html + mail.sealed
        assert invitations.find_by_token(token_of(mail)) == wave.invitations.get()
        assert wave.status == WaveStatus.SENT

    def test_an_invitation_that_was_sent_holds_its_seats(self):
        wave = sent_wave(DelegationFactory())

        invitation = wave.invitations.get()
        assert (invitation.status, invitation.holds_seats) == (InvitationStatus.SENT, True)

    def test_issues_nothing_twice(self):
        wave = sent_wave(DelegationFactory())

        assert waves.issue_next(wave.pk) == 0
        assert Mail.objects.count() == 1

    def test_a_gone_wave_is_tolerated(self):
        assert waves.issue_next(4711) == 0

    def test_seats_taken_since_the_selection_are_not_promised_again(self):
        delegation = DelegationFactory()
        wave = WaveFactory(conference=delegation.conference)
        waves.add_to_wave(wave, [delegation], by=None)
        InvitationFactory(delegation=delegation, email="other@city.example")
        waves.start_wave(wave, by=None)

        waves.issue_next(wave.pk)

        assert wave.invitations.get().status == InvitationStatus.REVOKED
        assert Mail.objects.count() == 0

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"reply_by": datetime.date(2020, 1, 1)}, "has passed"),
            ({"reply_by": datetime.date(2100, 1, 1)}, "before the conference"),
        ],
    )
    def test_needs_a_reply_by_date_that_makes_sense(self, fields, words):
        delegation = DelegationFactory()
        wave = WaveFactory(conference=delegation.conference, **fields)
        waves.add_to_wave(wave, [delegation], by=None)

        with pytest.raises(invitations.InvitationRefused, match=words):
            waves.start_wave(wave, by=None)

    def test_needs_a_privacy_statement(self):
        delegation = DelegationFactory(conference=ConferenceFactory(privacy_statement=False))
        wave = WaveFactory(conference=delegation.conference)
        waves.add_to_wave(wave, [delegation], by=None)

        with pytest.raises(invitations.InvitationRefused, match="privacy statement"):
            waves.start_wave(wave, by=None)

    def test_needs_someone_to_send_to(self):
        with pytest.raises(invitations.InvitationRefused, match="No delegation"):
            waves.start_wave(WaveFactory(), by=None)

    def test_where_invitations_take_places_a_wave_must_fit(self):
        conference = ConferenceFactory(target=3, hard_limit=3, places_taken="invitation")
        delegations = [DelegationFactory(conference=conference) for _number in range(2)]
        wave = WaveFactory(conference=conference)
        waves.add_to_wave(wave, delegations, by=None)

        with pytest.raises(invitations.InvitationRefused, match="offers 4 seats, but only 3"):
            waves.start_wave(wave, by=None)

    def test_pausing_holds_queued_mails_back_and_resuming_lets_them_go(self):
        conference = ConferenceFactory()
        delegations = [DelegationFactory(conference=conference) for _number in range(3)]
        wave = WaveFactory(conference=conference)
        waves.add_to_wave(wave, delegations, by=None)
        waves.start_wave(wave, by=None)
        waves.issue_next(wave.pk, batch=2)

        held = waves.pause_wave(wave, by=None)

        assert held == 2
        assert waves.issue_next(wave.pk) == 0
        assert waves.progress(wave) == waves.Progress(1, 0, 2, 0, 0, 0)
        waves.start_wave(wave, by=None)
        waves.issue_next(wave.pk)
        assert waves.progress(wave) == waves.Progress(0, 3, 0, 0, 0, 0)

    def test_progress_counts_every_invitation_once(self):
        conference = ConferenceFactory()
        wave = sent_wave(*[DelegationFactory(conference=conference) for _number in range(3)])
        first, second, _third = Mail.objects.order_by("pk")
        Mail.objects.filter(pk=first.pk).update(status=MailStatus.SENT, sent_at=timezone.now())
        Mail.objects.filter(pk=second.pk).update(status=MailStatus.FAILED)

        progress = waves.progress(wave)

        assert (progress.sent, progress.failed, progress.queued, progress.total) == (1, 1, 1, 3)


class TestAfterwards:
    def test_resending_to_a_corrected_address_ends_the_links_to_the_wrong_one(self):
        wave = sent_wave(DelegationFactory())
        invitation, first = wave.invitations.get(), Mail.objects.get()
        wrong = token_of(first)

        invitations.resend(invitation, by=None, email="right@city.example")

        second = Mail.objects.exclude(pk=first.pk).get()
        first.refresh_from_db()
        assert second.to == ["right@city.example"]
        assert invitations.find_by_token(wrong) is None
        assert invitations.find_by_token(token_of(second)) == invitation
        assert (first.status, first.sealed) == (MailStatus.CANCELLED, "")

    def test_resending_to_the_same_address_keeps_the_first_link_good(self):
        wave = sent_wave(DelegationFactory())
        first = Mail.objects.get()

        invitations.resend(wave.invitations.get(), by=None)

        assert invitations.find_by_token(token_of(first)) is not None

    def test_revoking_ends_links_and_frees_seats_for_those_who_wait(self):
        delegation = DelegationFactory(seats=2)
        other = InvitationFactory(delegation=delegation, seats=1, email="other@city.example")
        wave = sent_wave(delegation)
        replies.accept(other, [person(1)], by=None)
        waiting = replies.add_person(other, person(2), by=None)
        mail = Mail.objects.get(kind="invitation")
        token = token_of(mail)

        invitations.revoke(wave.invitations.get(), by=None)

        waiting.refresh_from_db()
        mail.refresh_from_db()
        assert invitations.find_by_token(token) is None
        assert (mail.status, mail.sealed) == (MailStatus.CANCELLED, "")
        assert waiting.status == "confirmed"

    def test_an_accepted_invitation_cannot_be_revoked(self):
        invitation = InvitationFactory()
        replies.accept(invitation, [person()], by=None)

        with pytest.raises(invitations.InvitationRefused):
            invitations.revoke(invitation, by=None)

    def test_lapsing_frees_the_seats_and_says_so(self):
        delegation = DelegationFactory(seats=2)
        invitation = InvitationFactory(delegation=delegation, seats=1)
        other = InvitationFactory(
            delegation=delegation,
            seats=1,
            email="other@city.example",
            reply_by=invitation.reply_by + datetime.timedelta(days=5),
        )
        replies.accept(other, [person(1)], by=None)
        waiting = replies.add_person(other, person(2), by=None)

        with time_machine.travel(invitation.reply_deadline, tick=False):
            assert invitations.lapse_due() == 1
            assert invitations.lapse_due() == 0

        invitation.refresh_from_db()
        waiting.refresh_from_db()
        assert (invitation.status, invitation.holds_seats) == (InvitationStatus.LAPSED, False)
        assert waiting.status == "confirmed"
        assert Mail.objects.get(kind="lapsed").to == [invitation.email]

    def test_nothing_lapses_on_the_last_day(self):
        invitation = InvitationFactory()

        with time_machine.travel(invitation.reply_deadline - datetime.timedelta(minutes=1), tick=False):
            assert invitations.lapse_due() == 0

    def test_an_accepted_invitation_gives_back_the_seats_it_did_not_use(self):
        invitation = InvitationFactory()
        replies.accept(invitation, [person()], by=None)

        with time_machine.travel(invitation.reply_deadline, tick=False):
            invitations.lapse_due()

        invitation.refresh_from_db()
        assert (invitation.status, invitation.holds_seats) == (InvitationStatus.ACCEPTED, False)
        assert Participant.objects.get().status == "confirmed"

    def test_extending_a_lapsed_invitation_opens_it_again(self):
        invitation = InvitationFactory()
        with time_machine.travel(invitation.reply_deadline, tick=False):
            invitations.lapse_due()
            later = invitation.reply_by + datetime.timedelta(days=7)

            invitations.extend(invitation, later, by=UserFactory())

        invitation.refresh_from_db()
        assert (invitation.status, invitation.holds_seats, invitation.reply_by) == (InvitationStatus.SENT, True, later)

    def test_extending_is_refused_once_the_seats_are_taken(self):
        delegation = DelegationFactory(seats=1)
        invitation = InvitationFactory(delegation=delegation)
        with time_machine.travel(invitation.reply_deadline, tick=False):
            invitations.lapse_due()
            later = invitation.reply_by + datetime.timedelta(days=7)
            other = InvitationFactory(delegation=delegation, email="other@city.example", reply_by=later)
            replies.accept(other, [person()], by=None)

            with pytest.raises(invitations.InvitationRefused, match="taken meanwhile"):
                invitations.extend(invitation, later, by=None)

    def test_the_substitute_is_invited_in_place_of_the_one_who_declined(self):
        invitation = InvitationFactory()
        replies.decline(invitation, by=None, substitute=replies.Substitute("Zoë", "", "zoe@city.example"))

        substitute = invitations.invite_substitute(invitation, reply_by=invitation.reply_by, by=None)

        assert (substitute.email, substitute.status, substitute.seats) == ("zoe@city.example", "sent", 2)
        with pytest.raises(invitations.InvitationRefused, match="invited already"):
            invitations.invite_substitute(invitation, reply_by=invitation.reply_by, by=None)


class TestReminders:
    def test_go_to_those_without_an_answer_only(self):
        conference = ConferenceFactory()
        wave = sent_wave(*[DelegationFactory(conference=conference) for _number in range(3)])
        silent, accepted, declined = wave.invitations.order_by("pk")
        replies.accept(accepted, [person()], by=None)
        replies.decline(declined, by=None)

        assert invitations.remind([silent, accepted, declined], by=None) == 1

        assert Mail.objects.get(kind="reminder").to == [silent.email]

    def test_the_automatic_one_goes_once_so_many_days_before(self):
        wave = sent_wave(DelegationFactory(), remind_days_before=7)
        due = wave.reply_by - datetime.timedelta(days=7)

        with time_machine.travel(datetime.datetime.combine(due, datetime.time(0), datetime.UTC), tick=False) as clock:
            clock.shift(datetime.timedelta(hours=-12))
            assert invitations.send_due_reminders() == 0
            clock.shift(datetime.timedelta(hours=24))
            assert invitations.send_due_reminders() == 1
            assert invitations.send_due_reminders() == 0

    def test_bounced_addresses_are_not_reminded_by_the_machine(self):
        wave = sent_wave(DelegationFactory(), remind_days_before=30)
        invitations.mark_bounced(wave.invitations.get(), by=None)

        assert invitations.send_due_reminders() == 0
