"""What stands and lies on the tables: a sign with the number, and a card that says who sits there when."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Max, Q

from agenda.papers.wording import day_in_words, span
from conference.models import Conference
from meetings.models import Block, Meeting, Slot, Table
from meetings.papers.content import Content
from registrations.models import Participant


@dataclass(frozen=True)
class _Sign:
    number: int


@dataclass(frozen=True)
class _Line:
    """A slot of a table: who sits there, in the words that a card lying open may say; empty where nobody does."""

    when: str
    people: list[str]


@dataclass(frozen=True)
class _Card:
    number: int
    is_spare: bool
    # Each block with its day and place, and a line for each of its slots.
    blocks: list[tuple[str, list[_Line]]]


def table_signs(conference: Conference) -> Content:
    """A page for each table that a block uses, to be folded: its number, to be read from both sides."""
    return Content(conference, "pdf/meetings/table_signs.html", [_Sign(table.number) for table in _tables(conference)])


def table_cards(conference: Conference) -> Content:
    """A page for each table: its slots with the published meetings. Names only of those who let theirs be shown.

    The number of queries does not grow with tables and meetings.
    """
    slots = list(
        Slot.objects.of(conference)
        .exclude(block__status=Block.Status.DRAFT)
        .select_related("block__conference")
        .order_by("starts_at", "pk")
    )
    shown = Meeting.objects.shown().filter(conference=conference)
    seated = Q(pk__in=shown.values("request__asker")) | Q(pk__in=shown.values("request__asked"))
    people = Participant.objects.filter(seated).select_related("delegation", "meeting_profile")
    shown_fields = ("given_name", "family_name", "function", "delegation__name", "meeting_profile__names_shown")
    words = {person.pk: _openly(person) for person in people.only(*shown_fields)}
    at = {
        (table, slot): [words[asker], words[asked]]
        for table, slot, asker, asked in shown.values_list("table", "slot", "request__asker", "request__asked")
    }
    cards = [_card(table, slots, at, conference) for table in _tables(conference)]
    return Content(conference, "pdf/meetings/table_cards.html", cards)


def _tables(conference: Conference) -> list[Table]:
    most = Block.objects.filter(conference=conference).aggregate(most=Max("table_count"))["most"] or 0
    return list(Table.objects.filter(conference=conference, number__lte=most).order_by("number"))


def _card(
    table: Table,
    slots: Iterable[Slot],
    at: Mapping[tuple[int | None, int | None], Sequence[str]],
    conference: Conference,
) -> _Card:
    found: dict[int, tuple[str, list[_Line]]] = {}
    for slot in slots:
        if table.number <= slot.block.table_count:
            heading = _heading(slot.block, conference)
            line = _Line(span(conference.zone, slot.starts_at, slot.ends_at), list(at.get((table.pk, slot.pk), ())))
            found.setdefault(slot.block_id, (heading, []))[1].append(line)
    return _Card(table.number, table.is_spare, list(found.values()))


def _heading(block: Block, conference: Conference) -> str:
    day = block.starts_at.astimezone(conference.zone).date()
    parts = [block.title, block.place, "" if day == conference.held_on else day_in_words(day)]
    return ", ".join(part for part in parts if part)


def _openly(person: Participant) -> str:
    """“Jana Štěpánková, Brno”, or “Head of Prevention, Brno” of who does not want the name to be read by all."""
    profile = getattr(person, "meeting_profile", None)
    name = person.full_name if profile and profile.names_shown else person.function
    return ", ".join(part for part in (name, person.delegation.name) if part)
