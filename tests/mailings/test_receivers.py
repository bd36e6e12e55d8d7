"""Bounces as a provider reports them, by its real webhook."""

import base64
import json

import pytest
from django.test import Client
from django.utils import timezone

from mailings.models import Mail
from mailings.states import MailStatus

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.mailings.webhook_urls")]


@pytest.fixture(autouse=True)
def _secret(settings):
    settings.ANYMAIL = {"WEBHOOK_SECRET": "name:secret"}


@pytest.fixture
def sent(write):
    mail = write()
    Mail.objects.update(status=MailStatus.SENT, sent_at=timezone.now(), message_id="0a129aee-e1cd-480d-b08d")
    return mail


def report(secret: str = "name:secret", **event: object):
    """What Postmark posts after a hard bounce."""
    login = base64.b64encode(secret.encode()).decode()
    body = {
        "RecordType": "Bounce",
        "ID": 901542550,
        "Type": "HardBounce",
        "TypeCode": 1,
        "MessageID": "0a129aee-e1cd-480d-b08d",
        "Description": "The server was unable to deliver your message (ex: unknown user).",
        "Details": "550 5.1.1 unknown user",
        "Email": "mayor@city.example",
        "BouncedAt": "2026-11-16T16:09:19Z",
    }
    return Client().post(
        "/anymail/postmark/tracking/",
        json.dumps({**body, **event}),
        content_type="application/json",
        headers={"Authorization": f"Basic {login}"},
        secure=True,
    )


def test_a_hard_bounce_is_noted_and_told(sent):
    assert report().status_code == 200

    mail = Mail.objects.get()
    assert mail.bounced_at is not None
    assert mail.error == "The server was unable to deliver your message (ex: unknown user)."


def test_told_twice_it_changes_nothing(sent):
    report()
    before = Mail.objects.values().get()

    assert report(Description="again").status_code == 200

    assert Mail.objects.values().get() == before


@pytest.mark.parametrize(
    "event", [{"Type": "Transient"}, {"RecordType": "Delivery", "Type": ""}, {"MessageID": "of-somebody-else"}]
)
def test_what_is_no_bounce_of_ours_changes_nothing(sent, event):
    assert report(**event).status_code == 200

    assert Mail.objects.get().bounced_at is None


def test_without_the_secret_nobody_can_report(sent):
    assert report(secret="name:guessed").status_code == 400

    assert Mail.objects.get().bounced_at is None
