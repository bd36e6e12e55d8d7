#!/usr/bin/env python3
"""One entry for everybody who tries, develops or tests Convoke; needs only Python and its venv module.

`python3 dev.py run` starts a site on this machine, `python3 dev.py test` runs all tests.
`python3 dev.py --help` lists the rest.
"""

import sys

# Before anything that an older Python could stumble over.
if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit(
        "Convoke needs Python 3.11 or newer; this is Python %d.%d (%s).\n"  # noqa: UP031
        "Start dev.py with a newer one, for example: python3.11 dev.py run"
        % (sys.version_info[0], sys.version_info[1], sys.executable)
    )
try:
    import fcntl
except ImportError:
    sys.exit("dev.py needs Linux or macOS; on Windows use the Linux subsystem (WSL).")

import argparse
import contextlib
import ctypes
import hashlib
import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
RUNTIME_LOCK, DEVELOPMENT_LOCK = "requirements.txt", "requirements-dev.txt"
# Seconds that the web server and the worker get to finish what they are doing.
GRACE = 15
# The worker is restarted after pauses of so many seconds, all of them within so many seconds; then it is given up.
PAUSES, RESTARTS_WITHIN = (1, 5, 15, 30, 60), 600
# Exit codes: pytest's for "interrupted" and "no test matched"; a shell's begin of those for signals.
INTERRUPTED, NO_TESTS, SIGNALLED = 2, 5, 128

EPILOG = """\
examples:
  python3 dev.py run --port 8001        a site on http://localhost:8001
  python3 dev.py test                   everything: SQLite, then PostgreSQL and Redis if given
  python3 dev.py test tests/accounts -x only these, on one failure stop
  python3 dev.py bench quota            one measurement
  python3 dev.py manage createsuperuser any management command on the site of `run`
  python3 dev.py backup site.tar        database and uploads of `run` in one file
  python3 dev.py restore site.tar       the site as it was then; asks first
"""
AFTER_RESTORE = """
Next:
  1. python3 dev.py run --without-worker
  2. Look at the outbox. Mails that were queued at the time of the backup are held back: release or cancel them,
     one by one in the admin, or by kind with python3 dev.py manage held_mails.
  3. Stop it, and start with the worker: python3 dev.py run
"""


class Problem(Exception):
    """Something the person at the keyboard can mend; its text says how."""


def say(text: str) -> None:
    print(text, flush=True)


# Installing -----------------------------------------------------------------------------------


def fingerprints(lock: str, root: Path = ROOT) -> set[str]:
    """The lines by which an installation is known: the Python and each lock file it satisfies.

    The development lock holds every package of the runtime lock at the same version, so it satisfies both.
    """
    locks = [RUNTIME_LOCK, DEVELOPMENT_LOCK] if lock == DEVELOPMENT_LOCK else [RUNTIME_LOCK]
    found = {f"{name} {hashlib.sha256((root / name).read_bytes()).hexdigest()}" for name in locks}
    return found | {f"python {sys.version_info[0]}.{sys.version_info[1]}"}


def is_installed(lock: str, root: Path = ROOT) -> bool:
    """Whether `.venv` is complete and holds what the lock file lists."""
    stamp = root / VENV.name / "installed"
    if not (root / VENV.name / "bin" / "python").exists() or not stamp.exists():
        return False
    return fingerprints(lock, root) <= set(stamp.read_text().splitlines())


def require_venv_module() -> None:
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if missing:
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        raise Problem(
            f"This Python has no {' and no '.join(missing)}, so it cannot make a virtual environment.\n"
            f"On Debian or Ubuntu: sudo apt-get install python3-venv   (or python{version}-venv)"
        )


