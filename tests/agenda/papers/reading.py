"""Reading papers back."""

import io

import pytest
from pypdf import PdfReader

from agenda.kinds import SessionKind
from agenda.programme import PublicSession
from conference import pdf

needs_pango = pytest.mark.skipif(not pdf.is_available(), reason="PDFs need the library Pango (libpango-1.0-0)")


def pages(document: bytes) -> list[str]:
    """The text of each page on one line."""
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(document)).pages]


def solid(text: str) -> str:
    """Without the spaces, which a PDF may have elsewhere when a line ends."""
    return "".join(text.split())


def panel_of(programme) -> PublicSession:
    return next(session for session in programme.sessions if session.kind == SessionKind.PANEL)


def structure(document: bytes) -> set[str]:
    """The kinds of elements that a screen reader is told of."""
    found, waiting = set(), [PdfReader(io.BytesIO(document)).trailer["/Root"]["/StructTreeRoot"]]
    while waiting:
        element = waiting.pop().get_object()
        if isinstance(element, list):
            waiting += element
        elif hasattr(element, "get"):
            found |= {str(element["/S"])} if "/S" in element else set()
            waiting += [element["/K"]] if "/K" in element and not isinstance(element["/K"], int) else []
    return found
