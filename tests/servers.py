"""A cable in front of a server that other tests use, too: pulled and plugged in again without ending the server."""

import contextlib
import socket
import threading
from collections.abc import Iterator


class Cable:
    """Passes on what comes to `port` to the server. Pulled, it refuses connections and ends those that are open."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._listen()

    def pull(self) -> None:
        # A thread that waits in accept() keeps the port open until it is woken.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)
        with self._lock:
            ending, self._open = self._open, []
        for end in ending:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def plug_in(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._listen()

    def _listen(self) -> None:
        self._thread = threading.Thread(target=self._accept, args=[self._listener], daemon=True)
        self._thread.start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                here = listener.accept()[0]
            except OSError:
                return
            there = socket.create_connection(self._server, timeout=10)
            there.settimeout(None)
            with self._lock:
                self._open += [here, there]
            for source, target in ((here, there), (there, here)):
                threading.Thread(target=_pass_on, args=[source, target], daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def cable_to(host: str, port: int) -> Iterator[Cable]:
    cable = Cable(host, port)
    try:
        yield cable
    finally:
        cable.pull()
