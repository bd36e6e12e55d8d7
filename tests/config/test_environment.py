"""Typed readers of environment variables."""

import re

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from config import environment


@pytest.mark.parametrize(
    ("value", "expected"), [(None, "default"), ("", "default"), ("  ", "default"), (" a b ", "a b")]
)
def test_text_takes_the_default_where_nothing_stands(monkeypatch, value, expected):
    _set(monkeypatch, value)

    assert environment.text("NAME", "default") == expected


def test_a_required_variable_is_named_where_it_is_missing(monkeypatch):
    _set(monkeypatch, " ")

    with pytest.raises(ImproperlyConfigured, match="Set the environment variable NAME; .env.example explains it"):
        environment.required("NAME")


@pytest.mark.parametrize(
    ("value", "default", "expected"),
    [
        ("1", False, True),
        ("Yes", False, True),
        ("on", False, True),
        ("0", True, False),
        ("FALSE", True, False),
        ("off", True, False),
        ("", True, True),
        (None, True, True),
        (None, False, False),
    ],
)
def test_boolean(monkeypatch, value, default, expected):
    _set(monkeypatch, value)

    assert environment.boolean("NAME", default) is expected


def test_a_boolean_is_not_guessed(monkeypatch):
    _set(monkeypatch, "perhaps")

    with pytest.raises(ImproperlyConfigured, match="NAME must be 1 or 0, not 'perhaps'"):
        environment.boolean("NAME")


@pytest.mark.parametrize(("value", "expected"), [("12", 12), ("-1", -1), ("", 7), (None, 7)])
def test_integer(monkeypatch, value, expected):
    _set(monkeypatch, value)

    assert environment.integer("NAME", 7) == expected


def test_an_integer_is_not_guessed(monkeypatch):
    _set(monkeypatch, "1.5")

    with pytest.raises(ImproperlyConfigured, match=r"NAME must be a whole number, not '1\.5'"):
        environment.integer("NAME", 7)


@pytest.mark.parametrize(("value", "expected"), [("a, b,,c ", ["a", "b", "c"]), (",", []), ("", ["d", "e"])])
def test_words(monkeypatch, value, expected):
    _set(monkeypatch, value)

    assert environment.words("NAME", "d,e") == expected


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("sqlite:////var/lib/convoke%20a/db.sqlite3", "/var/lib/convoke a/db.sqlite3"),
        ("sqlite:///db.sqlite3", "db.sqlite3"),
        ("sqlite:///:memory:", ":memory:"),
    ],
)
def test_sqlite_queues_its_writers(url, name):
    database = environment.database(url)

    assert (database["ENGINE"], database["NAME"]) == ("django.db.backends.sqlite3", name)
    assert database["OPTIONS"] == {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;",
    }


def test_postgresql():
    assert environment.database("postgresql://u%40x:p%2F@db.example:5433/con%20voke?sslmode=require") == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "con voke",
        "USER": "u@x",
        "PASSWORD": "p/",
        "HOST": "db.example",
        "PORT": "5433",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"sslmode": "require"},
    }


@pytest.mark.parametrize(
    "url",
    [
        "mysql://host/name",
        "sqlite:///",
        "sqlite://db.sqlite3",
        "postgresql://host",
        "postgresql://host/",
        "postgresql://host:port/name",
        "postgresql://host:70000/name",
        "",
    ],
)
def test_an_unusable_database_stops_the_start(url):
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL"):
        environment.database(url)


def test_the_outbox_sends_nothing():
    assert environment.email("outbox://") == {"MAIL_DELIVERY_BACKEND": "mailings.backends.KeepInOutbox"}


@pytest.mark.parametrize(
    ("url", "host", "port", "tls", "ssl"),
    [
        ("smtp://mail.example", "mail.example", 25, False, False),
        ("smtp+tls://mail.example", "mail.example", 587, True, False),
        ("smtps://mail.example", "mail.example", 465, False, True),
        ("smtp://mail.example:2525", "mail.example", 2525, False, False),
        ("smtp://", "localhost", 25, False, False),
    ],
)
def test_smtp(url, host, port, tls, ssl):
    mail = environment.email(url)

    assert mail["MAIL_DELIVERY_BACKEND"] == "mailings.backends.Smtp"
    assert (mail["EMAIL_HOST"], mail["EMAIL_PORT"]) == (host, port)
    assert (mail["EMAIL_USE_TLS"], mail["EMAIL_USE_SSL"]) == (tls, ssl)


def test_smtp_user_and_password_are_decoded():
    mail = environment.email("smtp+tls://a%40b:p%3Aw@mail.example")

    assert (mail["EMAIL_HOST_USER"], mail["EMAIL_HOST_PASSWORD"]) == ("a@b", "p:w")


@pytest.mark.parametrize(
    ("url", "provider", "options"),
    [
        ("brevo://Key-1", "brevo", {"BREVO_API_KEY": "Key-1"}),
        ("sendgrid://SG.Key", "sendgrid", {"SENDGRID_API_KEY": "SG.Key"}),
        ("postmark://Token", "postmark", {"POSTMARK_SERVER_TOKEN": "Token"}),
        ("mailjet://Key:Secret", "mailjet", {"MAILJET_API_KEY": "Key", "MAILJET_SECRET_KEY": "Secret"}),
        (
            "mailgun://Key?api_url=https://api.eu.mailgun.net/v3",
            "mailgun",
            {"MAILGUN_API_KEY": "Key", "MAILGUN_API_URL": "https://api.eu.mailgun.net/v3"},
        ),
        ("amazonses://", "amazon_ses", {}),
    ],
)
def test_providers(url, provider, options):
    assert environment.email(url) == {
        "MAIL_DELIVERY_BACKEND": f"anymail.backends.{provider}.EmailBackend",
        "ANYMAIL": options,
    }


@pytest.mark.parametrize("url", ["pigeon://roof", "brevo://", "smtp://mail.example:port", ""])
def test_an_unusable_delivery_stops_the_start(url):
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL"):
        environment.email(url)


def test_the_cache_is_redis_where_there_is_one_else_a_folder(tmp_path):
    assert environment.cache("redis://host:6379/0", tmp_path)["BACKEND"] == "conference.caches.TolerantRedisCache"
    assert environment.cache("", tmp_path)["LOCATION"] == tmp_path


def test_the_example_explains_each_variable():
    """Compose and gunicorn read some more; nothing else is there, and nothing is missing."""
    source = (settings.BASE_DIR / "config" / "settings.py").read_text(encoding="utf-8")
    read = set(re.findall(r'env\.(?:text|required|boolean|integer|words)\(\s*"(\w+)"', source))
    example = (settings.BASE_DIR / ".env.example").read_text(encoding="utf-8")
    explained = re.findall(r"^(\w+)=", example, flags=re.MULTILINE)

    compose = {"POSTGRES_PASSWORD", "REDIS_PASSWORD", "WEB_MEMORY", "WORKER_MEMORY"}
    assert sorted(explained) == sorted(read | compose | {"WEB_BIND", "WEB_CONCURRENCY", "WEB_THREADS"})


def _set(monkeypatch, value: str | None) -> None:
    if value is None:
        monkeypatch.delenv("NAME", raising=False)
    else:
        monkeypatch.setenv("NAME", value)
