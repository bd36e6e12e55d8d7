"""Work on uploaded files in the process of the test, where many small files are read and none is hostile."""

import importlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from conference import sandbox


@contextmanager
def in_place() -> Iterator[None]:
    """Starts no child process, and sets no limits. What the job returns still has to pass through JSON."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sandbox, "run", _run)
        yield


def _run(job: str, content: bytes, options: Mapping[str, Any], **_limits: int) -> Any:
    module, function = job.split(":")
    return json.loads(json.dumps(getattr(importlib.import_module(module), function)(content, **options)))
