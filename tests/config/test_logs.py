"""No secret of an address and no e-mail address of a person reaches a log."""

import io
import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.http import HttpRequest
from django.test import Client

from config.logs import SECRET_NAMES, MaskingFormatter, mask
from tests.addresses import Route, routes

# Names in addresses of which nothing can be opened that the reader may not see anyway.
NOT_SECRET = {
    *("pk", "id", "object_id", "content_type_id", "app_label", "slug", "kind", "code", "room"),
    *("me", "other", "block", "placement", "meeting", "session", "stand", "duty", "delegation"),
    *("conference", "content", "form"),
}
# Recognisable, and too short to be masked for its length: only the resolver can tell.
TOKEN = "Ab-s3cr3t_0Z"
UUID = "5ec2e700-0000-4000-8000-000000005ec2"

WITH_SECRET = [route for route in routes() if route.kwargs & SECRET_NAMES]


def _address(route: Route) -> str:
    secrets = {"token": TOKEN, "uidb36": "5ec2", "key": UUID}
    return route.address(secrets)


def _shows(text: str) -> bool:
    return TOKEN in text or UUID in text or "5ec2" in text


def _handlers(*names: str) -> list[logging.Handler]:
    """The handlers of these loggers, or of all, without those of the test runner."""
    found = [
        one for name in names or (None, *logging.root.manager.loggerDict) for one in logging.getLogger(name).handlers
    ]
    return [one for one in found if "_pytest" not in type(one).__module__ and not isinstance(one, logging.NullHandler)]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the site's console handler writes."""
    handler = next(one for one in _handlers() if isinstance(one.formatter, MaskingFormatter))
    written = io.StringIO()
    before = handler.setStream(written)
    yield written
    handler.setStream(before)


class BreaksEverywhere:
    """A middleware whose error names the whole address, as errors of libraries do."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        raise RuntimeError(f"Cannot serve {request.build_absolute_uri()} ({request.path!r})")


def test_every_name_in_an_address_is_either_secret_or_known_not_to_be() -> None:
    names = {name for route in routes() for name in route.kwargs}

    assert names - SECRET_NAMES - NOT_SECRET == set()


def test_the_resolver_knows_the_addresses_that_open_without_signing_in() -> None:
    beginnings = {route.pattern.split("<")[0] for route in WITH_SECRET if "token" in route.kwargs}

    assert beginnings >= {"invitation/", "speaker/", "calendar/", "meetings/calendar/", "meetings/live/"}


@pytest.mark.parametrize("route", WITH_SECRET, ids=lambda route: route.name)
class TestEveryAddressWithASecret:
    def test_is_masked_in_each_of_its_spellings(self, route: Route) -> None:
        address = _address(route)
        spellings = [
            address,
            address.rstrip("/"),
            f"{address}mistyped/",
            address.upper().replace(TOKEN.upper(), TOKEN),
            f"//{address}",
            f"https://site.example{address}?next=1",
            f"/accounts/login/?next={address}",
            f"/accounts/login/?next={quote(address, safe='')}&page=2",
            f"<a href='{address}'>",
            f'"GET {address} HTTP/1.1" 200 12',
        ]

        shown = [text for text in map(mask, spellings) if _shows(text)]

        assert shown == []

    @pytest.mark.django_db
    def test_is_masked_when_nothing_is_found(self, route: Route, log: io.StringIO) -> None:
        Client().get(f"/mistyped/x{_address(route)}")

        assert "Not Found: /" in log.getvalue()
        assert not _shows(log.getvalue())

    @pytest.mark.django_db
    def test_is_masked_with_the_traceback_of_an_error(self, route: Route, log: io.StringIO, settings: Any) -> None:
        settings.MIDDLEWARE = [f"{__name__}.BreaksEverywhere"]

        Client(raise_request_exception=False).get(_address(route))

        assert "RuntimeError: Cannot serve http://testserver/" in log.getvalue()
        assert not _shows(log.getvalue())

    @pytest.mark.django_db
    def test_is_masked_when_a_forged_request_is_refused(self, route: Route, log: io.StringIO) -> None:
        response = Client(enforce_csrf_checks=True).post(_address(route))

        assert response.status_code in {403, 302, 404, 405}
        assert not _shows(log.getvalue())

    def test_is_masked_in_what_servers_and_workers_write(self, route: Route, log: io.StringIO) -> None:
        address = _address(route)
        names = ["django.server", "gunicorn.access", "gunicorn.error", "celery.app.trace", "multiprocessing"]

        for name in names:
            try:
                raise ValueError(address)
            except ValueError:
                logging.getLogger(name).error('%(h)s "%(r)s"', {"h": "127.0.0.1", "r": f"GET {address} HTTP/1.1"})
                logging.getLogger(name).exception("Error handling request %s", address)

        assert log.getvalue().count("Error handling request /") == len(names)
        assert not _shows(log.getvalue())


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Gone: /invitation/s3cr-et_/", "Gone: /invitation/…/"),
        ('"GET /invitation/s3cret/decline/?x=1 HTTP/1.1" 404 12', '"GET /invitation/…/decline/?x=1 HTTP/1.1" 404 12'),
        ("Not Found: /my/4/", "Not Found: /my/4/"),
        ("/x/?token=abc&page=2", "/x/?token=…&page=2"),
        ("https://store.example/x?X-Amz-Signature=abc", "https://store.example/x?X-Amz-Signature=…"),
        ("redis://:pass@redis:6379/0", "redis://…@redis:6379/0"),
        ("postgresql://convoke:pass@db/convoke", "postgresql://…@db/convoke"),
        (f"No link {'aB3-' * 11}.", "No link …."),
        ("550 <mayor@city.example>: no such user", "550 <…@city.example>: no such user"),
        ("Key (email)=(mayor@city.example) already exists.", "Key (email)=(…@city.example) already exists."),
        ("{'to': ['o’neil+x@city.example']}", "{'to': ['…@city.example']}"),
        ("Task mailings.tasks.sweep[7d444840-9dc0-11d1-b245-5ffdce74fad2] received", None),
        ("  @transaction.atomic", None),
        ('  File "/srv/site/registrations/services/invitations.py", line 12, in find', None),
        ("100 % done", None),
    ],
)
def test_masks_secrets_and_addresses_and_nothing_else(text: str, written: str | None) -> None:
    assert mask(text) == (text if written is None else written)


def test_masks_long_tokens_even_where_the_addresses_cannot_be_loaded(settings: Any) -> None:
    settings.ROOT_URLCONF = "there.is.none"

    assert mask(f"/invitation/{'aB3-' * 11}/") == "/invitation/…/"


def test_every_handler_masks() -> None:
    formatters = {name: handler["formatter"] for name, handler in settings.LOGGING["handlers"].items()}
    assert formatters == {"console": "masked"}
    assert [one for one in _handlers() if not isinstance(one.formatter, MaskingFormatter)] == []


def test_celery_adds_no_handler_of_its_own() -> None:
    from celery.app.log import Logging

    from config.celery import app

    set_up = Logging(app)
    set_up.already_setup = False
    set_up.setup_logging_subsystem(loglevel="INFO")

    assert _handlers("celery", "celery.task", "celery.redirected") == []
