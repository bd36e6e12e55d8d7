"""The programme as tables: a CSV file of its sessions, and a workbook that `workbook.read_xlsx` takes back."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from agenda.exchange import wording
from agenda.exchange.columns import PEOPLE, PRESENTATIONS, ROOMS, SESSIONS, SheetColumns
from agenda.kinds import Role
from agenda.programme import Programme, PublicPerson, PublicSession
from registrations.guestlist.exporting import Table, to_csv, to_xlsx

# In a cell with several people these mean something.
_AMBIGUOUS = re.compile(r"[;\n\r\[\]]")


def rows(programme: Programme) -> list[dict[str, Any]]:
    """A row a session, by the keys of `columns.SESSIONS`."""
    named = _namer(programme.people)
    return [_session(programme, session, named) for session in programme.sessions]


def csv_bytes(programme: Programme) -> bytes:
    """The sessions, with their presentations in one more column. UTF-8 with a byte-order mark; text that looks like a
    formula is neutralised."""
    sessions = _table(SESSIONS, rows(programme))
    talks = [
        "\n".join(wording.presentation(programme, talk) for talk in session.presentations)
        for session in programme.sessions
    ]
    return to_csv(
        Table(
            sessions.title,
            [*sessions.headings, (PRESENTATIONS.title, 60)],
            [[*row, text] for row, text in zip(sessions.rows, talks, strict=True)],
        )
    )


def xlsx_bytes(programme: Programme) -> bytes:
    """Sessions, presentations, people and rooms, a sheet each. Nothing in it is ever a formula."""
    named = _namer(programme.people)
    return to_xlsx(
        [
            _table(SESSIONS, rows(programme)),
            _table(PRESENTATIONS, _presentations(programme, named)),
            _table(
                PEOPLE,
                (
                    {
                        "name": person.name,
                        "function": person.function,
                        "organisation": person.organisation,
                        "biography": person.biography,
                        "code": person.code,
                        "guid": str(person.guid),
                    }
                    for person in programme.people
                ),
            ),
            _table(ROOMS, ({"name": room.name, "capacity": room.capacity} for room in programme.rooms)),
        ]
    )


def _table(sheet: SheetColumns, found: Iterable[dict[str, Any]]) -> Table:
    return Table(
        sheet.title,
        [(column.label, column.width) for column in sheet.columns],
        [[row.get(column.key) for column in sheet.columns] for row in found],
    )


def folded_name(name: str) -> str:
    """`name` as names are compared."""
    return " ".join(name.split()).casefold()


def _namer(people: Iterable[PublicPerson]) -> Callable[[str], str]:
    """Says how a cell names the person of a code: by name, or by code where the name alone would not do."""
    everybody = {person.code: person for person in people}
    times = Counter(folded_name(person.name) for person in everybody.values())

    def named(code: str) -> str:
        person = everybody.get(code)
        if person is None:
            return ""
        if not person.name.strip() or _AMBIGUOUS.search(person.name):
            return f"[{code}]"
        return person.name if times[folded_name(person.name)] == 1 else f"{person.name} [{code}]"

    return named


def _session(programme: Programme, session: PublicSession, named: Callable[[str], str]) -> dict[str, Any]:
    begins, ends = programme.local(session.starts_at), programme.local(session.ends_at)
    is_inexact = begins.second or begins.microsecond or begins.utcoffset() != begins.replace(fold=1).utcoffset()
    return {
        "day": begins.date().isoformat(),
        "begins": begins.strftime("%H:%M"),
        "minutes": session.minutes,
        "ends": ends.strftime("%H:%M"),
        "kind": session.kind.value,
        "title": session.title,
        "room": session.room,
        **{role.value: "; ".join(filter(None, map(named, session.people(role)))) for role in Role},
        "question": session.question,
        "abstract": session.abstract,
        "languages": ", ".join(session.languages),
        "code": session.code,
        "number": session.number,
        "exactly": begins.isoformat() if is_inexact or begins.fold else "",
        "guid": str(session.guid),
    }


def _presentations(programme: Programme, named: Callable[[str], str]) -> Iterator[dict[str, Any]]:
    for session in programme.sessions:
        for talk in session.presentations:
            yield {
                "session": session.title,
                "code": session.code,
                "title": talk.title,
                "minutes": talk.minutes,
                "delegation": talk.delegation,
                "speaker": named(talk.speaker),
                "abstract": talk.abstract,
                "guid": str(talk.guid),
            }
