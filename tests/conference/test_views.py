import pytest
from django.urls import reverse

from conference.models import Page
from conference.services import publish_page
from tests.factories import ConferenceFactory

pytestmark = pytest.mark.django_db


def test_a_site_with_one_conference_opens_it(client):
    conference = ConferenceFactory()

    response = client.get("/")

    assert response["Location"] == reverse("conference:detail", args=[conference.slug])


def test_a_site_with_several_lists_them(client):
    ConferenceFactory(title="First"), ConferenceFactory(title="Second")

    response = client.get("/")

    assert [c.title for c in response.context["conferences"]] == ["First", "Second"]


def test_a_site_without_any_says_so(client):
    assert client.get("/").status_code == 200


def test_unpublished_conferences_are_not_found(client):
    conference = ConferenceFactory(is_published=False)

    assert client.get(conference.get_absolute_url()).status_code == 404
    assert client.get(reverse("conference:page", args=[conference.slug, "privacy"])).status_code == 404


def test_a_page_shows_its_newest_version_and_its_html_is_harmless(client):
    conference = ConferenceFactory()
    publish_page(conference, Page.Kind.PRIVACY, "**Now** <script>alert(1)</script> [x](javascript:alert(1))", by=None)

    html = client.get(reverse("conference:page", args=[conference.slug, "privacy"])).content.decode()

    assert "<strong>Now</strong> &lt;script&gt;" in html
    assert 'href="javascript:' not in html


def test_unknown_pages_are_not_found(client):
    conference = ConferenceFactory()

    assert client.get(reverse("conference:page", args=[conference.slug, "concept"])).status_code == 404


def test_navigation_lists_texts_in_their_order(client):
    conference = ConferenceFactory()
    for kind in (Page.Kind.CONTACT, Page.Kind.PRACTICAL, Page.Kind.CONCEPT):
        publish_page(conference, kind, "Text", by=None)

    response = client.get(conference.get_absolute_url())

    assert [page.kind for page in response.context["nav_pages"]] == [
        "concept",
        "practical-information",
        "contact",
        "privacy",
    ]


def test_the_public_page_costs_the_same_with_one_delegation_or_three(client, django_assert_num_queries):
    conference = ConferenceFactory()
    for kind in Page.Kind:
        publish_page(conference, kind, "Text", by=None)

    # The conference, its texts, and a question each of the apps that put a link into the navigation.
    with django_assert_num_queries(5):
        client.get(conference.get_absolute_url())


def test_security_headers(client):
    response = client.get(ConferenceFactory().get_absolute_url())

    assert "default-src 'self'" in response["Content-Security-Policy"]
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"


def test_health(client):
    assert client.get("/healthz").content == b"ok"
