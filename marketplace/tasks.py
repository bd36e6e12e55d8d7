"""Background jobs. Each can run twice or beside itself."""

from celery import shared_task

from marketplace.services import applications


@shared_task
def tidy_pictures() -> None:
    """Nightly: pictures that nothing refers to any more."""
    applications.tidy()
