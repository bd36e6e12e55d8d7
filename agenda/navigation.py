"""The programme in the conference's navigation, once there is a release."""

import datetime
from collections.abc import Iterator

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from conference import raw
from conference.models import Conference
from conference.navigation import Entry

_NEWEST = """
(SELECT release.{} FROM agenda_release release WHERE release.conference_id = conference.id
    ORDER BY release.number DESC LIMIT 1)
"""
FACTS = [_NEWEST.format(column) for column in ("number", "published_at")]


def entries(conference: Conference, number: int | None, published_at: datetime.datetime | str) -> Iterator[Entry]:
    if number is None or not conference.is_published:
        return
    day = date_format(localtime(raw.moment(published_at), conference.zone), "j F")
    yield Entry(
        title=_("Programme"),
        address=reverse("agenda:programme", args=[conference.slug]),
        teaser=_("Sessions, rooms and speakers: release %(number)s of %(day)s") % {"number": number, "day": day},
    )
    yield Entry(title=_("Speakers"), address=reverse("agenda:speakers", args=[conference.slug]))
