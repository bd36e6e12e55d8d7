"""The run of show: its steps, and what is printed."""

import datetime
from dataclasses import replace

import pytest

from agenda.kinds import Role, SessionKind
from agenda.papers.run_of_show import Row, rows, run_of_show_pdf, too_long
from agenda.programme import PublicAppearance
from tests.agenda.full_day import TITLES, full_day, with_session
from tests.agenda.papers.reading import needs_pango, pages, panel_of


def test_steps_of_a_session_run_by_the_clock():
    programme = full_day()
    panel = panel_of(programme)
    talks = (panel.presentations[0], replace(panel.presentations[1], minutes=7, speaker=""))

    found = rows(programme, replace(panel, presentations=talks))

    assert found == [
        Row(
            when="9.30–9.35",
            what=TITLES[0],
            who=["Λευκωσία: Δρ Αικατερίνη Παπαδοπούλου-Χατζηγεωργίου, Αντιδήμαρχος Κοινωνικής Πολιτικής"],
            is_open=False,
            minutes=5,
            so_far=5,
        ),
        Row(
            when="9.35–9.42",
            what=TITLES[1],
            who=["Велико Търново: speaker to be confirmed"],
            is_open=True,
            minutes=7,
            so_far=12,
        ),
        Row(
            when="9.42–10.30",
            what="Debate",
            who=["Moderator, panellists and audience"],
            is_open=False,
            minutes=48,
            so_far=60,
        ),
    ]


def test_steps_cross_the_hour_that_is_skipped():
    night = datetime.datetime(2019, 3, 31, 0, 50, tzinfo=datetime.UTC)
    programme = full_day()

    found = rows(programme, replace(panel_of(programme), starts_at=night, minutes=25))

    assert [row.when for row in found] == [
        "1.50–1.55",
        "1.55 CET–3.00 CEST",
        "3.00–3.05",
        "3.05–3.10",
        "3.10–3.15",
    ]


@pytest.mark.parametrize(
    ("kind", "what", "who", "is_open"),
    [
        (SessionKind.OPENING, "Words of the speakers", ["To be confirmed"], True),
        (SessionKind.DEBATE, "Debate", ["Moderator, panellists and audience"], False),
        (SessionKind.LUNCH, "Title", ["Everybody"], False),
    ],
)
def test_a_session_without_presentations_is_one_step(kind, what, who, is_open):
    programme = full_day()
    session = replace(panel_of(programme), kind=kind, title="Title", presentations=(), appearances=())

    (row,) = rows(programme, session)

    assert (row.when, row.what, row.who, row.is_open) == ("9.30–10.30", what, who, is_open)


def test_an_opening_names_its_speakers():
    programme = full_day()
    speaker = PublicAppearance(Role.SPEAKER, programme.people[4].code)
    session = replace(panel_of(programme), kind=SessionKind.OPENING, presentations=(), appearances=(speaker,))

    (row,) = rows(programme, session)

    assert row.who == [programme.people[4].described]


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (25, ""),
        (
            24,
            "Too long: the presentations take 25 minutes, the session has 24 minutes. Cut 1 minute; no time is left "
            "for the debate.",
        ),
        (
            15,
            "Too long: the presentations take 25 minutes, the session has 15 minutes. Cut 10 minutes; no time is left "
            "for the debate.",
        ),
    ],
)
def test_too_much_is_said_in_minutes(minutes, words):
    assert too_long(replace(panel_of(full_day()), minutes=minutes)) == words


@needs_pango
class TestTheRunOfShow:
    def test_has_the_day_at_a_glance_and_a_sheet_for_each_session_that_is_no_break(self):
        text = pages(run_of_show_pdf(full_day()))

        assert len(text) == 1 + 8
        assert "The day at a glance" in text[0]
        assert "12.00–14.00 120 Lunch Atrium" in text[0]
        assert "Panel 1: Challenges and innovative approaches" in text[3]
        assert "Then: 10.30 Coffee break, Atrium" in text[3]

    def test_of_one_session_is_its_sheet_alone(self):
        programme = full_day()
        panel = panel_of(programme)

        (text,) = pages(run_of_show_pdf(programme, notes={panel.code: "Two microphones"}, session=panel.code))

        assert "glance" not in text
        assert "Note of the organisers Two microphones" in text

    def test_says_what_is_too_long_and_who_is_missing(self):
        programme = full_day()
        panel = replace(panel_of(programme), minutes=20, appearances=())

        (text,) = pages(run_of_show_pdf(with_session(programme, panel), session=panel.code))

        assert "Cut 5 minutes" in text
        assert "Moderator ☐ To be confirmed" in text

    def test_notes_of_breaks_stand_at_a_glance(self):
        programme = full_day()
        lunch = next(session for session in programme.sessions if session.kind == SessionKind.LUNCH)

        text = pages(run_of_show_pdf(programme, notes={lunch.code: "Gong at 13.50"}))

        assert "Gong at 13.50" in text[0]

    @pytest.mark.usefixtures("_frozen")
    def test_of_the_working_version_says_of_when_it_is(self):
        programme = replace(full_day(), release=0, published_at=None)

        text = pages(run_of_show_pdf(programme))

        assert "Working version of 25 February 2019, 18.30, not published" in text[0]

    def test_of_an_unknown_session_is_refused(self):
        with pytest.raises(KeyError):
            run_of_show_pdf(full_day(), session="NOSUCH")

    def test_of_nothing_says_so(self):
        assert "No session is planned yet." in pages(run_of_show_pdf(replace(full_day(), sessions=())))[0]


@pytest.fixture
def _frozen(time_machine):
    time_machine.move_to(datetime.datetime(2019, 2, 25, 17, 30, tzinfo=datetime.UTC), tick=False)
