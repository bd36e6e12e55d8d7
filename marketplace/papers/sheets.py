"""The sheets that stand on the stands: number, initiative, who shows it, and the way to its entry. A page each."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from conference import pdf
from marketplace.models import Call, Stand
from marketplace.papers.qr import Code, code
from marketplace.queries import live_stands

# Points of the initiative's name, and of who shows it. At the largest the name is read from five metres.
_TITLE = (54, 46, 40, 34, 29, 25, 21, 18, 15)
_WHO = (26, 26, 26, 24, 22, 20, 17, 15, 13)
# So many pages are laid out in one go; a larger hall is printed in parts.
PART = 100


class NothingToPrint(Exception):
    """No stand has a place yet; the message says what to do."""


@dataclass(frozen=True)
class Sheet:
    """What one page says."""

    anchor: str
    number: int
    initiative: str
    delegation: str
    country: str
    kind: str
    topics: Sequence[str]
    languages: str
    address: str
    qr: Code
    size: int = 0  # index of _TITLE

    @property
    def points(self) -> int:
        return _TITLE[self.size]

    @property
    def who_points(self) -> int:
        return _WHO[self.size]


def parts(number_of_stands: int) -> int:
    """In how many documents so many stands are printed."""
    return -(-number_of_stands // PART)


def stand_sheets(call: Call, *, part: int = 1) -> bytes:
    """The stands that have a place, by number. Long names shrink until each stands on its page; nothing is cut.

    `part` counts from 1. Raises NothingToPrint, and conference.pdf.PdfUnavailable without Pango.
    """
    placed = live_stands(call).exclude(place=None).prefetch_related("application__topics").order_by("place__number")
    sheets = [_sheet(call, stand) for stand in placed[(part - 1) * PART : part * PART]]
    if not sheets:
        raise NothingToPrint(_("No stand has a place yet: give places first."))
    document = _lay_out(call, sheets)
    too_large = _over_one_page(document, sheets)
    if not too_large:
        return pdf.write(document)
    # Each is a page of its own, so only those that are too large are tried again.
    fitting = {sheet.anchor: _smaller(call, sheet) for sheet in sheets if sheet.anchor in too_large}
    return pdf.write(_lay_out(call, [fitting.get(sheet.anchor, sheet) for sheet in sheets]))


def _lay_out(call: Call, sheets: Sequence[Sheet]) -> Any:
    context = {"conference": call.conference, "call": call, "sheets": sheets}
    return pdf.lay_out("pdf/marketplace/sheets.html", context)


def _smaller(call: Call, sheet: Sheet) -> Sheet:
    """The largest size below the present one that fits, else the smallest there is."""
    while sheet.size < len(_TITLE) - 1:
        sheet = replace(sheet, size=sheet.size + 1)
        if not _over_one_page(_lay_out(call, [sheet]), [sheet]):
            break
    return sheet


def entry_address(call: Call, stand: Stand) -> str:
    """What the QR code says: the entry in the catalogue, and nothing of any person."""
    return settings.SITE_URL + reverse("marketplace:entry", args=[call.conference.slug, stand.pk])


def _sheet(call: Call, stand: Stand) -> Sheet:
    application, delegation = stand.application, stand.application.delegation
    state = delegation.member_state.name if delegation.member_state else ""
    address = entry_address(call, stand)
    return Sheet(
        anchor=f"stand-{stand.pk}",
        number=stand.place.number if stand.place else 0,
        initiative=application.initiative,
        delegation=delegation.name,
        country=state if state != delegation.name else "",
        kind=application.get_kind_display(),
        topics=[topic.name for topic in application.topics.all()],
        languages=", ".join(code.upper() for code in application.languages),
        address=address,
        qr=code(address),
        size=_first_guess(application.initiative),
    )


def _first_guess(title: str) -> int:
    """By length alone; whether it fits depends on the fonts of the machine, and is seen afterwards."""
    return min(len(_TITLE) - 1, max(0, (len(title) - 60) // 40))


def _over_one_page(document: Any, sheets: Sequence[Sheet]) -> set[str]:
    """Anchors of the sheets that run onto a second page."""
    # A page holds the anchor of each sheet that stands on it, be it only the end of one.
    taken = Counter(anchor for page in document.pages for anchor in page.anchors)
    return {sheet.anchor for sheet in sheets if taken[sheet.anchor] > 1}
