"""Personal links stay out of the logs."""

import logging

import pytest
from django.conf import settings

from config.logs import WithoutPersonalLinks


@pytest.mark.parametrize(
    ("line", "args", "written"),
    [
        ("Gone: %s", ("/invitation/s3cr-et_/",), "Gone: /invitation/…/"),
        (
            '"%s" 404 12',
            ("GET /invitation/s3cret/decline/?x=1 HTTP/1.1",),
            '"GET /invitation/…/decline/?x=1 HTTP/1.1" 404 12',
        ),
        ("Gone: %s", ("/speaker/s3cr-et_/documents/",), "Gone: /speaker/…/documents/"),
        ('"%s" 304 0', ("GET /calendar/s3cr-et_.ics HTTP/1.1",), '"GET /calendar/… HTTP/1.1" 304 0'),
        ("Not Found: %s", ("/my/4/",), "Not Found: /my/4/"),
        ("100 % done", (), "100 % done"),
    ],
)
def test_tokens_are_left_out(line: str, args: tuple[str, ...], written: str) -> None:
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, line, args, None)

    kept = WithoutPersonalLinks().filter(record)

    assert (kept, record.getMessage()) == (True, written)


def test_the_console_uses_the_filter() -> None:
    assert settings.LOGGING["handlers"]["console"]["filters"] == ["personal_links"]
