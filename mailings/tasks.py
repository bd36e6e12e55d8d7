"""Mail delivery in the background. Each task may run twice or beside itself."""

from celery import shared_task

from mailings import delivery


@shared_task
def drain_outbox() -> None:
    delivery.drain()


@shared_task
def drop_secrets() -> None:
    """Once a day: links and codes of mails that nobody will send any more."""
    delivery.drop_secrets()


@shared_task
def sweep() -> None:
    """Every minute: what dead workers left, then what is due."""
    delivery.sweep()
    delivery.drain()
