"""What becomes of a mail, whatever the mail server says or leaves unsaid."""

import datetime
import socket
import uuid
from unittest import mock

import pytest
import time_machine
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone

from mailings import delivery, services
from mailings.models import Mail
from mailings.states import MailStatus
from registrations.services import invitations, waves
from tests.factories import DelegationFactory, WaveFactory
from tests.mailings.smtp import MailServer

pytestmark = pytest.mark.django_db
DROP = MailServer.DROP
NOON = datetime.datetime(2027, 1, 11, 12, 0, tzinfo=datetime.UTC)


def fresh(mail: Mail) -> Mail:
    return Mail.objects.get(pk=mail.pk)


def statuses(*mails: Mail) -> list[str]:
    return [fresh(mail).status for mail in mails]


class TestAMailThatArrives:
    def test_carries_text_and_html_with_the_link_in_both(self, smtp, write, conference):
        mail = write("mayor@city.example", "office@city.example")

        assert delivery.drain() == 1

        (received,) = smtp.received
        message = received.message
        assert received.recipients == ("mayor@city.example", "office@city.example")
        assert (message["To"], message["Cc"]) == ("mayor@city.example", "office@city.example")
        assert message["Reply-To"] == conference.mailbox
        assert message["From"].addresses[0].display_name == "The organiser"
        assert message["Auto-Submitted"] == "auto-generated"
        assert "http://localhost:8000/invitation/token-1/" in received.part("text/plain")
        assert 'href="http://localhost:8000/invitation/token-1/"' in received.part("text/html")
        assert message["Message-ID"] == fresh(mail).message_id

    def test_is_marked_and_loses_its_secret(self, smtp, write):
        with time_machine.travel(NOON, tick=False):
            mail = write()
            delivery.drain()

        mail = fresh(mail)
        assert (mail.status, mail.sent_at, mail.attempts) == (MailStatus.SENT, NOON, 1)
        assert (mail.claim, mail.lease_until, mail.sealed, mail.error) == (None, None, "", "")
        assert mail.opened_text().count("[…]") == 1

    def test_many_share_one_connection(self, smtp, write):
        mails = [write(f"mayor{number}@city.example") for number in range(20)]

        assert delivery.drain() == 20

        assert smtp.connections == 1
        assert [mail.recipients[0] for mail in smtp.received] == [mail.to[0] for mail in mails]

    def test_urgent_ones_overtake(self, smtp, write):
        write("bulk@city.example", priority=Mail.Priority.BULK)
        write("normal@city.example")
        write("code@city.example", priority=Mail.Priority.AT_ONCE)

        delivery.drain()

        assert list(smtp.counts) == ["code@city.example", "normal@city.example", "bulk@city.example"]

    def test_with_a_calendar_entry_that_programs_and_people_can_open(self, smtp, write):
        write(calendar="BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n", calendar_method="REQUEST")

        delivery.drain()

        calendars = [part for part in smtp.received[0].message.walk() if part.get_content_type() == "text/calendar"]
        assert [part.get_param("method") for part in calendars] == ["REQUEST", "REQUEST"]
        assert [part.get_filename() for part in calendars] == [None, "invitation.ics"]

    def test_waits_until_it_is_due(self, smtp, write):
        mail = write()
        Mail.objects.update(not_before=timezone.now() + datetime.timedelta(hours=1))

        assert delivery.drain() == 0

        assert statuses(mail) == [MailStatus.QUEUED]

    def test_letters_of_any_script(self, smtp, write):
        write(values={"salutation": "Αγαπητέ Δήμαρχε,", "delegation": "Λευκωσία · Lefkoşa", "conference": "Städte"})

        delivery.drain()

        (received,) = smtp.received
        assert "Αγαπητέ Δήμαρχε," in received.part("text/plain")
        assert "Λευκωσία · Lefkoşa" in received.part("text/html")
        assert "Städte" in received.message["Subject"]


