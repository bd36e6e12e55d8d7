"""A conference far larger than the concept note's, as plain values: several days, many rooms, names in many scripts."""

import datetime
import random
import string
from uuid import UUID
from zoneinfo import ZoneInfo

from agenda.kinds import BREAKS, Role, SessionKind
from agenda.programme import (
    Programme,
    PublicAppearance,
    PublicPerson,
    PublicPresentation,
    PublicRoom,
    PublicSession,
)

BRUSSELS = ZoneInfo("Europe/Brussels")
# From the third day to the fourth the clocks go forward.
FIRST_DAY = datetime.date(2026, 3, 26)

GIVEN_NAMES = [
    "Ελένη",
    "Νικόλαος",
    "Αικατερίνη",
    "Владимир",
    "Радостина",
    "Цветелина",
    "Ġużeppi",
    "Ċensina",
    "Żaren",
    "Jana",
    "Søren",
    "Łukasz",
    "Åsa",
    "Gwenaëlle",
    "Þórunn",
    "Sinéad",
    "João",
    "Krešimir",
    "Šárka",
    "Őrs",
]
FAMILY_NAMES = [
    "Παπαδοπούλου-Χατζηγεωργίου",
    "Αναστασιάδης",
    "Димитрова",
    "Стоянов-Желев",
    "Ħaż-Żebbuġi",
    "Għawdxi",
    "Ċaruana",
    "Štěpánková",
    "Nørgård",
    "Żółkiewski",
    "Öberg",
    "Le Goff",
    "O’Ceallaigh",
    "Gonçalves",
    "Đurđević",
    "Ťažký",
    "Tőkés",
    "Mac-Mahon",
    "d’Hondt",
    "Weiß",
]
PLACES = [
    "Λευκωσία",
    "Θεσσαλονίκη",
    "София",
    "Велико Търново",
    "Ħaż-Żebbuġ",
    "Birżebbuġa",
    "Sint-Jans-Molenbeek / Molenbeek-Saint-Jean",
    "Vilvoorde/Vilvorde",
    "Aarhus/Århus",
    "Łódź",
    "Plzeň",
    "Győr",
    "Târgu Mureș",
    "Besançon",
]
ROOMS = [
    PublicRoom("Atrium"),
    PublicRoom("Plenary room", 350),
    *(PublicRoom(f"Room {number} “{name}”", 20 * number) for number, name in enumerate(PLACES[:9], start=1)),
]
TOPICS = [
    "Young people",
    "Prisons and probation",
    "Schools",
    "Families",
    "Online",
    "Police and social work",
    "Local partnerships",
    "Evaluation",
    "Funding",
    "Public spaces",
]

# What a day is made of: kind, minutes, whether all rooms have one at the same time.
DAY = [
    (SessionKind.REGISTRATION, 60, False),
    (SessionKind.OPENING, 30, False),
    (SessionKind.PANEL, 60, True),
    (SessionKind.COFFEE_BREAK, 30, False),
    (SessionKind.PANEL, 60, True),
    (SessionKind.LUNCH, 60, False),
    (SessionKind.MARKET_PLACE, 30, False),
    (SessionKind.PANEL, 60, True),
    (SessionKind.COFFEE_BREAK, 30, False),
    (SessionKind.PANEL, 60, True),
    (SessionKind.DEBATE, 60, True),
]


class _Source:
    """Everything that must be unique or look random, the same in every run."""

    def __init__(self) -> None:
        self.random = random.Random(26_02_2019)
        self._codes: set[str] = set()

    def guid(self) -> UUID:
        return UUID(int=self.random.getrandbits(128), version=4)

    def code(self) -> str:
        while (code := "".join(self.random.choices(string.digits + string.ascii_uppercase, k=6))) in self._codes:
            pass
        self._codes.add(code)
        return code