def install(lock: str) -> Path:
    """Make `.venv` hold what the lock file lists, if it does not already. Returns its Python.

    The stamp is taken away first and written last: an interrupted installation has none and is made anew.
    """
    python = VENV / "bin" / "python"
    stamp = VENV / "installed"
    with exclusive(ROOT / ".local" / "install.lock", wait=True):
        if is_installed(lock):
            return python
        uv = shutil.which("uv")
        # The interpreter outside of any virtual environment: .venv may be the one we are running in.
        base = getattr(sys, "_base_executable", sys.executable)
        if not uv:
            require_venv_module()
        if not (stamp.exists() and python.exists() and same_python(stamp)):
            say("Making the virtual environment .venv …")
            if uv:
                step([uv, "venv", "--quiet", "--clear", "--python", base, str(VENV)], "making .venv")
            else:
                step([base, "-m", "venv", "--clear", str(VENV)], "making .venv")
        stamp.unlink(missing_ok=True)
        say(f"Installing the packages of {lock}, which can take a minute …")
        if uv:
            command = [uv, "pip", "install", "--quiet", "--python", str(python)]
        else:
            command = [str(python), "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-input"]
        step([*command, "--require-hashes", "-r", str(ROOT / lock)], f"installing {lock}")
        draft = stamp.with_suffix(".draft")
        draft.write_text("".join(f"{line}\n" for line in sorted(fingerprints(lock))))
        draft.replace(stamp)
    return python


def same_python(stamp: Path) -> bool:
    return f"python {sys.version_info[0]}.{sys.version_info[1]}" in stamp.read_text().splitlines()


def step(command: Sequence[str], what: str, env: Mapping[str, str] | None = None) -> None:
    """Run one command to its end. Raises Problem where it fails; its own output stands above."""
    code = subprocess.run(command, cwd=ROOT, env=env, check=False).returncode
    if code:
        raise Problem(f"That went wrong while {what} (exit code {code}); the reason stands above.")


@contextlib.contextmanager
def exclusive(path: Path, *, wait: bool, note: str = "") -> Iterator[None]:
    """Hold a lock file. Raises Problem with the holder's note where it is taken and `wait` is false.

    Child processes inherit the lock, so that it stays held while one of them outlives this process.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            file.seek(0)
            raise Problem(file.read().strip() or f"{path} is held by another process.") from None
        file.truncate(0)
        file.write(note)
        file.flush()
        os.set_inheritable(file.fileno(), True)
        yield


# Environment ----------------------------------------------------------------------------------


def read_settings(path: Path) -> dict[str, str]:
    """The `NAME=value` lines of a settings file; {} where there is none.

    Blank lines and lines that begin with # are skipped. A value in single or double quotes is taken as it
    stands between them; an unquoted one ends before a blank followed by #. Nothing is expanded.
    Raises Problem, naming the line, for anything else.
    """
    if not path.exists():
        return {}
    settings = {}
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        line = raw.strip().removeprefix("export ").lstrip()
        if not line or line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        name, value = name.strip(), value.strip()
        if not equals or not name.isidentifier():
            raise Problem(f"{path.name}, line {number}: expected NAME=value, found {raw.strip()!r}.")
        if value[:1] in {"'", '"'}:
            value, closing, rest = value[1:].partition(value[0])
            if not closing or (rest.strip() and not rest.strip().startswith("#")):
                raise Problem(f"{path.name}, line {number}: the quotes around the value of {name} do not match.")
        elif value.startswith("#"):
            value = ""
        else:
            value = value.partition(" #")[0].rstrip()
        settings[name] = value
    return settings


def data_dir(env: Mapping[str, str]) -> Path:
    return (ROOT / (env.get("DATA_DIR") or ".local")).absolute()


def make_folders(data: Path) -> None:
    """The folders of an embedded site: broker messages and cache. Nobody else on the machine may read them."""
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in ("broker/messages", "broker/control", "cache"):
        (data / name).mkdir(parents=True, exist_ok=True)


def secret_key(path: Path) -> str:
    """The site's own key, made at the first call and readable by its owner only."""
    with contextlib.suppress(FileExistsError):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(50))
    key = path.read_text().strip()
    if not key:
        raise Problem(f"{path} is empty. Delete it; the next start makes a new key.")
    return key


def site_environment(port: int = 8000, host: str = "") -> dict[str, str]:
    """The environment of a site on this machine: the caller's, then `.env`, then what only `dev.py` may assume."""
    env = {**read_settings(ROOT / ".env"), **os.environ}
    data = data_dir(env)
    make_folders(data)
    env["DATA_DIR"] = str(data)
    env["DEBUG"] = "1"
    env["PYTHONUNBUFFERED"] = "1"
    env["DJANGO_RUNSERVER_HIDE_WARNING"] = "true"
    defaults = {
        "SITE_URL": f"http://localhost:{port}",
        "STAFF_SECOND_FACTOR_REQUIRED": "0",
        "LOG_LEVEL": "WARNING",
    }
    if host not in {"", "127.0.0.1", "localhost", "::1"}:
        wildcard = host in {"0.0.0.0", "::"}  # noqa: S104 - compared, not bound
        defaults["ALLOWED_HOSTS"] = f"localhost,127.0.0.1,[::1],{socket.gethostname() if wildcard else host}"
    for name, value in defaults.items():
        env[name] = env.get(name) or value
    if not env.get("SECRET_KEY"):
        env["SECRET_KEY"] = secret_key(data / "secret-key")
    return env


