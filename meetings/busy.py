"""When people have to be elsewhere, and why, in the words that organisers read."""

from collections import defaultdict
from collections.abc import Collection

from django.utils.translation import gettext as _

from conference.models import Conference
from meetings.models import Absence
from registrations import commitments
from registrations.commitments import Commitment


def busy(conference: Conference, participants: Collection[int]) -> dict[int, list[Commitment]]:
    """As `queries.engagements`, by participant. Why somebody is absent is theirs to know.

    The number of queries does not depend on how many people are asked for.
    """
    found: dict[int, list[Commitment]] = defaultdict(list)
    for absence in Absence.objects.filter(participant__in=participants):
        found[absence.participant_id].append(
            Commitment(absence.participant_id, absence.starts_at, absence.ends_at, _("absent"))
        )
    for duty in commitments.of(conference, people=participants, without="meetings"):
        found[duty.participant].append(duty)
    return found