def large_programme(sessions: int = 300, days: int = 5) -> Programme:
    """A released programme with this many sessions. From three days on, one of them passes midnight in the night in
    which the clocks change."""
    source = _Source()
    people = [_person(source, number) for number in range(max(20, sessions * 2 // 3))]
    made: list[PublicSession] = []
    for day in range(days):
        wanted = sessions * (day + 1) // days - len(made)
        made += _day(source, people, FIRST_DAY + datetime.timedelta(days=day), len(made), wanted)
    named = {code for session in made for code in session.everybody}
    return Programme(
        slug="large-conference",
        title="Cities against radicalisation: Градове, Πόλεις, Bliet",
        held_on=FIRST_DAY,
        time_zone="Europe/Brussels",
        venue="European Committee of the Regions",
        address="European Committee of the Regions, Rue Belliard 99–101, 1040 Brussels",
        city="Brussels",
        url="https://conference.example/large-conference/programme/",
        organiser="The organiser",
        release=1,
        published_at=datetime.datetime(2026, 3, 1, 12, 0, tzinfo=datetime.UTC),
        note="First public programme",
        rooms=tuple(sorted(ROOMS, key=lambda room: room.name)),
        people=tuple(sorted((person for person in people if person.code in named), key=lambda person: person.name)),
        sessions=tuple(sorted(made, key=lambda session: (session.starts_at, session.room, session.number))),
    )


def _person(source: _Source, number: int) -> PublicPerson:
    name = f"{GIVEN_NAMES[number % len(GIVEN_NAMES)]} {source.random.choice(FAMILY_NAMES)}"
    return PublicPerson(
        code=source.code(),
        guid=source.guid(),
        name=f"Dr {name}" if number % 7 == 0 else name,
        function=source.random.choice(["Mayor", "Deputy mayor", "Κοινωνική λειτουργός", "Началник отдел", ""]),
        organisation=source.random.choice(PLACES),
        biography=f"{name} has worked with cities since {1990 + number % 30}.\n\nThis is a second paragraph."
        if number % 2
        else "",
    )


def _day(
    source: _Source, people: list[PublicPerson], day: datetime.date, before: int, wanted: int
) -> list[PublicSession]:
    made: list[PublicSession] = []
    instant = datetime.datetime.combine(day, datetime.time(8), BRUSSELS).astimezone(datetime.UTC)
    pattern = [*DAY, *[(SessionKind.DEBATE, 60, True)] * wanted]
    for kind, minutes, everywhere in pattern:
        rooms = [room.name for room in ROOMS[1:]] if everywhere else ["Atrium" if kind in BREAKS else "Plenary room"]
        here = source.random.sample(people, k=min(len(people), 7 * len(rooms)))
        for room in rooms[: wanted - len(made)]:
            number = before + len(made) + 1
            made.append(_session(source, here[:7], number, kind, instant, minutes, room))
            here = here[7:] or people[:7]
        instant += datetime.timedelta(minutes=minutes)
    if day == FIRST_DAY + datetime.timedelta(days=2) and made:
        # The last of the third day becomes a night of talks: four hours from 22.30, which end at 3.30.
        night = datetime.datetime.combine(day, datetime.time(22, 30), BRUSSELS).astimezone(datetime.UTC)
        made[-1] = _session(
            source,
            people[:7],
            before + len(made),
            SessionKind.MARKET_PLACE,
            night,
            240,
            "Atrium",
            title="Night of talks",
        )
    return made


def _session(
    source: _Source,
    here: list[PublicPerson],
    number: int,
    kind: SessionKind,
    starts_at: datetime.datetime,
    minutes: int,
    room: str,
    title: str = "",
) -> PublicSession:
    is_break, is_panel = kind in BREAKS, kind == SessionKind.PANEL
    appearances = []
    if not is_break:
        first = Role.SPEAKER if kind == SessionKind.OPENING else Role.MODERATOR
        appearances = [
            PublicAppearance(first, here[0].code),
            *(PublicAppearance(Role.PANELLIST, person.code) for person in here[1:3]),
        ]
    return PublicSession(
        guid=source.guid(),
        code=source.code(),
        number=number,
        kind=kind,
        title=title
        or (str(kind).capitalize() if is_break else f"{str(kind).capitalize()} {number}: {TOPICS[number % 10]}"),
        starts_at=starts_at,
        minutes=minutes,
        room=room,
        abstract="" if is_break else "How cities have **responded** to a challenge.\n\n- πόλεις\n- градове\n- bliet",
        question="Where could the EU make a difference?" if kind == SessionKind.DEBATE else "",
        languages=() if is_break else ("en", "fr", "el", "bg", "mt"),
        appearances=tuple(appearances),
        presentations=tuple(_presentation(source, person, order) for order, person in enumerate(here[3:7]))
        if is_panel
        else (),
    )


def _presentation(source: _Source, person: PublicPerson, order: int) -> PublicPresentation:
    return PublicPresentation(
        guid=source.guid(),
        title=f"{person.organisation}: what we tried, and what came of it",
        minutes=5 + order,
        abstract="In a few words." if order % 2 else "",
        delegation=person.organisation,
        # One in four is still to be confirmed.
        speaker="" if order == 3 else person.code,
    )
