"""A mail server that takes everything and keeps no more than who got it when."""

import asyncio
import contextlib
import threading
import time
from collections import Counter


class Sink:
    """Runs in a thread of this process. `received` counts mails by address."""

    def __init__(self) -> None:
        self.received: Counter[str] = Counter()
        self.last_at = 0.0
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()
        self._started.wait()

    def has(self, some: int, prefix: str) -> bool:
        """Whether so many addresses that begin with `prefix` have got a mail."""
        # A copy, since the server's thread goes on.
        return sum(address.startswith(prefix) for address in tuple(self.received)) >= some

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0, limit=2**20))
        self.port: int = server.sockets[0].getsockname()[1]
        self._started.set()
        self._loop.run_forever()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A client that was killed resets its connection.
        with contextlib.suppress(ConnectionError):
            await self._talk(reader, writer)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 sink\r\n")
        recipients: list[str] = []
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"RCPT":
                recipients.append(line.partition(b"<")[2].partition(b">")[0].decode())
            elif verb == b"DATA":
                writer.write(b"354 go on\r\n")
                while await reader.readline() != b".\r\n":
                    pass
                self.received.update(recipients)
                self.last_at = time.monotonic()
                recipients = []
            elif verb == b"QUIT":
                writer.write(b"221 bye\r\n")
                break
            writer.write(b"250 ok\r\n")
            await writer.drain()
        writer.close()
