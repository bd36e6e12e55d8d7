"""The door that every upload comes through: size, name, and the virus scanner beside the site."""

import socketserver
import struct
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from conference import uploads
from conference.models import Conference
from conference.uploads import NotAcceptable, NotCheckedNow, admit

# The harmless file by which scanners are tried, in two pieces so that none of them takes this one for it.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!$H+H*"
LIMIT = 1024 * 1024


class Clamd(socketserver.BaseRequestHandler):
    """Speaks clamd's protocol as far as INSTREAM goes, and knows one virus."""

    def handle(self) -> None:
        assert self._read(10) == b"zINSTREAM\0"
        content = b""
        while length := struct.unpack("!I", self._read(4))[0]:
            content += self._read(length)
        self.server.seen.append(content)  # type: ignore[attr-defined]
        words = b"stream: OK" if EICAR not in content else b"stream: Win.Test.EICAR_HDB-1 FOUND"
        self.request.sendall(getattr(self.server, "answer", words) + b"\0")

    def _read(self, length: int) -> bytes:
        content = b""
        while len(content) < length:
            more = self.request.recv(length - len(content))
            assert more
            content += more
        return content


@pytest.fixture(params=["tcp", "unix"])
def clamd(request: Any, tmp_path: Path, settings: Any) -> Iterator[Any]:
    """A scanner, and the site set up to ask it."""
    if request.param == "tcp":
        server: Any = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Clamd)
        settings.CLAMD_URL = f"tcp://127.0.0.1:{server.server_address[1]}"
    else:
        server = socketserver.ThreadingUnixStreamServer(str(tmp_path / "clamd"), Clamd)
        settings.CLAMD_URL = f"unix://{tmp_path / 'clamd'}"
    server.seen = []
    with server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server
        server.shutdown()
        thread.join(10)


def upload(content: bytes, name: str = "talk.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_what_the_scanner_finds_nothing_in_is_admitted_and_can_still_be_read(clamd: Any) -> None:
    file = upload(b"pages" * 50_000)

    admit(file, LIMIT)

    assert (clamd.seen, file.read()) == ([b"pages" * 50_000], b"pages" * 50_000)


def test_what_the_scanner_finds_is_refused_by_its_name(clamd: Any) -> None:
    with pytest.raises(NotAcceptable, match=r"found something harmful in it \(Win\.Test\.EICAR_HDB-1\)"):
        admit(upload(EICAR), LIMIT)


@pytest.mark.parametrize("answer", [b"INSTREAM size limit exceeded. ERROR", b"", b"UNKNOWN COMMAND"])
def test_without_a_verdict_nothing_is_admitted(clamd: Any, answer: bytes) -> None:
    clamd.answer = answer

    with pytest.raises(NotCheckedNow, match="it cannot be checked for viruses at the moment"):
        admit(upload(b"pages"), LIMIT)


@pytest.mark.parametrize("url", ["tcp://127.0.0.1:1", "unix:///nowhere/clamd", "http://127.0.0.1", "127.0.0.1:3310"])
def test_without_a_scanner_that_was_configured_nothing_is_admitted(settings: Any, caplog: Any, url: str) -> None:
    settings.CLAMD_URL = url

    with pytest.raises(NotCheckedNow):
        admit(upload(b"pages"), LIMIT)

    assert "The virus scanner" in caplog.text


def test_the_sentence_for_the_sender() -> None:
    assert uploads.refusal("a.pdf", NotAcceptable("it is empty."), "a PDF") == (
        "“a.pdf” was not kept: it is empty. Please send a PDF."
    )
    assert uploads.refusal("", NotCheckedNow("try later."), "a PDF") == "“The file” was not kept: try later."


# All pages that take files ----------------------------------------------------------------------


@pytest.fixture
def pages(organiser_client: Client, conference: Conference) -> dict[str, Any]:
    """Each page that takes a file: whose client, where, in which field, and what else it needs."""
    from tests.factories import AppearanceFactory, SpeakerFactory

    speaker = SpeakerFactory(conference=conference)
    AppearanceFactory(speaker=speaker, session__conference=conference)
    return {
        "guest list": (reverse("admin:registrations_guestlist_import"), "file", {"conference": conference.pk}),
        "programme": (reverse("admin:agenda_import_upload"), "file", {"conference": conference.pk}),
    }


@pytest.mark.parametrize("page", ["guest list", "programme"])
def test_organisers_are_told_at_the_field_what_the_scanner_found(
    organiser_client: Client, clamd: Any, pages: dict[str, Any], page: str
) -> None:
    address, field, data = pages[page]

    response = organiser_client.post(address, {**data, field: upload(EICAR)})

    assert "something harmful" in " ".join(response.context["form"].errors[field])


def test_a_picture_of_a_stand_passes_the_scanner_too(settings: Any) -> None:
    """The form asks the same door; its own tests show the rest."""
    import inspect

    from agenda import uploads as documents
    from marketplace import forms

    assert "uploads.admit(" in inspect.getsource(forms)
    assert "admit(" in inspect.getsource(documents.check)


# Names --------------------------------------------------------------------------------------------

NAMES = {
    "300 letters": ("a" * 300 + ".xlsx", 422, "its name has more than 255 characters"),
    "3,000 letters": ("a" * 3000 + ".xlsx", 400, "The name of a file that you sent is too long"),
    "300 letters of another script": ("ё" * 300 + ".xlsx", 422, "its name has more than 255 characters"),
    "a path": ("../../etc/list.xlsx", 422, "not a workbook|headings|neither"),
    "a path of Windows": ("C:\\temp\\..\\list.xlsx", 422, "not a workbook|headings|neither"),
    "NUL": ("list\0.xlsx", 422, "not a workbook|headings|neither"),
    "nothing": ("", 422, "Choose a file"),
    "quotation marks": ('a";filename="b.xlsx', 422, "not a workbook|headings|neither"),
}


def multipart(fields: dict[str, Any], field: str, name: str, content: bytes) -> tuple[bytes, str]:
    """A form as a hostile client writes it: Django's own would clean the name."""
    boundary = "----boundary"
    parts = [f'Content-Disposition: form-data; name="{key}"\r\n\r\n{value}' for key, value in fields.items()]
    lines = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts)
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n'
    body = lines.encode() + head.encode() + b"Content-Type: text/plain\r\n\r\n" + content
    return body + f"\r\n--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


@pytest.mark.parametrize("page", ["guest list", "programme"])
@pytest.mark.parametrize(("name", "status", "words"), NAMES.values(), ids=NAMES)
def test_odd_names_of_files_get_a_clear_answer(
    organiser_client: Client, pages: dict[str, Any], page: str, name: str, status: int, words: str
) -> None:
    address, field, data = pages[page]
    body, content_type = multipart(data, field, name, b"rubbish")

    response = organiser_client.post(address, body, content_type=content_type)

    assert response.status_code == status
    if status == 422:
        assert any(word in str(response.context["form"].errors) for word in words.split("|"))
    else:
        assert words in response.content.decode()


def test_more_fields_than_a_form_has_are_refused_with_our_page(organiser_client: Client) -> None:
    address = reverse("admin:registrations_guestlist_import")

    response = organiser_client.post(address, {f"field{number}": "x" for number in range(5001)})

    assert response.status_code == 400
    assert "more fields than a form of this site has" in response.content.decode()
