"""Mails that are held back: after a restore, and what organisers and operators do with them."""

from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from conference import history
from conference.models import Conference
from mailings import services
from mailings.models import Mail
from mailings.sealing import seal
from mailings.states import MailStatus
from registrations.states import WaveStatus
from tests.factories import UserFactory, WaveFactory

pytestmark = pytest.mark.django_db


def write(conference: Conference | None, status: str = MailStatus.HELD, **fields: Any) -> Mail:
    claimed = {"claim": uuid4(), "lease_until": timezone.now()} if status in {"claimed", "sending"} else {}
    defaults = {"key": str(uuid4()), "kind": "invitation", "to": ["mayor@city.example"], "subject": "Come"}
    sent_at = timezone.now() if status == MailStatus.SENT else None
    return Mail.objects.create(
        conference=conference, status=status, sent_at=sent_at, **{**defaults, **claimed, **fields}
    )


def url(name: str, mail: Mail) -> str:
    return reverse(f"admin:mailings_mail_{name}", args=[mail.pk])


# After a restore


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("queued", "held"),
        ("claimed", "held"),
        ("sending", "uncertain"),
        ("held", "held"),
        ("sent", "sent"),
        ("failed", "failed"),
        ("uncertain", "uncertain"),
        ("cancelled", "cancelled"),
    ],
)
def test_what_a_restored_outbox_would_send_is_held(conference: Conference, before: str, after: str) -> None:
    mail = write(conference, before, not_before=timezone.now() + timedelta(days=1))

    result = services.hold_after_restore()

    mail.refresh_from_db()
    assert (mail.status, mail.claim, mail.lease_until) == (after, None, None)
    assert bool(mail.error) is (before in {"queued", "claimed"})
    assert result.held == ({"invitation": 1} if after == "held" else {})
    assert result.uncertain == (before == "sending")


def test_sign_in_codes_end_with_the_sessions_that_they_are_for(db: None) -> None:
    mail = write(None, "queued", kind="account", sealed=seal({"text_body": "123456"}))

    assert services.hold_after_restore().cancelled == 1

    mail.refresh_from_db()
    assert (mail.status, mail.sealed) == ("cancelled", "")


def test_the_command_pauses_waves_and_says_what_it_did(conference: Conference) -> None:
    wave = WaveFactory(conference=conference, status=WaveStatus.SENDING, started_at=timezone.now())
    write(conference, "queued", campaign=wave.campaign)
    out = StringIO()

    call_command("after_restore", stdout=out)
    call_command("after_restore", stdout=StringIO())

    wave.refresh_from_db()
    assert wave.status == WaveStatus.PAUSED
    assert sorted(out.getvalue().splitlines()) == [
        "Mails held back (invitation): 1",
        "Mails that are uncertain, since a worker was sending them: 0",
        "Mails with sign-in codes that were cancelled: 0",
        "Sessions ended: 0",
        f"Wave paused: {wave}",
    ]


# Organisers


def test_an_organiser_sends_a_held_mail(organiser_client: Client, organiser: User, conference: Conference) -> None:
    mail = write(conference, error="Held back")
    assert url("release", mail) in organiser_client.get(url("change", mail)).content.decode()

    organiser_client.post(url("release", mail))

    mail.refresh_from_db()
    assert mail.error == ""
    # The worker of the tests delivers after the commit, which does not come here.
    assert mail.status == MailStatus.QUEUED
    entry = history.of(mail).get()
    assert (entry.action, entry.by, entry.from_status, entry.to_status) == ("released", organiser, "held", "queued")


def test_an_organiser_cancels_a_held_mail_after_a_question(organiser_client: Client, conference: Conference) -> None:
    mail = write(conference, sealed=seal({"reply_link": "secret"}))
    assert "Cancel this mail?" in organiser_client.get(url("cancel", mail)).content.decode()
    mail.refresh_from_db()
    assert mail.status == MailStatus.HELD

    organiser_client.post(url("cancel", mail))

    mail.refresh_from_db()
    assert (mail.status, mail.sealed) == (MailStatus.CANCELLED, "")
    assert history.of(mail).get().action == "cancelled"


@pytest.mark.parametrize("name", ["release", "cancel"])
@pytest.mark.parametrize("status", [status for status in MailStatus if status != MailStatus.HELD])
def test_only_held_mails_are_released_or_cancelled(
    organiser_client: Client, conference: Conference, name: str, status: str
) -> None:
    mail = write(conference, status)

    response = organiser_client.post(url(name, mail))

    (message,) = get_messages(response.wsgi_request)
    assert str(message).startswith("Only a mail that is held back")
    mail.refresh_from_db()
    assert mail.status == status


@pytest.mark.parametrize("name", ["release", "cancel"])
def test_whoever_only_sees_mails_changes_none(conference: Conference, settings: Any, name: str) -> None:
    settings.STAFF_SECOND_FACTOR_REQUIRED = False
    reader = UserFactory(is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_mail"))
    mail, client = write(conference), Client()
    client.force_login(reader)

    assert client.post(url(name, mail)).status_code == 403
    assert url(name, mail) not in client.get(url("change", mail)).content.decode()


# Operators


def command(*arguments: str) -> list[str]:
    out = StringIO()
    call_command("held_mails", *arguments, stdout=out)
    return out.getvalue().splitlines()


def test_the_command_counts_releases_and_cancels_by_kind(conference: Conference) -> None:
    for kind in ("invitation", "invitation", "reminder", "confirmation"):
        write(conference, kind=kind)

    assert command() == ["confirmation: 1", "invitation: 2", "reminder: 1", "Held back: 4"]
    assert command("--cancel", "invitation") == ["Cancelled: 2"]
    assert command("--release", "reminder") == ["Released: 1"]
    assert command("--release", "all") == ["Released: 1"]
    assert command() == ["Held back: 0"]
    assert set(Mail.objects.filter(status="cancelled").values_list("kind", flat=True)) == {"invitation"}


def test_an_unknown_kind_is_named(conference: Conference) -> None:
    with pytest.raises(CommandError, match="No mail of the kind invitation is held back"):
        command("--release", "invitation")
