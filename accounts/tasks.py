"""Background jobs. Each can run twice or beside itself."""

from importlib import import_module

from celery import shared_task
from django.conf import settings


@shared_task
def clear_sessions() -> None:
    """Nightly: deletes sessions that have expired. They are of no use, and say who was signed in when."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
