"""150 phones as the break begins: all reload at once, then ask for a minute: `python3 dev.py bench phones`.

Each phone is a participant with a session of their own and a meeting that begins in a few minutes, so that the page
counts the minutes. They load "My meetings" at the same instant, then ask every ten seconds whether anything changed, as
the page does, and load its living part when it has. Meanwhile one of them every second says "I'm late". Under gunicorn
with two workers, from threads of this process, on loopback alone; at most two minutes.
"""

import http.client
import json
import random
import re
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from urllib.parse import urlencode

from benchmarks._database import ROOT, fresh, server_url
from benchmarks._server import Site, running

PHONES = 150
SECONDS = 60
# As the page says near a meeting.
EVERY = 10
REQUESTS = 1_000
PAGE_REQUESTS = 60

_LIVE = re.compile(r'hx-get="(/meetings/live/[^"]+)"')
_STATE = re.compile(r"\?known=([0-9a-f]+)")
_CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_LATE = re.compile(r'action="(/my/\d+/meetings/\d+/late/)"')


def prepare() -> None:
    """Runs in a process of its own with Django set up: makes people and meetings, prints paths and cookies as JSON."""
    import django

    django.setup()
    from django.db import transaction

    # One commit: thousands would take minutes on a busy disk.
    with transaction.atomic():
        print(json.dumps(_prepared()))


