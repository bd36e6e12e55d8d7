"""Small files as speakers send them, and as they should not."""

import zipfile
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from agenda import uploads


def pdf(*objects: bytes, catalog: bytes = b"", trailer: bytes = b"") -> bytes:
    """A PDF of one empty page. `objects` are numbered from 4 on; `catalog` and `trailer` go into those."""
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R %b >>" % catalog,
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] >>",
        *objects,
    ]
    written, offsets = b"%PDF-1.7\n", []
    for number, body in enumerate(bodies, 1):
        offsets.append(len(written))
        written += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(bodies) + 1
    head = b"xref\n0 %d\n0000000000 65535 f \n%b" % (size, table)
    end = b"trailer\n<< /Size %d /Root 1 0 R %b >>\nstartxref\n%d\n%%%%EOF\n" % (size, trailer, len(written))
    return written + head + end


PDF = pdf()
MAIN = {uploads.PPTX: ("ppt/presentation.xml", "ppt"), uploads.DOCX: ("word/document.xml", "word")}


def archive(members: dict[str, str | bytes]) -> bytes:
    written = BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, content in members.items():
            zipped.writestr(name, content)
    return written.getvalue()


def openxml(content_type: str = uploads.PPTX, **more: str | bytes) -> bytes:
    main, _folder = MAIN[content_type]
    types = f'<Types><Override PartName="/{main}" ContentType="{content_type}.main+xml"/></Types>'
    return archive({"[Content_Types].xml": types, main: "<p/>", **more})


def opendocument(content_type: str = uploads.ODP, **more: str | bytes) -> bytes:
    return archive({"mimetype": content_type, "content.xml": "<office/>", **more})


def picture(size: tuple[int, int] = (1200, 900), format: str = "JPEG", mode: str = "RGB", **how: object) -> bytes:
    written = BytesIO()
    Image.new(mode, size, "white").save(written, format, **how)
    return written.getvalue()


def upload(content: bytes, name: str = "file.bin", content_type: str = "application/x-lie") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type)
