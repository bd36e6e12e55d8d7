"""A backup of a site in one file, and its restoring: `docs/decisions/0017-restoring.md`.

The file is a tar archive: the database as `pg_dump` or SQLite's own backup writes it, then the uploads, then an empty
member by which a whole file is known. Restoring makes a second database beside the present one and does all that can
fail there; only then do the two change places.
"""

import contextlib
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from celery import current_app
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from conference.backup_engines import BackupRefused, Engine, Postgres, Sqlite, the_engine
from conference.models import HistoryEntry

UPLOADS, WHOLE = "uploads", "complete"
# Where restored uploads wait among the present ones, in the same file system, until the database is ready.
STAGED = ".restored"


class UploadsNotReplaced(Exception):
    """The database is restored and the uploads are not, or not all of them; the message says why."""


@dataclass(frozen=True)
class Contents:
    """What a site holds; `uploads` is None where they are in a bucket, which is not part of a backup."""

    database: str
    tables: int
    rows: int
    newest_entry: str
    uploads: int | None

    def __str__(self) -> str:
        words = f"the database {self.database} with {self.rows} rows in {self.tables} tables"
        words += f", newest entry of the history {self.newest_entry}" if self.newest_entry else ""
        return words + ("" if self.uploads is None else f", and {self.uploads} uploaded files")


def contents() -> Contents:
    """What the site holds now. Zero tables where its database does not exist yet."""
    names: list[str] = []
    newest, rows = "", 0
    with contextlib.suppress(DatabaseError), connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
        for name in names:
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(name)}")  # noqa: S608 - its own tables
            rows += cursor.fetchone()[0]
        entry = HistoryEntry.objects.order_by("-pk").first() if HistoryEntry._meta.db_table in names else None
        newest = f"{entry.at:%Y-%m-%d %H:%M} UTC" if entry else ""
    files = None if _uploads() is None else len(list(_files(_uploads())))
    return Contents(str(connection.settings_dict["NAME"]), len(names), rows, newest, files)


def write(target: IO[bytes]) -> Contents:
    """Write a backup, while the site may be in use. Raises BackupRefused where a program is missing or fails."""
    engine = the_engine()
    with tempfile.TemporaryDirectory(prefix="convoke-backup-") as folder:
        dump = Path(folder) / engine.member
        engine.dump(dump)
        with tarfile.open(fileobj=target, mode="w|", format=tarfile.PAX_FORMAT) as archive:
            archive.add(dump, engine.member)
            uploads = _uploads()
            for path in _files(uploads) if uploads else ():
                # Deleted meanwhile: the database of the backup may name it, the site copes with that.
                with contextlib.suppress(FileNotFoundError):
                    archive.add(path, f"{UPLOADS}/{path.relative_to(uploads)}", recursive=False)
            archive.addfile(tarfile.TarInfo(WHOLE))
    return contents()


def restore(source: IO[bytes], *, report: Callable[[str], None]) -> None:
    """Replace the database and the uploads by those of a backup. Nothing else may use the database.

    Queued mails are held back and sessions ended, see the command `after_restore`, whose lines go to `report`. Raises
    BackupRefused before anything is replaced: for a file that is not a whole backup, one of another kind of database,
    or one of a newer version of Convoke. Raises UploadsNotReplaced where that alone fails; restoring again is safe.
    """
    engine = the_engine()
    engine.require_unused()
    uploads = _uploads()
    with contextlib.ExitStack() as afterwards:
        staged = uploads / STAGED if uploads else None
        if staged:
            shutil.rmtree(staged, ignore_errors=True)
            staged.mkdir(parents=True)
            afterwards.callback(shutil.rmtree, staged, ignore_errors=True)
        afterwards.callback(engine.drop_copy)
        try:
            _unpack(source, engine, staged)
        except tarfile.TarError as error:
            raise BackupRefused(f"This file is not a whole backup: {error}.") from error
        with _working_on(engine.copy):
            _require_known_migrations()
            call_command("migrate", interactive=False, verbosity=0)
            call_command("after_restore", stdout=_Lines(report))
        engine.swap()
        if uploads and staged:
            try:
                _replace_uploads(uploads, staged)
            except OSError as error:
                raise UploadsNotReplaced(str(error)) from error
    _forget_queue_and_cache(report)


def _forget_queue_and_cache(report: Callable[[str], None]) -> None:
    """What waits there is about rows that may mean something else now."""
    try:
        current_app.control.purge()
        cache.clear()
    except Exception as error:
        # Whatever the broker's library raises: the data is restored, and both may be lost at any time.
        report(f"The job queue and the cache could not be emptied: {error}")


def _unpack(source: IO[bytes], engine: Engine, staged: Path | None) -> None:
    with tarfile.open(fileobj=source, mode="r|") as archive:
        member = archive.next()
        database = archive.extractfile(member) if member and member.isfile() else None
        if member is None or database is None or member.name not in {Sqlite.member, Postgres.member}:
            raise tarfile.TarError("it does not begin with a database")
        if member.name != engine.member:
            raise BackupRefused(f"This backup holds {member.name}; this site's database needs {engine.member}.")
        engine.load_copy(database)
        while (member := archive.next()) is not None and member.name != WHOLE:
            if member.isdir():
                continue
            folder, *parts = Path(member.name).parts
            content = archive.extractfile(member) if member.isfile() else None
            if folder != UPLOADS or ".." in parts or content is None:
                raise tarfile.TarError(f"it holds {member.name}")
            if staged:
                path = staged.joinpath(*parts)
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("wb") as file:
                    shutil.copyfileobj(content, file)
        if member is None:
            raise tarfile.TarError("its end is missing")


def _require_known_migrations() -> None:
    loader = MigrationLoader(None)
    known = {*loader.disk_migrations, *(name for one in loader.disk_migrations.values() for name in one.replaces)}
    applied = set(MigrationRecorder(connection).applied_migrations())
    if not applied:
        raise BackupRefused("The database in this backup is not one of Convoke.")
    unknown = sorted(applied - known)
    if unknown:
        names = ", ".join(f"{app} {name}" for app, name in unknown[:3])
        raise BackupRefused(
            f"This backup was made by a newer version of Convoke ({names}). Update first, then restore."
        )


@contextlib.contextmanager
def _working_on(name: str) -> Iterator[None]:
    """Inside, the default connection leads to another database, as in Django's own test runner."""
    present = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    ContentType.objects.clear_cache()
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = present
        ContentType.objects.clear_cache()


class _Lines:
    """A file for a command's output."""

    def __init__(self, report: Callable[[str], None]) -> None:
        self.report = report

    def write(self, text: str) -> None:
        if text.strip():
            self.report(text.rstrip("\n"))


# Uploads --------------------------------------------------------------------------------------


def _uploads() -> Path | None:
    """Where the uploads are; None where that is a bucket."""
    return Path(default_storage.location) if isinstance(default_storage, FileSystemStorage) else None


def _files(folder: Path | None) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")) if folder else ():
        if path.is_file() and path.relative_to(folder).parts[0] != STAGED:
            yield path


def _replace_uploads(uploads: Path, staged: Path) -> None:
    """The folder itself stays: it may be a volume."""
    for path in uploads.iterdir():
        if path != staged:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in staged.iterdir():
        path.rename(uploads / path.name)
