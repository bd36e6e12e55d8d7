"""Typed readers for environment variables, so that a wrong value stops the start with its name."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}


def text(name: str, default: str = "") -> str:
    """The variable's value without outer blanks; an empty one counts as unset."""
    return os.environ.get(name, "").strip() or default


def required(name: str) -> str:
    """The variable's value. Raises ImproperlyConfigured where it is missing or empty."""
    value = text(name)
    if not value:
        raise ImproperlyConfigured(f"Set the environment variable {name}; .env.example explains it.")
    return value


def boolean(name: str, default: bool = False) -> bool:
    """True for 1, true, yes, on. Raises ImproperlyConfigured for anything but these and their opposites."""
    value = text(name, "1" if default else "0").lower()
    if value in _TRUE:
        return True
    if value in _FALSE:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")


def integer(name: str, default: int) -> int:
    """The variable as a whole number. Raises ImproperlyConfigured for anything else."""
    value = text(name) or str(default)
    try:
        return int(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.") from error


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated list without its empty parts."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def database(url: str) -> dict[str, Any]:
    """Django's database settings for `sqlite:///path` or `postgresql://user:password@host:port/name?option=value`.

    SQLite's one option is `timeout`, the seconds that a change waits for those before it (default: 20). Raises
    ImproperlyConfigured for another scheme, a missing name or a port that is none.
    """
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        path = unquote(parts.path)[1:]
        if parts.netloc or not path:
            raise ImproperlyConfigured(
                "DATABASE_URL for SQLite is sqlite:///relative/path or sqlite:////absolute/path."
            )
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": path,
            # Opening the file and its log costs more than most requests ask of it.
            "CONN_MAX_AGE": 60,
            # A write lock from the first statement: read-then-write transactions queue
            # instead of failing with "database is locked".
            "OPTIONS": {
                "timeout": float(dict(parse_qsl(parts.query)).get("timeout", 20)),
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;",
            },
        }
    if parts.scheme in {"postgres", "postgresql"}:
        name = unquote(parts.path.lstrip("/"))
        if not name:
            raise ImproperlyConfigured("DATABASE_URL for PostgreSQL ends with the name of the database.")
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": name,
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or "",
            "PORT": str(_port(parts, "DATABASE_URL") or ""),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": dict(parse_qsl(parts.query)),
        }
    raise ImproperlyConfigured("DATABASE_URL must begin with sqlite:/// or postgresql://.")


def cache(redis_url: str, folder: Path) -> dict[str, Any]:
    """Django's settings of the one cache, which all processes of the site share: rate limits live there.

    Redis at `redis_url`, without which the site works, too (see conference/caches.py), else files in `folder`.
    """
    if redis_url:
        return {"BACKEND": "conference.caches.TolerantRedisCache", "LOCATION": redis_url}
    return {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": folder,
        # Django's 300 would push out rate limits when a whole venue signs in.
        "OPTIONS": {"MAX_ENTRIES": 3000},
    }


ANYMAIL_PROVIDERS: Mapping[str, str] = {
    "mailgun": "mailgun",
    "mailjet": "mailjet",
    "postmark": "postmark",
    "brevo": "brevo",
    "sendgrid": "sendgrid",
    "amazonses": "amazon_ses",
}
_ANYMAIL_KEY: Mapping[str, str] = {"postmark": "SERVER_TOKEN"}
_SMTP_PORTS: Mapping[str, int] = {"smtp": 25, "smtp+tls": 587, "smtps": 465}


def email(url: str) -> dict[str, Any]:
    """Delivery settings for `outbox://`, `smtp://`, `smtp+tls://`, `smtps://` or a provider's `NAME://key`.

    `outbox://` keeps every mail readable in the admin and sends none. A provider with a second key takes
    it as password (`mailjet://key:secret`); further anymail settings follow as a query, for example
    `mailgun://key?api_url=https://api.eu.mailgun.net/v3`. Amazon SES takes boto3's own credentials.
    Raises ImproperlyConfigured for another scheme, a missing key or a port that is none.
    """
    parts = urlsplit(url)
    if parts.scheme == "outbox":
        return {"MAIL_DELIVERY_BACKEND": "mailings.backends.KeepInOutbox"}
    if parts.scheme in _SMTP_PORTS:
        return {
            "MAIL_DELIVERY_BACKEND": "mailings.backends.Smtp",
            "EMAIL_HOST": parts.hostname or "localhost",
            "EMAIL_PORT": _port(parts, "EMAIL_URL") or _SMTP_PORTS[parts.scheme],
            "EMAIL_HOST_USER": unquote(parts.username or ""),
            "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
            "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
            "EMAIL_USE_SSL": parts.scheme == "smtps",
            "EMAIL_TIMEOUT": 30,
        }
    if parts.scheme in ANYMAIL_PROVIDERS:
        provider = ANYMAIL_PROVIDERS[parts.scheme]
        prefix = provider.upper()
        options = {f"{prefix}_{name.upper()}": value for name, value in parse_qsl(parts.query)}
        key, _, secret = parts.netloc.partition(":")
        if provider != "amazon_ses":
            if not key:
                raise ImproperlyConfigured(f"EMAIL_URL for this provider is {parts.scheme}://key.")
            options[f"{prefix}_{_ANYMAIL_KEY.get(provider, 'API_KEY')}"] = unquote(key)
        if provider == "mailjet":
            options["MAILJET_SECRET_KEY"] = unquote(secret)
        return {"MAIL_DELIVERY_BACKEND": f"anymail.backends.{provider}.EmailBackend", "ANYMAIL": options}
    raise ImproperlyConfigured(
        "EMAIL_URL must begin with outbox://, smtp://, smtp+tls://, smtps:// or a provider's name."
    )


def _port(parts: SplitResult, name: str) -> int | None:
    try:
        return parts.port
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} has a port that is not a number from 0 to 65535.") from error
