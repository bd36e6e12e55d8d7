"""Background jobs. Each can run twice or beside itself."""

from celery import shared_task
from django.utils import timezone

from meetings.services import requests


@shared_task
def expire_requests() -> None:
    """Every minute: requests whose time is up let go of what they hold."""
    requests.expire_due(timezone.now())


@shared_task
def remind_of_requests() -> None:
    """Every few minutes: whoever has not answered is reminded before the request expires."""
    requests.remind_due(timezone.now())
