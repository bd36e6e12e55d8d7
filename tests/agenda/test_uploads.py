"""What may be kept of uploads: judged by content, never by name or the browser's word."""

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from agenda import uploads
from agenda.models import Document
from agenda.uploads import UploadRefused, check, clean_name
from conference import uploads as shared
from tests.agenda.upload_data import PDF, archive, opendocument, openxml, picture, upload

SLIDES, SPEECH, PHOTO = Document.Kind.SLIDES, Document.Kind.SPEECH, Document.Kind.PHOTO


class TestDocuments:
    @pytest.mark.parametrize(
        ("content", "kind", "content_type", "name"),
        [
            (PDF, SLIDES, uploads.PDF, "talk.pdf"),
            (openxml(uploads.PPTX), SLIDES, uploads.PPTX, "talk.pptx"),
            (opendocument(uploads.ODP), SLIDES, uploads.ODP, "talk.odp"),
            (PDF, SPEECH, uploads.PDF, "talk.pdf"),
            (openxml(uploads.DOCX), SPEECH, uploads.DOCX, "talk.docx"),
            (opendocument(uploads.ODT), SPEECH, uploads.ODT, "talk.odt"),
            ("Κυρίες και κύριοι,\r\n".encode(), SPEECH, uploads.TEXT, "talk.txt"),
        ],
    )
    def test_what_it_is_stands_in_the_content(self, content, kind, content_type, name):
        checked = check(upload(content, "talk"), kind)

        assert (checked.content_type, checked.name, checked.size) == (content_type, name, len(content))
        checked.content.seek(0)
        assert checked.content.read() == content

    @pytest.mark.parametrize(
        ("content", "kind", "reason"),
        [
            (b"", SLIDES, "it is empty."),
            (b" \n ", SPEECH, "it is empty."),
            (b"MZ\x90\x00\x03", SLIDES, "it is a file of another kind."),
            (b"MZ\x90\x00\x03", SPEECH, "it is a file of another kind."),
            (b"caf\xe9", SPEECH, "it is a file of another kind."),
            (b"A speech", SLIDES, "it is a file of another kind."),
            (openxml(uploads.DOCX), SLIDES, "it is a file of another kind."),
            (openxml(uploads.PPTX), SPEECH, "it is a file of another kind."),
            (opendocument("application/vnd.oasis.opendocument.spreadsheet"), SLIDES, "it is a file of another kind."),
            (archive({"readme.txt": "hello"}), SLIDES, "it is a file of another kind."),
            (PDF.replace(b"%%EOF", b""), SLIDES, "it is incomplete: the end of the PDF is missing."),
            (openxml()[:-30], SLIDES, "it is damaged."),
            (b"PK\x03\x04 and nothing else", SLIDES, "it is damaged."),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", SLIDES, "it has the old Office format, or a password."),
            (openxml(**{"ppt/vbaProject.bin": b"x"}), SLIDES, "it holds macros."),
            (openxml(**{"ppt/VBAPROJECT.BIN": b"x"}), SLIDES, "it holds macros."),
            (opendocument(**{"Basic/Standard/Module1.xml": b"x"}), SLIDES, "it holds macros."),
            (
                opendocument(**{"META-INF/manifest.xml": "<manifest:encryption-data/>"}),
                SLIDES,
                "it has a password.",
            ),
            (openxml(**{"/".join("a" * 13): b"x"}), SLIDES, "it is damaged."),
            (openxml(**{"../../etc/passwd": b"x"}), SLIDES, "it is damaged."),
        ],
    )
    def test_what_is_refused_and_why(self, content, kind, reason):
        with pytest.raises(UploadRefused) as refused:
            check(upload(content, "talk.pptx"), kind)

        assert str(refused.value).startswith(f"“talk.pptx” was not kept: {reason} Please send a PDF, ")

    def test_a_macro_presentation_with_a_harmless_ending(self):
        types = '<Override ContentType="application/vnd.ms-powerpoint.presentation.macroEnabled.main+xml"/>'

        with pytest.raises(UploadRefused, match=r"it holds macros\."):
            check(upload(archive({"[Content_Types].xml": types, "ppt/presentation.xml": ""}), "talk.pptx"), SLIDES)

    def test_a_bomb_is_recognised_by_what_it_declares(self, monkeypatch):
        monkeypatch.setattr(uploads, "MOST_UNPACKED", 1000)

        with pytest.raises(UploadRefused, match=r"it is far too large once unpacked\."):
            check(upload(openxml(**{"ppt/media/image1.png": b"0" * 100_000})), SLIDES)

    def test_too_many_members(self, monkeypatch):
        monkeypatch.setattr(uploads, "MOST_MEMBERS", 3)

        with pytest.raises(UploadRefused, match=r"it is far too large once unpacked\."):
            check(upload(openxml(**{f"ppt/{number}.xml": "" for number in range(5)})), SLIDES)

    def test_a_description_that_unpacks_to_more_than_it_needs(self, monkeypatch):
        monkeypatch.setattr(uploads, "READ_OF_MEMBER", 50)

        with pytest.raises(UploadRefused, match=r"it is damaged\."):
            check(upload(openxml()), SLIDES)

    def test_a_password_of_the_archive(self):
        content = bytearray(openxml())
        with zipfile.ZipFile(io.BytesIO(bytes(content))) as zipped:
            offset = zipped.start_dir
        # The flag in the directory at the end says that the member is encrypted (APPNOTE 4.4.4).
        content[offset + 8] |= 1

        with pytest.raises(UploadRefused, match=r"it has a password\."):
            check(upload(bytes(content)), SLIDES)

    def test_too_large(self, settings):
        settings.UPLOAD_LIMITS = {**settings.UPLOAD_LIMITS, "slides": 2 * uploads.MEBIBYTE}

        with pytest.raises(UploadRefused) as refused:
            check(upload(PDF + b"0" * 2 * uploads.MEBIBYTE, "talk.pdf"), SLIDES)

        assert str(refused.value) == (
            "“talk.pdf” was not kept: it has 3 MB. "
            "Please send a PDF, PowerPoint (PPTX) or OpenDocument (ODP) file of at most 2 MB."
        )


