"""Bounces that a mail provider reports."""

from typing import Any

from anymail.signals import AnymailTrackingEvent, tracking
from django.dispatch import receiver

from mailings import services
from mailings.models import Mail


@receiver(tracking, dispatch_uid="mailings.bounces")
def note_bounce(event: AnymailTrackingEvent, **_kwargs: Any) -> None:
    if event.event_type not in {"bounced", "rejected", "failed"} or not event.message_id:
        return
    mail = Mail.objects.filter(message_id=event.message_id).first()
    if mail:
        services.record_bounce(mail, detail=event.description or event.reject_reason or event.event_type)
