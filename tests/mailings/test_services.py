"""Writing mails, and what organisers do with them afterwards."""

import datetime
import logging
from unittest import mock

import pytest
import time_machine
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from accounts.models import User
from conference import history
from mailings import delivery, services
from mailings.models import Mail, MailTemplate
from mailings.states import FINAL, TRANSITIONS, MailStatus
from mailings.tasks import drain_outbox
from tests.factories import ConferenceFactory

pytestmark = pytest.mark.django_db
CLAIM = {"claim": "7f1c1f9e-6a1e-4e0b-9d6e-000000000001", "lease_until": "2027-01-01T00:00Z"}


def put(mail: Mail, status: str) -> Mail:
    """The mail in this status, past the services."""
    claim = CLAIM if status in {"claimed", "sending"} else {"claim": None, "lease_until": None}
    sent_at = "2027-01-01T00:00Z" if status == "sent" else None
    Mail.objects.filter(pk=mail.pk).update(status=status, sent_at=sent_at, **claim)
    return Mail.objects.get(pk=mail.pk)


class TestWriting:
    def test_the_same_key_is_written_once(self, write):
        first = write(key="invitation:1:1")

        again = write("other@city.example", key="invitation:1:1")

        assert again == first
        assert Mail.objects.get().to == ["mayor@city.example"]

    def test_of_many_only_the_new_ones_in_the_order_asked_for(self, write, conference):
        first = write(key="b")
        drafts = [
            services.Draft(kind="declined", key=key, to=["mayor@city.example"], values={}) for key in ("a", "b", "c")
        ]

        mails = services.enqueue_many(conference, drafts)

        assert [mail.key for mail in mails] == ["a", "b", "c"]
        assert mails[1] == first
        assert Mail.objects.count() == 3

    def test_a_mail_of_another_error_is_not_mistaken_for_a_repetition(self, conference):
        draft = services.Draft(kind="declined", key="a", to=["mayor@city.example"], values={}, priority=None)

        with pytest.raises(Exception, match="NOT NULL|not-null"), transaction.atomic():
            services.enqueue(conference, draft)

    def test_who_is_addressed_gets_no_copy_as_well(self, write):
        mail = write("mayor@city.example", "office@city.example", "mayor@city.example", "office@city.example")

        assert (mail.to, mail.cc) == (["mayor@city.example"], ["office@city.example"])

    def test_stands_or_falls_with_its_change(self, write):
        with pytest.raises(RuntimeError), transaction.atomic():
            write()
            raise RuntimeError

        assert not Mail.objects.exists()

    def test_wakes_the_worker_once_a_transaction(self, write, django_capture_on_commit_callbacks):
        with (
            mock.patch.object(drain_outbox, "apply_async") as woken,
            django_capture_on_commit_callbacks(execute=True),
            transaction.atomic(),
        ):
            write()
            write()

        assert woken.call_count == 1

    def test_a_wake_that_was_rolled_back_counts_for_nothing(self, write, django_capture_on_commit_callbacks):
        with (
            mock.patch.object(drain_outbox, "apply_async") as woken,
            django_capture_on_commit_callbacks(execute=True),
            transaction.atomic(),
        ):
            with pytest.raises(RuntimeError), transaction.atomic():
                write()
                raise RuntimeError
            write()

        assert woken.call_count == 1

    def test_without_a_broker_nothing_fails(self, write, django_capture_on_commit_callbacks, caplog):
        with (
            mock.patch.object(drain_outbox, "apply_async", side_effect=OperationalError("no route")),
            django_capture_on_commit_callbacks(execute=True),
        ):
            mail = write()

        assert Mail.objects.get(pk=mail.pk).status == MailStatus.QUEUED
        assert [record.levelno for record in caplog.records] == [logging.WARNING]