class TestRefusal:
    def test_for_good_is_a_failure_and_a_bounce(self, smtp, write):
        smtp.recipients["gone@city.example"] = "550 5.1.1 no such mailbox"
        gone, other = write("gone@city.example"), write("other@city.example")

        assert delivery.drain() == 1

        assert statuses(gone, other) == [MailStatus.FAILED, MailStatus.SENT]
        gone = fresh(gone)
        assert gone.error == "gone@city.example: 550 5.1.1 no such mailbox"
        assert gone.bounced_at is not None

    def test_reaches_the_invitation(self, smtp):
        wave = WaveFactory()
        delegation = DelegationFactory(conference=wave.conference, email="gone@city.example")
        smtp.recipients["gone@city.example"] = "550 no such mailbox"
        waves.add_to_wave(wave, [delegation], by=None)
        waves.start_wave(wave, by=None)
        waves.issue_next(wave.pk)

        delivery.drain()

        assert wave.invitations.get().bounced_at is not None
        assert waves.progress(wave).failed == 1

    def test_for_now_waits_longer_each_time_and_then_fails(self, smtp, write):
        smtp.recipients["grey@city.example"] = "450 try again later"
        waited = []
        with time_machine.travel(NOON, tick=False) as clock:
            mail = write("grey@city.example")
            while True:
                delivery.drain()
                mail = fresh(mail)
                if mail.status != MailStatus.QUEUED:
                    break
                waited.append(int((mail.not_before - timezone.now()).total_seconds() / 60))
                clock.move_to(mail.not_before)

        assert waited == [1, 5, 30, 120, 360]
        assert (mail.status, mail.attempts, mail.bounced_at) == (MailStatus.FAILED, 6, None)
        assert mail.error == "grey@city.example: 450 try again later"

    def test_of_a_copy_for_good_does_not_hold_the_mail_back(self, smtp, write):
        smtp.recipients["office@city.example"] = "550 no such mailbox"
        mail = write("mayor@city.example", "office@city.example")

        delivery.drain()

        mail = fresh(mail)
        assert (mail.status, mail.bounced_at) == (MailStatus.SENT, None)
        assert mail.error == "office@city.example: 550 no such mailbox"
        assert smtp.counts == {"mayor@city.example": 1}

    def test_of_the_addressee_is_a_bounce_though_the_copy_arrived(self, smtp, write):
        smtp.recipients["mayor@city.example"] = "550 no such mailbox"
        mail = write("mayor@city.example", "office@city.example")

        delivery.drain()

        mail = fresh(mail)
        assert (mail.status, mail.bounced_at is None) == (MailStatus.SENT, False)

    @pytest.mark.parametrize("grey", ["mayor@city.example", "office@city.example"])
    def test_of_one_for_now_is_tried_again_for_that_one_alone(self, smtp, write, grey):
        smtp.recipients[grey] = "450 try again later"
        mail = write("mayor@city.example", "office@city.example", "deputy@city.example")
        delivery.drain()
        assert statuses(mail) == [MailStatus.QUEUED]
        del smtp.recipients[grey]
        Mail.objects.update(not_before=timezone.now())

        delivery.drain()

        assert statuses(mail) == [MailStatus.SENT]
        assert smtp.counts == {"mayor@city.example": 1, "office@city.example": 1, "deputy@city.example": 1}
        first, second = smtp.received
        assert second.recipients == (grey,)
        assert first.message["Message-ID"] == second.message["Message-ID"]
        assert second.message["Cc"] == "office@city.example, deputy@city.example"

    @pytest.mark.parametrize(
        ("answer", "status"), [("554 looks like spam", MailStatus.FAILED), ("452 out of space", MailStatus.QUEUED)]
    )
    def test_of_the_whole_message(self, smtp, write, answer, status):
        smtp.messages["mayor@city.example"] = answer
        mail, other = write(), write("other@city.example")

        delivery.drain()

        assert statuses(mail, other) == [status, MailStatus.SENT]
        assert fresh(mail).error == answer

    def test_of_the_sender(self, smtp, write, settings):
        smtp.senders["convoke@localhost"] = "553 not your address"
        mail = write()

        delivery.drain()

        assert statuses(mail) == [MailStatus.FAILED]
        assert fresh(mail).error == "553 not your address"

    def test_an_address_of_another_script_after_the_at_sign_arrives(self, smtp, write):
        smtp.recipients["office@xn--kln-sna.example"] = "450 later"
        mail = write("mayor@köln.example", "office@köln.example")

        delivery.drain()

        assert smtp.counts == {"mayor@xn--kln-sna.example": 1}
        assert fresh(mail).done_with == ["mayor@köln.example"]


