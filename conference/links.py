"""How long personal links work: one rule for invitees and speakers."""

import datetime
from collections.abc import Callable

from accounts.reach import LINKS_OUTLIVE_THE_CONFERENCE
from conference.models import Conference

LastMoment = Callable[[Conference], datetime.datetime | None]
_sources: dict[str, LastMoment] = {}


def register(app: str, last_moment: LastMoment) -> None:
    """`last_moment` says when the last of what the app plans for a conference ends, None where it plans nothing."""
    _sources[app] = last_moment


def ends_at(conference: Conference) -> datetime.datetime:
    """The end of what is planned, which may be days after the first day; never before the conference's own end."""
    planned = [last_moment(conference) for last_moment in _sources.values()]
    return max([conference.ends_at, *filter(None, planned)])


def links_end_at(conference: Conference) -> datetime.datetime:
    """The first instant at which personal links no longer work."""
    return ends_at(conference) + LINKS_OUTLIVE_THE_CONFERENCE
