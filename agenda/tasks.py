"""Background jobs. Each can run twice or beside itself."""

from celery import shared_task

from agenda.services import documents, speakers


@shared_task
def remind_speakers() -> None:
    """Hourly: the reminders of replies and documents, each once a speaker."""
    speakers.remind_due()


@shared_task
def tidy_documents() -> None:
    """Nightly: files that nothing refers to any more."""
    documents.tidy()
