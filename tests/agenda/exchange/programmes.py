"""Programmes that nobody would think of: any letters, nights in which clocks change, no rooms, nothing at all."""

import datetime
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from agenda.kinds import Role, SessionKind
from agenda.programme import (
    Programme,
    PublicAppearance,
    PublicDocument,
    PublicPerson,
    PublicPresentation,
    PublicRoom,
    PublicSession,
)
from conference.languages import OFFICIAL_LANGUAGES

# Letters of all planes, control characters, and what formats give a meaning to.
ANY_TEXT = st.text(max_size=40) | st.sampled_from(
    [
        "",
        "=1+1",
        "]]>",
        "<script>&amp;",
        "a,b;c\\n",
        "\x00\x0b\x1f\x7f",
        "e\u0301",
        "\u2028",
        "שלום",
        "👩‍🚒",
        "'s-Gravenhage",
        "\r\n",
    ]
)
_LETTERS = "abcXYZ äŠŻλωΣжЩħġ0123456789=-+@'’“”<>&;,.|\\/#%"
# What forms and spreadsheets leave as it is: composed letters, no blanks outside or twice.
TIDY_TEXT = st.text(_LETTERS, max_size=30).map(lambda text: " ".join(text.split()))
ZONES = ("Europe/Brussels", "Europe/Nicosia", "Atlantic/Azores", "America/New_York", "Asia/Kathmandu", "UTC")
# Days around which clocks change in one or the other zone.
_DAYS = st.sampled_from(
    [datetime.date(2026, 3, 28), datetime.date(2026, 10, 24), datetime.date(2026, 11, 1)]
) | st.dates(datetime.date(2018, 1, 1), datetime.date(2040, 1, 1))
_CODE = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=6, max_size=6)
_LANGUAGES = st.lists(st.sampled_from(sorted(OFFICIAL_LANGUAGES)), unique=True, max_size=4).map(tuple)


@st.composite
def programmes(draw: st.DrawFn, text: st.SearchStrategy[str] = ANY_TEXT, *, is_tidy: bool = False) -> Programme:
    """A released programme. `is_tidy`: titles and names are not empty, and people are named once."""
    zone = draw(st.sampled_from(ZONES))
    held_on = draw(_DAYS)
    named = text.filter(bool) if is_tidy else text
    rooms = draw(st.lists(named.filter(bool), unique=True, max_size=3))
    people = [
        PublicPerson(
            code=code,
            guid=draw(st.uuids()),
            name=draw(named),
            function=draw(text),
            organisation=draw(text),
            biography=draw(text),
            photo="" if is_tidy else draw(st.uuids().map(str) | st.just("")),
        )
        for code in draw(st.lists(_CODE, unique=True, max_size=4))
    ]
    codes = draw(st.lists(_CODE, unique=True, max_size=6))
    numbers = draw(st.lists(st.integers(1, 2**31 - 1), unique=True, min_size=len(codes), max_size=len(codes)))
    guids = draw(st.lists(st.uuids(), unique=True, min_size=len(codes), max_size=len(codes)))
    sessions = [
        draw(_session(guid, code, number, held_on, zone, rooms, people, text, named, is_tidy))
        for guid, code, number in zip(guids, codes, numbers, strict=True)
    ]
    dropped = 0 if is_tidy else draw(st.integers(0, len(sessions)))
    return Programme(
        slug=draw(st.from_regex(r"[a-z0-9_-]{1,20}", fullmatch=True)),
        title=draw(named),
        held_on=held_on,
        time_zone=zone,
        venue=draw(text),
        address=draw(text),
        city=draw(text),
        url="https://conference.example/cities/programme/",
        organiser=draw(text),
        release=draw(st.integers(1, 99)),
        published_at=datetime.datetime(2026, 1, 2, 3, 4, tzinfo=datetime.UTC),
        note=draw(text),
        rooms=tuple(PublicRoom(room, draw(st.none() | st.integers(0, 5000))) for room in rooms),
        people=tuple(people),
        sessions=tuple(
            sorted(sessions[dropped:], key=lambda session: (session.starts_at, session.room, session.number))
        ),
        dropped=tuple(sessions[:dropped]),
    )


@st.composite
def _session(
    draw: st.DrawFn,
    guid: Any,
    code: str,
    number: int,
    held_on: datetime.date,
    zone: str,
    rooms: list[str],
    people: list[PublicPerson],
    text: st.SearchStrategy[str],
    named: st.SearchStrategy[str],
    is_tidy: bool,
) -> PublicSession:
    midnight = datetime.datetime.combine(held_on, datetime.time(0), ZoneInfo(zone)).astimezone(datetime.UTC)
    # Quarters of an hour over two days and the night between them.
    starts_at = midnight + datetime.timedelta(minutes=15 * draw(st.integers(0, 4 * 48)))
    here = draw(st.lists(st.sampled_from([person.code for person in people]), unique=True)) if people else []
    appearances = [PublicAppearance(draw(st.sampled_from(Role)), person) for person in here]
    return PublicSession(
        guid=guid,
        code=code,
        number=number,
        kind=draw(st.sampled_from(SessionKind)),
        title=draw(named.filter(lambda title: bool(title.strip()))),
        starts_at=starts_at,
        minutes=draw(st.integers(1, 1440)),
        room=draw(st.sampled_from(["", *rooms])),
        abstract=draw(text),
        question=draw(text),
        languages=draw(_LANGUAGES),
        appearances=tuple(appearances),
        presentations=tuple(
            PublicPresentation(
                guid=draw(st.uuids()),
                title=draw(named),
                minutes=draw(st.integers(1, 99)),
                abstract=draw(text),
                delegation=draw(text),
                speaker=draw(st.sampled_from(["", *(person.code for person in people)])),
                documents=()
                if is_tidy
                else tuple(
                    PublicDocument(str(draw(st.uuids())), draw(text), draw(st.integers(0, 10**8)))
                    for _document in range(draw(st.integers(0, 1)))
                ),
            )
            for _talk in range(draw(st.integers(0, 2)))
        ),
        sequence=0 if is_tidy else draw(st.integers(0, 50)),
    )


def without_files(programme: Programme) -> Programme:
    """What a spreadsheet can say: no photographs and documents, nothing of releases and of calendars, and people in
    the order of their roles, which have a column each."""

    def session(one: PublicSession) -> PublicSession:
        talks = tuple(replace(talk, documents=()) for talk in one.presentations)
        people = sorted(one.appearances, key=lambda appearance: list(Role).index(appearance.role))
        return replace(one, sequence=0, presentations=talks, appearances=tuple(people))

    return replace(
        programme,
        release=0,
        published_at=None,
        note="",
        people=tuple(replace(person, photo="") for person in programme.people),
        sessions=tuple(session(one) for one in programme.sessions),
        dropped=(),
    )
