"""The programme for search engines."""

import datetime
import json
from dataclasses import replace

import pytest
from hypothesis import given

from agenda.exchange.structured_data import business_event
from tests.agenda.exchange.programmes import programmes
from tests.agenda.large_programme import large_programme


@pytest.mark.django_db
def test_the_demonstration_as_a_business_event(demonstration):
    event = json.loads(business_event(demonstration))

    day = demonstration.held_on.isoformat()
    offset = datetime.datetime.combine(demonstration.held_on, datetime.time(9), demonstration.zone).isoformat()[-6:]
    assert (event["@type"], event["name"]) == ("BusinessEvent", "EU Cities Against Radicalisation")
    assert (event["startDate"], event["endDate"]) == (f"{day}T08:00:00{offset}", f"{day}T17:30:00{offset}")
    assert event["location"] == {
        "@type": "Place",
        "name": "European Committee of the Regions",
        "address": {
            "@type": "PostalAddress",
            "streetAddress": "Rue Belliard 99–101, 1040 Brussels",
            "addressLocality": "Brussels",
        },
    }
    assert [one["name"] for one in event["subEvent"]] == [one.title for one in demonstration.sessions]
    assert {one["name"]: one["jobTitle"] for one in event["performer"]} == {
        one.name: one.function for one in demonstration.people
    }
    by_address = {one["@id"]: one["name"] for one in event["performer"]}
    opening = event["subEvent"][2]
    assert [by_address[one["@id"]] for one in opening["performer"]] == ["Dimitris Avramopoulos", "Sir Julian King"]


def test_without_sessions_the_day_is_the_date():
    event = json.loads(business_event(large_programme(0, 1)))

    assert (event["startDate"], event["endDate"], event["subEvent"]) == ("2026-03-26", "2026-03-26", [])


def test_no_text_can_end_the_script_element():
    programme = replace(large_programme(0, 1), title="</script><!--&\u2028")

    text = business_event(programme)

    assert [sign for sign in "<>&\u2028\u2029" if sign in text] == []
    assert json.loads(text)["name"] == "</script><!--&\u2028"


@given(programme=programmes())
def test_any_programme_becomes_json(programme):
    assert len(json.loads(business_event(programme))["subEvent"]) == len(programme.sessions)
