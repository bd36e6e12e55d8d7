"""For whom the user acts. Each page of the meetings has the participant in its address, so that somebody who looks
after two people never acts for the wrong one."""

from dataclasses import dataclass

from django.db import connection
from django.http import Http404, HttpRequest
from django.utils import timezone

from accounts.models import User
from conference import raw
from conference.prepared import Prepared
from registrations.models import Participant
from registrations.states import ParticipantStatus

_PERSON = Prepared(
    lambda pk: Participant.objects.filter(pk=pk).select_related("conference__venue", "delegation", "meeting_profile"),
    stand_in=0,
)
# By hand, and a question for each way in: each is one look at an index, where one with OR would read everybody. The
# same as `permissions.represented_by`; a test compares the two.
_REPRESENTED = """
SELECT represented.id, represented.conference_id, represented.status, (
    SELECT COUNT(*) FROM meetings_meetingrequest request
    WHERE request.asked_id = represented.id AND request.status = 'pending' AND request.expires_at > %(now)s
) FROM (
SELECT participant.id, participant.conference_id, participant.status
FROM registrations_participant participant WHERE participant.user_id = %(user)s
UNION SELECT participant.id, participant.conference_id, participant.status
FROM registrations_invitation invitation
JOIN registrations_participant participant ON participant.invitation_id = invitation.id
WHERE invitation.contact_id = %(user)s
UNION SELECT participant.id, participant.conference_id, participant.status
FROM registrations_invitation invitation
JOIN registrations_participant participant ON participant.invitation_id = invitation.id
WHERE invitation.assistant_id = %(user)s
UNION SELECT participant.id, participant.conference_id, participant.status
FROM meetings_assistant assistant
JOIN registrations_participant participant ON participant.id = assistant.participant_id
WHERE LOWER(assistant.email) = %(email)s
) represented
"""


@dataclass(frozen=True)
class _Represented:
    conference: int
    to_answer: int


def acting(request: HttpRequest, me: int) -> Participant:
    """The confirmed participant `me`, if the user may act for them; else 404.

    Comes with conference, delegation and, where there is one, `meeting_profile`. `has_others` says whether the user
    may act for somebody else at this conference, too; `to_answer` how many requests wait for an answer.
    """
    represented = _confirmed(request.user)
    if me not in represented:
        raise Http404
    found = _PERSON.first(me)
    if found is None:
        # Deleted since the question before.
        raise Http404
    found.has_others = any(
        somebody.conference == found.conference_id for other, somebody in represented.items() if other != me
    )
    found.to_answer = represented[me].to_answer
    return found


def _confirmed(user: User) -> dict[int, _Represented]:
    """The confirmed participants for whom the user may act."""
    with connection.cursor() as cursor:
        now = raw.instant(timezone.now())
        cursor.execute(_REPRESENTED, {"user": user.pk, "email": user.email.lower(), "now": now})
        rows = cursor.fetchall()
    return {
        participant: _Represented(conference, to_answer)
        for participant, conference, status, to_answer in rows
        if status == ParticipantStatus.CONFIRMED
    }