class TestWords:
    def test_the_organisers_own_go_before_the_built_in_ones(self, write, conference):
        MailTemplate.objects.create(
            conference=conference, kind="invitation", subject="{{ delegation }}?", text="Come: {{ reply_link }}"
        )

        mail = write()

        assert mail.subject == "Aarhus?"
        assert "Come: ⟦reply_link⟧" in mail.text
        assert 'href="⟦reply_link⟧"' in mail.html

    def test_in_the_invitees_language_else_in_english(self, write, conference):
        for language, text in [("en", "Come"), ("fr", "Venez")]:
            MailTemplate.objects.create(
                conference=conference, kind="invitation", language=language, subject=text, text="{{ reply_link }}"
            )

        assert [write(language=language).subject for language in ("fr", "en", "da")] == ["Venez", "Come", "Come"]

    def test_of_another_conference_are_of_no_concern(self, write):
        MailTemplate.objects.create(
            conference=ConferenceFactory(), kind="invitation", subject="Theirs", text="{{ reply_link }}"
        )

        assert "Theirs" not in write().subject


class TestMailOfOtherLibraries:
    def test_enters_the_outbox_sealed(self):
        message = EmailMultiAlternatives("Your code", "123456", "a@x.example", ["b@x.example"], cc=["c@x.example"])
        message.attach_alternative("<b>123456</b>", "text/html")

        message.send()

        mail = Mail.objects.get()
        assert (mail.to, mail.cc, mail.priority) == (["b@x.example"], ["c@x.example"], Mail.Priority.AT_ONCE)
        assert "123456" not in str(Mail.objects.values_list().get())
        assert (mail.opened_text(), mail.opened_html()) == ("123456", "<b>123456</b>")

    def test_a_blind_copy_stays_blind(self):
        EmailMultiAlternatives("S", "t", "a@x.example", ["b@x.example"], bcc=["hidden@x.example"]).send()

        assert list(Mail.objects.order_by("pk").values_list("to", "cc")) == [
            (["b@x.example"], []),
            (["hidden@x.example"], []),
        ]


class TestWhatAnOrganiserDecides:
    @pytest.mark.parametrize("status", MailStatus.values)
    def test_sending_again(self, write, organiser, status):
        mail = put(write(), status)

        if status in {MailStatus.FAILED, MailStatus.UNCERTAIN}:
            services.send_again(mail, by=organiser)
            assert (mail.status, mail.attempts, mail.error) == (MailStatus.QUEUED, 0, "")
            assert [entry.action for entry in history.of(mail)] == ["sent again"]
        else:
            with pytest.raises(services.MailRefused):
                services.send_again(mail, by=organiser)

    @pytest.mark.parametrize("status", MailStatus.values)
    def test_treating_as_sent(self, write, organiser, status):
        mail = put(write(), status)

        if status == MailStatus.UNCERTAIN:
            services.treat_as_sent(mail, by=organiser)
            assert mail.status == MailStatus.SENT
            assert mail.sent_at is not None
        else:
            with pytest.raises(services.MailRefused):
                services.treat_as_sent(mail, by=organiser)

    def test_what_another_organiser_decided_meanwhile_stands(self, write, organiser):
        mail = put(write(), MailStatus.UNCERTAIN)
        services.treat_as_sent(Mail.objects.get(pk=mail.pk), by=organiser)

        with pytest.raises(services.MailRefused, match="changed meanwhile"):
            services.send_again(mail, by=organiser)

    def test_holding_and_releasing_a_campaign(self, write):
        queued, sent, other = write(), put(write(), MailStatus.SENT), write(campaign="wave:2")

        assert services.hold("wave:1") == 1
        assert list(Mail.objects.order_by("pk").values_list("status", flat=True)) == ["held", "sent", "queued"]
        assert services.release("wave:1") == 1
        assert Mail.objects.get(pk=queued.pk).status == MailStatus.QUEUED
        assert (sent.status, other.status) == ("sent", "queued")

    def test_retrying_the_failed(self, write):
        failed, uncertain = put(write(), MailStatus.FAILED), put(write(), MailStatus.UNCERTAIN)

        assert services.retry_failed("wave:1") == 1

        assert Mail.objects.get(pk=failed.pk).status == MailStatus.QUEUED
        assert Mail.objects.get(pk=uncertain.pk).status == MailStatus.UNCERTAIN

    def test_cancelling_what_did_not_leave(self, write):
        mails = [put(write(), status) for status in MailStatus.values]

        cancelled = services.cancel([mail.pk for mail in mails])

        assert cancelled == 3
        before = {mail.pk: mail.status for mail in mails}
        became = {before[mail.pk] for mail in Mail.objects.filter(status=MailStatus.CANCELLED)}
        assert became == {"queued", "held", "failed", "cancelled"}

    def test_a_bounce_is_noted_once(self, write, organiser):
        mail = put(write(), MailStatus.SENT)

        services.record_bounce(mail, detail="550 unknown", by=organiser)
        services.record_bounce(mail, detail="again", by=organiser)

        mail = Mail.objects.get(pk=mail.pk)
        assert (mail.error, mail.bounced_at is None) == ("550 unknown", False)
        assert [entry.action for entry in history.of(mail)] == ["bounced"]