class TestPhotographs:
    def taken(self, content: bytes) -> Image.Image:
        checked = check(upload(content, "me.png"), PHOTO)
        assert (checked.content_type, checked.name) == ("image/jpeg", "me.jpg")
        return Image.open(checked.content)

    @pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
    def test_it_becomes_a_small_jpeg(self, format):
        photo = self.taken(picture((1600, 1200), format))

        assert (photo.format, photo.size) == ("JPEG", (800, 600))

    def test_a_small_one_is_not_made_larger(self):
        assert self.taken(picture((300, 400))).size == (300, 400)

    def test_transparency_becomes_white(self):
        written = io.BytesIO()
        Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(written, "PNG")

        assert self.taken(written.getvalue()).getpixel((5, 5)) == (255, 255, 255)

    def test_it_stands_upright_and_tells_nothing_of_the_camera(self):
        exif = Image.Exif()
        exif[0x0112] = 6  # Orientation: turned by a quarter.
        exif[0x010F] = "Camera of Mr Secret"
        content = picture((1600, 800), exif=exif, comment=b"Home address")
        assert b"Secret" in content

        photo = self.taken(content)

        assert (photo.size, dict(photo.getexif()), photo.info.get("comment")) == ((400, 800), {}, None)

    def test_too_many_pixels(self, monkeypatch):
        monkeypatch.setattr(shared, "MOST_PIXELS", 1_000_000)

        with pytest.raises(UploadRefused, match=r"it has 2 million pixels\."):
            check(upload(picture((2000, 1000), "PNG")), PHOTO)

    def test_a_bomb(self, monkeypatch):
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)

        with pytest.raises(UploadRefused, match=r"it has far too many pixels\."):
            check(upload(picture((2000, 1000), "PNG")), PHOTO)

    @pytest.mark.parametrize(
        "content", [PDF, b"<svg/>", picture()[:400], picture(format="GIF", mode="P")], ids=["pdf", "svg", "cut", "gif"]
    )
    def test_no_picture(self, content):
        with pytest.raises(UploadRefused, match=r"it is no picture that can be read\. Please send a JPEG, PNG or WebP"):
            check(upload(content, "me.jpg", "image/jpeg"), PHOTO)


class TestNames:
    @pytest.mark.parametrize(
        ("sent", "kept"),
        [
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\me\\Ομιλία.pptx", "Ομιλία.pptx"),
            ("talk\u202egnp.exe", "talkgnp.exe"),
            ("a\x00b\r\nc.pdf", "abc.pdf"),
            ("  Ħaż-Żebbuġ   2019 .pdf ", "Ħaż-Żebbuġ 2019 .pdf"),
            ("e\u0301.pdf", "é.pdf"),
            ("...", ""),
        ],
    )
    def test_paths_and_tricks_go_and_letters_stay(self, sent, kept):
        assert clean_name(sent) == kept

    @pytest.mark.parametrize(
        ("sent", "kept"),
        [
            ("Владимир.pptx", "Владимир.pdf"),
            ("setup.exe", "setup.exe.pdf"),
            ("Speech 26.2", "Speech 26.2.pdf"),
            ("talk.PDF", "talk.pdf"),
            ("x" * 400 + ".pdf", "x" * 150 + ".pdf"),
        ],
    )
    def test_the_ending_is_that_of_the_content(self, sent, kept):
        received = SimpleUploadedFile("file", PDF)
        received._name = sent

        assert check(received, SLIDES).name == kept
