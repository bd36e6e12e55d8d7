"""Requests that no browser sends are answered with a page of ours, never with 500."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db

_FORM, _MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"
_UNREADABLE = "We could not read this request"

BODIES = {
    "too many fields": (b"x=1&" * 6000, _FORM),
    "a body larger than any form": (b"x=" + b"1" * (6 * 1024 * 1024), _FORM),
    "too many parts": (b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' * 6000 + b"--b--", _MULTIPART),
    "no boundary": (b"a=1", "multipart/form-data"),
    "an empty boundary": (b"a=1", "multipart/form-data; boundary="),
    "a charset that is none of ours": (b"a=1", f"{_FORM}; charset=utf-16"),
}
HARMLESS_BODIES = {
    "a part that breaks off": (b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1', _MULTIPART),
    "a part in broken base64": (
        b'--b\r\nContent-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: base64\r\n\r\n%\r\n--b--\r\n',
        _MULTIPART,
    ),
    "bytes that are no text": (b"email=%FF%FE&%00=%00", _FORM),
    "a charset that is no charset": (b"a=1", f"{_FORM}; charset=rot13"),
    "something else": (b'{"a": NaN}', "application/json"),
}
HEADERS = {
    "Accept-Language": ["x" * 3000, "en;q=NaN, \x00, de;q=1e400"],
    "Cookie": ["sessionid=\x00; csrftoken=\xff; messages=x:y", f"sessionid={'9' * 5000}; messages={'[' * 3000}"],
    "If-None-Match": ['W/"\x00", *, "', "*"],
    "If-Modified-Since": ["Fri, 31 Dec 9999 23:59:60 GMT", "0" * 3000, "Thu, 01 Jan 0001 00:00:00 GMT"],
    "Range": ["bytes=9-1,x,-", f"bytes={'9' * 5000}-"],
    "X-Forwarded-For": ["\x00, 999.1.1.1, ::g"],
    "X-Forwarded-Proto": ["gopher"],
    "X-Forwarded-Host": ["elsewhere.example"],
    "Referer": ["http://["],
    "Content-Length": ["-5", "x"],
    "HX-Current-URL": ["http://["],
    "HX-Trigger-Name": ["%zz"],
}
PATHS = ["/", "/accounts/login/", "/admin/", "/my/", "/conference/programme/"]


def page_of(response):
    return response.content.decode()


@pytest.mark.parametrize(("body", "content_type"), BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("client_class", [Client, lambda: Client(enforce_csrf_checks=True)], ids=["", "with CSRF"])
def test_a_body_that_cannot_be_read_is_refused_with_our_page(client_class, body, content_type):
    client = client_class()
    client.raise_request_exception = False

    response = client.generic("POST", "/accounts/login/", body, content_type=content_type)

    assert response.status_code in {400, 403}
    assert _UNREADABLE in page_of(response) or "This page was open for too long" in page_of(response)


@pytest.mark.parametrize(("body", "content_type"), HARMLESS_BODIES.values(), ids=HARMLESS_BODIES)
def test_a_body_that_says_nothing_is_a_form_left_empty(client, body, content_type):
    response = client.generic("POST", "/accounts/login/", body, content_type=content_type)

    assert response.status_code in {200, 400}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in HEADERS.items() for value in values])
def test_odd_headers_end_nowhere_in_an_error(organiser_client, name, value):
    for client in (Client(), organiser_client):
        for path in PATHS:
            response = client.get(path, headers={name: value})
            assert (path, response.status_code < 500) == (path, True)


@pytest.mark.parametrize("host", ["no such host", "elsewhere.example", "localhost:x", "[::1", ""])
def test_another_host_is_refused_with_our_page(client, host):
    response = client.get("/", headers={"Host": host})

    assert response.status_code == 400
    assert _UNREADABLE in page_of(response)


def test_the_page_says_what_to_do(client):
    page = page_of(client.get("/?q=%00"))

    assert "<title>We could not read this request – Convoke</title>" in page
    assert "Go back, load the page again and repeat what you did." in page
    assert "send less at once" in page
