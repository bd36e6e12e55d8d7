"""What the tests of the public programme share: a release, addresses, and what a page holds."""

import dataclasses
import datetime

from django.urls import reverse

from agenda.models import Release
from agenda.programme import Programme
from agenda.queries import working_programme

EXPORTS = ["schedule_xml", "schedule_json", "calendar", "csv", "xlsx"]


def release(conference, programme: Programme | None = None, **changes) -> Release:
    """Publishes the working version, or `programme`, as the next release."""
    number = Release.objects.filter(conference=conference).count() + 1
    at = changes.pop("published_at", datetime.datetime(2026, 3, 1, 12, 0, tzinfo=datetime.UTC))
    frozen = dataclasses.replace(programme or working_programme(conference), release=number, published_at=at, **changes)
    return Release.objects.create(
        conference=conference, number=number, published_at=at, content=frozen.to_data(), working_copy={}
    )


def address(name, conference, *args) -> str:
    return reverse(f"agenda:{name}", args=[conference.slug, *args])


def html(client, name, conference, *args) -> str:
    response = client.get(address(name, conference, *args))
    assert response.status_code == 200
    return response.content.decode()