@contextlib.contextmanager
def clean_environment() -> Iterator[dict[str, str]]:
    """The environment of tests and measurements: an own data folder and key, nothing of a real site."""
    site_only = {"DATABASE_URL", "REDIS_URL", "EMAIL_URL", "S3_BUCKET", "DEBUG", "SITE_URL", "ALLOWED_HOSTS"}
    site_only |= {"STAFF_SECOND_FACTOR_REQUIRED", "HTTPS", "CSRF_TRUSTED_ORIGINS", "SECRET_KEY_FALLBACKS"}
    site_only |= {"PROVIDERS_OUTSIDE_EU_ACCEPTED", "SECURE_HSTS_PRELOAD"}
    env = {name: value for name, value in os.environ.items() if name not in site_only}
    with tempfile.TemporaryDirectory(prefix="convoke-", ignore_cleanup_errors=True) as folder:
        make_folders(Path(folder))
        yield {**env, "DATA_DIR": folder, "SECRET_KEY": secrets.token_urlsafe(50), "PYTHONUNBUFFERED": "1"}


# run ------------------------------------------------------------------------------------------


def require_free(host: str, port: int) -> None:
    """Raises Problem where nothing can listen at this address."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            # As the web server does: a port whose last connections are still closing is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except (OSError, OverflowError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise Problem(
            f"Nothing was started: {host} port {port} cannot be used ({reason}).\n"
            f"Choose another: python3 dev.py run --port {port + 1}"
        ) from None


class Child:
    """A process with a group of its own, so that ending it ends all that it started."""

    def __init__(self, name: str, command: Sequence[str], env: Mapping[str, str], without_it: str = "") -> None:
        self.name, self.command, self.env, self.without_it = name, command, env, without_it
        # Of a child that may be restarted: when that was done, when it is due, and whether it was given up.
        self.restarts: list[float] = []
        self.restart_at: float | None = None
        self.is_down = False
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            self.command,
            cwd=ROOT,
            env=self.env,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            close_fds=False,
            # dev.py starts no thread, so this hook is safe.
            preexec_fn=end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509
        )

    def signal_group(self, number: int) -> bool:
        """Send a signal (0: none) to every process of the group. False where none is left."""
        try:
            os.killpg(self.process.pid, number)
        except (ProcessLookupError, PermissionError):
            return False
        return True

    def exit_code(self) -> int | None:
        """As a shell reports it: 128 + n for signal n. None while it runs."""
        code = self.process.poll()
        return code if code is None or code >= 0 else 128 - code


def end_with_parent() -> None:
    """In the child: ask Linux to end it should this process be killed without a chance to tidy up."""
    set_parent_death_signal = 1
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGTERM)


class Supervisor:
    """Keeps children together until a signal comes or one of them ends; then all end.

    A child that may be restarted does not end the others: it is started again after a pause of `pauses` seconds, the
    next one each time, and given up once they are used up within RESTARTS_WITHIN seconds.
    """

    def __init__(self, pauses: Sequence[float] = PAUSES) -> None:
        self.children: list[Child] = []
        self.pauses = pauses
        self.asked_to_end = 0
        # The exit code of a child that was given up.
        self.gave_up = 0

    def listen(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask_to_end)

    def _ask_to_end(self, number: int, frame: FrameType | None) -> None:
        self.asked_to_end += 1

    def start(self, name: str, command: Sequence[str], env: Mapping[str, str], *, without_it: str = "") -> None:
        """`without_it` says what does not work while the child is down; a child that has it may be restarted."""
        self.children.append(Child(name, command, env, without_it))

    def wait_for_port(self, host: str, port: int, *, seconds: float) -> bool:
        """Whether something answers, before a child has ended, a signal has come, or time is up."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not self.asked_to_end and not self._ended():
            with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
                return True
            time.sleep(0.1)
        return False

    def _ended(self) -> Child | None:
        """The child whose end is the end of all. Starts others again where they ended."""
        for child in self.children:
            if child.is_down or child.exit_code() is None:
                continue
            if not child.without_it:
                return child
            self._restart(child)
        return None

    def _restart(self, child: Child) -> None:
        now = time.monotonic()
        if child.restart_at is None:
            # It may have left processes of its own behind, which would do its work beside the next one.
            child.signal_group(signal.SIGKILL)
            child.restarts = [moment for moment in child.restarts if moment > now - RESTARTS_WITHIN]
            words = f"\n{child.name} ended unexpectedly (exit code {child.exit_code()}). The site stays up; "
            if len(child.restarts) == len(self.pauses):
                child.is_down = True
                self.gave_up = child.exit_code() or 1
                say(
                    f"{words}{child.without_it}\nIt was restarted {len(self.pauses)} times within "
                    f"{RESTARTS_WITHIN // 60} minutes and is not restarted again. The reason is in the lines above. "
                    "To try again: stop with Ctrl-C and run this command again."
                )
                return
            pause = self.pauses[len(child.restarts)]
            child.restart_at = now + pause
            say(f"{words}restart {len(child.restarts) + 1} of {len(self.pauses)} in {pause:g} seconds.")
        if now >= child.restart_at:
            child.restarts.append(now)
            child.restart_at = None
            child.start()

    def watch(self) -> int:
        """Wait for the end, end the rest.

        Returns the code of the child that ended all; when asked to end, 0 or the code of a child that was given up.
        """
        while not self.asked_to_end and not self._ended():
            time.sleep(0.2)
        ended = None if self.asked_to_end else self._ended()
        if ended is None:
            say("\nStopping …")
        else:
            say(f"\n{ended.name} ended by itself (exit code {ended.exit_code()}); stopping the rest …")
        self.stop()
        return self.gave_up if ended is None else ended.exit_code() or 1

    def stop(self) -> None:
        """End every child: politely, after GRACE seconds or at a second signal by force. None is left."""
        for child in self.children:
            child.signal_group(signal.SIGTERM)
        asked, deadline = self.asked_to_end, time.monotonic() + GRACE
        while any(child.exit_code() is None for child in self.children):
            if time.monotonic() > deadline or self.asked_to_end > asked:
                break
            time.sleep(0.1)
        for child in self.children:
            child.signal_group(signal.SIGKILL)
            child.process.wait()