class TestSecrets:
    """A link or a code is kept no longer than the mail may still be sent."""

    def _cancel(self, mail: Mail, organiser: User) -> None:
        services.cancel([mail.pk])

    def _treat_as_sent(self, mail: Mail, organiser: User) -> None:
        services.treat_as_sent(put(mail, MailStatus.UNCERTAIN), by=organiser)

    def _send(self, mail: Mail, organiser: User) -> None:
        delivery.drain()

    # Each way into a final status; that there is no other, the next test says.
    @pytest.mark.parametrize(
        ("way", "to"),
        [(_cancel, "cancelled"), (_treat_as_sent, "sent"), (_send, "sent")],
        ids=["cancelled", "treated as sent", "delivered"],
    )
    @pytest.mark.parametrize("read_in_outbox", [False, True])
    def test_are_dropped_with_every_way_to_the_end(self, write, organiser, settings, way, to, read_in_outbox):
        mail = write()
        if not read_in_outbox:
            settings.MAIL_DELIVERY_BACKEND = "django.core.mail.backends.dummy.EmailBackend"

        way(self, mail, organiser)

        mail.refresh_from_db()
        kept = read_in_outbox and to == "sent"
        assert (mail.status, bool(mail.sealed)) == (to, kept)

    def test_the_ways_to_the_end_are_those_tested(self):
        ways = {(status, to) for status, following in TRANSITIONS.items() for to in following if to in FINAL}

        assert ways == {
            ("queued", "cancelled"),
            ("held", "cancelled"),
            ("failed", "cancelled"),
            ("sending", "sent"),
            ("uncertain", "sent"),
        }

    @pytest.mark.parametrize("status", MailStatus.values)
    @pytest.mark.parametrize("days_after", [29, 31])
    def test_of_what_did_not_leave_end_a_month_after_the_conference(self, write, settings, status, days_after):
        settings.MAIL_DELIVERY_BACKEND = "mailings.backends.Smtp"
        mail = put(write(), status)

        with time_machine.travel(mail.conference.starts_at + datetime.timedelta(days=days_after), tick=False):
            delivery.drop_secrets()

        mail.refresh_from_db()
        ended = status in FINAL or (days_after == 31 and status in {"failed", "uncertain", "held"})
        assert bool(mail.sealed) is not ended

    def test_of_codes_to_sign_in_end_after_a_day(self, settings):
        settings.MAIL_DELIVERY_BACKEND = "mailings.backends.Smtp"
        mail = services.enqueue_composed(
            key="composed:1", to=["a@city.example"], cc=[], sender="", subject="Code", text="123", html=""
        )
        put(mail, MailStatus.FAILED)

        fresh = delivery.drop_secrets()
        with time_machine.travel(timezone.now() + datetime.timedelta(days=1, minutes=1), tick=False):
            late = delivery.drop_secrets()

        mail.refresh_from_db()
        assert (fresh, late, mail.sealed) == (0, 1, "")

    def test_of_mails_read_in_the_outbox_stay_until_they_are_cancelled(self, write):
        mails = [put(write(), status) for status in MailStatus.values]

        delivery.drop_secrets()

        assert [mail.status for mail in mails if not Mail.objects.get(pk=mail.pk).sealed] == ["cancelled"]


def test_only_what_left_is_final():
    assert {status for status, following in TRANSITIONS.items() if not following} == {"sent", "cancelled"}
    assert set(TRANSITIONS) == set(MailStatus.values)
