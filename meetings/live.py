"""Whether somebody's meetings have changed, for phones that ask many times: one short look, no session, no page.

The address that phones ask holds a signed number of the participant instead of a session. Whoever has it learns that
something changed, and nothing else; what changed is read from the page, signed in.
"""

import datetime
import hashlib

from django.core import signing
from django.db import connection

from accounts.reach import LIVE_LOOK
from conference import raw
from registrations.models import Participant

_SIGNER = signing.TimestampSigner(salt="meetings.live", sep=".")
# A page that was left open longer than this has to be loaded anew.
_MAX_AGE = LIVE_LOOK.lifetime
# While a meeting is this near, the page says how many minutes remain, and so changes with each of them.
COUNTDOWN = datetime.timedelta(minutes=15)

# All seats of the meetings of one person, their own and their partners', and their open requests. By hand: the same
# through the models takes three times as long, and this runs for every phone every few seconds.
_SEATS = """
SELECT meeting.id, meeting.version, meeting.status, meeting.slot_id, slot.starts_at, slot.ends_at,
       seat.participant_id, seat.late_at, seat.says_held
FROM meetings_meetingseat AS own
JOIN meetings_meeting AS meeting ON meeting.id = own.meeting_id
JOIN meetings_meetingseat AS seat ON seat.meeting_id = meeting.id
LEFT JOIN meetings_slot AS slot ON slot.id = meeting.slot_id
WHERE own.participant_id = %s
ORDER BY seat.id
"""
_REQUESTS = """
SELECT id FROM meetings_meetingrequest
WHERE (asker_id = %s OR asked_id = %s) AND status = 'pending'
ORDER BY id
"""


def token_for(participant: Participant) -> str:
    """The part of the address that a phone asks."""
    return _SIGNER.sign(str(participant.pk))


def participant_of(token: str) -> int | None:
    """Whose token it is; None where it was not made here, or too long ago."""
    try:
        return int(_SIGNER.unsign(token, max_age=_MAX_AGE))
    except signing.BadSignature:
        return None


def state_of(participant: int, *, now: datetime.datetime) -> str:
    """Changes whenever what this person's page shows of meetings and requests changes, by others or by the clock."""
    with connection.cursor() as cursor:
        cursor.execute(_SEATS, [participant])
        seats = cursor.fetchall()
        cursor.execute(_REQUESTS, [participant, participant])
        requests = cursor.fetchall()
    clock = [_phase(row[4], row[5], now) for row in seats if row[4] is not None and row[6] == participant]
    made_of = repr((seats, requests, clock))
    return hashlib.sha256(made_of.encode()).hexdigest()[:20]


def _phase(starts_at: datetime.datetime | str, ends_at: datetime.datetime | str, now: datetime.datetime) -> int | str:
    """What the clock makes of a meeting: far, so many minutes away, going on, over."""
    starts_at, ends_at = raw.moment(starts_at), raw.moment(ends_at)
    if now >= ends_at:
        return "over"
    if now >= starts_at:
        return "now"
    if starts_at - now > COUNTDOWN:
        return "ahead"
    return minutes_until(starts_at, now)


def minutes_until(moment: datetime.datetime, now: datetime.datetime) -> int:
    """Whole minutes, the one that has begun included: 1 until the very end."""
    return -((now - moment) // datetime.timedelta(minutes=1))
