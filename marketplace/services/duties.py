"""The duty rota: who stands at a stand when. Meetings are not placed into these times."""

import datetime

from django.db import IntegrityError, transaction
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from accounts.models import User
from conference import history
from marketplace.models import Duty, Stand
from registrations import commitments
from registrations.models import AddressNotice, Participant
from registrations.services import notices


class DutyRefused(Exception):
    """The duty is not possible; the message says why."""


@transaction.atomic
def add(
    stand: Stand,
    participant: Participant,
    *,
    starts_at: datetime.datetime,
    ends_at: datetime.datetime,
    by: User | None,
) -> Duty:
    """Puts somebody of the delegation on duty at its stand from `starts_at` until `ends_at`.

    The first time, they are notified.

    Raises DutyRefused outside of the hours of the market place, for somebody else's people, and for who has another
    duty or anything else, such as a meeting, at that time.
    """
    # Of two duties of one person at the same instant the second waits here and then sees the first.
    participant = Participant.objects.select_for_update(no_key=True).get(pk=participant.pk)
    stand = Stand.objects.select_related("call__conference__venue", "application__delegation").get(pk=stand.pk)
    call = stand.call
    if stand.released_at is not None:
        raise DutyRefused(_("This stand was withdrawn."))
    if participant.delegation_id != stand.application.delegation_id or not participant.is_active:
        raise DutyRefused(_("Only people of the delegation who take part can stand there."))
    if starts_at >= ends_at:
        raise DutyRefused(_("The duty ends before it begins."))
    if call.stands_from and call.stands_until and (starts_at < call.stands_from or ends_at > call.stands_until):
        raise DutyRefused(
            _("The stands are open from %(from)s to %(until)s.")
            % {
                "from": _clock(call.stands_from, stand),
                "until": _clock(call.stands_until, stand),
            }
        )
    for other in participant.stand_duties.select_related("stand__application"):
        if other.starts_at < ends_at and starts_at < other.ends_at:
            raise DutyRefused(
                _("%(name)s has a duty from %(from)s to %(until)s already.")
                % {
                    "name": participant.full_name,
                    "from": _clock(other.starts_at, stand),
                    "until": _clock(other.ends_at, stand),
                }
            )
    for bound in commitments.of(call.conference, people=[participant.pk], without="marketplace"):
        if bound.starts_at < ends_at and starts_at < bound.ends_at:
            raise DutyRefused(
                _("%(name)s has something else from %(from)s to %(until)s: %(what)s.")
                % {
                    "name": participant.full_name,
                    "from": _clock(bound.starts_at, stand),
                    "until": _clock(bound.ends_at, stand),
                    "what": bound.what,
                }
            )
    try:
        with transaction.atomic():
            duty = Duty.objects.create(stand=stand, participant=participant, starts_at=starts_at, ends_at=ends_at)
    except IntegrityError as error:
        raise DutyRefused(_("This duty was added already.")) from error
    history.record(stand.application, "duty added", by=by, detail=str(duty.pk))
    notices.notify(
        participant.email,
        reason=AddressNotice.Reason.DUTY,
        delegation=stand.application.delegation,
        conference=call.conference,
        by=by,
        participant=participant,
        language=participant.language,
    )
    return duty


@transaction.atomic
def remove(duty: Duty, *, by: User | None) -> None:
    """Whose duty it was is free again. Removed twice is removed once."""
    application = duty.stand.application
    if Duty.objects.filter(pk=duty.pk).delete()[0]:
        history.record(application, "duty removed", by=by)


def _clock(at: datetime.datetime, stand: Stand) -> str:
    return formats.time_format(timezone.localtime(at, stand.call.conference.zone))
