"""What stands and lies on the tables: a sign with the number, and a card that says who sits there when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Max

from agenda.papers.wording import day_in_words, span
from conference import pdf
from conference.models import Conference
from meetings.models import Block, Meeting, Slot, Table
from registrations.models import Participant


@dataclass(frozen=True)
class _Line:
    """A slot of a table: who sits there, in the words that a card lying open may say; empty where nobody does."""

    when: str
    people: list[str]


@dataclass(frozen=True)
class _Card:
    table: Table
    # Each block with its day and place, and a line for each of its slots.
    blocks: list[tuple[str, list[_Line]]]


def table_signs_pdf(conference: Conference) -> bytes:
    """A page for each table that a block uses, to be folded: its number, to be read from both sides.

    Raises conference.pdf.PdfUnavailable without Pango.
    """
    return pdf.render("pdf/meetings/table_signs.html", {"conference": conference, "tables": _tables(conference)})


def table_cards_pdf(conference: Conference) -> bytes:
    """A page for each table: its slots with the published meetings. Names only of those who let theirs be shown.

    Raises conference.pdf.PdfUnavailable without Pango.
    """
    slots = list(
        Slot.objects.of(conference)
        .exclude(block__status=Block.Status.DRAFT)
        .select_related("block__conference")
        .order_by("starts_at", "pk")
    )
    meetings = Meeting.objects.shown().filter(conference=conference).with_people()
    at = {(meeting.table_id, meeting.slot_id): meeting for meeting in meetings}
    cards = [_card(table, slots, at, conference) for table in _tables(conference)]
    return pdf.render("pdf/meetings/table_cards.html", {"conference": conference, "cards": cards})


def _tables(conference: Conference) -> list[Table]:
    most = Block.objects.filter(conference=conference).aggregate(most=Max("table_count"))["most"] or 0
    return list(Table.objects.filter(conference=conference, number__lte=most).order_by("number"))


def _card(
    table: Table, slots: Iterable[Slot], at: dict[tuple[int | None, int | None], Meeting], conference: Conference
) -> _Card:
    found: dict[int, tuple[Block, list[Slot]]] = {}
    for slot in slots:
        if table.number <= slot.block.table_count:
            found.setdefault(slot.block_id, (slot.block, []))[1].append(slot)
    return _Card(
        table=table,
        blocks=[
            (_heading(block, conference), [_line(slot, at.get((table.pk, slot.pk)), conference) for slot in of_block])
            for block, of_block in found.values()
        ],
    )


def _heading(block: Block, conference: Conference) -> str:
    day = block.starts_at.astimezone(conference.zone).date()
    parts = [block.title, block.place, "" if day == conference.held_on else day_in_words(day)]
    return ", ".join(part for part in parts if part)


def _line(slot: Slot, meeting: Meeting | None, conference: Conference) -> _Line:
    people: Sequence[Participant] = meeting.people if meeting else ()
    return _Line(span(conference.zone, slot.starts_at, slot.ends_at), [_openly(person) for person in people])


def _openly(person: Participant) -> str:
    """“Jana Štěpánková, Brno”, or “Head of Prevention, Brno” of who does not want the name to be read by all."""
    profile = getattr(person, "meeting_profile", None)
    name = person.full_name if profile and profile.names_shown else person.function
    return ", ".join(part for part in (name, person.delegation.name) if part)
