"""A virus scanner beside the site: clamd, asked over its own protocol (clamd(8), command INSTREAM).

The protocol is a few lines; of the libraries for it, none needs less code than it saves.
"""

import contextlib
import logging
import re
import socket
import struct
from collections.abc import Iterator
from typing import IO
from urllib.parse import urlsplit

logger = logging.getLogger(__name__)

_CONNECT_SECONDS, _ANSWER_SECONDS = 5, 60
_CHUNK = 64 * 1024
_LONGEST_ANSWER = 4096


class ScannerUnavailable(Exception):
    """The scanner gave no verdict: it cannot be reached, or it could not look at the file."""


def finding(url: str, file: IO[bytes]) -> str:
    """The name of what clamd at `url` finds in the file, empty for nothing.

    `url` is tcp://host:port or unix:///path. Raises ScannerUnavailable, with the reason in the log.
    """
    try:
        answer = _ask(url, file)
    except (OSError, ValueError) as error:
        logger.error("The virus scanner at %s cannot be asked: %s", url, error)
        raise ScannerUnavailable from error
    if answer == "stream: OK":
        return ""
    if found := re.fullmatch(r"stream: (.+) FOUND", answer):
        # The scanner's word, which goes into a sentence.
        return re.sub(r"[^\w.\-]", "", found[1])[:80] or "?"
    # Such as “INSTREAM size limit exceeded. ERROR”: StreamMaxLength of clamd is below the site's own limit.
    logger.error("The virus scanner at %s gave no verdict: %r", url, answer)
    raise ScannerUnavailable


def _ask(url: str, file: IO[bytes]) -> str:
    with _connected(url) as connection:
        connection.settimeout(_ANSWER_SECONDS)
        # A scanner that has seen enough answers and closes while the rest is still being sent.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(b"zINSTREAM\0")
            file.seek(0)
            while chunk := file.read(_CHUNK):
                connection.sendall(struct.pack("!I", len(chunk)) + chunk)
            connection.sendall(struct.pack("!I", 0))
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < _LONGEST_ANSWER:
            more = connection.recv(1024)
            if not more:
                break
            answer += more
    file.seek(0)
    return answer.rstrip(b"\0\n").decode(errors="replace")


@contextlib.contextmanager
def _connected(url: str) -> Iterator[socket.socket]:
    parts = urlsplit(url)
    if parts.scheme == "unix":
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(_CONNECT_SECONDS)
        with connection:
            connection.connect(parts.path)
            yield connection
    elif parts.scheme == "tcp" and parts.hostname:
        with socket.create_connection((parts.hostname, parts.port or 3310), timeout=_CONNECT_SECONDS) as connection:
            yield connection
    else:
        raise ValueError("CLAMD_URL is neither tcp://host:port nor unix:///path.")
