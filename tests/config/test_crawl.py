"""Every address of the resolver, in four roles, with values that no page of ours sends: none is answered with 500.

`dev.py bench crawl` does the same with more requests. See benchmarks/_crawl.py for how a request is repeated.
"""

import gc

import pytest
from django.db import connection
from django.urls import reverse

from benchmarks import _crawl_site
from benchmarks._crawl import Crawl, Request, signed_in
from meetings.models import Table

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.databases,
    # A warning is no answer of 500: what a webhook says of its provider, and what Django 6 will change in addresses.
    pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailNotSupportedWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::django.utils.deprecation.RemovedInDjango60Warning"),
]

# Requests to each address, by role: they keep the test below three minutes on two busy cores.
TIMES = {
    _crawl_site.STRANGER: 1,
    _crawl_site.PARTICIPANT: 1,
    _crawl_site.LIMITED: 1,
    _crawl_site.ORGANISER: 2,
}
# PostgreSQL refuses other values than SQLite does, to whoever sends them.
TIMES_ON_POSTGRESQL = {_crawl_site.PARTICIPANT: 1, _crawl_site.ORGANISER: 1}


@pytest.fixture
def times():
    return TIMES_ON_POSTGRESQL if connection.vendor == "postgresql" else TIMES


@pytest.fixture
def crawl(settings, times):
    settings.STAFF_SECOND_FACTOR_REQUIRED = False
    site = _crawl_site.build()
    yield Crawl({role: signed_in(site.roles[role]) for role in times}, links=site.links, pages=1)
    # Uploads that break off leave a temporary file to Python, which is to close it while that is no error.
    gc.collect()


def test_no_address_answers_with_an_error(crawl, times):
    crawl.look_around()
    for role, number in times.items():
        crawl.ask_oddly(role, times=number)

    assert [f"{reason}\n{request}" for request, reason in crawl.outcome.errors] == []
    assert {address.name for address in crawl.addresses} == set(crawl.outcome.addresses)


def test_what_a_request_changes_is_taken_back(crawl):
    table = Table.objects.order_by("pk").first()
    hall = reverse("admin:meetings_meetingrules_hall", args=[table.conference_id])

    response = crawl.send(Request(_crawl_site.ORGANISER, "POST", hall, body=b"count=60&in_a_row=3"))

    assert (response.status_code, crawl.outcome.errors) == (302, [])
    assert Table.objects.filter(conference=table.conference_id).count() == 20


def test_an_error_says_how_to_repeat_it(crawl, monkeypatch):
    class Broken:
        def cursor(self):
            raise RuntimeError("broken")

    monkeypatch.setattr("conference.views.connection", Broken())

    crawl.send(Request(_crawl_site.ORGANISER, "GET", "/healthz?x=%FF", "healthz"))

    ((request, reason),) = crawl.outcome.errors
    assert str(request) == "organiser: GET /healthz?x=%FF (healthz)"
    assert reason.startswith("RuntimeError: broken at conference/views.py:")