def prepare_database(python: Path, env: Mapping[str, str]) -> str:
    """Bring the tables up to date, fill an empty database. Returns how an organiser signs in."""
    manage = [str(python), "manage.py"]
    say("Preparing the database …")
    step([*manage, "migrate", "--no-input", "--verbosity", "0"], "migrating the database", env)
    question = (
        "from conference.models import Conference; from django.contrib.auth import get_user_model; "
        "print('conference:', Conference.objects.exists()); "
        "print('organiser:', get_user_model().objects.filter(is_staff=True).exists())"
    )
    answer = output([*manage, "shell", "--verbosity", "0", "-c", question], "looking into the database", env)
    remembered = Path(env["DATA_DIR"]) / "demonstration-organiser"
    if "conference: False" in answer:
        say("Loading the demonstration conference …")
        step([*manage, "load_concept_note"], "loading the demonstration conference", env)
    if "conference: False" in answer and "organiser: False" in answer:
        words = output([*manage, "create_demonstration_organiser"], "making the organiser's account", env)
        remembered.touch(mode=0o600)
        remembered.write_text(f"{words.strip()}\n{database_mark(env)}\n")
    if remembered.exists():
        *words, mark = remembered.read_text().splitlines()
        if mark == database_mark(env):
            return "\n".join(words)
    return "The account of an organiser you have. A new one: python3 dev.py manage create_demonstration_organiser"


def database_mark(env: Mapping[str, str]) -> str:
    """Tells one database from another without repeating its password."""
    return hashlib.sha256(env.get("DATABASE_URL", "").encode()).hexdigest()


def output(command: Sequence[str], what: str, env: Mapping[str, str]) -> str:
    """What a command prints. Raises Problem where it fails."""
    done = subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise Problem(f"{done.stdout}That went wrong while {what} (exit code {done.returncode}); the reason is above.")
    return done.stdout


