"""Files in the storage, and the rows that name them: a file is stored before its row, and deleted after it."""

import datetime
import logging
from collections.abc import Callable, Iterable

from django.core.files.storage import Storage, default_storage
from django.utils import timezone

logger = logging.getLogger(__name__)

# A file younger than this may belong to a row that is just being written.
ORPHAN_AFTER = datetime.timedelta(days=1)


def discard(storage: Storage, name: str) -> None:
    """Deletes a file whose row is gone. What cannot be deleted now, `sweep` finds later."""
    try:
        storage.delete(name)
    # Each storage backend has errors of its own, and the change that made the file superfluous stands.
    except Exception:
        logger.exception("A file could not be deleted.")


def sweep(folder: str, *, named: Callable[[int], Iterable[str]]) -> int:
    """Deletes files below `folder`/<conference's primary key>/ that no row names and that are older than a day.

    They are left by processes that died between storing and committing, and by conferences that are gone. `named`
    gives the names in the rows of a conference. Returns how many files went.
    """
    gone = 0
    try:
        conferences, _files = default_storage.listdir(folder)
    except FileNotFoundError:
        return 0
    for conference in filter(str.isdecimal, conferences):
        _folders, names = default_storage.listdir(f"{folder}/{conference}")
        paths = {f"{folder}/{conference}/{name}" for name in names}
        for path in sorted(paths - set(named(int(conference)))):
            if default_storage.get_modified_time(path) < timezone.now() - ORPHAN_AFTER:
                discard(default_storage, path)
                gone += 1
    return gone
