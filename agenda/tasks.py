"""Background jobs. Each can run twice or beside itself."""

from celery import shared_task

from agenda.papers import kept
from agenda.services import documents, reminders


@shared_task
def remind_speakers() -> None:
    """Hourly: the reminders of replies and documents, each once a speaker."""
    reminders.remind_due()


@shared_task
def tidy_documents() -> None:
    """Nightly: files that nothing refers to any more."""
    documents.tidy()


@shared_task
def print_programme(conference_id: int) -> None:
    """After a release: its PDF, before anybody asks for it. Lost or late it costs the first reader some seconds."""
    kept.make_ready(conference_id)
