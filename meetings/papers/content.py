"""A large document as plain values, and how it is laid out piece by piece."""

import hashlib
import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from conference import pdf
from conference.models import Conference

# So many are laid out between two words to who waits. In larger pieces it is no quicker.
SHEETS_AT_ONCE = 10
# A megabyte of memory a page, and writing takes longer than the pages grow: more are several files.
SHEETS_A_FILE = 200


@dataclass(frozen=True)
class Content:
    """All that a document shows. `template` takes the `sheets` (frozen dataclasses of plain values), the conference and
    the `words`; its style stands beside it.
    """

    conference: Conference
    template: str
    sheets: Sequence[object]
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """The same exactly where the document would be."""
        conference = self.conference
        frame = (
            conference.title,
            conference.venue.city,
            conference.held_on,
            conference.organiser_name,
            conference.mailbox,
        )
        templates = ("pdf/base.html", "pdf/style.css", self.template, self.template.replace(".html", ".css"))
        look = pdf.look(templates, Path(__file__).parent)
        return hashlib.sha256(repr((look, frame, dict(self.words), list(self.sheets))).encode()).hexdigest()


def write(content: Content, *, tell: Callable[[int], None]) -> tuple[str, bytes]:
    """The document with its ending: "pdf", or "zip" of several PDFs where it has more than SHEETS_A_FILE.

    `tell` is told of the sheets laid out so far, also before the first. Raises conference.pdf.PdfUnavailable.
    """
    starts = range(0, max(1, len(content.sheets)), SHEETS_A_FILE)
    if len(starts) == 1:
        return "pdf", _write(content, 0, tell)
    together = io.BytesIO()
    with zipfile.ZipFile(together, "w") as archive:
        for start in starts:
            last = min(start + SHEETS_A_FILE, len(content.sheets))
            archive.writestr(f"{start + 1:04}-{last:04}.pdf", _write(content, start, tell))
    return "zip", together.getvalue()


def _write(content: Content, start: int, tell: Callable[[int], None]) -> bytes:
    """The PDF of SHEETS_A_FILE sheets."""
    sheets = content.sheets[start : start + SHEETS_A_FILE]
    context = {"conference": content.conference, **content.words}
    laid_out = []
    for first in range(0, max(1, len(sheets)), SHEETS_AT_ONCE):
        tell(start + first)
        piece = sheets[first : first + SHEETS_AT_ONCE]
        laid_out.append(pdf.lay_out(content.template, {**context, "sheets": piece}))
    tell(start + len(sheets))
    return pdf.write(pdf.joined(laid_out))
