"""dev.py: what it checks before a start, how it installs, and that nothing outlives it."""

import ast
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import dev

DEV = Path(dev.__file__)


def outcome(script: str, *, cwd: Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script], cwd=cwd, env=env, capture_output=True, text=True, timeout=120, check=False
    )


def eventually(condition: Callable[[], object], *, seconds: float = 60) -> object:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
    return found


def is_running(pid: int) -> bool:
    """Whether the process runs; one that has ended and only waits to be collected does not."""
    done = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(done.stdout.strip()) and not done.stdout.strip().startswith("Z")


# Before a start -------------------------------------------------------------------------------


def test_an_old_python_is_told_which_one_it_needs():
    ended = outcome(
        f"import runpy, sys; sys.version_info = (3, 9, 2); runpy.run_path({str(DEV)!r}, run_name='__main__')",
        cwd=DEV.parent,
    )

    assert ended.returncode == 1
    assert ended.stderr.startswith("Convoke needs Python 3.11 or newer; this is Python 3.9 (")


def test_an_old_python_can_read_as_far_as_that_message():
    ast.parse(DEV.read_text(encoding="utf-8"), feature_version=(3, 7))


def test_imports_nothing_but_the_standard_library():
    tree = ast.parse(DEV.read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}

    assert {name.partition(".")[0] for name in imported} <= set(sys.stdlib_module_names)


def test_a_missing_ensurepip_names_the_debian_package(monkeypatch):
    monkeypatch.setattr(dev.importlib.util, "find_spec", lambda name: None if name == "ensurepip" else object())

    with pytest.raises(dev.Problem, match="no ensurepip") as problem:
        dev.require_venv_module()

    assert "sudo apt-get install python3-venv" in str(problem.value)


