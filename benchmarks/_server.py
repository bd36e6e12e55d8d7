"""A site under gunicorn with two workers, and what its processes cost per request."""

import contextlib
import http.client
import itertools
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from benchmarks._database import ROOT

WORKERS = 2
START_SECONDS = 60


@dataclass(frozen=True)
class Site:
    """A running site. `cookie` is sent with each request."""

    port: int
    pid: int
    cookie: str = ""

    def get(self, path: str, **headers: str) -> http.client.HTTPResponse:
        """`headers` with underscores instead of hyphens. The answer's body has been read and is gone."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET", path, headers={"Host": "localhost", "Cookie": self.cookie, **sent})
        response = connection.getresponse()
        response.read()
        connection.close()
        return response

    def cpu_seconds(self) -> float:
        """User and system time of the server and its workers so far."""
        ticks = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                # The command's name, in brackets, may hold spaces.
                fields = stat.read_text().rpartition(")")[2].split()
                if self.pid in (int(stat.parent.name), int(fields[1])):
                    ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def cpu_ms(self, *paths: str, requests: int, expect: int = 200, **headers: str) -> float:
        """CPU milliseconds of one request, as the mean over many that ask for these paths in turn.

        All workers have answered before. Raises SystemExit on another answer than expected.
        """
        asked = itertools.cycle(paths)
        # Several at a time: one after the other, the same worker might take them all.
        with ThreadPoolExecutor(WORKERS) as visitors:
            warm_up = [next(asked) for _request in range(4 * WORKERS)]
            list(visitors.map(lambda path: self._expect(expect, path, headers), warm_up))
        before = self.cpu_seconds()
        for _request in range(requests):
            self._expect(expect, next(asked), headers)
        return 1000 * (self.cpu_seconds() - before) / requests

    def _expect(self, expected: int, path: str, headers: dict[str, str]) -> None:
        status = self.get(path, **headers).status
        if status != expected:
            raise SystemExit(f"{path} answered {status}")


@contextlib.contextmanager
def running(environment: dict[str, str]) -> Iterator[Site]:
    """A production-like site (DEBUG off) on a free port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {
        **environment,
        "DEBUG": "0",
        "HTTPS": "0",
        "ALLOWED_HOSTS": "localhost",
        "STAFF_SECOND_FACTOR_REQUIRED": "0",
        "STATIC_ROOT": f"{environment['DATA_DIR']}/static",
    }
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"], cwd=ROOT, env=settings, check=True
    )
    server = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "gunicorn",
            "config.wsgi",
            f"--bind=127.0.0.1:{port}",
            f"--workers={WORKERS}",
            "--log-level=error",
        ],
        cwd=ROOT,
        env=settings,
    )
    try:
        site = Site(port, server.pid)
        _wait_for(site)
        yield site
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=30)


def _wait_for(site: Site) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            if site.get("/healthz").status == 200:
                return
        time.sleep(0.1)
    raise SystemExit("The server did not start.")
