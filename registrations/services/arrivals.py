"""Who is there on the day: checked in at the door, undone where it was a mistake."""

import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from conference import history
from conference.models import Conference
from conference.services import lock
from registrations.models import Participant
from registrations.services.places import reason_for_waiting
from registrations.states import ParticipantStatus


class CheckInRefused(Exception):
    """The person cannot be checked in; the message says why."""


def first_day(conference: Conference) -> datetime.date:
    """When check-in opens: the day before, since some guests fetch their badge in the evening."""
    return conference.held_on - datetime.timedelta(days=1)


def is_open(conference: Conference) -> bool:
    """Also after the day, when a signed list is typed in."""
    return conference.today >= first_day(conference)


def why_not_expected(participant: Participant) -> str:
    """Why the door cannot let them in, in a sentence; empty for the confirmed."""
    match participant.status:
        case ParticipantStatus.CONFIRMED:
            return ""
        case ParticipantStatus.WAITING:
            return _("On the waiting list.") + " " + reason_for_waiting(participant)
        case ParticipantStatus.REPLACED:
            successor = getattr(participant, "replaced_by", None)
            if successor is None:
                return _("Another person has taken the seat.")
            return _("%(name)s has taken the seat.") % {"name": successor.full_name}
        case _:
            withdrawn = timezone.localdate(participant.withdrawn_at, participant.conference.zone)
            return _("Withdrawn on %(day)s.") % {"day": date_format(withdrawn)}


@transaction.atomic
def check_in(participant: Participant, *, by: User | None) -> Participant:
    """Records that the person is there. Who is checked in already stays so, at the earlier time.

    Raises CheckInRefused earlier than the day before the conference, and for who is not confirmed.
    """
    participant = _locked(participant)
    if participant.checked_in_at:
        return participant
    if not is_open(participant.conference):
        raise CheckInRefused(
            _("Check-in opens on %(day)s, the day before the conference.")
            % {"day": date_format(first_day(participant.conference))}
        )
    if reason := why_not_expected(participant):
        raise CheckInRefused(f"{participant.full_name}: {reason}")
    participant.checked_in_at = timezone.now()
    participant.save(update_fields=["checked_in_at"])
    history.record(participant, "checked in", by=by)
    return participant


@transaction.atomic
def undo_check_in(participant: Participant, *, by: User | None) -> Participant:
    """The person is not there after all; the history keeps both. Of who is not checked in nothing changes."""
    participant = _locked(participant)
    if participant.checked_in_at:
        participant.checked_in_at = None
        participant.save(update_fields=["checked_in_at"])
        history.record(participant, "check-in undone", by=by)
    return participant


def _locked(participant: Participant) -> Participant:
    """As it is now, under the lock that withdrawing and replacing take, too."""
    conference = lock(participant.conference_id)
    fresh = Participant.objects.select_related("delegation__city", "delegation__member_state", "replaced_by")
    found = fresh.get(pk=participant.pk)
    found.conference = conference
    return found