def run(host: str, port: int, *, reload: bool, with_worker: bool = True) -> int:
    """Start the web server and the worker, stay until they end. Returns the exit code."""
    env = site_environment(port, host)
    site = env["SITE_URL"]
    note = (
        f"Convoke already runs on this data: {site} (process {os.getpid()}).\n"
        "A second site beside it needs a folder of its own: DATA_DIR=.local-2 python3 dev.py run --port 8001"
    )
    supervisor = Supervisor()
    with exclusive(Path(env["DATA_DIR"]) / "run.lock", wait=False, note=note):
        require_free(host, port)
        python = install(RUNTIME_LOCK)
        sign_in = prepare_database(python, env)
        supervisor.listen()
        try:
            address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
            server = [str(python), "manage.py", "runserver", address, "--verbosity", "0"]
            supervisor.start("The web server", server if reload else [*server, "--noreload"], env)
            if with_worker:
                start_jobs(supervisor, python, env)
            local = "localhost" if host in {"0.0.0.0", "::"} else host  # noqa: S104
            if supervisor.wait_for_port(local, port, seconds=60):
                say(welcome(site, sign_in, env))
            if not with_worker:
                say("  No worker runs: mails and other background jobs wait.\n")
            return supervisor.watch()
        finally:
            supervisor.stop()


def start_jobs(supervisor: Supervisor, python: Path, env: Mapping[str, str]) -> None:
    """Start what works in the background. Each part may be restarted while the site stays up."""
    # As root (in a container) the worker is right here: it takes JSON from its own folder only.
    quiet = {**env, "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges"}
    celery = [str(python), "-m", "celery", "--quiet", "-A", "config"]
    worker = ["worker", "-P", "threads", "-c", "4", "--without-gossip", "--without-mingle", "--loglevel", "WARNING"]
    waiting = "mails and other background jobs wait."
    supervisor.start("The worker", [*celery, *worker], quiet, without_it=waiting)
    # A process of its own and not -B of the worker, which would not notice its end.
    scheduler = ["beat", "--pidfile", "", "--loglevel", "WARNING"]
    waiting = "reminders and other jobs that are due wait."
    supervisor.start("The scheduler", [*celery, *scheduler], quiet, without_it=waiting)


def welcome(site: str, sign_in: str, env: Mapping[str, str]) -> str:
    second_factor = (
        "No second factor is asked for here; a real site asks every organiser for one."
        if env["STAFF_SECOND_FACTOR_REQUIRED"] in {"0", "false", "no", "off"}
        else "You will be asked for a second factor."
    )
    mails = (
        "Mails leave by EMAIL_URL; all of them can be read at"
        if env.get("EMAIL_URL", "outbox://") not in {"", "outbox://"}
        else "No mail leaves this machine; read them all, links included, at"
    )
    indented = "\n".join(f"    {line}" for line in sign_in.splitlines())
    return (
        f"\nConvoke runs: {site}\n\n"
        f"  Organisers sign in at {site}/admin/ with\n{indented}\n    {second_factor}\n\n"
        f"  {mails}\n    {site}/admin/mailings/mail/\n\n"
        "  Stop with Ctrl-C.\n"
    )


# test, bench, manage, backup, restore --------------------------------------------------------------------------


def test(arguments: Sequence[str]) -> int:
    """Run all tests on SQLite; then those marked `databases` on the servers that the environment names.

    Returns the first exit code that is not 0.
    """
    python = install(DEVELOPMENT_LOCK)
    database, redis = os.environ.get("TEST_DATABASE_URL", ""), os.environ.get("TEST_REDIS_URL", "")
    if bool(database) != bool(redis):
        raise Problem("Set TEST_DATABASE_URL and TEST_REDIS_URL together, or neither of them.")
    with clean_environment() as env:
        pytest = [str(python), "-m", "pytest"]
        if database:
            say("Tests on SQLite, without Redis:")
        # Journeys are slow and lie together: whoever has nothing left takes over from the other.
        first = call([*pytest, "-n", "2", "--dist", "worksteal", *arguments], env)
        if not database:
            say("PostgreSQL and Redis were not tested: TEST_DATABASE_URL and TEST_REDIS_URL are not set.")
            return first
        if first == INTERRUPTED or first > SIGNALLED:
            return first
        say("\nRaces, outbox and tasks on PostgreSQL and Redis:")
        servers = {"DATABASE_URL": database, "REDIS_URL": redis}
        # Each process takes a Redis database of its own, from the named one on.
        second = call([*pytest, "-n", "2", "--dist", "worksteal", *arguments, "-m", "databases"], {**env, **servers})
        return first or (0 if second == NO_TESTS and arguments else second)


