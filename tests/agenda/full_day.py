"""The concept note's day with everything filled in: five presentations a panel, long names in several scripts."""

import datetime
from dataclasses import replace
from uuid import UUID
from zoneinfo import ZoneInfo

from agenda.demonstration import DAY, QUESTION
from agenda.kinds import Role, SessionKind
from agenda.programme import (
    Programme,
    PublicAppearance,
    PublicPerson,
    PublicPresentation,
    PublicRoom,
    PublicSession,
)

PEOPLE = [
    ("Δρ Αικατερίνη Παπαδοπούλου-Χατζηγεωργίου", "Αντιδήμαρχος Κοινωνικής Πολιτικής", "Λευκωσία"),
    ("Владимир Стоянов-Желязков", "Началник на отдел „Превенция“", "Велико Търново"),
    ("Ġużeppi Għawdxi-Ċaruana", "Sindku", "Ħaż-Żebbuġ"),
    ("Gwenaëlle Vandersmissen-Delacroix", "Deputy mayor for prevention", "Sint-Jans-Molenbeek / Molenbeek-Saint-Jean"),
    ("Prof. Jana Štěpánková-Żółkiewska", "Head of the municipal coordination centre", "Brno"),
]
TITLES = [
    "Από την επανένταξη στην πρόληψη: τι μάθαμε από δέκα χρόνια δουλειάς στις γειτονιές της πόλης",
    "Общинският координационен център и работата с училищата, семействата и полицията",
    "Il-kunsill lokali u l-familji: għajnuna minn kmieni, qabel ma jkun tard wisq",
    "Quartiers, écoles et maisons de jeunes: a neighbourhood approach across two languages",
    "The municipal coordination centre: one table for police, probation, schools and social work",
]
SUMMARY = (
    "Young people, their families, teachers and the police meet at one table every week. The presentation tells what "
    "it took to bring them there, which data they share and which they do not, and what the evaluation found after two "
    "years: fewer cases reported late, more trust, and a list of mistakes that other cities need not make again."
)


def code(number: int) -> str:
    return f"{number:06}"


def full_day(day: datetime.date = datetime.date(2019, 2, 26), *, summary: str = SUMMARY) -> Programme:
    """Release 3 of a day with four panels and twenty presentations; each panel has a moderator."""
    people = [
        PublicPerson(code(number), UUID(int=number), name, function, organisation)
        for number, (name, function, organisation) in enumerate(PEOPLE, start=1)
    ]
    sessions = [
        _session(number, day, *planned, people=people, summary=summary) for number, planned in enumerate(DAY, start=1)
    ]
    return Programme(
        slug="cities",
        title="EU Cities Against Radicalisation",
        held_on=day,
        time_zone="Europe/Brussels",
        venue="European Committee of the Regions",
        address="European Committee of the Regions, Rue Belliard 99–101, 1040 Brussels",
        city="Brussels",
        url="https://conference.example/cities/programme/",
        organiser="European Commission",
        release=3,
        published_at=datetime.datetime(2019, 2, 20, 13, 5, tzinfo=datetime.UTC),
        rooms=(PublicRoom("Atrium"), PublicRoom("Plenary room", 350)),
        people=tuple(people),
        sessions=tuple(sessions),
    )


def _session(
    number: int,
    day: datetime.date,
    begins: str,
    minutes: int,
    kind: SessionKind,
    room: str,
    title: str,
    abstract: str,
    *,
    people: list[PublicPerson],
    summary: str,
) -> PublicSession:
    local = datetime.datetime.combine(day, datetime.time.fromisoformat(begins), ZoneInfo("Europe/Brussels"))
    is_panel = kind == SessionKind.PANEL
    return PublicSession(
        guid=UUID(int=1000 + number),
        code=code(1000 + number),
        number=number,
        kind=kind,
        title=title,
        starts_at=local.astimezone(datetime.UTC),
        minutes=minutes,
        room=room,
        abstract=abstract,
        question=QUESTION if kind == SessionKind.DEBATE else "",
        languages=("en", "fr", "de", "el", "bg") if is_panel else (),
        appearances=(PublicAppearance(Role.MODERATOR, people[number % 5].code),) if is_panel else (),
        presentations=tuple(
            PublicPresentation(
                guid=UUID(int=2000 + 10 * number + order),
                title=TITLES[order],
                abstract=summary,
                delegation=person.organisation,
                speaker=person.code,
            )
            for order, person in enumerate(people)
        )
        if is_panel
        else (),
    )


def with_session(programme: Programme, changed: PublicSession) -> Programme:
    """The programme with this session in the place of the one with its code."""
    sessions = (changed if session.code == changed.code else session for session in programme.sessions)
    return replace(programme, sessions=tuple(sorted(sessions, key=lambda session: session.starts_at)))
