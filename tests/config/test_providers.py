"""Providers that process personal data outside the EEA are named before the site starts."""

import pytest
from django.core import checks

from config import environment, providers


def warnings() -> list[str]:
    return [message.id for message in checks.run_checks(tags=["providers"])]


def deliver_by(settings, url: str) -> None:
    delivery = environment.email(url)
    settings.MAIL_DELIVERY_BACKEND = delivery["MAIL_DELIVERY_BACKEND"]
    settings.EMAIL_HOST = delivery.get("EMAIL_HOST", "")
    settings.ANYMAIL = delivery.get("ANYMAIL", {})


def store_at(settings, endpoint: str | None, region: str | None) -> None:
    options = {"bucket_name": "uploads", "endpoint_url": endpoint, "region_name": region}
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options},
    }


def test_a_site_with_its_own_servers_gets_no_warning():
    assert warnings() == []


@pytest.mark.parametrize(
    "url",
    [
        "outbox://",
        "smtp://mail.institution.example",
        "mailgun://key?api_url=https://api.eu.mailgun.net/v3",
        "mailjet://key:secret",
        "brevo://key",
        "sendgrid://key?api_url=https://api.eu.sendgrid.com/v3/",
        "smtp+tls://user:password@smtp.eu.mailgun.org",
        "smtp+tls://user:password@email-smtp.eu-west-1.amazonaws.com",
    ],
)
def test_mail_that_stays_in_the_eea_or_on_a_host_of_ones_own(settings, url):
    deliver_by(settings, url)

    assert warnings() == []


@pytest.mark.parametrize(
    "url",
    [
        "mailgun://key",
        "postmark://token",
        "sendgrid://key",
        "smtp+tls://user:password@smtp.sendgrid.net",
        "smtp+tls://user:password@smtp.gmail.com",
        # London.
        "smtp+tls://user:password@email-smtp.eu-west-2.amazonaws.com",
    ],
)
def test_mail_that_leaves_it(settings, url):
    deliver_by(settings, url)

    assert warnings() == ["convoke.W001"]


@pytest.mark.parametrize(("region", "expected"), [("eu-north-1", []), ("us-east-1", ["convoke.W001"]), ("", [])])
def test_amazon_s_mail_service_is_judged_by_its_region(settings, monkeypatch, region, expected):
    deliver_by(settings, "amazonses://")
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)

    assert warnings() == expected


@pytest.mark.parametrize(
    ("endpoint", "region", "expected"),
    [
        (None, "eu-central-1", []),
        (None, "eu-central-2", ["convoke.W002"]),
        (None, None, ["convoke.W002"]),
        ("https://s3.eu-west-3.amazonaws.com", None, []),
        ("https://minio.institution.example:9000", "us-east-1", []),
        ("https://account.eu.r2.cloudflarestorage.com", "auto", []),
        ("https://account.r2.cloudflarestorage.com", "auto", ["convoke.W002"]),
        ("https://storage.googleapis.com", None, ["convoke.W002"]),
        ("https://fra1.digitaloceanspaces.com", None, []),
        ("https://nyc3.digitaloceanspaces.com", None, ["convoke.W002"]),
    ],
)
def test_storage(settings, endpoint, region, expected):
    store_at(settings, endpoint, region)

    assert warnings() == expected


def test_the_warning_says_what_it_means_and_what_to_do(settings):
    deliver_by(settings, "postmark://token")

    (message,) = checks.run_checks(tags=["providers"])

    assert message.msg == (
        "Mails go to Postmark at api.postmarkapp.com, which processes them in the United States: a transfer of "
        "personal data under chapter V of Regulation (EU) 2018/1725, or of the GDPR."
    )
    assert "PROVIDERS_OUTSIDE_EU_ACCEPTED=postmark" in message.hint


def test_an_accepted_provider_is_not_named_again_but_another_is(settings):
    settings.PROVIDERS_OUTSIDE_EU_ACCEPTED = ["postmark"]
    deliver_by(settings, "postmark://token")
    store_at(settings, None, "us-east-1")

    assert warnings() == ["convoke.W002"]


def test_a_host_that_only_looks_like_a_provider_s_is_not_judged():
    assert providers.place_of("notsendgrid.com") is None
    assert providers.place_of("api.sendgrid.com.institution.example") is None
