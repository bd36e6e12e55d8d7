"""How the public programme is answered: once and again, from memory, to strangers and by the rules of the site."""

import datetime
import gzip

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agenda import published
from tests.agenda.large_programme import large_programme
from tests.agenda.public_pages import EXPORTS, address, release
from tests.factories import ConferenceFactory, SessionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _empty_memory():
    published.forget()


@pytest.fixture
def conference():
    return ConferenceFactory(held_on=datetime.date(2026, 3, 10))


@pytest.mark.parametrize("name", ["programme", "timeline", "speakers", *EXPORTS])
def test_who_has_it_already_gets_304(client, conference, name):
    SessionFactory(conference=conference)
    release(conference)
    first = client.get(address(name, conference))

    again = client.get(address(name, conference), headers={"If-None-Match": first["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert (again["ETag"], again["Cache-Control"], again["Vary"]) == (
        first["ETag"],
        first["Cache-Control"],
        first["Vary"],
    )


@pytest.mark.parametrize("name", EXPORTS)
def test_exports_are_as_old_as_their_release(client, conference, name):
    SessionFactory(conference=conference)
    release(conference)
    first = client.get(address(name, conference))

    again = client.get(address(name, conference), headers={"If-Modified-Since": first["Last-Modified"]})
    release(conference, published_at=datetime.datetime(2026, 3, 2, tzinfo=datetime.UTC))
    newer = client.get(address(name, conference), headers={"If-Modified-Since": first["Last-Modified"]})

    assert first["Last-Modified"] == "Sun, 01 Mar 2026 12:00:00 GMT"
    assert (again.status_code, newer.status_code) == (304, 200)


def test_compressed_for_who_takes_that(client, conference):
    SessionFactory(conference=conference)
    release(conference)

    plain = client.get(address("programme", conference))
    small = client.get(address("programme", conference), headers={"Accept-Encoding": "br, gzip"})

    assert small["Content-Encoding"] == "gzip"
    assert gzip.decompress(small.content) == plain.content
    assert int(small["Content-Length"]) == len(small.content)
    assert set(plain["Vary"].split(", ")) == {"Accept-Encoding", "Cookie"}


def test_head_tells_the_length_and_sends_nothing(client, conference):
    SessionFactory(conference=conference)
    release(conference)

    whole, head = client.get(address("programme", conference)), client.head(address("programme", conference))

    assert (head.status_code, head.content) == (200, b"")
    assert head["Content-Length"] == str(len(whole.content))


def test_nothing_is_changed_by_a_post(client, conference):
    assert client.post(address("programme", conference)).status_code == 405


@pytest.mark.parametrize("name", ["programme", "timeline", "speakers", *EXPORTS])
def test_one_query_answers_whatever_the_number_of_sessions(client, django_assert_num_queries, name):
    found = []
    for sessions in (1, 300):
        conference = ConferenceFactory()
        release(conference, large_programme(sessions=sessions, days=1 if sessions == 1 else 5))
        client.get(address(name, conference))
        with django_assert_num_queries(1):
            found.append(client.get(address(name, conference)).status_code)

    assert found == [200, 200]


def test_the_first_reading_takes_as_many_queries_with_300_sessions(client):
    counts = []
    for sessions in (1, 300):
        conference = ConferenceFactory()
        release(conference, large_programme(sessions=sessions, days=1 if sessions == 1 else 5))
        with CaptureQueriesContext(connection) as queries:
            client.get(address("programme", conference))
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_security_headers_are_those_of_every_page(client, conference):
    SessionFactory(conference=conference)
    release(conference)
    names = ["Content-Security-Policy", "X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy"]
    usual, early = client.get("/accounts/login/"), client.get(address("programme", conference))

    assert [early[name] for name in names] == [usual[name] for name in names]


def test_another_host_is_refused(client, conference):
    release(conference)

    assert client.get(address("programme", conference), headers={"Host": "evil.example"}).status_code == 400


def test_strangers_get_no_cookie(client, conference):
    SessionFactory(conference=conference)
    release(conference)

    client.get(address("programme", conference))

    assert dict(client.cookies) == {}
