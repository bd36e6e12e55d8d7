"""How the acting participant stands to the others: asked, was asked, will meet, or may not ask."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from meetings.models import MeetingRequest, MeetingRules
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
        return TAGS[self.relation][0] if self.relation in TAGS else ""

    @property
    def tint(self) -> str:
        return TAGS[self.relation][1] if self.relation in TAGS else ""

    @property
    def may_ask(self) -> bool:
        return self.relation is Relation.NONE


_UNKNOWN = Standing()
# Meetings that took place, or were to.
_OVER = {MeetingStatus.HELD, MeetingStatus.NOT_HELD}


def standings(me: Participant) -> Mapping[int, Standing]:
    """All whom the participant has to do with, by number. One query; the newest request of a pair counts."""
    found: dict[int, Standing] = {}
    own = MeetingRequest.objects.filter(Q(asker=me) | Q(asked=me)).order_by("pk")
    for pk, asker, asked, status, meeting in own.values_list("pk", "asker", "asked", "status", "meeting__status"):
        other = asked if asker == me.pk else asker
        standing = Standing(_relation(status, meeting, mine=asker == me.pk), pk)
        # What they agreed on, or that I want no more, outlasts a later request that came to nothing.
        if standing.relation is not Relation.NONE or other not in found:
            found[other] = standing
    return found


def standing_to(other: Participant, *, me: Participant, rules: MeetingRules, known: Mapping[int, Standing]) -> Standing:
    """With what the rules say of the two categories."""
    standing = known.get(other.pk, _UNKNOWN)
    if standing.may_ask and not rules.allows(me.category, other.category):
        return Standing(Relation.NOT_ALLOWED)
    return standing


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
