"""What a PDF holds besides pages: scripts, programs to start, and other files.

All objects of the file are looked at, those of earlier versions and those packed into streams included, whether or not
the table of contents leads to them: readers differ in what they find. Meant for the child process, see `sandbox`;
needs no Django. Names are those of ISO 32000-2.
"""

import io
import re
from collections.abc import Iterator
from typing import Any

from conference import sandbox

MEMORY = 1024  # MiB of the child process
# Of its processor time: a thread of the site waits for it, and a long talk full of pictures takes one or two.
SECONDS = 15
# Codes of sandbox.Refused.
SCRIPTS, FILES, ENCRYPTED, DAMAGED = "scripts", "files", "encrypted", "damaged"
MOST_OBJECTS = 300_000

_OBJECT = re.compile(rb"(?<![0-9])[0-9]{1,10}[\x00\t\n\x0c\r ]+[0-9]{1,5}[\x00\t\n\x0c\r ]+obj")
_TRAILER = re.compile(rb"trailer(?=[\x00\t\n\x0c\r %<])")
_BLANKS = re.compile(rb"(?:[\x00\t\n\x0c\r ]|%[^\r\n]*)*")
_BAD_ACTIONS = {"/JavaScript", "/Launch", "/ImportData", "/GoToE"}
# What may happen without a click: going to a page, and a viewer's own commands such as the next page.
_HARMLESS_ACTIONS = {"/GoTo", "/Named"}
_FILE_KEYS = {"/EmbeddedFiles", "/EF", "/RichMediaContent", "/RichMediaSettings"}
_FILE_TYPES = {"/EmbeddedFile", "/FileAttachment", "/RichMedia"}


def check(content: bytes) -> int:
    """How many objects the PDF has. Raises sandbox.Refused for a PDF with anything but pages, or that is damaged."""
    import logging

    from pypdf import PdfReader

    # It warns of everything that it repairs.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(io.BytesIO(content), strict=False)
        if reader.is_encrypted:
            raise sandbox.Refused(ENCRYPTED)
        if not reader.pages:
            raise sandbox.Refused(DAMAGED)
        number = 0
        for number, one in enumerate(_objects(content, reader), 1):
            if number > MOST_OBJECTS:
                raise sandbox.Refused(DAMAGED)
            _look_at(one, reader)
        return number
    except (sandbox.Refused, MemoryError):
        raise
    # Whatever a broken file leads the library to, recursion without end included, is one thing to the sender.
    except Exception as error:
        raise sandbox.Refused(DAMAGED) from error


def _objects(content: bytes, reader: Any) -> Iterator[Any]:
    """Every object between `obj` and `endobj`, every trailer, and what is packed into streams of objects.

    What the table of contents leads to must be readable. What merely looks like an object, such as letters of a text
    or a picture, may be none.
    """
    from pypdf.generic import StreamObject

    listed = _listed(content, reader)
    stream = io.BytesIO(content)
    end_of_stream = 0
    for match in sorted([*_TRAILER.finditer(content), *_OBJECT.finditer(content)], key=lambda match: match.start()):
        is_listed = match.start() in listed
        if match.start() < end_of_stream and not is_listed:
            continue
        try:
            one = _object_at(match.end(), content, stream, reader)
        except MemoryError:
            raise
        except Exception:
            if is_listed:
                raise
            continue
        yield one
        if isinstance(one, StreamObject):
            end_of_stream = stream.tell()
            if one.get("/Type") == "/ObjStm":
                yield from _packed(one, reader)


def _listed(content: bytes, reader: Any) -> set[int]:
    """Where the table of contents says that objects begin. Raises ValueError where none does."""
    starts = set()
    for offsets in reader.xref.values():
        for offset in offsets.values():
            blanks = _BLANKS.match(content, offset)
            start = blanks.end() if blanks else offset
            if not _OBJECT.match(content, start):
                raise ValueError("The table of contents leads to what is no object.")
            starts.add(start)
    return starts


def _packed(holder: Any, reader: Any) -> Iterator[Any]:
    data = holder.get_data()
    first, number = int(holder["/First"]), int(holder["/N"])
    stream = io.BytesIO(data)
    for offset in data[:first].split()[1 : 2 * number : 2]:
        yield _object_at(first + int(offset), data, stream, reader)


def _object_at(offset: int, content: bytes, stream: io.BytesIO, reader: Any) -> Any:
    from pypdf.generic import read_object

    blanks = _BLANKS.match(content, offset)
    stream.seek(blanks.end() if blanks else offset)
    return read_object(stream, reader)


def _look_at(value: Any, reader: Any) -> None:
    """Raises sandbox.Refused for what must not be there, in this object and in those inside of it."""
    if isinstance(value, list):
        for inner in value:
            _look_at(inner, reader)
    if not isinstance(value, dict):
        return
    # Reading the raw value: an indirect one is an object of its own, which is looked at in its turn.
    raw = {str(key): value.raw_get(key) for key in value}
    kind = raw.get("/S")
    if "/Encrypt" in raw:
        raise sandbox.Refused(ENCRYPTED)
    if kind in _BAD_ACTIONS or ("/JS" in raw and "/S" in raw) or "/JavaScript" in raw or "/XFA" in raw:
        raise sandbox.Refused(SCRIPTS)
    if _FILE_KEYS & raw.keys() or raw.get("/Type") in _FILE_TYPES or raw.get("/Subtype") in _FILE_TYPES:
        raise sandbox.Refused(FILES)
    if "/OpenAction" in raw:
        _check_automatic(raw["/OpenAction"])
    if "/AA" in raw and isinstance(triggers := raw["/AA"].get_object(), dict):
        for action in triggers.values():
            _check_automatic(action)
    for inner in raw.values():
        _look_at(inner, reader)


def _check_automatic(action: Any) -> None:
    action = action.get_object()
    if isinstance(action, dict) and action.get("/S") not in _HARMLESS_ACTIONS:
        raise sandbox.Refused(SCRIPTS)
