"""PDFs that speakers send: pages are kept, and what is more than pages is refused like macros."""

import io
import zlib

import pytest
from pypdf import PdfReader, PdfWriter

from agenda.models import Document
from agenda.uploads import UploadRefused, check
from conference import pdf_content, sandbox
from tests.agenda.papers.reading import needs_pango
from tests.agenda.upload_data import PDF, pdf, upload

SCRIPTS, FILES, PASSWORD = "it holds scripts.", "it holds embedded files.", "it has a password."
SCRIPT = b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>"


def stream(content: bytes, facts: bytes = b"") -> bytes:
    return b"<< /Length %d %b >>\nstream\n%b\nendstream" % (len(content), facts, content)


def packed(*objects: bytes, number: int = 10) -> bytes:
    """A compressed stream of objects, as every current program writes them."""
    offsets, body = [], b""
    for index, one in enumerate(objects):
        offsets.append(b"%d %d" % (number + index, len(body)))
        body += one + b" "
    table = b" ".join(offsets) + b" "
    facts = b"/Type /ObjStm /N %d /First %d /Filter /FlateDecode" % (len(objects), len(table))
    return stream(zlib.compress(table + body), facts)


def written(change=lambda writer: None) -> bytes:
    """A PDF of one page as pypdf writes it."""
    writer = PdfWriter()
    writer.add_blank_page(width=100, height=100)
    change(writer)
    content = io.BytesIO()
    writer.write(content)
    return content.getvalue()


def protected(**passwords: str) -> bytes:
    return written(lambda writer: writer.encrypt(algorithm="RC4-128", **passwords))


def updated(content: bytes) -> bytes:
    """The PDF with a new catalogue behind it, as programs save changes."""
    table = len(content) + len(b"1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n")
    previous = int(content.rsplit(b"startxref\n", 1)[1].split()[0])
    return content + (
        b"1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
        b"xref\n1 1\n%010d 00000 n \ntrailer\n<< /Size 5 /Root 1 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n"
        % (len(content), previous, table)
    )


def behind_a_stream(script: bytes) -> bytes:
    """A PDF whose fourth object says that it is a stream and that the fifth, a script, belongs to it."""
    length = len(b"endstream\nendobj\n5 0 obj\n" + script) + 1
    return pdf(b"<< /Length %d >>\nstream\nendstream" % length, script)


HARMLESS = {
    "as plain as can be": PDF,
    "opens at a page": pdf(catalog=b"/OpenAction [3 0 R /Fit]"),
    "opens at a page by an action": pdf(b"<< /S /GoTo /D [3 0 R /Fit] >>", catalog=b"/OpenAction 4 0 R"),
    "links to a page about scripts": pdf(
        b"<< /Type /Annot /Subtype /Link /A << /S /URI /URI (https://city.example/JavaScript/Launch/JS) >> >>"
    ),
    "objects in streams": pdf(packed(b"<< /Title (Talk) >>", b"[ 1 2 3 ]")),
    "letters that look like an object": pdf(stream(b"\n9 0 obj << /S /JavaScript >> endobj")),
    "an outline": written(lambda writer: writer.add_outline_item(title="Introduction", page_number=0)),
    "metadata": written(lambda writer: writer.add_metadata({"/Title": "/JavaScript"})),
    "several versions": updated(pdf(b"<< /Title (First) >>")),
}


@pytest.mark.parametrize("content", HARMLESS.values(), ids=HARMLESS)
def test_pages_alone_are_kept(content):
    assert check(upload(content), Document.Kind.SLIDES).content_type == "application/pdf"


@needs_pango
def test_documents_of_this_site_are_kept():
    from weasyprint import HTML

    content = HTML(string="<h1 id=a>Talk</h1><a href='#a'>there</a>").write_pdf(pdf_variant="pdf/ua-1")

    assert check(upload(content), Document.Kind.SLIDES).size == len(content)


