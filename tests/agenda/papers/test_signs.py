"""Door signs and room signs, read back from the PDF."""

import io
from dataclasses import replace

import pytest
from pypdf import PdfReader

from agenda.kinds import Role
from agenda.papers.signs import door_signs_pdf, room_signs_pdf
from agenda.programme import PublicAppearance
from tests.agenda.full_day import full_day, with_session
from tests.agenda.papers.reading import needs_pango, pages, panel_of, solid

LONG_TITLES = [
    ("Prevention in neighbourhoods, schools and prisons " * 5)[:200].strip(),
    ("Οι πόλεις κατά της ριζοσπαστικοποίησης " * 6)[:200].strip(),
    ("ОБЩИНСКИЯТ КООРДИНАЦИОНЕН ЦЕНТЪР " * 7)[:200].strip(),
    "Ħ" * 200,
]


@needs_pango
class TestSigns:
    @pytest.mark.parametrize("title", LONG_TITLES)
    def test_each_session_has_a_page_and_all_of_its_title(self, title):
        programme = full_day()
        moderators = tuple(PublicAppearance(Role.MODERATOR, person.code) for person in programme.people)
        panel = replace(
            panel_of(programme),
            title=title,
            room="Room “Sint-Jans-Molenbeek / Molenbeek-Saint-Jean”",
            appearances=moderators,
        )

        text = pages(door_signs_pdf(with_session(programme, panel)))

        assert len(text) == len(programme.sessions)
        assert solid(title) in solid(text[3])
        assert solid(panel.room) in solid(text[3])
        assert solid(programme.people[-1].described) in solid(text[3])

    def test_a_page_that_runs_over_in_this_machines_fonts_is_set_smaller(self, monkeypatch):
        monkeypatch.setattr("agenda.papers.signs._first_guess", lambda _title, _names: 0)
        panel = replace(panel_of(full_day()), title=LONG_TITLES[0])

        text = pages(door_signs_pdf(full_day(), [panel]))

        assert len(text) == 1
        assert solid(LONG_TITLES[0]) in solid(text[0])

    def test_is_across_and_tells_room_day_time_and_who_moderates(self):
        document = door_signs_pdf(full_day(), [panel_of(full_day())])

        (page,) = PdfReader(io.BytesIO(document)).pages
        (text,) = pages(document)
        assert page.mediabox.width > page.mediabox.height
        assert "Tuesday 26 February 2019 Plenary room 9.30–10.30 Panel 1: Challenges and innovative approaches" in text
        assert "Moderated by Prof. Jana Štěpánková-Żółkiewska" in text

    def test_a_room_lists_its_sessions(self):
        atrium, plenary = pages(room_signs_pdf(full_day()))

        assert "Atrium Time Session 8.00–9.00 Registration and welcome coffee 10.30–11.00 Coffee break" in atrium
        assert "Registration" not in plenary

    def test_of_nothing_say_so(self):
        nothing = replace(full_day(), sessions=())

        assert "No session is planned yet." in pages(door_signs_pdf(nothing))[0]
        assert "No session in a room is planned yet." in pages(room_signs_pdf(nothing))[0]
