"""The published schemas, and the programmes that are held to them."""

import datetime
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, settings
from lxml import etree

from agenda.demonstration import load_day
from agenda.programme import Programme
from agenda.queries import working_programme
from conference.models import Conference, Room
from tests.agenda.large_programme import large_programme

SCHEMAS = Path(__file__).resolve().parents[4] / "shared" / "data" / "schemas"
PUBLISHED_AT = datetime.datetime(2026, 1, 2, 3, 4, tzinfo=datetime.UTC)

# Time on a shared machine says nothing; the same examples in every run make a failure everybody's.
settings.register_profile(
    "convoke",
    deadline=None,
    database=None,
    derandomize=True,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("convoke")


def _schema(name: str) -> Path:
    path = SCHEMAS / name
    if not path.exists():
        reason = f"The published schema {name} is not at {SCHEMAS}."
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return path


@pytest.fixture(scope="session")
def xml_schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(_schema("schedule.xml.xsd")))


@pytest.fixture(scope="session")
def json_schema() -> Any:
    schema = json.loads(_schema("schedule.schema.json").read_text())
    return jsonschema.validators.validator_for(schema)(schema, format_checker=jsonschema.FormatChecker())


@pytest.fixture
def demonstration(conference: Conference) -> Programme:
    """The concept note's day as its first release would be."""
    Room.objects.bulk_create(Room(venue=conference.venue, name=name) for name in ("Atrium", "Plenary room"))
    load_day(conference)
    return replace(working_programme(conference), release=1, published_at=PUBLISHED_AT)


@pytest.fixture(scope="session")
def large() -> Programme:
    return large_programme()
