"""For whom the user acts. Each page of the meetings has the participant in its address, so that somebody who looks
after two people never acts for the wrong one."""

from django.db import connection
from django.http import Http404, HttpRequest

from accounts.models import User
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
"""


def acting(request: HttpRequest, me: int) -> Participant:
    """The confirmed participant `me`, if the user may act for them; else 404.

    Comes with conference, delegation and, where there is one, `meeting_profile`. `has_others` says whether the user
    may act for somebody else at this conference, too.
    """
    represented = _confirmed(request.user)
    if me not in represented:
        raise Http404
    found = _PERSON.first(me)
    if found is None:
        # Deleted since the question before.
        raise Http404
    found.has_others = any(
        conference == found.conference_id for other, conference in represented.items() if other != me
    )
    return found


def _confirmed(user: User) -> dict[int, int]:
    """The confirmed participants for whom the user may act, with the conference of each."""
    with connection.cursor() as cursor:
        cursor.execute(_REPRESENTED, {"user": user.pk, "email": user.email.lower()})
        rows = cursor.fetchall()
    return {
        participant: conference for participant, conference, status in rows if status == ParticipantStatus.CONFIRMED
    }