REFUSED = {
    "a script at opening": (pdf(SCRIPT, catalog=b"/OpenAction 4 0 R"), SCRIPTS),
    "a script inside of the catalogue": (pdf(catalog=b"/OpenAction " + SCRIPT), SCRIPTS),
    "a script by name": (pdf(catalog=b"/Names << /JavaScript << /Names [(a) 4 0 R] >> >>"), SCRIPTS),
    "an obfuscated name": (pdf(b"<< /S /J#61vaScript /J#53 (x) >>"), SCRIPTS),
    "another obfuscated name": (pdf(b"<</S/#4a#61#76#61#53#63#72#69#70#74/JS 5 0 R>>"), SCRIPTS),
    "a script behind a comment": (pdf(b"<< % nothing\n/S % at all\n/JavaScript >>"), SCRIPTS),
    "a script in a stream of objects": (pdf(packed(b"<< /Title (a) >>", SCRIPT)), SCRIPTS),
    "a script on a page": (pdf(b"<< /Type /Page /AA << /O << /S /JavaScript /JS (x) >> >> >>"), SCRIPTS),
    "a script deep inside": (pdf(b"[[[ << /A [ " + SCRIPT + b" ] >> ]]]"), SCRIPTS),
    "a script that nothing leads to": (pdf(b"<< >>\nendobj\n99 0 obj\n" + SCRIPT), SCRIPTS),
    "a script of an earlier version": (updated(pdf(SCRIPT, catalog=b"/OpenAction 4 0 R")), SCRIPTS),
    "a script behind an object that swallows the rest": (pdf(b"<< /A (never closed ", SCRIPT), SCRIPTS),
    "a script inside of a stream": (behind_a_stream(SCRIPT), SCRIPTS),
    "a script of a rendition": (pdf(b"<< /S /Rendition /JS (x) >>"), SCRIPTS),
    "a script in the trailer": (pdf(trailer=b"/Info << /A " + SCRIPT + b" >>"), SCRIPTS),
    "a program to start": (pdf(b"<< /S /Launch /F (cmd.exe) >>"), SCRIPTS),
    "a web address at opening": (pdf(catalog=b"/OpenAction << /S /URI /URI (https://x.example) >>"), SCRIPTS),
    "another file at opening": (pdf(catalog=b"/OpenAction << /S /GoToR /F (//x.example/a.pdf) >>"), SCRIPTS),
    "a form of XML": (pdf(catalog=b"/AcroForm << /XFA 4 0 R >>"), SCRIPTS),
    "embedded files": (written(lambda writer: writer.add_attachment(filename="a.exe", data=b"MZ")), FILES),
    "embedded files by name": (pdf(catalog=b"/Names << /EmbeddedFiles 4 0 R >>"), FILES),
    "an attached file": (pdf(b"<< /Type /Annot /Subtype /FileAttachment /FS 5 0 R >>"), FILES),
    "rich media": (pdf(b"<< /Type /Annot /Subtype /RichMedia >>"), FILES),
    "a password": (protected(user_password="secret"), PASSWORD),
    "a password that nobody needs": (protected(user_password="", owner_password="o"), PASSWORD),
    "no page": (b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n", "it is damaged."),
    "brackets without end": (pdf(b"[" * 100_000), "it is damaged."),
}


@pytest.mark.parametrize(("content", "reason"), REFUSED.values(), ids=REFUSED)
def test_more_than_pages_is_refused(content, reason):
    with pytest.raises(UploadRefused) as refused:
        check(upload(content, "talk.pdf"), Document.Kind.SLIDES)

    assert str(refused.value).startswith(f"“talk.pdf” was not kept: {reason}")
    assert "Please send a PDF" in str(refused.value)


def test_the_samples_are_pdfs_that_others_open():
    """Else they would be refused for something else than what they hold."""
    for content, _reason in [*((one, "") for one in HARMLESS.values()), REFUSED["a script at opening"]]:
        assert len(PdfReader(io.BytesIO(content)).pages) == 1


def test_a_pdf_that_unpacks_without_end_is_refused_and_the_site_goes_on(monkeypatch):
    """A stream of objects of 600 MB in half a megabyte."""
    monkeypatch.setattr(pdf_content, "MEMORY", 512)
    packer = zlib.compressobj(9)
    bomb = b"".join(packer.compress(b" " * 1024 * 1024) for _part in range(600)) + packer.flush()
    content = pdf(stream(bomb, b"/Type /ObjStm /N 1 /First 10 /Filter /FlateDecode"))

    with pytest.raises(UploadRefused, match=r"it is damaged\.|it takes too long to check\."):
        check(upload(content), Document.Kind.SLIDES)


def test_too_many_objects_are_too_much(monkeypatch):
    monkeypatch.setattr(pdf_content, "MOST_OBJECTS", 10)

    with pytest.raises(sandbox.Refused, match="damaged"):
        pdf_content.check(pdf(*[b"<< >>"] * 11))
