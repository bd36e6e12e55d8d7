"""The list that everybody signs on the day."""

from dataclasses import dataclass

from conference import pdf
from conference.models import Conference
from registrations import door
from registrations.models import Category, Participant


@dataclass(frozen=True)
class _Group:
    label: str
    people: list[Participant]


def attendance_list_pdf(conference: Conference) -> bytes:
    """The expected people by category and name, each with room for a signature. Who is checked in is not told: the
    signature says so by itself.

    Raises conference.pdf.PdfUnavailable without Pango.
    """
    expected = door.expected(door.participants_of(conference))
    groups = [
        _Group(str(label), [one for one in expected if one.category == category])
        for category, label in Category.choices
    ]
    context = {"conference": conference, "groups": [group for group in groups if group.people]}
    return pdf.render("pdf/attendance_list.html", context)
