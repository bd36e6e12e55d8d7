"""Background jobs. Each can run twice or beside itself."""

from celery import shared_task

from agenda.papers import kept
from agenda.services import documents, imports, reminders


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


@shared_task
def read_programme(upload_id: int) -> None:
    """One uploaded programme."""
    imports.read_import(upload_id)


@shared_task
def continue_programme_imports() -> None:
    """Every minute: programmes whose message was lost, and those whose worker was killed."""
    for upload_id in imports.imports_due():
        imports.read_import(upload_id)
