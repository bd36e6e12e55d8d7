"""The meetings in the conference's navigation, once the organiser has set their rules."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from conference.models import Conference
from conference.navigation import Entry

FACTS = ["EXISTS (SELECT 1 FROM meetings_meetingrules rules WHERE rules.conference_id = conference.id)"]


def entries(conference: Conference, has_rules: bool) -> Iterator[Entry]:
    if has_rules and conference.is_published:
        yield Entry(
            title=_("Meetings"),
            address=reverse("meetings:entry", args=[conference.slug]),
            teaser=_("One to one in the breaks: find whom to meet, and agree on a time"),
        )