def _prepared() -> dict[str, object]:
    import datetime

    from django.conf import settings
    from django.test import Client
    from django.utils import timezone

    from tests.factories import ConferenceFactory
    from tests.meetings import factories

    conference = ConferenceFactory(held_on=timezone.localdate(), target=2 * PHONES, hard_limit=2 * PHONES)
    factories.rules(conference)
    begins = timezone.now() + datetime.timedelta(minutes=4)
    near = factories.block(conference, slots=2, tables=PHONES // 2, starts_at=begins)
    later = factories.block(conference, slots=2, tables=PHONES // 2 + 1, starts_at=begins + datetime.timedelta(hours=4))
    people = [factories.guest(conference) for _phone in range(PHONES)]
    quiet = [factories.guest(conference) for _pair in range(2)]
    tables = list(conference.meeting_tables.order_by("number"))

    def meet(one, other, slot, table) -> None:
        factories.meeting(factories.request(one, other), slot=slot, table=table)

    for block in (near, later):
        for turn, slot in enumerate(block.slots.all()):
            # With the neighbour on one side, then with the one on the other.
            turned = people[turn:] + people[:turn]
            for number in range(PHONES // 2):
                meet(turned[2 * number], turned[2 * number + 1], slot, tables[number])
    meet(*quiet, later.slots.first(), tables[-1])

    def phone(participant) -> dict[str, str]:
        client = Client()
        client.force_login(participant.user, backend=settings.AUTHENTICATION_BACKENDS[0])
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        return {
            "path": f"/my/{participant.pk}/meetings/",
            "cookie": f"{settings.SESSION_COOKIE_NAME}={session}",
        }

    return {"phones": [phone(participant) for participant in people], "quiet": phone(quiet[0])}


class Figures:
    """Milliseconds by what was asked for, and whatever was not answered as it should."""

    def __init__(self) -> None:
        self.taken: dict[str, list[float]] = defaultdict(list)
        self.errors: Counter[str] = Counter()
        self._lock = threading.Lock()

    def add(self, what: str, milliseconds: float) -> None:
        with self._lock:
            self.taken[what].append(milliseconds)

    def error(self, what: str) -> None:
        with self._lock:
            self.errors[what] += 1

    def p95(self, *what: str) -> float:
        taken = sorted(value for name in what for value in self.taken[name])
        return taken[min(len(taken) - 1, int(0.95 * len(taken)))] if taken else 0.0


class Phone(threading.Thread):
    """One phone: loads its page at `start`, then asks until `end`. `says_late` is when it sends that, if ever."""

    def __init__(self, site: Site, phone: dict[str, str], figures: Figures, start: float, says_late: float) -> None:
        super().__init__(daemon=True)
        self.site, self.path, self.cookie = site, phone["path"], phone["cookie"]
        self.figures, self.start_at, self.says_late = figures, start, says_late
        self.end = start + SECONDS
        self.live = self.state = self.form = ""

    def run(self) -> None:
        time.sleep(max(0, self.start_at - time.monotonic()))
        self.load("page", self.path, 200)
        # Phones that began together do not stay together.
        due = time.monotonic() + random.uniform(0, EVERY)
        while due < self.end:
            time.sleep(max(0, due - time.monotonic()))
            due += EVERY
            if self.says_late and time.monotonic() >= self.says_late:
                self.say_late()
            self.poll()

    def poll(self) -> None:
        status, _body, _cookies = self.ask("poll", "GET", self.live, {"If-None-Match": f'"{self.state}"'})
        if status == 204:
            self.load("part", f"{self.path}?known={self.state}", 200, {"HX-Request": "true"})
        elif status != 304:
            self.figures.error(f"poll {status}")

    def load(self, what: str, path: str, expected: int, headers: dict[str, str] | None = None) -> None:
        status, body, cookies = self.ask(what, "GET", path, headers or {})
        live, state = _LIVE.search(body), _STATE.search(body)
        if status != expected or not live or not state:
            self.figures.error(f"{what} {status}")
            return
        self.live, self.state, self.form = live[1], state[1], body
        if cookies:
            self.cookie = "; ".join([self.cookie.partition("; ")[0], *cookies])

    def say_late(self) -> None:
        self.says_late = 0
        address, token = _LATE.search(self.form), _CSRF.search(self.form)
        if not address or not token:
            self.figures.error("no button to be late")
            return
        body = urlencode({"csrfmiddlewaretoken": token[1], "from": "mine"})
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        status, _body, _cookies = self.ask("late", "POST", address[1], headers, body)
        if status != 302:
            self.figures.error(f"late {status}")

    def ask(
        self, what: str, method: str, path: str, headers: dict[str, str], body: str = ""
    ) -> tuple[int, str, list[str]]:
        """Status, text and cookies of the answer; status 0 where there was none."""
        connection = http.client.HTTPConnection("127.0.0.1", self.site.port, timeout=30)
        begun = time.monotonic()
        try:
            connection.request(method, path, body, {"Host": "localhost", "Cookie": self.cookie, **headers})
            response = connection.getresponse()
            text = response.read().decode()
        except (OSError, http.client.HTTPException):
            return 0, "", []
        finally:
            connection.close()
        self.figures.add(what, 1000 * (time.monotonic() - begun))
        cookies = [value.partition(";")[0] for value in response.headers.get_all("Set-Cookie") or []]
        return response.status, text, [cookie for cookie in cookies if cookie.startswith("csrftoken=")]


def load(site: Site, phones: list[dict[str, str]]) -> Figures:
    """The minute itself."""
    figures = Figures()
    start = time.monotonic() + 2
    threads = []
    for number, phone in enumerate(phones):
        # Every third one, one after the other.
        says_late = start + 5 + number // 3 if number % 3 == 0 else 0
        threads.append(Phone(site, phone, figures, start, says_late))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS + 60)
        if thread.is_alive():
            figures.error("phone hangs")
    return figures


def main() -> None:
    with fresh(server_url()) as environment:
        prepared = subprocess.run(
            [sys.executable, "-m", "benchmarks.phones", "prepare"],
            cwd=ROOT,
            env={**environment, "DJANGO_SETTINGS_MODULE": "config.settings"},
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        made = json.loads(prepared.stdout.splitlines()[-1])
        with running(environment) as site:
            before = site.cpu_seconds()
            figures = load(site, made["phones"])
            busy = site.cpu_seconds() - before
            quiet = Phone(site, made["quiet"], figures, 0, 0)
            quiet.load("quiet", quiet.path, 200)
            signed_in = Site(site.port, site.pid, quiet.cookie)
            poll_ms = site.cpu_ms(quiet.live, requests=REQUESTS, expect=304, If_None_Match=f'"{quiet.state}"')
            page_ms = signed_in.cpu_ms(quiet.path, requests=PAGE_REQUESTS)
            part_ms = signed_in.cpu_ms(quiet.path, requests=PAGE_REQUESTS, HX_Request="true")
    for what, times in sorted(figures.errors.items()):
        print(f"error: {what}, {times} times")
    counts = " ".join(f"{what}s={len(figures.taken[what])}" for what in ("page", "poll", "part"))
    database = "postgresql" if server_url() else "sqlite"
    print(
        f"phones phones={PHONES} seconds={SECONDS} {counts} lates={len(figures.taken['late'])} "
        f"p95_ms={figures.p95('poll', 'part', 'page', 'late'):.0f} poll_p95_ms={figures.p95('poll'):.0f} "
        f"part_p95_ms={figures.p95('part'):.0f} page_p95_ms={figures.p95('page'):.0f} "
        f"errors={figures.errors.total()} poll_cpu_ms={poll_ms:.2f} part_cpu_ms={part_ms:.1f} "
        f"page_cpu_ms={page_ms:.1f} busy_cpu_s={busy:.1f} database={database}"
    )


if __name__ == "__main__":
    prepare() if sys.argv[1:] == ["prepare"] else main()
