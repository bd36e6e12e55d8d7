"""Work on hostile files in a process of its own, which has little memory, little time, and knows nothing of the site.

A reader of workbooks or PDFs can be led to take minutes and gigabytes by a small file. The child process has no
settings, no secrets and no Django. When it exceeds its limits, it ends, and the caller gets `Exhausted`.
"""

import contextlib
import importlib
import json
import logging
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)

_ROOT = Path(__file__).resolve().parent.parent
_START = "import sys; sys.path.insert(0, sys.argv[1]); from conference import sandbox; sandbox.serve(*sys.argv[2:])"
MEBIBYTE = 1024 * 1024


class Refused(Exception):
    """The job does not accept the file. `code` is for the caller to put into words, `facts` go into them."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts


class Exhausted(Exception):
    """The file needed more memory or time than it is given, or crashed its reader."""


def run(job: str, content: bytes, options: Mapping[str, Any], *, mebibytes: int, seconds: int) -> Any:
    """The value of `module:function` for `content`, as JSON can carry it, computed by a child process.

    `mebibytes` bounds the child's address space. `seconds` bounds its processor time, and twice as much its whole life.
    Raises Refused as the function raised it, and Exhausted where the child did not come to an end.
    """
    words = [sys.executable, "-I", "-c", _START, str(_ROOT), job, json.dumps(options), str(mebibytes), str(seconds)]
    try:
        done = subprocess.run(
            words,
            input=content,
            capture_output=True,
            timeout=2 * seconds,
            check=False,
            # Libraries for arithmetic start a thread for each processor, each with a stack of its own.
            env={"LC_ALL": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"},
        )
    except subprocess.TimeoutExpired:
        raise Exhausted from None
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        logger.warning("%s ended with code %d: %s", job, done.returncode, done.stderr[-500:].decode(errors="replace"))
        raise Exhausted from None
    if "refused" in answer:
        raise Refused(answer["refused"], **answer["facts"])
    if "value" not in answer:
        raise Exhausted
    return answer["value"]


# In the child ---------------------------------------------------------------------------------


def serve(job: str, options: str, mebibytes: str, seconds: str) -> None:
    """Sets the limits, then answers on standard output."""
    _limit(int(mebibytes) * MEBIBYTE, int(seconds))
    module, function = job.split(":")
    try:
        content = sys.stdin.buffer.read()
        answer = {"value": getattr(importlib.import_module(module), function)(content, **json.loads(options))}
        written = json.dumps(answer)
    except Refused as refusal:
        written = json.dumps({"refused": refusal.code, "facts": refusal.facts})
    except MemoryError:
        written = json.dumps({"exhausted": True})
    sys.stdout.write(written)
    sys.stdout.flush()
    # Nothing is worth tidying up, and a library in trouble may not manage to.
    os._exit(0)


def _limit(memory: int, seconds: int) -> None:
    import resource

    for limit, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        # macOS does not know all of them; there the time limit of the parent remains.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(limit, (value, value))
