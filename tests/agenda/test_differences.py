"""What a step from one programme to the next says, and what it does to calendar entries."""

import datetime
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from agenda.differences import compare, entries, is_same
from agenda.kinds import Role, SessionKind
from agenda.programme import (
    Programme,
    PublicAppearance,
    PublicDocument,
    PublicPerson,
    PublicPresentation,
    PublicSession,
)

ANA = PublicPerson("AAAAAA", UUID(int=101), "Ana Bo", function="Mayor")
TALK = PublicPresentation(UUID(int=201), "A view")
PANEL = PublicSession(
    guid=UUID(int=1),
    code="PANEL1",
    number=1,
    kind=SessionKind.PANEL,
    title="Panel 1",
    starts_at=datetime.datetime(2027, 2, 26, 8, 30, tzinfo=datetime.UTC),
    minutes=60,
    room="Hall",
    appearances=(PublicAppearance(Role.MODERATOR, ANA.code),),
    presentations=(TALK, PublicPresentation(UUID(int=202), "Another view")),
)
LUNCH = PublicSession(
    guid=UUID(int=2),
    code="LUNCH1",
    number=2,
    kind=SessionKind.LUNCH,
    title="Lunch",
    starts_at=datetime.datetime(2027, 2, 26, 11, tzinfo=datetime.UTC),
    minutes=60,
)


def programme(*sessions: PublicSession, **changes: Any) -> Programme:
    return Programme(
        **{
            "slug": "c",
            "title": "C",
            "held_on": datetime.date(2027, 2, 26),
            "time_zone": "Europe/Brussels",
            "venue": "V",
            "address": "V",
            "city": "Brussels",
            "url": "https://c.example/",
            "organiser": "O",
            "people": (ANA,),
            "sessions": sessions,
            **changes,
        }
    )


def said(old: PublicSession, **changes: Any) -> list[tuple[str, bool]]:
    return [(one.text, one.moves) for one in compare(programme(old), programme(replace(old, **changes)))]


@pytest.mark.parametrize(
    ("changes", "words", "moves"),
    [
        ({"title": "Partners"}, "“Panel 1” is now called “Partners”.", False),
        ({"starts_at": PANEL.starts_at + datetime.timedelta(minutes=15)}, "Panel 1 moves from 9.30 to 9.45.", True),
        (
            {"starts_at": PANEL.starts_at + datetime.timedelta(days=1)},
            "Panel 1 moves from 26 February, 9.30 to 27 February, 9.30.",
            True,
        ),
        ({"minutes": 45}, "Panel 1 now lasts 45 minutes instead of 60.", True),
        ({"room": "Ħaż-Żebbuġ"}, "Panel 1 moves from Hall to Ħaż-Żebbuġ.", True),
        ({"room": ""}, "Panel 1 moves from Hall to no room.", True),
        ({"appearances": ()}, "Ana Bo leaves Panel 1.", False),
        ({"appearances": (PublicAppearance(Role.PANELLIST, ANA.code),)}, "Panel 1 has other roles.", False),
        ({"abstract": "More"}, "Panel 1 is described in other words.", False),
        ({"languages": ("en",)}, "Panel 1 is interpreted into other languages.", False),
        ({"presentations": (TALK,)}, "Panel 1: “Another view” is dropped.", False),
        (
            {"presentations": PANEL.presentations[::-1]},
            "Panel 1: the presentations come in another order.",
            True,
        ),
        (
            {"presentations": (replace(TALK, minutes=7), PANEL.presentations[1])},
            "Panel 1: “A view” now has 7 minutes instead of 5.",
            True,
        ),
        (
            {"presentations": (replace(TALK, delegation="Λευκωσία"), PANEL.presentations[1])},
            "Panel 1: “A view” has changed.",
            False,
        ),
        (
            {"presentations": (replace(TALK, documents=(PublicDocument("k", "a.pdf", 1),)), PANEL.presentations[1])},
            "Panel 1: other documents of “A view”.",
            False,
        ),
    ],
)
def test_each_change_is_one_sentence(changes: dict[str, Any], words: str, moves: bool) -> None:
    assert said(PANEL, **changes) == [(words, moves)]


def test_nothing_changed_is_nothing_said() -> None:
    assert said(PANEL) == []


def test_who_joins_is_named_with_the_function() -> None:
    assert [text for text, _moves in said(replace(PANEL, appearances=()), appearances=PANEL.appearances)] == [
        "Ana Bo, Mayor joins Panel 1."
    ]


def test_new_sessions_come_in_the_order_of_the_day_and_dropped_ones_last() -> None:
    changes = compare(programme(PANEL), programme(LUNCH))

    assert [change.text for change in changes] == [
        "New: Lunch, 26 February, 12.00.",
        "Dropped: Panel 1, 26 February, 9.30.",
    ]


def test_the_sequence_rises_with_each_revision_and_only_then() -> None:
    first = entries(None, programme(PANEL, LUNCH))
    second = entries(first, programme(replace(PANEL, minutes=45), LUNCH))
    third = entries(second, programme(replace(PANEL, minutes=45), LUNCH))

    assert [session.sequence for session in first.sessions] == [0, 0]
    assert [session.sequence for session in second.sessions] == [1, 0]
    assert [session.sequence for session in third.sessions] == [1, 0]


def test_what_is_dropped_is_remembered_and_rises_again_when_it_comes_back() -> None:
    first = entries(None, programme(PANEL, LUNCH))
    second = entries(first, programme(LUNCH))
    third = entries(second, programme(LUNCH))
    fourth = entries(third, programme(PANEL, LUNCH))

    assert [(session.code, session.sequence) for session in second.dropped] == [("PANEL1", 1)]
    assert third.dropped == second.dropped
    assert [session.sequence for session in fourth.sessions] == [2, 0]
    assert fourth.dropped == ()


def test_another_name_of_a_speaker_raises_the_sequence() -> None:
    first = entries(None, programme(PANEL))
    second = entries(first, programme(PANEL, people=(replace(ANA, name="Dr Ana Bo"),)))

    assert [session.sequence for session in second.sessions] == [1]


def test_number_date_and_note_of_a_release_make_no_difference() -> None:
    one = programme(PANEL)

    assert is_same(one, replace(one, release=2, note="Final", dropped=(LUNCH,)))
    assert not is_same(one, replace(one, title="Other"))