def test_a_taken_port_is_said_before_anything_starts(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = subprocess.run(
            [sys.executable, str(DEV), "run", "--port", str(port)],
            env={**os.environ, "DATA_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert ended.returncode == 1
    assert f"Nothing was started: 127.0.0.1 port {port} cannot be used" in ended.stderr
    assert f"--port {port + 1}" in ended.stderr
    assert not (tmp_path / "convoke.sqlite3").exists()


def test_a_second_site_on_the_same_data_is_refused_with_the_first_ones_address(tmp_path):
    with dev.exclusive(tmp_path / "run.lock", wait=False, note="Convoke already runs: http://localhost:8000"):
        ended = subprocess.run(
            [sys.executable, str(DEV), "run"],
            env={**os.environ, "DATA_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert ended.returncode == 1
    assert ended.stderr.strip() == "Convoke already runs: http://localhost:8000"


def test_a_lock_is_free_again_afterwards(tmp_path):
    for _ in range(2):
        with dev.exclusive(tmp_path / "run.lock", wait=False, note="held"):
            assert (tmp_path / "run.lock").read_text() == "held"


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["test", "--help"], ["bench", "--help"]])
def test_help_exits_well(arguments, capsys):
    try:
        code = dev.main(arguments)
    except SystemExit as ended:
        code = ended.code

    assert code == 0
    assert "dev.py" in capsys.readouterr().out


def test_an_unknown_measurement_lists_the_known_ones():
    with pytest.raises(dev.Problem, match=r"bench NAME, where NAME is one of: "):
        dev.bench(["no-such-measurement"])


# Installing -----------------------------------------------------------------------------------


@pytest.fixture
def checkout(tmp_path) -> Path:
    """A folder with dev.py and locks without packages, so that an installation takes a moment only."""
    (tmp_path / "dev.py").write_text(DEV.read_text(encoding="utf-8"), encoding="utf-8")
    for lock in (dev.RUNTIME_LOCK, dev.DEVELOPMENT_LOCK):
        (tmp_path / lock).write_text("# nothing\n")
    return tmp_path


def pretend_installation(checkout: Path, lock: str) -> None:
    (checkout / ".venv" / "bin").mkdir(parents=True, exist_ok=True)
    (checkout / ".venv" / "bin" / "python").touch()
    (checkout / ".venv" / "installed").write_text("\n".join(sorted(dev.fingerprints(lock, checkout))))


@pytest.mark.parametrize(
    ("installed", "wanted", "enough"),
    [
        (dev.RUNTIME_LOCK, dev.RUNTIME_LOCK, True),
        (dev.DEVELOPMENT_LOCK, dev.RUNTIME_LOCK, True),
        (dev.DEVELOPMENT_LOCK, dev.DEVELOPMENT_LOCK, True),
        (dev.RUNTIME_LOCK, dev.DEVELOPMENT_LOCK, False),
    ],
)
def test_a_development_installation_serves_both(checkout, installed, wanted, enough):
    pretend_installation(checkout, installed)

    assert dev.is_installed(wanted, checkout) is enough


def test_a_changed_lock_asks_for_an_installation(checkout):
    pretend_installation(checkout, dev.RUNTIME_LOCK)

    (checkout / dev.RUNTIME_LOCK).write_text("# another\n")

    assert not dev.is_installed(dev.RUNTIME_LOCK, checkout)


def test_an_installation_without_its_interpreter_does_not_count(checkout):
    pretend_installation(checkout, dev.RUNTIME_LOCK)

    (checkout / ".venv" / "bin" / "python").unlink()

    assert not dev.is_installed(dev.RUNTIME_LOCK, checkout)


def test_installs_once_and_mends_an_interrupted_installation(checkout):
    install = "import dev; print(dev.install(dev.RUNTIME_LOCK))"
    without_uv = {**os.environ, "PATH": os.defpath}

    first = outcome(install, cwd=checkout, env=without_uv)
    second = outcome(install, cwd=checkout, env=without_uv)
    (checkout / ".venv" / "installed").unlink()
    (checkout / ".venv" / "bin" / "pip").write_text("half a file")
    third = outcome(install, cwd=checkout, env=without_uv)

    python = str(checkout / ".venv" / "bin" / "python")
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.splitlines()[-1] == python
    assert second.stdout.splitlines() == [python]
    assert third.stdout.splitlines() == first.stdout.splitlines()
    assert subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0


def test_a_package_without_hash_is_refused(checkout):
    (checkout / dev.RUNTIME_LOCK).write_text("nothing-that-is-fetched==1.0\n")

    ended = outcome("import dev; dev.install(dev.RUNTIME_LOCK)", cwd=checkout, env={**os.environ, "PATH": os.defpath})

    assert ended.returncode == 1
    assert "dev.Problem: That went wrong while installing requirements.txt" in ended.stderr
    assert not (checkout / ".venv" / "installed").exists()


# Settings -------------------------------------------------------------------------------------


def test_reads_settings(tmp_path):
    path = tmp_path / ".env"
    path.write_text(
        "\n"
        "# a comment\n"
        "PLAIN=value\n"
        "export EXPORTED = spaced out \n"
        "EMPTY=\n"
        "NOTHING=   # only a comment\n"
        "REMARK=value # said about it\n"
        "HASH=a#b\n"
        "URL=postgresql://u:p@h/n?a=b\n"
        "SINGLE='$a \"b\" # c'\n"
        'DOUBLE="it\'s" # said\n'
    )

    assert dev.read_settings(path) == {
        "PLAIN": "value",
        "EXPORTED": "spaced out",
        "EMPTY": "",
        "NOTHING": "",
        "REMARK": "value",
        "HASH": "a#b",
        "URL": "postgresql://u:p@h/n?a=b",
        "SINGLE": '$a "b" # c',
        "DOUBLE": "it's",
    }


def test_no_settings_file_is_no_settings(tmp_path):
    assert dev.read_settings(tmp_path / ".env") == {}


@pytest.mark.parametrize("line", ["NAME", "A-B=c", "=c", "A='b", "A='b' c"])
def test_an_unreadable_setting_is_named_by_line(tmp_path, line):
    path = tmp_path / ".env"
    path.write_text(f"A=b\n{line}\n")

    with pytest.raises(dev.Problem, match=r"^\.env, line 2: "):
        dev.read_settings(path)


def test_the_example_of_settings_can_be_read_and_used_as_it_is():
    settings = dev.read_settings(DEV.parent / ".env.example")

    assert {name for name, value in settings.items() if value} == set()
    assert {"SECRET_KEY", "SITE_URL", "DATABASE_URL"} <= set(settings)


def test_a_site_has_its_own_secret_key_and_folders(tmp_path, monkeypatch):
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))

    first, again = dev.site_environment(8123), dev.site_environment(8123)

    key = tmp_path / "data" / "secret-key"
    assert len(first["SECRET_KEY"]) >= 50
    assert again["SECRET_KEY"] == first["SECRET_KEY"] == key.read_text()
    assert key.stat().st_mode & 0o777 == 0o600
    assert first["DEBUG"] == "1"
    assert (tmp_path / "data" / "broker" / "messages").is_dir()
    assert (tmp_path / "data" / "broker" / "control").is_dir()
    assert (tmp_path / "data" / "cache").is_dir()


def test_the_environment_goes_before_the_defaults(tmp_path, monkeypatch):
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SITE_URL", "https://here.example")
    monkeypatch.setenv("STAFF_SECOND_FACTOR_REQUIRED", "1")

    env = dev.site_environment(8123)

    assert (env["SITE_URL"], env["STAFF_SECOND_FACTOR_REQUIRED"]) == ("https://here.example", "1")


def test_tests_see_nothing_of_a_real_site(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://real/site")
    monkeypatch.setenv("EMAIL_URL", "smtp://real")
    monkeypatch.setenv("SECRET_KEY", "real")

    with dev.clean_environment() as env:
        assert "DATABASE_URL" not in env
        assert "EMAIL_URL" not in env
        assert env["SECRET_KEY"] != "real"
        assert Path(env["DATA_DIR"], "broker", "messages").is_dir()
    assert not Path(env["DATA_DIR"]).exists()


def test_servers_are_tested_together_or_not_at_all(monkeypatch):
    monkeypatch.setattr(dev, "install", lambda lock: Path(sys.executable))
    monkeypatch.setenv("TEST_DATABASE_URL", "postgresql://127.0.0.1/convoke")
    monkeypatch.delenv("TEST_REDIS_URL", raising=False)

    with pytest.raises(dev.Problem, match="together, or neither"):
        dev.test([])


@pytest.mark.parametrize(
    ("codes", "arguments", "expected", "runs"),
    [
        ([0, 0], [], 0, 2),
        ([1, 0], [], 1, 2),
        ([0, 1], [], 1, 2),
        ([0, 5], [], 5, 2),
        ([0, 5], ["tests/test_dev.py"], 0, 2),
        ([2], [], 2, 1),
        ([137], [], 137, 1),
    ],
)
def test_either_round_of_tests_can_fail_all(monkeypatch, codes, arguments, expected, runs):
    monkeypatch.setattr(dev, "install", lambda lock: Path(sys.executable))
    monkeypatch.setenv("TEST_DATABASE_URL", "postgresql://127.0.0.1/convoke")
    monkeypatch.setenv("TEST_REDIS_URL", "redis://127.0.0.1/9")
    left, seen = list(codes), []

    def call(command, env):
        seen.append((command[2:], env.get("DATABASE_URL"), env.get("REDIS_URL")))
        return left.pop(0)

    monkeypatch.setattr(dev, "call", call)

    assert dev.test(arguments) == expected
    assert len(seen) == runs
    assert seen[0] == (["pytest", "-n", "2", "--dist", "worksteal", *arguments], None, None)
    assert seen[1:] in (
        [],
        [
            (
                ["pytest", "-n", "2", "--dist", "worksteal", *arguments, "-m", "databases"],
                "postgresql://127.0.0.1/convoke",
                "redis://127.0.0.1/9",
            )
        ],
    )


# Ending together ------------------------------------------------------------------------------

# Two children; the second starts a process of its own, as the worker does with beat.
FAMILY = """
import os, sys
import dev
supervisor = dev.Supervisor()
supervisor.listen()
note = "import os, sys, pathlib; pathlib.Path(sys.argv[1]).write_text(str(os.getpid())); "
sleep = note + "import time; time.sleep(300)"
parent = note + "import subprocess; subprocess.run([sys.executable, '-c', " + repr(sleep) + ", 'grandchild'])"
supervisor.start("The first", [sys.executable, "-c", sleep, os.path.abspath("first")], os.environ)
supervisor.start("The second", [sys.executable, "-c", parent, os.path.abspath("second")], os.environ)
sys.exit(supervisor.watch())
"""


@contextmanager
def family(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], dict[str, int]]]:
    script = FAMILY.replace("'grandchild'", repr(str(tmp_path / "grandchild")))
    script = script.replace('os.path.abspath("first")', repr(str(tmp_path / "first")))
    script = script.replace('os.path.abspath("second")', repr(str(tmp_path / "second")))
    process = subprocess.Popen(
        [sys.executable, "-c", script], cwd=DEV.parent, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        names = ("first", "second", "grandchild")
        eventually(lambda: all((tmp_path / name).exists() and (tmp_path / name).read_text() for name in names))
        yield process, {name: int((tmp_path / name).read_text()) for name in names}
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_all_and_that_is_no_error(tmp_path, number):
    with family(tmp_path) as (process, pids):
        process.send_signal(number)
        text, _ = process.communicate(timeout=60)

        assert (process.returncode, text) == (0, "\nStopping …\n")
        assert [name for name, pid in pids.items() if is_running(pid)] == []


@pytest.mark.parametrize(("name", "title"), [("first", "The first"), ("second", "The second")])
def test_the_death_of_one_ends_all_with_its_code(tmp_path, name, title):
    with family(tmp_path) as (process, pids):
        os.kill(pids[name], signal.SIGKILL)
        text, _ = process.communicate(timeout=60)

        assert process.returncode == 137
        assert text == f"\n{title} ended by itself (exit code 137); stopping the rest …\n"
        assert [name for name, pid in pids.items() if is_running(pid)] == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children that their parent was killed")
def test_children_end_when_their_parent_is_killed(tmp_path):
    with family(tmp_path) as (process, pids):
        process.kill()
        process.wait(timeout=60)

        eventually(lambda: not is_running(pids["first"]) and not is_running(pids["second"]))
        os.kill(pids["grandchild"], signal.SIGKILL)


# Restarting -----------------------------------------------------------------------------------

# A web server that stays and a worker that notes each of its starts, leaves a process behind and ends.
SHORT_LIVED = """
import os, sys
import dev
supervisor = dev.Supervisor(pauses={pauses})
supervisor.listen()
note = "import os, sys, pathlib; pathlib.Path(sys.argv[1]).open('a').write(str(os.getpid()) + chr(10)); "
server = note + "import time; time.sleep(300)"
left_behind = note + "import time; time.sleep(300)"
worker = note + "import subprocess, time; "
worker += "subprocess.Popen([sys.executable, '-c', " + repr(left_behind) + ", {left!r}]); " + {ending!r}
supervisor.start("The web server", [sys.executable, "-c", server, {server!r}], os.environ)
supervisor.start("The worker", [sys.executable, "-c", worker, {worker!r}], os.environ, without_it="mails wait.")
sys.exit(supervisor.watch())
"""


@contextmanager
def site_of(tmp_path: Path, *, pauses: tuple[float, ...], ending: str) -> Iterator[subprocess.Popen[str]]:
    """The supervisor of a server and a worker, which note their processes in `server`, `worker` and `left`."""
    files = {name: str(tmp_path / name) for name in ("server", "worker", "left")}
    with (tmp_path / "words").open("w") as words:
        process = subprocess.Popen(
            [sys.executable, "-c", SHORT_LIVED.format(pauses=pauses, ending=ending, **files)],
            cwd=DEV.parent,
            stdout=words,
            stderr=words,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def pids(path: Path) -> list[int]:
    return [int(line) for line in path.read_text().splitlines()] if path.exists() else []


# The worker ends only once what it leaves behind has noted itself.
ENDS = "[time.sleep(0.02) for _ in range(3000) if not os.path.exists({left!r})]; os._exit(3)"


def test_a_worker_that_ends_is_restarted_while_the_site_stays_up(tmp_path):
    with site_of(tmp_path, pauses=(0, 0), ending="time.sleep(300)") as process:
        eventually(lambda: pids(tmp_path / "worker") and pids(tmp_path / "left"))
        (first,) = pids(tmp_path / "worker")
        os.kill(first, signal.SIGKILL)
        eventually(lambda: len(pids(tmp_path / "left")) == 2)
        before, now = pids(tmp_path / "left")

        eventually(lambda: not is_running(before))
        assert all(is_running(pid) for pid in (*pids(tmp_path / "server"), pids(tmp_path / "worker")[1], now))
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        assert [pid for name in ("server", "worker", "left") for pid in pids(tmp_path / name) if is_running(pid)] == []
    assert (tmp_path / "words").read_text() == (
        "\nThe worker ended unexpectedly (exit code 137). The site stays up; restart 1 of 2 in 0 seconds.\n"
        "\nStopping …\n"
    )


def test_a_worker_that_ends_again_and_again_is_given_up_and_the_site_stays_up(tmp_path):
    ending = ENDS.format(left=str(tmp_path / "left"))
    with site_of(tmp_path, pauses=(0, 0.1), ending=ending) as process:
        eventually(lambda: "not restarted again" in (tmp_path / "words").read_text())
        (server,) = pids(tmp_path / "server")

        assert len(pids(tmp_path / "worker")) == 3
        assert process.poll() is None
        assert is_running(server)
        eventually(lambda: not any(is_running(pid) for pid in pids(tmp_path / "left")))
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 3
    assert (tmp_path / "words").read_text() == (
        "\nThe worker ended unexpectedly (exit code 3). The site stays up; restart 1 of 2 in 0 seconds.\n"
        "\nThe worker ended unexpectedly (exit code 3). The site stays up; restart 2 of 2 in 0.1 seconds.\n"
        "\nThe worker ended unexpectedly (exit code 3). The site stays up; mails wait.\n"
        "It was restarted 2 times within 10 minutes and is not restarted again. "
        "The reason is in the lines above. To try again: stop with Ctrl-C and run this command again.\n"
        "\nStopping …\n"
    )


def test_the_end_of_the_web_server_ends_the_worker_as_well(tmp_path):
    with site_of(tmp_path, pauses=(0, 0), ending="time.sleep(300)") as process:
        eventually(lambda: pids(tmp_path / "server") and pids(tmp_path / "worker") and pids(tmp_path / "left"))
        os.kill(*pids(tmp_path / "server"), signal.SIGKILL)

        assert process.wait(60) == 137
        assert [pid for name in ("worker", "left") for pid in pids(tmp_path / name) if is_running(pid)] == []
    assert "The web server ended by itself (exit code 137)" in (tmp_path / "words").read_text()


def test_restarts_of_long_ago_do_not_count(monkeypatch, capsys):
    clock = 1000.0
    monkeypatch.setattr(dev.time, "monotonic", lambda: clock)
    supervisor = dev.Supervisor(pauses=(0,))
    supervisor.start("The worker", [sys.executable, "-c", ""], os.environ, without_it="mails wait.")
    child = supervisor.children[0]
    for _ in range(3):
        child.process.wait()
        assert supervisor._ended() is None
        clock += dev.RESTARTS_WITHIN + 1
    child.process.wait()

    assert supervisor.gave_up == 0
    assert capsys.readouterr().out.count("restart 1 of 1") == 3


# Backup and restore ---------------------------------------------------------------------------


def test_backup_and_restore_are_commands_of_the_site(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setattr(dev, "install", lambda lock: Path(sys.executable))
    seen = []

    def call(command, env):
        # While a backup is being restored, no site may start on the same data.
        try:
            with dev.exclusive(tmp_path / "run.lock", wait=False):
                held = False
        except dev.Problem as problem:
            held = "being restored" in str(problem)
        seen.append((command[1:], env["DATA_DIR"], held))
        return 0

    monkeypatch.setattr(dev, "call", call)

    assert dev.main(["backup", "site.tar"]) == 0
    assert capsys.readouterr().out == ""
    assert dev.main(["restore", "site.tar", "--yes"]) == 0
    assert seen == [
        (["manage.py", "backup", "site.tar"], str(tmp_path), False),
        (["manage.py", "restore", "site.tar", "--yes"], str(tmp_path), True),
    ]
    assert "1. python3 dev.py run --without-worker" in capsys.readouterr().out


def test_nothing_is_restored_into_a_running_site(tmp_path, monkeypatch):
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setattr(dev, "manage", lambda arguments: pytest.fail("it was restored"))

    with (
        dev.exclusive(tmp_path / "run.lock", wait=False, note="Convoke already runs: http://localhost:8000"),
        pytest.raises(dev.Problem, match="already runs"),
    ):
        dev.restore(["site.tar", "--yes"])