class TestABrokenConnection:
    def test_nobody_listens_so_all_wait(self, settings, write):
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            settings.MAIL_DELIVERY_BACKEND = "mailings.backends.Smtp"
            settings.EMAIL_HOST, settings.EMAIL_PORT = closed.getsockname()
            mails = [write(f"mayor{number}@city.example") for number in range(60)]

            assert delivery.drain() == 0

        # One batch was tried; those behind it keep their attempts.
        assert {mail.status for mail in Mail.objects.all()} == {MailStatus.QUEUED}
        assert Mail.objects.filter(attempts=1, error__contains="refused").count() == delivery.BATCH
        assert fresh(mails[-1]).attempts == 0

    def test_before_the_message_means_not_sent(self, smtp, write):
        smtp.recipients["mayor@city.example"] = DROP
        mails = write("first@city.example"), write(), write("last@city.example")

        assert delivery.drain() == 2

        assert statuses(*mails) == [MailStatus.SENT, MailStatus.QUEUED, MailStatus.SENT]
        assert smtp.connections == 2

    def test_after_the_message_means_nobody_knows(self, smtp, write):
        smtp.messages["mayor@city.example"] = DROP
        mails = write("first@city.example"), write(), write("last@city.example")

        assert delivery.drain() == 2

        assert statuses(*mails) == [MailStatus.SENT, MailStatus.UNCERTAIN, MailStatus.SENT]
        uncertain = fresh(mails[1])
        assert (uncertain.claim, uncertain.lease_until) == (None, None)
        assert uncertain.message_id == smtp.received[1].message["Message-ID"]
        assert uncertain.secrets()

    def test_the_server_stays_away_so_the_rest_waits(self, smtp, write):
        smtp.recipients["mayor@city.example"] = DROP
        mails = write("first@city.example"), write(), write("last@city.example")

        smtp.goes_away = True

        assert delivery.drain() == 1

        assert statuses(*mails) == [MailStatus.SENT, MailStatus.QUEUED, MailStatus.QUEUED]
        assert [mail.attempts for mail in map(fresh, mails)] == [1, 1, 1]


class TestWhatNobodyForesaw:
    def test_stops_neither_those_behind_nor_the_mark_of_the_one_before(self, smtp, write, caplog):
        mails = write("first@city.example"), write(), write("last@city.example")
        build = delivery._message

        def breaks(mail: Mail, secrets: dict[str, str]) -> EmailMultiAlternatives:
            message = build(mail, secrets)
            if mail.pk == mails[1].pk:
                message.send = mock.Mock(side_effect=RuntimeError("out of ideas"))
            return message

        with mock.patch.object(delivery, "_message", breaks):
            assert delivery.drain() == 2

        assert statuses(*mails) == [MailStatus.SENT, MailStatus.UNCERTAIN, MailStatus.SENT]
        assert fresh(mails[1]).error == "RuntimeError: out of ideas"
        assert f"Mail {mails[1].pk} could not be sent." in caplog.text

    def test_a_failure_between_two_mails_leaves_the_first_marked(self, smtp, write):
        mails = write("first@city.example"), write("second@city.example")

        outcomes = [delivery.Outcome(MailStatus.SENT), SystemExit]
        with mock.patch.object(delivery, "_send", side_effect=outcomes), pytest.raises(SystemExit):
            delivery.drain()

        assert statuses(*mails) == [MailStatus.SENT, MailStatus.SENDING]

    def test_a_mail_to_nobody_fails(self, smtp, write):
        mail = write(to="")
        Mail.objects.update(to=[])

        assert delivery.drain() == 0

        assert statuses(mail) == [MailStatus.FAILED]
        assert fresh(mail).error == "It has no recipient."

    def test_a_line_break_in_a_header_fails_and_injects_nothing(self, smtp, write):
        mail, other = write(), write("other@city.example")
        Mail.objects.filter(pk=mail.pk).update(sender="Us\r\nBcc: everybody@city.example <us@city.example>")

        delivery.drain()

        assert statuses(mail, other) == [MailStatus.FAILED, MailStatus.SENT]
        assert list(smtp.counts) == ["other@city.example"]


