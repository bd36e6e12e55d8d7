"""The conference day as organisers plan it, its frozen public releases, and who speaks."""

from agenda.models.codes import new_code
from agenda.models.documents import Document, document_path
from agenda.models.imports import ProgrammeImport
from agenda.models.planning import DismissedWarning, Plan
from agenda.models.readers import Reader, Star
from agenda.models.releases import Release
from agenda.models.sessions import Appearance, Presentation, Session, SessionQuerySet
from agenda.models.speakers import Speaker, SpeakerLink, SpeakerQuerySet

__all__ = [
    "Appearance",
    "DismissedWarning",
    "Document",
    "Plan",
    "Presentation",
    "ProgrammeImport",
    "Reader",
    "Release",
    "Session",
    "SessionQuerySet",
    "Speaker",
    "SpeakerLink",
    "SpeakerQuerySet",
    "Star",
    "document_path",
    "new_code",
]
