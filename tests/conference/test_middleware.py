"""Addresses that no database can look up."""

import pytest
from django.urls import reverse

from conference.requests import LARGEST_KEY
from tests.factories import ConferenceFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "address",
    ["/?q=%00", "/some%00thing/", "/conference/programme/?q=a%00", "/meetings/live/%00/", "/admin/?x=1&y=%00"],
)
def test_nul_in_an_address_is_refused_with_our_page(client, address):
    response = client.get(address)

    assert response.status_code == 400
    assert "We could not read this request" in response.content.decode()


@pytest.mark.parametrize("number", [LARGEST_KEY + 1, 2**64, 10**400])
def test_a_number_beyond_all_keys_is_a_page_that_does_not_exist(organiser_client, number):
    ConferenceFactory()

    for address in (
        f"/admin/meetings/meetingrules/{number}/meetings/",
        f"/my/{number}/",
        f"/admin/agenda/plan/{number}/board/",
    ):
        response = organiser_client.get(address)
        assert (address, response.status_code) == (address, 404)


def test_the_largest_key_is_looked_up(organiser_client):
    address = reverse("admin:meetings_meetingrules_block", args=[LARGEST_KEY, LARGEST_KEY])

    assert organiser_client.get(address).status_code == 404
