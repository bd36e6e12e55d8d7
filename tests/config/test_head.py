"""HEAD answers as GET does, without a body: servers complain about a body in their logs."""

import io
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.http import FileResponse, HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts.models import User
from conference.models import Page
from config.middleware import HeadMiddleware
from tests.addresses import routes
from tests.factories import ConferenceFactory, InvitationFactory
from tests.registrations.reply_data import link_to

# Those of anymail take POST alone, and the keys of the provider that a site uses.
WITH_GET = [route for route in routes() if not route.pattern.startswith("anymail/")]
PUBLIC = [route for route in WITH_GET if not route.pattern.startswith("admin/")]


def _call(method: str, address: str, cookies: str) -> tuple[int, str | None, bytes, list[str]]:
    """Status, announced length, body and warnings of one request, as a web server gets them.

    Django's test client would cut off the body of HEAD itself.
    """
    path, _mark, query = address.partition("?")
    environ = RequestFactory().generic(method, path, QUERY_STRING=query, HTTP_COOKIE=cookies).environ
    started: dict[str, Any] = {}
    warnings: list[str] = []

    class Notes(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            warnings.append(record.getMessage())

    notes = Notes(level=logging.WARNING)
    logging.getLogger().addHandler(notes)
    try:
        answer = WSGIHandler()(environ, lambda status, headers: started.update(status=status, headers=dict(headers)))
        try:
            body = b"".join(answer)
        finally:
            answer.close()
    finally:
        logging.getLogger().removeHandler(notes)
    return int(started["status"][:3]), started["headers"].get("Content-Length"), body, warnings


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    """A request ends the connection that this test's transaction needs; Django's test client does the same as this."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def organiser_cookies(organiser: User, settings: Any) -> str:
    settings.STAFF_SECOND_FACTOR_REQUIRED = False
    client = Client()
    client.force_login(organiser)
    return "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())


def test_every_address_answers_head_as_it_answers_get(organiser_cookies: str, time_machine: Any) -> None:
    # Workbooks hold the second in which they were made.
    time_machine.move_to(timezone.now(), tick=False)
    conference = ConferenceFactory(slug="conference", is_published=True)
    invitation = InvitationFactory(delegation__conference=conference)
    values = {"slug": "conference", "token": link_to(invitation).split("/")[2], "kind": Page.Kind.PRIVACY}
    faults, good = [], 0
    for cookies in ("", organiser_cookies):
        for route in WITH_GET if cookies else PUBLIC:
            address = route.address({**values, "pk": conference.pk, "object_id": conference.pk})
            status, length, body, _warnings = _call("GET", address, cookies)
            head_status, head_length, head_body, head_warnings = _call("HEAD", address, cookies)
            good += status == 200
            if (head_status, head_body) != (status, b""):
                faults.append((route.name, status, head_status, head_body[:40]))
            if status < 400 and head_warnings:
                faults.append((route.name, head_warnings))
            # Pages with a fresh token in each form differ in nothing else.
            if status == 200 and body and length != head_length:
                faults.append((route.name, length, head_length))

    assert faults == []
    assert good > 50


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_file_is_closed_and_not_read_for_head(method: str) -> None:
    file = io.BytesIO(b"four")
    request = RequestFactory().generic(method, "/")

    response = HeadMiddleware(lambda _request: FileResponse(file, filename="a.txt"))(request)
    body = b"".join(response)
    response.close()

    assert (body, response.headers["Content-Length"]) == (b"" if method == "HEAD" else b"four", "4")
    assert file.closed


def test_the_length_of_the_page_is_announced() -> None:
    def view(_request: HttpRequest) -> HttpResponse:
        return HttpResponse("page")

    response = HeadMiddleware(view)(RequestFactory().head("/"))

    assert (response.content, response.headers["Content-Length"]) == (b"", "4")
