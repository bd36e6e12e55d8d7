"""What the first reply by a personal link leaves in the browser that sent it: the people it registered, for a while.

A grant is no account: nobody is signed in by it. It opens only the views that accounts/reach.py lists for it, and only
the people who were registered in that browser; what others entered stays closed to whoever holds a forwarded link.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.sessions.backends.base import SessionBase
from django.utils import timezone

from accounts.reach import LINK_GRANT
from conference.links import links_end_at
from registrations.models import InvitationLink, Participant

_KEY = "registrations.grants"


@dataclass(frozen=True)
class Grant:
    """An invitation whose reply came from this browser, the link it came by, and the people registered here."""

    invitation: int
    link: int
    until: datetime.datetime
    people: tuple[int, ...]


def give(session: SessionBase, link: InvitationLink, people: Iterable[Participant]) -> None:
    """Lets this browser see and change the people it has just registered. The session gets a new key."""
    lifetime = LINK_GRANT.lifetime or datetime.timedelta()
    until = min(timezone.now() + lifetime, links_end_at(link.invitation.conference))
    session.cycle_key()
    session[_KEY] = {
        **session.get(_KEY, {}),
        str(link.invitation_id): {
            "link": link.pk,
            "until": until.timestamp(),
            "people": [participant.pk for participant in people],
        },
    }


def widen(session: SessionBase, participant: Participant) -> None:
    """Adds somebody whom this browser registered later: one more person, or a successor."""
    stored = session.get(_KEY, {})
    entry = stored.get(str(participant.invitation_id))
    if entry is not None and participant.pk not in entry["people"]:
        entry["people"].append(participant.pk)
        session[_KEY] = stored


def present(session: SessionBase) -> list[Grant]:
    """The grants of this browser that have neither expired nor a revoked link. One query where there are any."""
    now = timezone.now().timestamp()
    grants = [
        Grant(
            int(invitation),
            entry["link"],
            datetime.datetime.fromtimestamp(entry["until"], datetime.UTC),
            tuple(entry["people"]),
        )
        for invitation, entry in session.get(_KEY, {}).items()
        if now < entry["until"]
    ]
    if not grants:
        return []
    good = InvitationLink.objects.filter(pk__in=[grant.link for grant in grants], revoked_at=None)
    still_good = set(good.values_list("pk", flat=True))
    return [grant for grant in grants if grant.link in still_good]
