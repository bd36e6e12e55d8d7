"""Jobs that a child process is given to show its limits. Imports nothing that such a process does not have."""

import os
import resource
import sys

from conference import sandbox


def eat_memory(_content: bytes) -> int:
    return len(b"0" * 1024 * sandbox.MEBIBYTE)


def eat_time(_content: bytes) -> None:
    while True:
        pass


def crash(_content: bytes) -> None:
    os.abort()


def refuse(_content: bytes, *, reason: str) -> None:
    raise sandbox.Refused(reason, number=7)


def surroundings(_content: bytes) -> list[object]:
    return [sorted(os.environ), "django" in sys.modules, resource.getrlimit(resource.RLIMIT_FSIZE)[0]]
