"""The stand sheets: a page each, with a QR code that leads to the entry."""

import io

import pytest
from pypdf import PdfReader

from conference import pdf
from marketplace.papers.qr import code
from marketplace.papers.sheets import NothingToPrint, entry_address, parts, stand_sheets
from tests.marketplace.factories import call, stand, term

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not pdf.is_available(), reason="PDFs need the library Pango."),
]

LONG = "Sint-Jans-Molenbeek / Molenbeek-Saint-Jean: " + "samen leven, vivre ensemble, живеем заедно, ζούμε μαζί " * 3


def pages_of(document):
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(document)).pages]


def named(own, **fields):
    for name, value in fields.items():
        setattr(own.application, name, value)
    own.application.save()
    return own


def test_each_stand_has_one_page_by_number_however_long_its_name():
    of = call()
    second = named(stand(of), initiative=LONG.strip()[:200])
    first = named(stand(of), initiative="Νέοι για την πόλη")
    first.place.number, second.place.number = 1, 2
    first.place.save()
    second.place.save()

    pages = pages_of(stand_sheets(of))

    assert len(pages) == 2
    assert "Stand 1" in pages[0]
    assert "Νέοι για την πόλη" in pages[0]
    assert "Stand 2" in pages[1]
    assert "живеем" in pages[1]
    assert LONG.strip()[:200].split()[-1] in pages[1]


def test_a_page_says_who_what_and_where_to_read_on(settings):
    settings.SITE_URL = "https://convoke.example"
    own = named(stand(), languages=["en", "el"])
    own.application.topics.add(term(own.call, name="Families"))

    page = pages_of(stand_sheets(own.call))[0]

    assert own.application.delegation.name in page
    assert "Belgium" in page
    assert "Families" in page
    assert "We speak EN, EL" in page
    assert f"https://convoke.example/{own.call.conference.slug}/market-place/{own.pk}/" in page.replace(" ", "")


def test_a_long_delegation_with_many_topics_stays_on_its_page():
    own = named(stand(), initiative="Donaudampfschifffahrtsgesellschaftskapitän" * 4)
    own.application.topics.set([term(own.call, name=f"A rather long topic, number {number}") for number in range(12)])
    delegation = own.application.delegation
    delegation.name = "Verband der Städte und Gemeinden des Nordens und der Inseln – Gemeinschaft für Prävention " * 2
    delegation.save()

    assert len(pages_of(stand_sheets(own.call))) == 1


def test_stands_without_a_place_are_left_out():
    of = call()
    stand(of)
    stand(of, place=None)

    assert len(pages_of(stand_sheets(of))) == 1


def test_a_large_hall_is_printed_in_parts(monkeypatch):
    monkeypatch.setattr("marketplace.papers.sheets.PART", 2)
    of = call()
    for _number in range(3):
        stand(of)

    assert parts(3) == 2
    assert [len(pages_of(stand_sheets(of, part=part))) for part in (1, 2)] == [2, 1]


def test_without_any_place_it_says_what_to_do():
    of = call()
    stand(of, place=None)

    with pytest.raises(NothingToPrint, match="give places first"):
        stand_sheets(of)


def test_the_document_is_tagged_and_has_a_title():
    of = call()
    stand(of)

    document = PdfReader(io.BytesIO(stand_sheets(of)))

    assert document.metadata.title == f"Stands: {of.conference.title}"
    assert "/StructTreeRoot" in document.trailer["/Root"]


def test_the_code_is_drawn_with_its_quiet_zone():
    """A code of 21 modules, the smallest there is, has finder patterns in three corners and four units around it."""
    drawn = code("HELLO")

    assert drawn.side == 29
    dark = set()
    for run in drawn.path.split("M")[1:]:
        place, length = run.split("h")[:2]
        x, y = map(int, place.split())
        dark |= {(x + step, y) for step in range(int(length.split("v")[0]))}
    for x, y in [(4, 4), (4 + 14, 4), (4, 4 + 14)]:
        assert all((x + step, y) in dark for step in range(7))
        assert (x + 1, y + 1) not in dark
    assert all(4 <= x < 25 and 4 <= y < 25 for x, y in dark)


def test_the_code_says_the_address_and_no_more(monkeypatch):
    said = []
    monkeypatch.setattr("marketplace.papers.sheets.code", lambda text: said.append(text) or code(text))
    own = stand()

    stand_sheets(own.call)

    assert said == [entry_address(own.call, own)]
