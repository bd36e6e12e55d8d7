"""Real processes beside the test: racers that start at the same instant, and commands such as a Celery worker.

They are set up by the environment alone, as in production, and look at the database of the test. Needs a test that
commits (`django_db(transaction=True)`), since other processes see nothing else.
"""

import gc
import json
import multiprocessing
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Outcome:
    """What became of one piece of work: its value, or the traceback of an error that nobody had foreseen."""

    value: Any
    error: str = ""


@dataclass(frozen=True)
class Race:
    outcomes: list[Outcome]
    seconds: float

    @property
    def values(self) -> list[Any]:
        """The values, in the order of the work. Raises AssertionError with the first unforeseen error."""
        errors = [outcome.error for outcome in self.outcomes if outcome.error]
        if errors:
            raise AssertionError(f"{len(errors)} of {len(self.outcomes)} failed, the first with:\n{errors[0]}")
        return [outcome.value for outcome in self.outcomes]


def database_url() -> str:
    """The address of the database that this process works on."""
    from django.db import connection

    database = connection.settings_dict
    if connection.vendor == "sqlite":
        # On a slow machine fifty processes may queue for longer than a web page should.
        return f"sqlite:///{quote(str(database['NAME']))}?timeout=120"
    login = ":".join(quote(part, safe="") for part in (database["USER"], database["PASSWORD"]) if part)
    options = urlencode(database["OPTIONS"])
    server = f"{database['HOST']}:{database['PORT']}".rstrip(":")
    return f"postgresql://{login}@{server}/{quote(database['NAME'])}" + (f"?{options}" if options else "")


def environment(folder: Path, **more: str) -> dict[str, str]:
    """The environment of a process beside this one: the same database, an own data folder, no mail server."""
    from django.conf import settings

    for name in ("broker/messages", "broker/control", "cache"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL", "TZ") if name in os.environ}
    return {
        **inherited,
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SECRET_KEY": settings.SECRET_KEY,
        "DATA_DIR": str(folder),
        "DATABASE_URL": database_url(),
        "REDIS_URL": settings.REDIS_URL,
        "LOG_LEVEL": "WARNING",
        **more,
    }


def race(
    job: Callable[..., Any],
    work: Sequence[Any],
    *,
    folder: Path,
    processes: int = 50,
    seconds: int = 300,
    before: Sequence[Any] = (),
    variables: Mapping[str, str] | None = None,
) -> Race:
    """Does every piece of work by `job(*piece)` in so many processes, which all begin at the same instant.

    `job` is a function of a module; pieces and values must be JSON. Process n takes every n-th piece. Raises
    TimeoutExpired after `seconds`. The measured time begins with the first piece: starting processes does not count,
    nor do the pieces of `before`, dealt alike, after which each is as ready as a web server's process in service.
    `variables` go into the environment.
    """
    processes = min(processes, len(work))
    done = subprocess.run(
        [sys.executable, "-m", __name__, job.__module__, job.__name__, str(processes)],
        cwd=ROOT,
        env=environment(folder, **(variables or {})),
        input=json.dumps([list(before), list(work)]),
        stdout=subprocess.PIPE,
        text=True,
        timeout=seconds,
        check=True,
    )
    result = json.loads(done.stdout)
    return Race([Outcome(**outcome) for outcome in result["outcomes"]], result["seconds"])


@contextmanager
def running(command: Sequence[str], env: dict[str, str], *, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process in a group of its own, ended with all its children at the latest on leaving. `log` gets its words."""
    with log.open("ab") as words:
        process = subprocess.Popen(
            command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=words, stderr=words, start_new_session=True
        )
        try:
            yield process
        finally:
            kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Ends the whole group at once (SIGKILL), as a lost machine would, and waits for its end."""
    if process.poll() is None:
        os.killpg(process.pid, 9)
    process.wait(30)


def alone(job: Callable[[], object]) -> list[str]:
    """The command of a process that does one job of a module and ends."""
    start = "import django; django.setup(); import importlib; "
    return [sys.executable, "-c", start + f"importlib.import_module('{job.__module__}').{job.__name__}()"]


def celery_worker(*, concurrency: int = 2) -> list[str]:
    """The command of a worker as `dev.py run` starts it, without beat: nothing comes by itself."""
    options = f"worker -P threads -c {concurrency} --without-gossip --without-mingle --without-heartbeat"
    return [sys.executable, "-m", "celery", "--quiet", "-A", "config", *options.split(), "--loglevel", "WARNING"]


def wait_until(condition: Callable[[], bool], *, what: str, seconds: float = 90) -> None:
    """Returns as soon as the condition holds. Raises AssertionError where it does not come true in generous time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"Waited {seconds:.0f} seconds in vain: {what}")
        time.sleep(0.02)


# In the process that starts the racers -------------------------------------------------------


def _run(
    job: Callable[..., Any],
    before: list[Any],
    pieces: list[tuple[int, Any]],
    start: Barrier,
    results: "SimpleQueue[dict[str, Any]]",
) -> None:
    from django.db import connection

    connection.ensure_connection()
    for piece in before:
        job(*piece)
    start.wait(120)
    begun = time.monotonic()
    outcomes = {}
    for number, piece in pieces:
        try:
            outcomes[number] = {"value": job(*piece)}
        except Exception:
            outcomes[number] = {"value": None, "error": traceback.format_exc()}
    ended = time.monotonic()
    connection.close()
    results.put({"outcomes": outcomes, "begun": begun, "ended": ended})


def _start(module: str, name: str, processes: int) -> None:
    import importlib

    import django

    django.setup()
    from django.urls import get_resolver

    job = getattr(importlib.import_module(module), name)
    get_resolver().reverse_dict  # noqa: B018
    before, pieces = json.load(sys.stdin)
    work = list(enumerate(pieces))
    # Forked from a process with one thread and no connection: fifty of them are there in a second.
    gc.freeze()
    context = multiprocessing.get_context("fork")
    start, results = context.Barrier(processes), context.SimpleQueue()
    racers = [
        context.Process(target=_run, args=(job, before[number::processes], work[number::processes], start, results))
        for number in range(processes)
    ]
    for racer in racers:
        racer.start()
    reports = [results.get() for _racer in racers]
    for racer in racers:
        racer.join()
    outcomes = {number: outcome for report in reports for number, outcome in report["outcomes"].items()}
    seconds = max(report["ended"] for report in reports) - min(report["begun"] for report in reports)
    json.dump({"outcomes": [outcomes[number] for number, _piece in work], "seconds": seconds}, sys.stdout)


if __name__ == "__main__":
    _start(sys.argv[1], sys.argv[2], int(sys.argv[3]))
