"""Small files as speakers send them, and as they should not."""

import zipfile
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from agenda import uploads

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
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
