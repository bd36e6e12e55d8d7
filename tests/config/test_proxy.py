"""The site behind the proxy of production, against senders that send a byte a second."""

import contextlib
import http.client
import os
import shutil
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import ROOT, environment, running, wait_until

SENDERS = 40
# Of the site that is tested: fewer than there are senders, and the seconds after which headers and bodies are ended.
THREADS, PATIENCE = 2, 25

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        shutil.which("caddy") is None and not os.environ.get("CI"),
        reason="caddy is not installed (apt-get install caddy): the proxy of production cannot be tried",
    ),
]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[int]:
    """The port of a Caddy with the project's own Caddyfile, in front of a gunicorn of two threads."""
    port, site = free_port(), free_port()
    # DEBUG: style sheets need not be collected.
    env = environment(
        tmp_path,
        HTTPS="0",
        DEBUG="1",
        SITE_URL=f"http://127.0.0.1:{port}",
        WEB_BIND=f"127.0.0.1:{site}",
        WEB_THREADS=str(THREADS),
    )
    gunicorn = [sys.executable, "-m", "gunicorn", "--config", "python:config.gunicorn", "config.wsgi:application"]
    log = tmp_path / "log"
    with running(gunicorn, env, log=log), running(CADDY, {**env, **settings(tmp_path, site)}, log=log):
        wait_until(lambda: answers(port), what=f"gunicorn and caddy answer, see {log.read_text()[-2000:]}")
        yield port


CADDY = ["caddy", "run", "--config", str(ROOT / "Caddyfile"), "--adapter", "caddyfile"]


def settings(folder: Path, site: int) -> dict[str, str]:
    """What the Caddyfile reads. Debian 12 has a version before 2.7, whose words for buffering were others."""
    return {
        "PROXY_ADMIN": "off",
        "PROXY_UPSTREAM": f"127.0.0.1 {site}",
        "PROXY_READ_HEADER": f"{PATIENCE}s",
        "PROXY_READ_BODY": f"{PATIENCE}s",
        "XDG_CONFIG_HOME": str(folder),
        "XDG_DATA_HOME": str(folder),
        "PROXY_REQUEST_BUFFERS": "buffer_requests\nmax_buffer_size 56MB",
        "PROXY_RESPONSE_BUFFERS": "buffer_responses",
    }


def answers(port: int, *, seconds: float = 30) -> bool:
    """Whether an ordinary request is answered."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


class SlowSender(threading.Thread):
    """Sends `start` at once, then a byte a second until the other side ends the connection or `most` are sent.

    It has `started` after three bytes: by then its request had the time to reach a thread of the site.
    """

    def __init__(self, port: int, start: bytes, *, most: int = 40) -> None:
        super().__init__(daemon=True)
        self.started, self.was_ended = threading.Event(), False
        self._port, self._start, self._most, self._stop_asked = port, start, most, threading.Event()

    def run(self) -> None:
        with socket.create_connection(("127.0.0.1", self._port), timeout=1) as connection:
            connection.sendall(self._start)
            for number in range(self._most):
                if self._stop_asked.is_set():
                    return
                try:
                    connection.sendall(b"x")
                    if number == 2:
                        self.started.set()
                    # An answer may come first; nothing more to read is the end.
                    while connection.recv(4096):
                        pass
                    self.was_ended = True
                    return
                except TimeoutError:
                    # Nothing to read for a second: the next byte is due.
                    continue
                except OSError:
                    self.was_ended = True
                    return

    def stop(self) -> None:
        self._stop_asked.set()


@contextlib.contextmanager
def slow_senders(port: int, start: bytes) -> Iterator[list[SlowSender]]:
    senders = [SlowSender(port, start) for _number in range(SENDERS)]
    for sender in senders:
        sender.start()
    try:
        assert all(sender.started.wait(30) for sender in senders)
        yield senders
    finally:
        for sender in senders:
            sender.stop()
        for sender in senders:
            sender.join(10)


def head(port: int, length: int) -> bytes:
    return (
        f"POST /accounts/login/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n"
    ).encode()


STARTS = {
    "headers": lambda port: f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-Slow: ".encode(),
    "bodies": lambda port: head(port, 1000) + b"login=",
}


@pytest.mark.parametrize("what", STARTS)
def test_forty_slow_senders_do_not_stop_the_site(proxy: int, what: str) -> None:
    with slow_senders(proxy, STARTS[what](proxy)) as senders:
        is_answered = answers(proxy)
        held = sum(not sender.was_ended for sender in senders)

        wait_until(lambda: all(sender.was_ended for sender in senders), what="slow senders are ended", seconds=40)
    # It was answered while all of them were still there, and not because they were ended.
    assert (is_answered, held) == (True, SENDERS)


def sent(port: int, *, length: int) -> bytes:
    """The answer to a form of 26 bytes that is said to have `length`."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(head(port, length) + b"login=someone@city.example")
        if length > 26:
            connection.shutdown(socket.SHUT_WR)
        answer = b""
        with contextlib.suppress(OSError):
            while more := connection.recv(4096):
                answer += more
    return answer


def test_a_request_that_breaks_off_is_not_answered_as_if_it_were_whole(proxy: int) -> None:
    # Every page of the site has this header, the refusal of a form without its token as well.
    assert b"X-Frame-Options: DENY" in sent(proxy, length=26)
    assert b"X-Frame-Options" not in sent(proxy, length=1000)


@pytest.mark.parametrize(("path", "size"), [("/accounts/login/", 7), ("/speaker/x/documents/", 56)])
def test_more_than_an_address_takes_is_refused(proxy: int, path: str, size: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", proxy, timeout=30)
    with contextlib.closing(connection), contextlib.suppress(BrokenPipeError, ConnectionResetError):
        connection.request("POST", path, body=b"x" * size * 1_000_000)

        assert connection.getresponse().status in {400, 403, 413, 502}


def test_an_error_is_logged_without_the_secrets_of_its_request(tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log"
    env = environment(tmp_path, SITE_URL=f"http://127.0.0.1:{port}", **settings(tmp_path, free_port()))
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    with contextlib.closing(connection), running(CADDY, env, log=log):
        wait_until(lambda: connects(port), what="caddy listens")
        # Nobody listens behind the proxy.
        connection.request("GET", "/invitation/secret-token/?q=secret-word", headers={"Cookie": "sessionid=secret-key"})
        status = connection.getresponse().status
        wait_until(lambda: '"status":502' in log.read_text(), what="caddy writes the error down")

    assert status == 502
    assert "secret-" not in log.read_text()


def connects(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True
