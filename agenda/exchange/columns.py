"""The sheets of a programme as a workbook, as they are written and read. Labels are those of the file, untranslated."""

from dataclasses import dataclass

from agenda.kinds import Role
from registrations.guestlist.columns import Column, fold_header


@dataclass(frozen=True)
class SheetColumns:
    title: str
    also: tuple[str, ...]
    columns: tuple[Column, ...]

    def is_named(self, title: str) -> bool:
        return fold_header(title) in {fold_header(name) for name in (self.title, *self.also)}

    def column(self, heading: object) -> Column | None:
        folded = fold_header(str(heading))
        return next((column for column in self.columns if folded in column.headings), None)


SESSIONS = SheetColumns(
    "Sessions",
    ("Programme", "Program", "Agenda", "Schedule"),
    (
        Column("day", "Day", also=("Date",), width=12),
        Column(
            "begins", "Begins", required=True, also=("Begin", "Start", "Starts", "From", "Time", "Begins at"), width=8
        ),
        Column("minutes", "Minutes", also=("Length", "Duration", "Min"), width=8),
        Column("ends", "Ends", also=("End", "To", "Until", "Ends at"), width=8),
        Column("kind", "Kind", also=("Type", "Format"), width=14),
        Column("title", "Title", required=True, also=("Session", "Item", "Name", "What"), width=44),
        Column("room", "Room", also=("Place", "Where", "Location"), width=20),
        Column(Role.MODERATOR.value, "Moderator", also=("Moderators", "Chair", "Moderated by"), width=28),
        Column(Role.PANELLIST.value, "Panellists", also=("Panellist", "Panelists", "Panelist"), width=36),
        Column(Role.SPEAKER.value, "Speakers", also=("Speaker", "Persons", "People", "Who"), width=36),
        Column("question", "Question", width=36),
        Column("abstract", "Abstract", also=("Description", "Summary"), width=60),
        Column("languages", "Interpretation", also=("Languages", "Language", "Interpreted into"), width=16),
        Column("code", "Code", also=("Session code",), width=9),
        Column("number", "Number", also=("No", "Id"), width=8),
        # Only where the clock shows a time twice or not to the minute.
        Column("exactly", "Exact time", width=26),
        Column("guid", "GUID", also=("UUID",), width=38),
    ),
)
PRESENTATIONS = SheetColumns(
    "Presentations",
    ("Talks", "Presentation"),
    (
        Column("session", "Session", also=("Panel", "Session title"), width=36),
        Column("code", "Session code", also=("Code",), width=12),
        Column("title", "Title", required=True, also=("Presentation", "Talk"), width=44),
        Column("minutes", "Minutes", also=("Length", "Duration", "Min"), width=8),
        Column("delegation", "Presented by", also=("Delegation", "City", "Organisation"), width=30),
        Column("speaker", "Speaker", also=("Who", "Person"), width=28),
        Column("abstract", "Abstract", also=("Description", "Summary"), width=60),
        Column("guid", "GUID", also=("UUID",), width=38),
    ),
)
PEOPLE = SheetColumns(
    "People",
    ("Persons", "Speakers"),
    (
        Column("name", "Name", required=True, also=("Person", "Speaker", "Full name"), width=32),
        Column("function", "Function", also=("Job title", "Position"), width=32),
        Column("organisation", "Organisation", also=("Organization", "Delegation", "City", "Affiliation"), width=32),
        Column("biography", "Biography", also=("Bio",), width=60),
        Column("code", "Code", width=9),
        Column("guid", "GUID", also=("UUID",), width=38),
    ),
)
ROOMS = SheetColumns(
    "Rooms",
    ("Room",),
    (
        Column("name", "Room", required=True, also=("Name",), width=32),
        Column("capacity", "Seats", also=("Capacity", "Places"), width=8),
    ),
)
ALL = (SESSIONS, PRESENTATIONS, PEOPLE, ROOMS)
# What an export writes so that it is known again when it comes back, and nobody types.
OUR_OWN = frozenset({"code", "number", "exactly", "guid"})
