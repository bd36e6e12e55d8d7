"""A circuit breaker for a server that a page can do without."""

import threading
import time


class CircuitBreaker:
    """Stops asking a lost server for `seconds`, so that not every request waits for the same timeout again.

    All threads of a process share one. Once the time is over one thread tries again, while the others still do without.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._silent_until: float | None = None
        self._lock = threading.Lock()

    def may_try(self) -> bool:
        """Whether the server may be asked now. Says yes to one thread only while the server is thought to be lost."""
        if self._silent_until is None:
            return True
        with self._lock:
            now = time.monotonic()
            if self._silent_until is not None and now < self._silent_until:
                return False
            self._silent_until = now + self.seconds
            return True

    def failed(self) -> bool:
        """Notes that the server did not answer. True for the first failure in a row: the one to write to the log."""
        with self._lock:
            first = self._silent_until is None
            self._silent_until = time.monotonic() + self.seconds
            return first

    def succeeded(self) -> bool:
        """Notes that the server answered. True where it was thought to be lost until now."""
        if self._silent_until is None:
            return False
        with self._lock:
            self._silent_until = None
            return True
