"""Uploaded files, distrusted: what they are is read from their content, never from their name or the browser's word.

`check` gives back what may be kept. Photographs are decoded and written anew, so that the stored picture is ours.
"""

import re
import unicodedata
import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePosixPath
from typing import IO, Any

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agenda.models import Document

MEBIBYTE = 1024 * 1024
# Of a photograph: what a good camera makes, and what a small server can decode.
MOST_PIXELS = 50_000_000
PHOTO_EDGE = 800  # pixels
# Of files that are archives inside: beyond these they are meant to harm, or not meant for a beamer.
MOST_MEMBERS = 10_000
MOST_UNPACKED = 1024 * MEBIBYTE
MOST_DEPTH = 12
# What is read of a member to see what the archive is.
READ_OF_MEMBER = 4 * MEBIBYTE
LONGEST_NAME = 150


class UploadRefused(Exception):
    """The file is not kept; the message names it and says what would be accepted."""


@dataclass(frozen=True)
class Checked:
    """What may be stored. `size` in bytes; `name` is fit to be shown and offered as the name of a download."""

    content: "File[bytes]"
    name: str
    content_type: str
    size: int


class BoundedUploadHandler(TemporaryFileUploadHandler):
    """Uploads go to temporary files, and of too large ones no more than shows that they are.

    The reported size is the true one, so that `check` refuses by it; nobody fills the disk meanwhile.
    """

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        if start <= max(settings.UPLOAD_LIMITS.values()):
            self.file.write(raw_data)
        return None


# What is accepted ----------------------------------------------------------------------------

PDF = "application/pdf"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ODP = "application/vnd.oasis.opendocument.presentation"
ODT = "application/vnd.oasis.opendocument.text"
TEXT = "text/plain"
JPEG = "image/jpeg"

EXTENSIONS = {PDF: ".pdf", PPTX: ".pptx", DOCX: ".docx", ODP: ".odp", ODT: ".odt", TEXT: ".txt", JPEG: ".jpg"}
_OTHER_EXTENSIONS = {".jpeg", ".png", ".webp", ".text", ".ppt", ".doc", ".pptm", ".docm"}

_ACCEPTED: dict[str, tuple[frozenset[str], str | Promise]] = {
    Document.Kind.SLIDES: (
        frozenset({PDF, PPTX, ODP}),
        gettext_lazy("a PDF, PowerPoint (PPTX) or OpenDocument (ODP) file"),
    ),
    Document.Kind.ABSTRACT: (
        frozenset({PDF, DOCX, ODT, TEXT}),
        gettext_lazy("a PDF, Word (DOCX), OpenDocument (ODT) or plain text file"),
    ),
    Document.Kind.SPEECH: (
        frozenset({PDF, DOCX, ODT, TEXT}),
        gettext_lazy("a PDF, Word (DOCX), OpenDocument (ODT) or plain text file"),
    ),
    Document.Kind.PHOTO: (frozenset({JPEG}), gettext_lazy("a JPEG, PNG or WebP picture")),
}


def limit_of(kind: str) -> int:
    """The most bytes a file of this kind may have."""
    return settings.UPLOAD_LIMITS[kind]


def accepted_in_words(kind: str) -> str:
    """“a JPEG, PNG or WebP picture of at most 10 MB”."""
    return _("%(formats)s of at most %(megabytes)d MB") % {
        "formats": _ACCEPTED[kind][1],
        "megabytes": limit_of(kind) // MEBIBYTE,
    }


def accept_attribute(kind: str) -> str:
    """What a browser's file dialogue offers first; only a help, nothing relies on it."""
    if kind == Document.Kind.PHOTO:
        return "image/jpeg,image/png,image/webp"
    return ",".join(sorted(EXTENSIONS[content_type] for content_type in _ACCEPTED[kind][0]))


