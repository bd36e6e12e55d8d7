"""The job queue of an embedded site: kombu's transport on files, for several processes that may be killed at any time.

kombu's own reads messages and tables that are still being written. Here whatever others read is written under another
name first and then renamed, so that it is there whole or not at all. Whoever manages to delete a message has it: a
message is read at most once, and one that a killed process had taken is gone. The database is the record of truth.
"""

import contextlib
import fcntl
import logging
import time
import uuid
from collections import defaultdict, deque
from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps, loads

logger = logging.getLogger(__name__)

# The scheme of the broker's URL: files://
SCHEME = "files"
# Writing takes milliseconds: the writer of a file that is still unfinished after so many seconds was killed.
ABANDONED_AFTER = 3600


class Channel(filesystem.Channel):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Names of messages by queue, as they were listed last; another process may have taken them since.
        self._listed: defaultdict[str, deque[str]] = defaultdict(deque)
        for folder in (self.data_folder_in, self.data_folder_out, self.control_folder):
            Path(folder).mkdir(parents=True, exist_ok=True)
            _tidy(Path(folder))

    # Messages ---------------------------------------------------------------------------------

    def _put(self, queue: str, payload: dict[str, Any], **_kwargs: Any) -> None:
        """Add a message; it exists once this returns. Raises ChannelError where the disk does not take it."""
        # Readers sort by name, so the name begins with the time. monotonic() would begin again with the machine.
        name = f"{time.time_ns():020}_{uuid.uuid4()}.{queue}.msg"
        _write(Path(self.data_folder_out) / name, payload)

    def _get(self, queue: str) -> dict[str, Any]:
        """Take the oldest message. Raises Empty where there is none."""
        listed = self._listed[queue]
        for fresh in (False, True):
            if fresh:
                names = (path.name for path in Path(self.data_folder_in).iterdir())
                listed.extend(sorted(name for name in names if name.partition(".")[2] == f"{queue}.msg"))
            while listed:
                path = Path(self.data_folder_in) / listed.popleft()
                with contextlib.suppress(FileNotFoundError):
                    text = path.read_bytes()
                    path.unlink()
                    try:
                        return loads(text)
                    except ValueError:
                        # A power cut can leave it so. Nobody can use it, and it must not stop those behind it.
                        logger.warning("A message of the job queue could not be read and was deleted: %s", path.name)
        raise Empty

    # Which queues an exchange feeds -----------------------------------------------------------

    def get_table(self, exchange: str) -> list[filesystem.exchange_queue_t]:
        try:
            rows = loads(self._exchange_file(exchange).read_bytes())
        except FileNotFoundError:
            return []
        except ValueError:
            # Older versions wrote in place and could be killed meanwhile. Each worker binds its queues at its start.
            logger.warning("The table of the exchange %s could not be read and is written again.", exchange)
            return []
        return [filesystem.exchange_queue_t(*row) for row in rows]

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        row = filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or "")
        with self._changing_tables():
            rows = self.get_table(exchange)
            if row not in rows:
                _write(self._exchange_file(exchange), [row, *rows])

    def _delete(self, queue: str, exchange: str, routing_key: str, pattern: str, *args: Any, **kwargs: Any) -> None:
        self._purge(queue)
        row = filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or "")
        with self._changing_tables():
            rows = self.get_table(exchange)
            if row in rows:
                _write(self._exchange_file(exchange), [other for other in rows if other != row])

    @contextlib.contextmanager
    def _changing_tables(self) -> Iterator[None]:
        """One process changes tables at a time. The lock ends with the process, however it ends."""
        with (self.control_folder / "lock").open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


class Transport(filesystem.Transport):
    Channel = Channel


def register() -> None:
    """Make `files://` known to kombu, which finds transports outside of its own package by an alias only."""
    TRANSPORT_ALIASES[SCHEME] = f"{__name__}:{Transport.__name__}"


def _write(path: Path, content: object) -> None:
    """Make a file appear whole, in place of one of that name. Raises ChannelError where that is not possible."""
    draft = path.with_name(f"{path.name}.{uuid.uuid4()}.draft")
    try:
        draft.write_text(dumps(content), encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise ChannelError(f"The job queue cannot write {path}: {error.strerror}") from error


def _tidy(folder: Path) -> None:
    """Delete what writers that were killed left behind."""
    for draft in folder.glob("*.draft"):
        with contextlib.suppress(FileNotFoundError):
            if draft.stat().st_mtime < time.time() - ABANDONED_AFTER:
                draft.unlink()
