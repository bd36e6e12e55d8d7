import re

import pytest
from django.urls import reverse

from conference.models import Conference, Page
from conference.services import publish_page
from tests.factories import ConferenceFactory, UserFactory

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

    html = client.get(conference.get_absolute_url()).content.decode()

    beside, below = html.split('<nav class="nav"')[1].split("</nav>")[0], html.split('<footer class="foot">')[1]
    address = conference.get_absolute_url()
    assert re.findall(f'href="{address}([^"]*)"', beside) == ["", "concept/", "practical-information/", "contact/"]
    assert re.findall(f'href="{address}([^"]*)"', below) == ["contact/", "privacy/"]


def test_the_public_page_costs_the_same_with_one_delegation_or_three(client, django_assert_num_queries):
    conference = ConferenceFactory()
    for kind in Page.Kind:
        publish_page(conference, kind, "Text", by=None)

    # The conference, and what stands around all its pages.
    with django_assert_num_queries(2):
        client.get(conference.get_absolute_url())


def test_what_changes_around_a_page_is_read_at_once(client):
    conference = ConferenceFactory(title="Before", organiser_name="Nobody")
    address = conference.get_absolute_url()
    before = client.get(address).content.decode()

    Conference.objects.update(title="After", organiser_name="Everybody", mailbox="new@conference.example")
    publish_page(conference, Page.Kind.CONCEPT, "Text", by=None)
    after = client.get(address).content.decode()

    assert ("Before" in before, "Nobody" in before, "concept/" in before) == (True, True, False)
    assert ("Before" in after, "Nobody" in after, "concept/" in after) == (False, False, True)
    assert "Everybody" in after and "new@conference.example" in after


def test_who_reads_a_page_sees_their_own_ways_alone(client, organiser, settings):
    settings.STAFF_SECOND_FACTOR_REQUIRED = False
    address = ConferenceFactory().get_absolute_url()
    participant = UserFactory()
    seen = []

    for reader in (organiser, None, participant, organiser):
        if reader:
            client.force_login(reader)
        else:
            client.logout()
        html = client.get(address).content.decode()
        seen.append([word in html for word in ("Organise</a>", "Sign out", "Sign in")])

    assert seen == [[True, True, False], [False, False, True], [False, True, False], [True, True, False]]


def test_the_page_for_signing_in_does_not_offer_itself(client):
    masthead = client.get(reverse("account_login")).content.decode().split("</header>")[0]

    assert 'class="account"' in masthead and "Sign in</a>" not in masthead


def test_a_page_says_where_in_the_navigation_it_is(client):
    conference = ConferenceFactory()
    publish_page(conference, Page.Kind.CONCEPT, "Text", by=None)
    seen = []

    for address in (conference.get_absolute_url(), reverse("conference:page", args=[conference.slug, "concept"])):
        seen.append(
            re.findall(r'href="([^"]*)" aria-current="page"', client.get(address).content.decode()) == [address]
        )

    assert seen == [True, True]


def test_security_headers(client):
    response = client.get(ConferenceFactory().get_absolute_url())

    assert "default-src 'self'" in response["Content-Security-Policy"]
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"


def test_health(client):
    assert client.get("/healthz").content == b"ok"
