"""The explicit consent to dietary and access needs, and its end.

They tell of health or religion, which Article 10 of Regulation (EU) 2018/1725 protects: they are kept only with the
explicit consent of the person, and only until that is withdrawn or the conference is a month past (see `retention`).
"""

from typing import TYPE_CHECKING

from django.db import transaction

from accounts.models import User
from conference import history
from conference.queries import newest_notice
from conference.services import lock
from registrations.models import Consent, Participant

if TYPE_CHECKING:
    from registrations.services.replies import Person

FIELDS = ("dietary_needs", "access_needs")


def last_decision(participant: Participant) -> Consent | None:
    decisions = participant.consents.filter(purpose=Consent.Purpose.SPECIAL_NEEDS).select_related("notice")
    return decisions.order_by("-at", "-pk").first()


def has_any(participant: Participant) -> bool:
    return any(getattr(participant, name) for name in FIELDS)


def record_agreement(participant: Participant, person: "Person", notice: int | None) -> None:
    """Records the consent that came with needs, where it is not the last decision already.

    As with all consents, there is nothing to refer to without a published privacy statement. Needs that an organiser
    may not see stay as they are, and so does what was decided about them.
    """
    if notice is None or not person.needs_agreed or not has_any(participant):
        return
    last = last_decision(participant)
    if last is None or not last.given:
        Consent.objects.create(
            participant=participant, purpose=Consent.Purpose.SPECIAL_NEEDS, given=True, notice_id=notice
        )


@transaction.atomic
def withdraw(participant: Participant, *, by: User | None, by_label: str = "") -> bool:
    """Deletes the needs at once and records that the consent is withdrawn. Returns whether there was anything to do.

    Consent can be withdrawn at any time, so also after the conference and by people who are no longer registered.
    """
    conference = lock(participant.conference_id)
    participant = Participant.objects.get(pk=participant.pk)
    last = last_decision(participant)
    had_needs = has_any(participant)
    if not had_needs and not (last and last.given):
        return False
    for name in FIELDS:
        setattr(participant, name, "")
    participant.save(update_fields=list(FIELDS))
    notice = last.notice_id if last else newest_notice(conference.pk)
    if notice is not None:
        Consent.objects.create(
            participant=participant, purpose=Consent.Purpose.SPECIAL_NEEDS, given=False, notice_id=notice
        )
    history.record(participant, "consent to needs withdrawn, needs deleted", by=by, by_label=by_label)
    return True
