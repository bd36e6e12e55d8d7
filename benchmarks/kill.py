"""Mails that are lost or doubled when workers are killed: `python3 dev.py bench kill`.

20 waves of 220 invitations are sent to a mail server of ours that counts; in the middle of each the worker is killed
with all its processes (SIGKILL), and another one takes over. On SQLite with the job queue on files, and then on
PostgreSQL and Redis where TEST_DATABASE_URL and TEST_REDIS_URL are set. `--kills` and `--mails` set other numbers.

A mail whose worker was killed between the first byte and the mark is uncertain: an organiser decides, so that it counts
neither as lost nor as doubled. What a killed worker had taken waits for the end of its lease, here LEASE_SECONDS.
"""

import argparse
import contextlib
import functools
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import redis

from benchmarks._database import ROOT, fresh, manage, server_url
from benchmarks._sink import Sink

LEASE_SECONDS = 5
# Far more than it takes; a bound, so that a broken run ends.
PATIENCE_SECONDS = 120
SETTLED = {"sent", "uncertain"}
FILES, REDIS = ["-P", "threads", "-c", "4"], ["--concurrency", "2"]


# In a process with Django set up ------------------------------------------------------------------


def prepare(waves: int, mails: int) -> None:
    """So many waves, selected and not sent; the addresses of wave 3 begin with `w3-`."""
    from conference.models import City, Conference, MemberState
    from registrations.models import Category, Delegation, Wave
    from registrations.services import waves as services

    conference = Conference.objects.get()
    state = MemberState.objects.get(code="FR")
    for number in range(1, waves + 1):
        cities = City.objects.bulk_create(
            City(name=f"City {number}-{city}", member_state=state) for city in range(1, mails + 1)
        )
        delegations = Delegation.objects.bulk_create(
            Delegation(
                conference=conference,
                category=Category.CITY,
                city=city,
                member_state=state,
                name=city.name,
                seats=1,
                email=f"w{number}-{city.pk}@city.example",
                salutation="Dear Mayor,",
            )
            for city in cities
        )
        wave = Wave.objects.create(conference=conference, name=f"Wave {number}", reply_by=conference.today)
        services.add_to_wave(wave, delegations, by=None)


def start(number: int) -> None:
    """What the organiser's click does."""
    from registrations.models import Wave
    from registrations.services import waves

    waves.start_wave(Wave.objects.get(name=f"Wave {number}"), by=None)


def nudge() -> None:
    """What beat does each minute."""
    from mailings.tasks import sweep
    from registrations.tasks import continue_waves

    sweep.delay()
    continue_waves.delay()


def mails() -> list[tuple[str, str]]:
    """Address and status of each."""
    from mailings.models import Mail

    return [(to[0], status) for to, status in Mail.objects.order_by("pk").values_list("to", "status")]


def assist() -> None:
    """Does what is asked for by lines of JSON, `[name, argument, …]`, and answers each by a line."""
    import django

    django.setup()
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        answer = {"prepare": prepare, "start": start, "nudge": nudge, "mails": mails}[name](*arguments)
        print(json.dumps(answer), flush=True)


# In the measuring process -------------------------------------------------------------------------


