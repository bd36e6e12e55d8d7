"""Uploaded files, distrusted: what they are is read from their content, never from their name or the browser's word.

`check` gives back what may be kept. Photographs are decoded and written anew, so that the stored picture is ours.
"""

import re
import unicodedata
import zipfile
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO

from django.conf import settings
from django.core.files.base import File
from django.core.files.uploadedfile import UploadedFile
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agenda.models import Document
from conference import archives, pdf_content, sandbox
from conference.uploads import MEBIBYTE, NotAcceptable, admit, clean_name, redrawn_picture, refusal

PHOTO_EDGE = 800  # pixels
# Of files that are archives inside: beyond these they are meant to harm, or not meant for a beamer.
MOST_MEMBERS = 10_000
MOST_UNPACKED = 1024 * MEBIBYTE
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

_PDF_REASONS = {
    pdf_content.SCRIPTS: gettext_lazy("it holds scripts. Save it as a plain PDF, without forms and actions."),
    pdf_content.FILES: gettext_lazy("it holds embedded files. Save it without attachments."),
    pdf_content.ENCRYPTED: gettext_lazy("it has a password."),
    pdf_content.DAMAGED: gettext_lazy("it is damaged."),
}
_ARCHIVE_REASONS = {
    archives.Fault.TOO_LARGE: gettext_lazy("it is far too large once unpacked."),
    archives.Fault.BOMB: gettext_lazy("it is far too large once unpacked."),
    archives.Fault.DAMAGED: gettext_lazy("it is damaged."),
    archives.Fault.ENCRYPTED: gettext_lazy("it has a password."),
}
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

    try:
        admit(upload, limit_of(kind))
        if kind == Document.Kind.PHOTO:
            content = redrawn_picture(upload, edge=PHOTO_EDGE)
            return Checked(content, _named(name, JPEG, _("photograph")), JPEG, content.size)
        content_type = _sniff(upload)
        if content_type not in _ACCEPTED[kind][0]:
            raise NotAcceptable(_("it is a file of another kind."))
    except NotAcceptable as reason:
        raise UploadRefused(refusal(name, reason, accepted_in_words(kind))) from reason
    upload.seek(0)
    return Checked(upload, _named(name, content_type, _("document")), content_type, size)


# Names ----------------------------------------------------------------------------------------


def _named(name: str, content_type: str, otherwise: str) -> str:
    """The name with the ending that its content has, whatever ending it came with."""
    extension = EXTENSIONS[content_type]
    path = PurePosixPath(name or otherwise)
    known = path.suffix.lower() in {*EXTENSIONS.values(), *_OTHER_EXTENSIONS}
    stem = (path.stem if known else path.name)[:LONGEST_NAME].strip(" .") or otherwise
    return f"{stem}{extension}"


# Documents ------------------------------------------------------------------------------------


def _sniff(upload: UploadedFile) -> str:
    """The content type by content. Raises NotAcceptable."""
    upload.seek(0)
    head = upload.read(8)
    if head.startswith(b"%PDF-"):
        return _pdf(upload)
    if head.startswith(b"PK\x03\x04"):
        return _archive(upload)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise NotAcceptable(_("it has the old Office format, or a password."))
    return _text(upload)


def _pdf(upload: UploadedFile) -> str:
    upload.seek(max(0, (upload.size or 0) - 2048))
    if b"%%EOF" not in upload.read():
        raise NotAcceptable(_("it is incomplete: the end of the PDF is missing."))
    upload.seek(0)
    limits = {"mebibytes": pdf_content.MEMORY, "seconds": pdf_content.SECONDS}
    try:
        sandbox.run("conference.pdf_content:check", upload.read(), {}, **limits)
    except sandbox.Refused as refused:
        raise NotAcceptable(str(_PDF_REASONS[refused.code])) from refused
    except sandbox.Exhausted as exhausted:
        raise NotAcceptable(_("it takes too long to check. Save it as a plain PDF again.")) from exhausted
    return PDF


def _text(upload: UploadedFile) -> str:
    upload.seek(0)
    try:
        text = upload.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotAcceptable(_("it is a file of another kind.")) from error
    if any(unicodedata.category(letter) == "Cc" and letter not in "\t\n\r\f" for letter in text):
        raise NotAcceptable(_("it is a file of another kind."))
    if not text.strip():
        raise NotAcceptable(_("it is empty."))
    return TEXT


def _archive(upload: UploadedFile) -> str:
    """Office files are ZIP archives. Nothing is unpacked but the one or two members that say what they are."""
    upload.seek(0)
    try:
        with zipfile.ZipFile(_binary(upload)) as archive:
            archives.check(archive, upload.size or 0, _limits())
            _check_macros(archive)
            return _opendocument(archive) or _openxml(archive)
    except archives.Unreasonable as unreasonable:
        raise NotAcceptable(str(_ARCHIVE_REASONS[unreasonable.fault])) from unreasonable
    # zipfile raises more than it documents for archives that were tampered with.
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, KeyError, EOFError, OSError) as error:
        raise NotAcceptable(_("it is damaged.")) from error


def _binary(upload: UploadedFile) -> IO[bytes]:
    return upload.file  # type: ignore[return-value]


def _limits() -> archives.Limits:
    return archives.Limits(unpacked=MOST_UNPACKED, part=MOST_UNPACKED, members=MOST_MEMBERS)


def _check_macros(archive: zipfile.ZipFile) -> None:
    for name in archive.namelist():
        parts = name.replace("\\", "/").split("/")
        # Office's macros; those of OpenDocument lie in folders of their own.
        if parts[-1].lower() in {"vbaproject.bin", "vbadata.xml"} or parts[0].lower() in {"basic", "scripts"}:
            raise NotAcceptable(_("it holds macros."))


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    """The content of a member, empty where there is none. Never reads more than a description needs."""
    if name not in archive.NameToInfo:
        return b""
    with archive.open(name) as member:
        content = member.read(READ_OF_MEMBER + 1)
    if len(content) > READ_OF_MEMBER:
        raise NotAcceptable(_("it is damaged."))
    return content


def _opendocument(archive: zipfile.ZipFile) -> str:
    """The content type that the member `mimetype` names (OpenDocument 1.3, part 2, 3.3); empty without one."""
    named = _member(archive, "mimetype").decode("ascii", "replace").strip()
    if not named:
        return ""
    if b"encryption-data" in _member(archive, "META-INF/manifest.xml"):
        raise NotAcceptable(_("it has a password."))
    if named not in {ODP, ODT}:
        raise NotAcceptable(_("it is a file of another kind."))
    if "content.xml" not in archive.NameToInfo:
        raise NotAcceptable(_("it is damaged."))
    return named


def _openxml(archive: zipfile.ZipFile) -> str:
    """The type of the main part in `[Content_Types].xml` (ECMA-376, part 2). Read by pattern: no entity can unfold."""
    listed = set(re.findall(rb"""ContentType\s*=\s*["']([^"']+)["']""", _member(archive, "[Content_Types].xml")))
    if any(b"macroenabled" in content_type.lower() for content_type in listed):
        raise NotAcceptable(_("it holds macros."))
    for content_type, folder in ((PPTX, "ppt/"), (DOCX, "word/")):
        has_parts = any(member.startswith(folder) for member in archive.NameToInfo)
        if f"{content_type}.main+xml".encode() in listed and has_parts:
            return content_type
    raise NotAcceptable(_("it is a file of another kind."))
