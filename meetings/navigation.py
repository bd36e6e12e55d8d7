"""The meetings in the conference's navigation, once the organiser has set their rules."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from conference.models import Conference
from conference.navigation import Entry
from meetings.models import MeetingRules


def entries(conference: Conference) -> Iterator[Entry]:
    if conference.is_published and MeetingRules.objects.filter(conference=conference).exists():
        yield Entry(
            title=_("Meetings"),
            address=reverse("meetings:entry", args=[conference.slug]),
            teaser=_("One to one in the breaks: find whom to meet, and agree on a time"),
        )
