"""Personal invitations a second, from the start of a wave to the last delivery: `python3 dev.py bench mail`.

1,000 invitations are issued, rendered and sent by two Celery workers to a mail server of ours that counts. On
PostgreSQL and Redis where TEST_DATABASE_URL and TEST_REDIS_URL are set, else on SQLite and the file transport.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from benchmarks._database import ROOT, fresh, manage, server_url
from benchmarks._sink import Sink

MAILS = 1000
WORKERS = 2
# Far more than it takes; a bound, so that a broken run ends.
PATIENCE_SECONDS = 300


def prepare() -> None:
    """Runs in a process with Django set up: a wave of 1,000 cities, selected and not sent."""
    import django

    django.setup()
    from conference.models import City, Conference, MemberState
    from registrations.models import Category, Delegation, Wave
    from registrations.services import waves

    conference = Conference.objects.get()
    state = MemberState.objects.get(code="FR")
    cities = City.objects.bulk_create(City(name=f"City {number:04}", member_state=state) for number in range(MAILS))
    delegations = Delegation.objects.bulk_create(
        Delegation(
            conference=conference,
            category=Category.CITY,
            city=city,
            member_state=state,
            name=city.name,
            seats=2,
            email=f"mayor{city.pk}@city.example",
            salutation="Dear Mayor,",
        )
        for city in cities
    )
    wave = Wave.objects.create(conference=conference, name="Wave 1", reply_by=conference.today)
    waves.add_to_wave(wave, delegations, by=None)


def start() -> None:
    """Runs in a process with Django set up: what the organiser's click does. Prints when."""
    import django

    django.setup()
    from registrations.models import Wave
    from registrations.services import waves

    wave = Wave.objects.get()
    began = time.monotonic()
    waves.start_wave(wave, by=None)
    print(began)


@contextlib.contextmanager
def workers(environment: dict[str, str]) -> Iterator[None]:
    """Two worker processes, ready for work."""
    logs = [Path(environment["DATA_DIR"]) / f"worker{number}.log" for number in range(WORKERS)]
    processes = []
    for number, log in enumerate(logs):
        command = [sys.executable, "-m", "celery", "-A", "config", "worker", "-P", "solo", "-n", f"bench{number}@here"]
        with log.open("wb") as output:
            processes.append(
                subprocess.Popen(
                    [*command, "--without-gossip", "--without-mingle", "--loglevel", "INFO"],
                    cwd=ROOT,
                    env={**environment, "LOG_LEVEL": "INFO"},
                    stdout=output,
                    stderr=output,
                )
            )
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not all(b"ready" in log.read_bytes() for log in logs):
            if time.monotonic() > deadline:
                raise SystemExit("The workers did not start.")
            time.sleep(0.1)
        yield
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            process.wait(timeout=60)


def run_here(step: str, environment: dict[str, str]) -> str:
    return subprocess.run(
        [sys.executable, "-m", "benchmarks.mail", step],
        cwd=ROOT,
        env={**environment, "DJANGO_SETTINGS_MODULE": "config.settings"},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout


def main() -> None:
    redis = os.environ.get("TEST_REDIS_URL", "") if server_url() else ""
    sink = Sink()
    with fresh(server_url()) as environment:
        environment |= {"EMAIL_URL": f"smtp://127.0.0.1:{sink.port}", "SITE_URL": "https://conference.example"}
        # A Redis database beside the tests' own.
        environment["REDIS_URL"] = urlunsplit(urlsplit(redis)._replace(path="/10")) if redis else ""
        manage(environment, "load_concept_note", "-v0")
        run_here("prepare", environment)
        with workers(environment):
            began = float(run_here("start", environment).splitlines()[-1])
            deadline = began + PATIENCE_SECONDS
            while len(sink.received) < MAILS and time.monotonic() < deadline:
                time.sleep(0.1)
    sent, deliveries = len(sink.received), sink.received.total()
    rate = sent / (sink.last_at - began)
    backends = "postgresql+redis" if redis else "postgresql+files" if server_url() else "sqlite+files"
    print(f"mail sent={sent} duplicates={deliveries - sent} mails_per_s={rate:.0f} on={backends}")
    if sent != MAILS or deliveries != sent:
        raise SystemExit(1)


if __name__ == "__main__":
    {"prepare": prepare, "start": start}.get(sys.argv[1] if sys.argv[1:] else "", main)()
