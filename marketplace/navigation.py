"""The market place in the conference's navigation, once there is a stand to see."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from conference.models import Conference
from conference.navigation import Entry
from marketplace.models import Stand


def entries(conference: Conference) -> Iterator[Entry]:
    if not conference.is_published:
        return
    live = Stand.objects.filter(call__conference=conference, released_at=None)
    if conference.today > conference.held_on:
        live = live.filter(call__is_archived=True)
    if live.exists():
        yield Entry(
            title=_("Market place"),
            address=reverse("marketplace:catalogue", args=[conference.slug]),
            teaser=_("Who presents what they do, what they seek and what they offer"),
        )
