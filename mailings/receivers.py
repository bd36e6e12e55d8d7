"""What mail does when something elsewhere changes."""

from typing import Any

from anymail.signals import AnymailTrackingEvent, tracking
from django.dispatch import receiver

from conference.signals import database_restored
from mailings import services
from mailings.models import Mail


@receiver(tracking, dispatch_uid="mailings.bounces")
def note_bounce(event: AnymailTrackingEvent, **_kwargs: Any) -> None:
    if event.event_type not in {"bounced", "rejected", "failed"} or not event.message_id:
        return
    mail = Mail.objects.filter(message_id=event.message_id).first()
    if mail:
        services.record_bounce(mail, detail=event.description or event.reject_reason or event.event_type)


@receiver(database_restored, dispatch_uid="mailings.hold_after_restore")
def hold_after_restore(**_kwargs: Any) -> list[str]:
    result = services.hold_after_restore()
    lines = [f"Mails held back ({kind}): {number}" for kind, number in sorted(result.held.items())]
    lines.append(f"Mails that are uncertain, since a worker was sending them: {result.uncertain}")
    lines.append(f"Mails with sign-in codes that were cancelled: {result.cancelled}")
    return lines