class Assistant:
    """A process with Django set up, as the web server's."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.kill", "assist"],
            cwd=ROOT,
            env={**environment, "DJANGO_SETTINGS_MODULE": "config.settings"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __call__(self, name: str, *arguments: object) -> Any:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps([name, *arguments]) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


class Worker:
    """A Celery worker in a group of its own."""

    def __init__(self, environment: dict[str, str], options: list[str], number: int) -> None:
        self.log = Path(environment["DATA_DIR"]) / f"worker{number}.log"
        command = [sys.executable, "-m", "celery", "-A", "config", "worker", *options, "-n", f"bench{number}@here"]
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [*command, "--without-gossip", "--without-mingle", "--loglevel", "INFO"],
                cwd=ROOT,
                env={**environment, "LOG_LEVEL": "INFO"},
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def is_ready(self) -> bool:
        if self.process.poll() is not None:
            raise SystemExit(f"A worker ended unexpectedly:\n{self.log.read_text()}")
        return b" ready." in self.log.read_bytes()

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def wait(condition: Callable[[], bool], *, what: str, meanwhile: Callable[[], object] = lambda: None) -> None:
    """Wait until the condition holds. `meanwhile` is done every second. Raises SystemExit when patience ends."""
    deadline, next_second = time.monotonic() + PATIENCE_SECONDS, 0.0
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"Waited {PATIENCE_SECONDS} seconds in vain: {what}.")
        if time.monotonic() > next_second:
            meanwhile()
            next_second = time.monotonic() + 1
        time.sleep(0.005)


@contextlib.contextmanager
def site(server: str, queue: str, sink: Sink) -> Iterator[tuple[dict[str, str], Assistant]]:
    with fresh(server) as environment:
        environment |= {
            "EMAIL_URL": f"smtp://127.0.0.1:{sink.port}",
            "SITE_URL": "https://conference.example",
            "REDIS_URL": queue,
            "MAIL_LEASE_SECONDS": str(LEASE_SECONDS),
        }
        manage(environment, "load_concept_note", "-v0")
        assistant = Assistant(environment)
        try:
            yield environment, assistant
        finally:
            assistant.process.kill()
            assistant.process.wait()


def measure(server: str, queue: str, *, kills: int, mails: int) -> bool:
    """Whether no mail was lost or doubled. Prints the line of this database."""
    sink, chance = Sink(), random.Random(13)
    options = REDIS if queue else FILES
    with site(server, queue, sink) as (environment, ask):
        ask("prepare", kills, mails)
        worker = Worker(environment, options, 0)

        def go_on() -> None:
            if worker.is_ready():
                ask("nudge")

        try:
            for number in range(1, kills + 1):
                wait(worker.is_ready, what="a worker starts")
                ask("start", number)
                # Every fourth one while the invitations are still being drawn up, the others once some mails are out.
                if number % 4 == 0:
                    time.sleep(chance.uniform(0, 0.5))
                else:
                    some, prefix = chance.randint(1, mails * 9 // 10), f"w{number}-"
                    arrived = functools.partial(sink.has, some, prefix)
                    wait(arrived, what=f"{some} mails of wave {number}", meanwhile=go_on)
                worker.kill()
                worker = Worker(environment, options, number)
            deadline = time.monotonic() + PATIENCE_SECONDS
            while not _all_settled(ask("mails"), kills * mails):
                if time.monotonic() > deadline:
                    raise SystemExit("Some mails were never settled.")
                go_on()
                time.sleep(1)
        except SystemExit:
            # What a reader of a failed run needs to know.
            print(Counter(status for _address, status in ask("mails")), worker.log.read_text()[-4000:], sep="\n")
            raise
        finally:
            worker.kill()
        found = ask("mails")
    # What is marked as sent has arrived; of an uncertain one nobody can know, so an organiser decides.
    arrived = [status == "uncertain" or (status == "sent" and sink.received[address] > 0) for address, status in found]
    lost, duplicates = kills * mails - sum(arrived), sink.received.total() - len(sink.received)
    uncertain = sum(1 for _address, status in found if status == "uncertain")
    backends = f"{'postgresql' if server else 'sqlite'}+{'redis' if queue else 'files'}"
    result = f"kill lost={lost} duplicates={duplicates} uncertain={uncertain}"
    print(f"{result} kills={kills} mails={len(found)} on={backends}", flush=True)
    return lost == duplicates == 0


def _all_settled(mails: list[tuple[str, str]], expected: int) -> bool:
    return len(mails) == expected and all(status in {*SETTLED, "failed"} for _address, status in mails)


def main() -> None:
    parser = argparse.ArgumentParser(prog="dev.py bench kill", description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--mails", type=int, default=220, help="in each wave")
    options = parser.parse_args()
    databases = [("", "")]
    if server_url():
        # A Redis database beside those of the tests and of other measurements.
        queue = urlunsplit(urlsplit(os.environ.get("TEST_REDIS_URL", ""))._replace(path="/11"))
        with redis.Redis.from_url(queue) as broker:
            broker.flushdb()
        databases.append((server_url(), queue))
    well = [measure(*database, kills=options.kills, mails=options.mails) for database in databases]
    if not all(well):
        raise SystemExit(1)


if __name__ == "__main__":
    if sys.argv[1:] == ["assist"]:
        assist()
    else:
        main()
