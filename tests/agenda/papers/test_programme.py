"""The programme to print, read back from the PDF."""

import io
from dataclasses import replace

from pypdf import PdfReader

from agenda.papers.programme import programme_pdf
from tests.agenda.full_day import PEOPLE, SUMMARY, TITLES, full_day, with_session
from tests.agenda.large_programme import large_programme
from tests.agenda.papers.reading import needs_pango, pages, panel_of, solid, structure


@needs_pango
class TestTheProgramme:
    def test_of_a_full_day_stands_on_two_pages(self):
        text = pages(programme_pdf(full_day()))

        whole = solid(" ".join(text))
        assert len(text) == 2
        assert [title for title in TITLES if whole.count(solid(title)) != 4] == []
        assert [name for name, _function, _place in PEOPLE if solid(name) not in whole] == []
        assert "Release 3 of 20 February 2019, 14.05 · All times are those of Brussels." in text[0]

    def test_leaves_long_summaries_to_the_web_page_and_says_so(self):
        text = " ".join(pages(programme_pdf(full_day(summary=SUMMARY))))

        assert "which data they share" not in text
        assert "Summaries of the presentations: https://conference.example/cities/programme/" in text

    def test_prints_summaries_where_they_fit(self):
        sparse = full_day(summary="In a few words.")
        sparse = replace(
            sparse,
            sessions=tuple(replace(item, presentations=item.presentations[:1]) for item in sparse.sessions),
        )

        text = pages(programme_pdf(sparse))

        assert len(text) == 2
        assert " ".join(text).count("In a few words.") == 4
        assert "Summaries of the presentations:" not in text[0]

    def test_of_many_days_flows_with_the_day_in_the_head_and_keeps_sessions_in_one_piece(self):
        programme = large_programme(sessions=60, days=3)

        text = pages(programme_pdf(programme))

        titled = [
            [number for number, page in enumerate(text) if solid(session.title) in solid(page)]
            for session in programme.sessions
            if session.presentations
        ]
        assert len(text) > 6
        assert f"2 / {len(text)}" in text[1]
        assert "Thursday 26 March 2026" in text[1]
        assert "Saturday 28 March 2026" in text[-1]
        assert {len(found) for found in titled} == {1}
        # The debate is the last line of a panel: on the page of its title.
        assert all(text[found[0]].count("Debate with the audience") >= 1 for found in titled)

    def test_names_who_moderates_and_what_is_open(self):
        programme = full_day()
        panel = panel_of(programme)
        gap = replace(panel.presentations[0], speaker="")
        programme = with_session(programme, replace(panel, presentations=(gap, *panel.presentations[1:])))

        text = " ".join(pages(programme_pdf(programme)))

        assert "Moderated by Prof. Jana Štěpánková-Żółkiewska, Head of the municipal coordination centre" in text
        assert "Λευκωσία: speaker to be confirmed" in text
        assert "35 min Debate with the audience" in text

    def test_names_an_organisation_once(self):
        text = solid(" ".join(pages(programme_pdf(full_day()))))

        assert solid("Ħaż-Żebbuġ: Ġużeppi Għawdxi-Ċaruana, Sindku") in text
        assert solid("Sindku, Ħaż-Żebbuġ") not in text

    def test_of_nothing_says_so(self):
        assert "No session is planned yet." in pages(programme_pdf(replace(full_day(), sessions=())))[0]

    def test_shows_organisers_words_as_text(self):
        programme = full_day()
        panel = replace(panel_of(programme), abstract="**Bold** <b>not</b>", title="<i>& more")

        text = " ".join(pages(programme_pdf(with_session(programme, panel))))

        assert "<i>& more" in text
        assert "Bold <b>not</b>" in text

    def test_is_accessible(self):
        document = programme_pdf(full_day())
        catalogue = PdfReader(io.BytesIO(document)).trailer["/Root"]

        assert catalogue["/MarkInfo"]["/Marked"]
        assert "http://www.aiim.org/pdfua/ns/id/" in catalogue["/Metadata"].get_data().decode()
        assert {"/H1", "/H2", "/H3", "/Table", "/TH", "/TD"} <= structure(document)

    def test_is_the_same_to_the_byte_each_time(self):
        assert programme_pdf(full_day()) == programme_pdf(full_day())
