"""The market place in the conference's navigation, once there is a stand to see."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from conference.models import Conference
from conference.navigation import Entry

# Whether it stays open after the conference; nothing while there is no stand.
FACTS = [
    """
    (SELECT stand_call.is_archived FROM marketplace_call stand_call
    WHERE stand_call.conference_id = conference.id AND EXISTS (
        SELECT 1 FROM marketplace_stand stand WHERE stand.call_id = stand_call.id AND stand.released_at IS NULL))
    """
]


def entries(conference: Conference, is_archived: bool | None) -> Iterator[Entry]:
    if is_archived is None or not conference.is_published:
        return
    if conference.today > conference.held_on and not is_archived:
        return
    yield Entry(
        title=_("Market place"),
        address=reverse("marketplace:catalogue", args=[conference.slug]),
        teaser=_("Who presents what they do, what they seek and what they offer"),
    )
