"""For whom the user acts. Each page of the meetings has the participant in its address, so that somebody who looks
after two people never acts for the wrong one."""

from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest

from meetings.permissions import represented_by
from registrations.models import Participant


def acting(request: HttpRequest, me: int) -> Participant:
    """The confirmed participant `me`, if the user may act for them; else 404.

    Comes with conference, delegation and, where there is one, `meeting_profile`. `has_others` says whether the user
    may act for somebody else at this conference, too.
    """
    mine = represented_by(request.user).confirmed()
    others = mine.filter(conference=OuterRef("conference")).exclude(pk=OuterRef("pk"))
    found = (
        mine.filter(pk=me)
        .select_related("conference__venue", "delegation__city", "delegation__member_state", "meeting_profile", "user")
        .annotate(has_others=Exists(others))
        .first()
    )
    if found is None:
        raise Http404
    return found
