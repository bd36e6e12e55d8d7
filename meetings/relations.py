"""How the acting participant stands to the others: asked, was asked, will meet, or may not ask."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from meetings.states import AHEAD, MeetingStatus, RequestStatus
from registrations.models import Participant


class Relation(StrEnum):
    NONE = "none"
    ASKED = "asked"  # by me, not answered yet
    ASKS = "asks"  # me, and waits for my answer
    MEETS = "meets"
    MET = "met"
    # Theirs to me. A “no thanks” reads no different, so that it stays private.
    DECLINED = "declined"
    # Mine to them; only I read it.
    REFUSED = "refused"
    # By the rules of the conference.
    NOT_ALLOWED = "not allowed"


# In the words of the acting participant, and the tint that goes with them.
TAGS: Mapping[Relation, tuple[str | Promise, str]] = {
    Relation.NONE: ("", ""),
    Relation.ASKED: (_("you have asked"), ""),
    Relation.ASKS: (_("asks you"), "warn"),
    Relation.MEETS: (_("you meet"), "ok"),
    Relation.MET: (_("your meeting is over"), ""),
    Relation.DECLINED: (_("declined your request"), ""),
    Relation.REFUSED: (_("you said “no thanks”"), ""),
    Relation.NOT_ALLOWED: (_("cannot be asked by your group"), ""),
}


@dataclass(frozen=True)
class Standing:
    """The relation to one person, and the request that it rests on, if any."""

    relation: Relation = Relation.NONE
    request: int | None = None

    @property
    def is_agreed(self) -> bool:
        return self.relation in {Relation.MEETS, Relation.MET}

    @property
    def tag(self) -> str | Promise:
        return TAGS[self.relation][0]

    @property
    def tint(self) -> str:
        return TAGS[self.relation][1]

    @property
    def may_ask(self) -> bool:
        return self.relation is Relation.NONE


UNKNOWN = Standing()
# Meetings that took place, or were to.
_OVER = {MeetingStatus.HELD, MeetingStatus.NOT_HELD}
# By hand: the ORM takes longer to write it than the database to answer, and it stands behind every page.
_REQUESTS = """
SELECT request.id, request.asker_id, request.asked_id, request.status, meeting.status
FROM meetings_meetingrequest request
LEFT JOIN meetings_meeting meeting ON meeting.request_id = request.id
WHERE request.asker_id = %(me)s OR request.asked_id = %(me)s
ORDER BY request.id
"""


def standings(me: Participant) -> Mapping[int, Standing]:
    """All whom the participant has to do with, by number. One query; the newest request of a pair counts."""
    with connection.cursor() as cursor:
        cursor.execute(_REQUESTS, {"me": me.pk})
        rows = cursor.fetchall()
    found: dict[int, Standing] = {}
    for pk, asker, asked, status, meeting in rows:
        other = asked if asker == me.pk else asker
        standing = Standing(_relation(status, meeting, mine=asker == me.pk), pk)
        # What they agreed on, or that I want no more, outlasts a later request that came to nothing.
        if standing.relation is not Relation.NONE or other not in found:
            found[other] = standing
    return found


def _relation(status: str, meeting: str | None, *, mine: bool) -> Relation:
    if meeting in AHEAD:
        return Relation.MEETS
    if meeting in _OVER:
        return Relation.MET
    if status == RequestStatus.PENDING:
        return Relation.ASKED if mine else Relation.ASKS
    if status == RequestStatus.REFUSED and not mine:
        return Relation.REFUSED
    if status in {RequestStatus.DECLINED, RequestStatus.REFUSED} and mine:
        return Relation.DECLINED
    return Relation.NONE
