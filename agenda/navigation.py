"""The programme in the conference's navigation, once there is a release."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from agenda.models import Release
from conference.models import Conference
from conference.navigation import Entry


def entries(conference: Conference) -> Iterator[Entry]:
    if not conference.is_published:
        return
    newest = Release.objects.filter(conference=conference).order_by("-number").values_list("number", "published_at")
    found = newest.first()
    if found is None:
        return
    number, published_at = found
    day = date_format(localtime(published_at, conference.zone), "j F")
    yield Entry(
        title=_("Programme"),
        address=reverse("agenda:programme", args=[conference.slug]),
        teaser=_("Sessions, rooms and speakers: release %(number)s of %(day)s") % {"number": number, "day": day},
    )
    yield Entry(title=_("Speakers"), address=reverse("agenda:speakers", args=[conference.slug]))