def call(command: Sequence[str], env: Mapping[str, str]) -> int:
    """Run a command that handles Ctrl-C itself, wait for it. Returns its exit code as a shell reports it."""
    process = subprocess.Popen(command, cwd=ROOT, env=env)
    forward = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.getsignal(number) for number in forward}
    # The terminal sends Ctrl-C to the child as well; a second one from us would cut its tidying up short.
    signal.signal(signal.SIGINT, lambda number, frame: None)
    signal.signal(signal.SIGTERM, lambda number, frame: process.send_signal(number))
    try:
        code = process.wait()
        return code if code >= 0 else 128 - code
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def bench(arguments: Sequence[str]) -> int:
    """Run one measurement of `benchmarks/`. Returns its exit code."""
    names = sorted(path.stem for path in (ROOT / "benchmarks").glob("[a-z]*.py"))
    if not arguments or arguments[0] not in names:
        raise Problem(f"python3 dev.py bench NAME, where NAME is one of: {', '.join(names) or 'none yet'}.")
    python = install(DEVELOPMENT_LOCK)
    with clean_environment() as env:
        return call([str(python), "-m", f"benchmarks.{arguments[0]}", *arguments[1:]], env)


def manage(arguments: Sequence[str]) -> int:
    """Run a management command on the site of `run`. Returns its exit code."""
    python = install(RUNTIME_LOCK)
    return call([str(python), "manage.py", *arguments], site_environment())


def backup(arguments: Sequence[str]) -> int:
    """Write a backup of the site of `run` into a file; it may be in use. Returns the exit code."""
    return manage(["backup", *arguments])


def restore(arguments: Sequence[str]) -> int:
    """Replace the site of `run` by a backup; asks first, or takes --yes. Returns the exit code."""
    note = "A backup is being restored into this data. Wait until that has ended."
    with exclusive(data_dir({**read_settings(ROOT / ".env"), **os.environ}) / "run.lock", wait=False, note=note):
        code = manage(["restore", *arguments])
    if code == 0 and "--describe" not in arguments:
        say(AFTER_RESTORE)
    return code


# Command line ---------------------------------------------------------------------------------


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="dev.py",
        description="Try, develop and test Convoke. Installs what it needs into .venv, by the hashed lock.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    run_parser = commands.add_parser(
        "run",
        help="start a site on this machine: web server and background worker",
        description="Start a site on this machine. Its data lies in .local (DATA_DIR); settings may stand in .env, "
        "which .env.example explains.",
    )
    run_parser.add_argument("--port", type=int, default=8000, help="default: 8000")
    run_parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen at (default: 127.0.0.1, this machine alone)"
    )
    run_parser.add_argument("--reload", action="store_true", help="restart the web server when a source file changes")
    run_parser.add_argument(
        "--without-worker", action="store_true", help="start the web server alone; no mail leaves, no job runs"
    )
    passed_on = {
        "test": (test, "run the tests; arguments go to pytest"),
        "bench": (bench, "run one measurement of benchmarks/"),
        "backup": (backup, "write a backup of the site of `run` into a file"),
        "restore": (restore, "replace the site of `run` by a backup"),
        "manage": (manage, "run a management command on the site of `run`"),
    }
    for name, (function, summary) in passed_on.items():
        commands.add_parser(name, help=summary, description=function.__doc__, add_help=False)
    if argv and argv[0] in passed_on:
        function, arguments = passed_on[argv[0]][0], argv[1:]
        if argv[0] in {"test", "bench"} and arguments in (["-h"], ["--help"]):
            parser.print_help()
            return 0
        return function(arguments)
    options = parser.parse_args(argv)
    return run(options.host, options.port, reload=options.reload, with_worker=not options.without_worker)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Problem as problem:
        sys.exit(f"\n{problem}")
    except KeyboardInterrupt:
        sys.exit(130)
