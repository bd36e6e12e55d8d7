"""Guest lists and programmes, uploaded and read at once as by a worker that was waiting."""

from typing import Any

from agenda.models import ProgrammeImport
from agenda.services import imports
from conference.models import Conference
from registrations.guestlist import applying
from registrations.guestlist.reading import FileProblem
from registrations.models import GuestListImport


def guest_list(conference: Conference, content: bytes, **facts: Any) -> GuestListImport:
    """Raises FileProblem where it cannot be read, whether the request or the worker says so."""
    facts = {"file_name": "list.xlsx", "include_outside": False, "by": None, **facts}
    upload = applying.receive_import(conference, content, **facts)
    applying.read_import(upload.pk)
    upload.refresh_from_db()
    if not upload.was_read:
        raise FileProblem(upload.error)
    return upload


def programme(conference: Conference, data: bytes, **facts: Any) -> ProgrammeImport:
    """Raises FileRefused where it cannot be read, whether the request or the worker says so."""
    facts = {"name": "day", "remove_missing": False, "by": None, **facts}
    upload = imports.receive_import(conference, data, **facts)
    imports.read_import(upload.pk)
    upload.refresh_from_db()
    if not upload.was_read:
        raise imports.FileRefused(upload.error)
    return upload