def check(upload: UploadedFile, kind: str) -> Checked:
    """What may be kept of the upload as a document of `kind`. Raises UploadRefused with the reason."""
    name = clean_name(upload.name or "")
    size = upload.size or 0

    def refuse(reason: str) -> UploadRefused:
        return UploadRefused(
            _("“%(name)s” was not kept: %(reason)s Please send %(accepted)s.")
            % {"name": name or _("The file"), "reason": reason, "accepted": accepted_in_words(kind)}
        )

    if not size:
        raise refuse(_("it is empty."))
    if size > limit_of(kind):
        raise refuse(_("it has %(megabytes)d MB.") % {"megabytes": -(-size // MEBIBYTE)})
    try:
        if kind == Document.Kind.PHOTO:
            content = _photo(upload)
            return Checked(content, _named(name, JPEG, _("photograph")), JPEG, content.size)
        content_type = _sniff(upload)
        if content_type not in _ACCEPTED[kind][0]:
            raise _NotAcceptable(_("it is a file of another kind."))
    except _NotAcceptable as reason:
        raise refuse(str(reason)) from reason
    upload.seek(0)
    return Checked(upload, _named(name, content_type, _("document")), content_type, size)


class _NotAcceptable(Exception):
    """The reason as a clause: “it holds macros.”"""


# Names ----------------------------------------------------------------------------------------


def clean_name(name: str) -> str:
    """The name without its path, control characters and marks that turn the direction of reading; letters stay."""
    bare = re.split(r"[/\\]", name)[-1]
    bare = "".join(
        letter
        for letter in unicodedata.normalize("NFC", bare)
        # Cc control, Cf format (bidirectional overrides, zero width), Cs surrogates, Co private, Zl and Zp separators.
        if unicodedata.category(letter) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    )
    return " ".join(bare.split()).strip(" .")


def _named(name: str, content_type: str, otherwise: str) -> str:
    """The name with the ending that its content has, whatever ending it came with."""
    extension = EXTENSIONS[content_type]
    path = PurePosixPath(name or otherwise)
    known = path.suffix.lower() in {*EXTENSIONS.values(), *_OTHER_EXTENSIONS}
    stem = (path.stem if known else path.name)[:LONGEST_NAME].strip(" .") or otherwise
    return f"{stem}{extension}"


# Documents ------------------------------------------------------------------------------------


def _sniff(upload: UploadedFile) -> str:
    """The content type by content. Raises _NotAcceptable."""
    upload.seek(0)
    head = upload.read(8)
    if head.startswith(b"%PDF-"):
        return _pdf(upload)
    if head.startswith(b"PK\x03\x04"):
        return _archive(upload)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise _NotAcceptable(_("it has the old Office format, or a password."))
    return _text(upload)


def _pdf(upload: UploadedFile) -> str:
    upload.seek(max(0, (upload.size or 0) - 2048))
    if b"%%EOF" not in upload.read():
        raise _NotAcceptable(_("it is incomplete: the end of the PDF is missing."))
    return PDF


def _text(upload: UploadedFile) -> str:
    upload.seek(0)
    try:
        text = upload.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _NotAcceptable(_("it is a file of another kind.")) from error
    if any(unicodedata.category(letter) == "Cc" and letter not in "\t\n\r\f" for letter in text):
        raise _NotAcceptable(_("it is a file of another kind."))
    if not text.strip():
        raise _NotAcceptable(_("it is empty."))
    return TEXT


def _archive(upload: UploadedFile) -> str:
    """Office files are ZIP archives. Nothing is unpacked but the one or two members that say what they are."""
    upload.seek(0)
    try:
        with zipfile.ZipFile(_binary(upload)) as archive:
            _check_members(archive, upload.size or 0)
            return _opendocument(archive) or _openxml(archive)
    # zipfile raises more than it documents for archives that were tampered with.
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, KeyError, EOFError, OSError) as error:
        raise _NotAcceptable(_("it is damaged.")) from error


def _binary(upload: UploadedFile) -> IO[bytes]:
    return upload.file  # type: ignore[return-value]


def _check_members(archive: zipfile.ZipFile, size: int) -> None:
    members = archive.infolist()
    if len(members) > MOST_MEMBERS or sum(member.file_size for member in members) > MOST_UNPACKED:
        raise _NotAcceptable(_("it is far too large once unpacked."))
    if sum(member.compress_size for member in members) > size:
        # Members that share bytes: the trick of small archives that unpack to huge ones.
        raise _NotAcceptable(_("it is damaged."))
    for member in members:
        parts = member.filename.replace("\\", "/").split("/")
        if len(parts) > MOST_DEPTH or ".." in parts or not parts[0]:
            raise _NotAcceptable(_("it is damaged."))
        if member.flag_bits & 0x1:
            raise _NotAcceptable(_("it has a password."))
        # Office's macros; those of OpenDocument lie in folders of their own.
        if parts[-1].lower() in {"vbaproject.bin", "vbadata.xml"} or parts[0].lower() in {"basic", "scripts"}:
            raise _NotAcceptable(_("it holds macros."))


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    """The content of a member, empty where there is none. Never reads more than a description needs."""
    if name not in archive.NameToInfo:
        return b""
    with archive.open(name) as member:
        content = member.read(READ_OF_MEMBER + 1)
    if len(content) > READ_OF_MEMBER:
        raise _NotAcceptable(_("it is damaged."))
    return content


def _opendocument(archive: zipfile.ZipFile) -> str:
    """The content type that the member `mimetype` names (OpenDocument 1.3, part 2, 3.3); empty without one."""
    named = _member(archive, "mimetype").decode("ascii", "replace").strip()
    if not named:
        return ""
    if b"encryption-data" in _member(archive, "META-INF/manifest.xml"):
        raise _NotAcceptable(_("it has a password."))
    if named not in {ODP, ODT}:
        raise _NotAcceptable(_("it is a file of another kind."))
    if "content.xml" not in archive.NameToInfo:
        raise _NotAcceptable(_("it is damaged."))
    return named


def _openxml(archive: zipfile.ZipFile) -> str:
    """The type of the main part in `[Content_Types].xml` (ECMA-376, part 2). Read by pattern: no entity can unfold."""
    listed = set(re.findall(rb"""ContentType\s*=\s*["']([^"']+)["']""", _member(archive, "[Content_Types].xml")))
    if any(b"macroenabled" in content_type.lower() for content_type in listed):
        raise _NotAcceptable(_("it holds macros."))
    for content_type, folder in ((PPTX, "ppt/"), (DOCX, "word/")):
        has_parts = any(member.startswith(folder) for member in archive.NameToInfo)
        if f"{content_type}.main+xml".encode() in listed and has_parts:
            return content_type
    raise _NotAcceptable(_("it is a file of another kind."))


# Photographs ----------------------------------------------------------------------------------


def _photo(upload: UploadedFile) -> "ContentFile[bytes]":
    """The picture at most 800 pixels wide and high, upright, as a JPEG without any hidden data."""
    from PIL import Image

    upload.seek(0)
    try:
        picture = Image.open(_binary(upload), formats=["JPEG", "PNG", "WEBP"])
        if picture.width * picture.height > MOST_PIXELS:
            raise _NotAcceptable(
                _("it has %(pixels)d million pixels.") % {"pixels": picture.width * picture.height // 1_000_000}
            )
        return ContentFile(_redrawn(picture))
    except _NotAcceptable:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _NotAcceptable(_("it has far too many pixels.")) from error
    # Pillow's decoders raise whatever a broken file leads them to; to the sender it is one thing.
    except Exception as error:
        raise _NotAcceptable(_("it is no picture that can be read.")) from error


def _redrawn(picture: Any) -> bytes:
    from PIL import Image, ImageOps

    # Made small before all else: of a JPEG, Pillow then decodes only as much as is needed.
    picture.thumbnail((PHOTO_EDGE, PHOTO_EDGE))
    picture = ImageOps.exif_transpose(picture)
    if picture.mode in {"RGBA", "LA", "PA", "P"}:
        picture = picture.convert("RGBA")
        paper = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(paper, picture)
    written = BytesIO()
    plain = Image.new("RGB", picture.size)
    # Pasted onto a new one: what the file carried besides its pixels stays behind.
    plain.paste(picture.convert("RGB"))
    plain.save(written, "JPEG", quality=85, optimize=True, progressive=True)
    return written.getvalue()
