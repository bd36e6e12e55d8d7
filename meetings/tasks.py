"""Background jobs. Each can run twice or beside itself."""

from celery import shared_task
from django.utils import timezone

from meetings.services import requests


@shared_task
def expire_requests() -> None:
    """Every few minutes: requests whose time is up let go of what they hold."""
    requests.expire_due(timezone.now())
