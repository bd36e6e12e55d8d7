"""What all uploads share: bounded on their way in, named harmlessly, and pictures drawn anew.

What a file is, is read from its content, never from its name or the browser's word.
"""

import logging
import re
import unicodedata
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.utils.translation import gettext as _

from conference import scanner

logger = logging.getLogger(__name__)

MEBIBYTE = 1024 * 1024
# Of a picture: what a good camera makes, and what a small server can decode.
MOST_PIXELS = 50_000_000
# Characters of a name as it arrives: what Django would cut to that length unsaid.
LONGEST_NAME = 255


class NotAcceptable(Exception):
    """The file is not kept; the reason is a clause: “it is empty.”"""


class NotCheckedNow(NotAcceptable):
    """Nothing is wrong with the file as far as anybody knows: sending it again later may succeed."""


class BoundedUploadHandler(TemporaryFileUploadHandler):
    """Uploads go to temporary files, and of too large ones no more than shows that they are.

    The reported size is the true one, so that checks refuse by it; nobody fills the disk meanwhile.
    """

    def new_file(self, field_name: str, file_name: str, *args: Any, **kwargs: Any) -> None:
        super().new_file(field_name, file_name, *args, **kwargs)
        self.file.has_long_name = len(file_name) > LONGEST_NAME

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        if start <= max(settings.UPLOAD_LIMITS.values()):
            self.file.write(raw_data)
        return None


def admit(upload: UploadedFile, limit: int) -> None:
    """The door that every upload comes through before anything else looks at it.

    Raises NotAcceptable for an empty file, for one of more than `limit` bytes, for a name that is too long, and for
    what the virus scanner finds; NotCheckedNow where a scanner is configured and gives no verdict.
    """
    check_size(upload, limit)
    if getattr(upload, "has_long_name", False):
        raise NotAcceptable(
            _("its name has more than %(limit)d characters. Rename it and send it again.") % {"limit": LONGEST_NAME}
        )
    if settings.CLAMD_URL:
        _scan(upload)


def _scan(upload: UploadedFile) -> None:
    try:
        found = scanner.finding(settings.CLAMD_URL, upload)  # type: ignore[arg-type]
    except scanner.ScannerUnavailable as unavailable:
        raise NotCheckedNow(
            _("it cannot be checked for viruses at the moment. Send it again in a few minutes.")
        ) from unavailable
    if found:
        logger.warning("The virus scanner found %s in an upload, which was refused.", found)
        raise NotAcceptable(_("the virus scanner found something harmful in it (%(name)s).") % {"name": found})


def refusal(name: str, reason: NotAcceptable, accepted: str) -> str:
    """The sentence for the sender. `accepted` says what would be kept instead: “a PDF of at most 10 MB”."""
    words = {"name": name or _("The file"), "reason": reason, "accepted": accepted}
    if isinstance(reason, NotCheckedNow):
        return _("“%(name)s” was not kept: %(reason)s") % words
    return _("“%(name)s” was not kept: %(reason)s Please send %(accepted)s.") % words


def check_size(upload: UploadedFile, limit: int) -> None:
    """Raises NotAcceptable for an empty file and for one of more than `limit` bytes."""
    size = upload.size or 0
    if not size:
        raise NotAcceptable(_("it is empty."))
    if size > limit:
        raise NotAcceptable(_("it has %(megabytes)d MB.") % {"megabytes": -(-size // MEBIBYTE)})


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


def redrawn_picture(upload: UploadedFile, *, edge: int) -> "ContentFile[bytes]":
    """A JPEG, PNG or WebP picture at most `edge` pixels wide and high, upright, as a JPEG without any hidden data.

    Raises NotAcceptable for everything else, such as SVG, which can carry scripts.
    """
    from PIL import Image, ImageFile

    upload.seek(0)
    # WeasyPrint switches this on for the whole process, and half a picture would pass once a PDF was made.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        picture = Image.open(upload.file, formats=["JPEG", "PNG", "WEBP"])  # type: ignore[arg-type]
        if picture.width * picture.height > MOST_PIXELS:
            raise NotAcceptable(
                _("it has %(pixels)d million pixels.") % {"pixels": picture.width * picture.height // 1_000_000}
            )
        return ContentFile(_redrawn(picture, edge))
    except NotAcceptable:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise NotAcceptable(_("it has far too many pixels.")) from error
    # Pillow's decoders raise whatever a broken file leads them to; to the sender it is one thing.
    except Exception as error:
        raise NotAcceptable(_("it is no picture that can be read.")) from error


def _redrawn(picture: Any, edge: int) -> bytes:
    from PIL import Image, ImageOps

    # Made small before all else: of a JPEG, Pillow then decodes only as much as is needed.
    picture.thumbnail((edge, edge))
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
