"""What all tests share: an own database file for each test process, jobs run in place, and the first few objects."""

import os
import shutil
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
import redis
from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from django.db.models.signals import post_migrate
from django.test import Client

from accounts.models import User
from conference import fragments
from conference.member_states import MEMBER_STATES
from conference.models import Conference, MemberState
from config.celery import app
from mailings.services import broker_circuit
from tests.factories import ConferenceFactory, UserFactory


def pytest_configure(config: pytest.Config) -> None:
    if os.environ.get("CI") and not (os.environ.get("TEST_DATABASE_URL") and os.environ.get("TEST_REDIS_URL")):
        raise pytest.UsageError("In CI the tests need PostgreSQL and Redis: set TEST_DATABASE_URL and TEST_REDIS_URL.")
    _take_own_redis()
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        # A file, since other processes and threads look at the same database.
        settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
        database.setdefault("TEST", {})["NAME"] = str(settings.DATA_DIR / f"test-{os.getpid()}.sqlite3")
    # One process: what one test counts must not limit the next one, nor a test in another process.
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    settings.MAIL_DELIVERY_BACKEND = "mailings.backends.KeepInOutbox"
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.STATIC_ROOT = settings.DATA_DIR / "static"
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    settings.MEDIA_ROOT = settings.DATA_DIR / f"media-{os.getpid()}"
    settings.ANYMAIL["WEBHOOK_SECRET"] = "provider:secret"
    # The test client speaks HTTP.
    settings.SECURE_SSL_REDIRECT = False
    app.conf.update(task_always_eager=True, task_eager_propagates=True)
    post_migrate.connect(restore_member_states, dispatch_uid="tests.restore_member_states")


def _take_own_redis() -> None:
    """Each test process has a Redis database of its own, as it has a PostgreSQL database of its own: the one that is
    named for the first process, the next one for the second."""
    process = os.environ.get("PYTEST_XDIST_WORKER", "")
    if not settings.REDIS_URL or not process:
        return
    address = urlsplit(settings.REDIS_URL)
    number = int(address.path.strip("/") or 0) + int(process.removeprefix("gw"))
    settings.REDIS_URL = settings.CELERY_BROKER_URL = urlunsplit(address._replace(path=f"/{number}"))
    app.conf.update(broker_url=settings.REDIS_URL)


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(settings.MEDIA_ROOT, ignore_errors=True)


def restore_member_states(sender: Any, **_kwargs: Any) -> None:
    """Tests that commit end with all tables empty; the states that came with a migration must be there for the next."""
    if sender is apps.get_app_config("conference") and not MemberState.objects.exists():
        MemberState.objects.bulk_create(
            MemberState(protocol_order=order, **state._asdict()) for order, state in enumerate(MEMBER_STATES, start=1)
        )


@pytest.fixture(scope="session", autouse=True)
def _mail_as_in_production(django_test_environment: None) -> None:
    """Django's test runner takes mail away in memory; here it goes through the outbox, as on every site."""
    settings.EMAIL_BACKEND = "mailings.backends.Outbox"


@pytest.fixture(scope="session", autouse=True)
def _empty_broker() -> Iterator[None]:
    """Other processes ask for workers through the Redis of the tests, where mostly nobody listens."""
    yield
    if settings.REDIS_URL:
        with redis.Redis.from_url(settings.REDIS_URL) as server:
            server.delete("celery", "unacked", "unacked_index", "unacked_mutex")


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    yield
    cache.clear()
    fragments.forget()
    broker_circuit.succeeded()


@pytest.fixture
def conference(db: None) -> Conference:
    return ConferenceFactory()


@pytest.fixture
def organiser(db: None) -> User:
    return UserFactory(email="organiser@organiser.example", name="Olga Organiser", is_staff=True, is_superuser=True)


@pytest.fixture
def organiser_client(organiser: User, settings: Any) -> Client:
    """Signed in as an organiser who may do everything; CSRF tokens are checked where a test asks for it."""
    settings.STAFF_SECOND_FACTOR_REQUIRED = False
    client = Client()
    client.force_login(organiser)
    return client
