"""The job queue on files: several processes that are killed, and files that nobody can read."""

import contextlib
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from queue import Empty

import pytest

from config import transport
from tests.processes import ROOT, wait_until

JOBS = Path(__file__).with_name("transport_jobs.py")
WRITERS, READERS = ("writer-1", "writer-2", "writer-3"), ("reader-1", "reader-2", "reader-3")


class Processes:
    """Writers and readers by name; each can be killed and started again."""

    def __init__(self, folder: Path, *, messages: int) -> None:
        self.folder = folder
        self.messages = messages
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, *names: str) -> None:
        for name in names:
            command = [sys.executable, str(JOBS), "write" if name in WRITERS else "read"]
            with (self.folder / f"{name}.log").open("ab") as log:
                self.running[name] = subprocess.Popen(
                    [*command, str(self.folder), name, str(self.messages)],
                    env={**os.environ, "PYTHONPATH": str(ROOT)},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                )

    def kill(self, name: str) -> bool:
        """Whether it ran until then."""
        process = self.running[name]
        process.kill()
        return process.wait() == -9

    def end(self, *names: str) -> None:
        """Wait for the end of these. Each must have ended well."""
        for name in names:
            assert self.running[name].wait(60) == 0, (self.folder / f"{name}.log").read_text()

    def noted(self, *names: str) -> list[str]:
        return [line for name in names for line in (self.folder / name).read_text().splitlines()]

    def count(self, *names: str) -> int:
        return len(self.noted(*(name for name in names if (self.folder / name).exists())))


@contextlib.contextmanager
def processes(folder: Path, *, messages: int) -> Iterator[Processes]:
    started = Processes(folder, messages=messages)
    try:
        started.start(*WRITERS, *READERS)
        yield started
        assert {name: (folder / f"{name}.log").read_text() for name in started.running} == dict.fromkeys(
            started.running, ""
        )
    finally:
        for process in started.running.values():
            process.kill()
            process.wait()


@pytest.fixture
def channel(tmp_path) -> Iterator[transport.Channel]:
    from tests.config.transport_jobs import connection

    with connection(tmp_path) as broker:
        yield broker.default_channel


def test_six_processes_pass_each_message_on_once(tmp_path):
    with processes(tmp_path, messages=700) as started:
        started.end(*WRITERS)
        (tmp_path / "stop").touch()
        started.end(*READERS)

        assert Counter(started.noted(*READERS)) == Counter(started.noted(*WRITERS))
    assert len(started.noted(*READERS)) == 3 * 700
    assert list((tmp_path / "messages").iterdir()) == []


def test_ten_thousand_messages_while_writers_and_readers_are_killed(tmp_path):
    killed = Counter()
    with processes(tmp_path, messages=3334) as started:
        for step in range(1, 13):
            name = (*WRITERS, *READERS)[step % 6]
            wait_until(lambda step=step: started.count(*WRITERS) > step * 700, what="messages are being written")
            killed[name[:6]] += started.kill(name)
            started.start(name)
        started.end(*WRITERS)
        (tmp_path / "stop").touch()
        started.end(*READERS)
        sent, received = started.noted(*WRITERS), Counter(started.noted(*READERS))

    assert killed["writer"] >= 4
    assert killed["reader"] >= 4
    # A writer that was killed between sending and noting it sends it once more, as a message of its own.
    repeated = {message: times for message, times in received.items() if times > 1}
    assert sum(repeated.values()) - len(repeated) <= killed["writer"]
    assert len(set(sent)) == len(sent) == 3 * 3334
    # A reader that was killed may have taken one message that nobody will see again; no other is lost.
    assert len(set(sent) - set(received)) <= killed["reader"]
    assert set(received) <= set(sent)


def test_messages_come_in_the_order_in_which_they_were_sent(channel):
    for number in range(20):
        channel._put("jobs", {"number": number})

    assert [channel._get("jobs")["number"] for _ in range(20)] == list(range(20))
    with pytest.raises(Empty):
        channel._get("jobs")


def test_queues_do_not_see_each_others_messages(channel):
    channel._put("jobs", {"of": "jobs"})
    channel._put("more.jobs", {"of": "more.jobs"})

    assert (channel._size("jobs"), channel._size("more.jobs")) == (1, 1)
    assert channel._get("more.jobs") == {"of": "more.jobs"}
    assert channel._purge("jobs") == 1
    assert channel._size("jobs") == 0


def test_an_unfinished_message_waits_until_it_is_whole(channel, tmp_path):
    channel._put("jobs", {"number": 1})
    (whole,) = (tmp_path / "messages").iterdir()
    draft = whole.rename(whole.with_name(f"{whole.name}.draft"))

    assert (channel._size("jobs"), channel._purge("jobs")) == (0, 0)
    with pytest.raises(Empty):
        channel._get("jobs")
    draft.rename(whole)
    assert channel._get("jobs") == {"number": 1}


def test_a_message_that_another_process_took_meanwhile_is_passed_over(channel, tmp_path):
    for number in range(3):
        channel._put("jobs", {"number": number})
    assert channel._get("jobs") == {"number": 0}
    sorted((tmp_path / "messages").iterdir())[0].unlink()

    assert channel._get("jobs") == {"number": 2}


@pytest.mark.parametrize("content", [b"", b'{"body": "half', b"\xff\xfe"])
def test_a_message_that_nobody_can_read_does_not_stop_those_behind_it(channel, tmp_path, caplog, content):
    (tmp_path / "messages" / "0000_a.jobs.msg").write_bytes(content)
    channel._put("jobs", {"number": 1})

    assert channel._get("jobs") == {"number": 1}
    assert caplog.messages == ["A message of the job queue could not be read and was deleted: 0000_a.jobs.msg"]
    assert list((tmp_path / "messages").iterdir()) == []


def test_a_table_that_nobody_can_read_is_written_again(channel, tmp_path):
    channel._queue_bind("jobs", "jobs", "", "first")
    (tmp_path / "control" / "jobs.exchange").write_bytes(b"[[")

    assert channel.get_table("jobs") == []
    channel._queue_bind("jobs", "jobs", "", "second")
    assert [row.queue for row in channel.get_table("jobs")] == ["second"]


def test_a_table_holds_each_queue_once_until_it_is_deleted(channel):
    for queue in ("first", "second", "first"):
        channel._queue_bind("jobs", "jobs", "", queue)
    assert {row.queue for row in channel.get_table("jobs")} == {"first", "second"}

    channel._put("first", {"number": 1})
    channel._delete("first", "jobs", "jobs", "")

    assert [row.queue for row in channel.get_table("jobs")] == ["second"]
    assert channel._size("first") == 0


def test_a_full_disk_is_said_and_leaves_nothing_behind(channel, tmp_path, monkeypatch):
    def full(*_arguments, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)

    with pytest.raises(transport.ChannelError, match="No space left on device"):
        channel._put("jobs", {"number": 1})
    assert list((tmp_path / "messages").iterdir()) == []


def test_what_killed_writers_left_is_deleted_after_an_hour(channel, tmp_path):
    old, new = tmp_path / "messages" / "old.draft", tmp_path / "messages" / "new.draft"
    for draft in (old, new):
        draft.touch()
    past = time.time() - transport.ABANDONED_AFTER - 60
    os.utime(old, (past, past))

    channel.connection.client.clone().default_channel.close()

    assert list((tmp_path / "messages").iterdir()) == [new]