class TestLeases:
    def claimed(self, mail: Mail, status: str, minutes: int) -> None:
        until = timezone.now() + datetime.timedelta(minutes=minutes)
        Mail.objects.filter(pk=mail.pk).update(status=status, claim=uuid.uuid4(), lease_until=until)

    def test_what_was_only_claimed_returns_to_the_queue(self, write):
        expired, alive = write(), write()
        self.claimed(expired, MailStatus.CLAIMED, -1)
        self.claimed(alive, MailStatus.CLAIMED, 1)

        delivery.sweep()

        assert statuses(expired, alive) == [MailStatus.QUEUED, MailStatus.CLAIMED]

    def test_what_was_being_sent_becomes_uncertain(self, write, caplog):
        expired, alive = write(), write()
        self.claimed(expired, MailStatus.SENDING, -1)
        self.claimed(alive, MailStatus.SENDING, 1)

        delivery.sweep()

        assert statuses(expired, alive) == [MailStatus.UNCERTAIN, MailStatus.SENDING]
        assert caplog.messages == ["1 mails are uncertain: their worker ended while sending them."]

    def test_a_slow_worker_does_not_send_what_was_taken_from_it(self, smtp, write):
        first, taken = write("first@city.example"), write("taken@city.example")
        send = delivery._send

        def slowly(mail: Mail, connection: object) -> delivery.Outcome:
            if mail.pk == first.pk:
                self.claimed(taken, MailStatus.CLAIMED, 5)
            return send(mail, connection)

        with mock.patch.object(delivery, "_send", slowly):
            assert delivery.drain() == 1

        assert statuses(first, taken) == [MailStatus.SENT, MailStatus.CLAIMED]
        assert list(smtp.counts) == ["first@city.example"]


class TestWithoutAMailServer:
    def test_mails_are_kept_with_their_links(self, write):
        mail = write()

        assert delivery.drain() == 1

        assert statuses(mail) == [MailStatus.SENT]
        assert "/invitation/token-1/" in fresh(mail).opened_text()
        assert 'href="http://localhost:8000/invitation/token-1/"' in fresh(mail).opened_html()


class TestSecrets:
    def test_never_stand_in_the_database_in_clear(self, write):
        write()

        columns = Mail.objects.values_list().get()

        assert "token-1" not in " ".join(str(value) for value in columns)
        assert "⟦reply_link⟧" in Mail.objects.get().text

    def test_of_a_whole_wave_stand_in_no_table(self, smtp):
        from django.apps import apps

        wave = WaveFactory()
        waves.add_to_wave(wave, [DelegationFactory(conference=wave.conference)], by=None)
        waves.start_wave(wave, by=None)
        waves.issue_next(wave.pk)
        token = Mail.objects.get().secrets()["reply_link"].rstrip("/").rpartition("/")[2]
        rows = [row for model in apps.get_models() for row in model._base_manager.values_list()]

        assert len(token) >= 43
        assert token not in str(rows)
        delivery.drain()
        assert token in smtp.received[0].part("text/plain")
        assert invitations.find_by_token(token) == wave.invitations.get()

    def test_survive_a_new_key_while_the_old_one_is_a_fallback(self, smtp, write, settings):
        mail = write()
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "a new key"

        delivery.drain()

        assert statuses(mail) == [MailStatus.SENT]
        assert "token-1" in smtp.received[0].part("text/plain")

    def test_lost_with_their_key_are_said_to_be_lost(self, smtp, write, settings):
        mail = write()
        settings.SECRET_KEY = "a new key"

        delivery.drain()

        assert statuses(mail) == [MailStatus.FAILED]
        assert fresh(mail).error == "Its personal link can no longer be read. Send a new mail instead."
        assert smtp.received == []

    def test_that_were_dropped_are_never_sent_as_a_gap(self, smtp, write):
        mail = write()
        Mail.objects.update(status=MailStatus.UNCERTAIN, sealed="")
        services.send_again(fresh(mail), by=None)

        delivery.drain()

        assert statuses(mail) == [MailStatus.FAILED]
        assert smtp.received == []
