"""How a database is dumped and replaced: PostgreSQL by its own programs, SQLite by its own backup."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from django.db import connection


class BackupRefused(Exception):
    """Nothing was replaced; the message says why."""


class Engine:
    """`member` is the database's name in the archive, `copy` the database that is made beside the present one."""

    member: str
    copy: str

    def __init__(self) -> None:
        self.name = str(connection.settings_dict["NAME"])

    def dump(self, path: Path) -> None:
        raise NotImplementedError

    def require_unused(self) -> None:
        """Raises BackupRefused while another process uses the database, as far as the database shows it."""

    def load_copy(self, source: IO[bytes]) -> None:
        raise NotImplementedError

    def drop_copy(self) -> None:
        raise NotImplementedError

    def swap(self) -> None:
        """The copy takes the place of the present database, which is gone."""
        raise NotImplementedError


def the_engine() -> Engine:
    """The engine of the site's own database."""
    return Postgres() if connection.vendor == "postgresql" else Sqlite()


class Sqlite(Engine):
    member = "database.sqlite3"

    def __init__(self) -> None:
        super().__init__()
        self.copy = f"{self.name}.restored"

    def dump(self, path: Path) -> None:
        with contextlib.closing(sqlite3.connect(self.name)) as source, contextlib.closing(sqlite3.connect(path)) as to:
            source.backup(to)

    def load_copy(self, source: IO[bytes]) -> None:
        self.drop_copy()
        Path(self.copy).touch(mode=0o600)
        with Path(self.copy).open("wb") as file:
            shutil.copyfileobj(source, file)
        try:
            with contextlib.closing(sqlite3.connect(self.copy)) as database:
                answer = database.execute("PRAGMA integrity_check").fetchone()[0]
        except sqlite3.DatabaseError as error:
            answer = str(error)
        if answer != "ok":
            raise BackupRefused(f"The database in this backup is damaged: {answer}")

    def drop_copy(self) -> None:
        _unlink(self.copy)

    def require_unused(self) -> None:
        connection.close()
        self._close_log(self.name)

    def swap(self) -> None:
        # A log that stayed would be taken for the log of the database that comes in its place.
        self._close_log(self.name)
        self._close_log(self.copy)
        Path(self.copy).replace(self.name)

    def _close_log(self, name: str) -> None:
        """Writes the log into the database and deletes it. SQLite does that for the only process there is, no other."""
        if not Path(name).exists():
            return
        try:
            with contextlib.closing(sqlite3.connect(name, timeout=1)) as database:
                database.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.OperationalError as error:
            raise BackupRefused(f"Another process uses the database {name}. Stop the site first.") from error
        except sqlite3.DatabaseError:
            # It is damaged, which may be why it is to be replaced.
            for suffix in ("-wal", "-shm"):
                Path(f"{name}{suffix}").unlink(missing_ok=True)


def _unlink(database: str) -> None:
    for suffix in ("", "-wal", "-shm"):
        Path(f"{database}{suffix}").unlink(missing_ok=True)


class Postgres(Engine):
    member = "database.dump"

    def __init__(self) -> None:
        super().__init__()
        self.copy, self.replaced = f"{self.name}_restored", f"{self.name}_replaced"

    def dump(self, path: Path) -> None:
        options = ["--format=custom", "--no-owner", "--no-privileges", f"--file={path}"]
        self._run(["pg_dump", *options, f"--dbname={self._address(self.name)}"])

    def require_unused(self) -> None:
        connection.close()
        with self._server() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend'",
                [self.name],
            )
            used = cursor.fetchone()[0]
            cursor.execute("SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user")
            may_create = cursor.fetchone()[0]
        if used:
            raise BackupRefused(f"The database {self.name} is in use ({used} connections). Stop web, worker and beat.")
        if not may_create:
            raise BackupRefused(
                "The database's user may not make databases; an administrator does: ALTER ROLE … CREATEDB"
            )

    def load_copy(self, source: IO[bytes]) -> None:
        self.drop_copy()
        with self._server() as cursor:
            cursor.execute(
                "SELECT pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database WHERE datname = %s",
                [self.name],
            )
            found = cursor.fetchone()
            like = " TEMPLATE template0 ENCODING %s LC_COLLATE %s LC_CTYPE %s" if found else ""
            cursor.execute(f"CREATE DATABASE {self._quoted(self.copy)}{like}", found)
        options = ["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges", "--no-comments"]
        self._run(["pg_restore", *options, f"--dbname={self._address(self.copy)}"], source)

    def drop_copy(self) -> None:
        connection.close()
        with self._server() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {self._quoted(self.copy)}")

    def swap(self) -> None:
        self.require_unused()
        with self._server() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {self._quoted(self.replaced)}")
            cursor.execute("SELECT EXISTS (SELECT FROM pg_database WHERE datname = %s)", [self.name])
            renamed = [(self.copy, self.name)]
            if cursor.fetchone()[0]:
                renamed.insert(0, (self.name, self.replaced))
            cursor.execute("BEGIN")
            for before, after in renamed:
                cursor.execute(f"ALTER DATABASE {self._quoted(before)} RENAME TO {self._quoted(after)}")
            cursor.execute("COMMIT")
            cursor.execute(f"DROP DATABASE IF EXISTS {self._quoted(self.replaced)}")

    def _server(self) -> contextlib.AbstractContextManager[Any]:
        """A cursor on the server beside the site's own database, which can be made and dropped from there."""
        return connection._nodb_cursor()

    def _quoted(self, name: str) -> str:
        return connection.ops.quote_name(name)

    def _address(self, name: str) -> str:
        """As PostgreSQL's programs take it; without the password, which others could read in the list of processes."""
        from psycopg2.extensions import make_dsn

        settings = connection.settings_dict
        parts = {"host": settings["HOST"], "port": settings["PORT"], "user": settings["USER"], **settings["OPTIONS"]}
        return make_dsn(dbname=name, **{key: value for key, value in parts.items() if value})

    def _run(self, command: Sequence[str], source: IO[bytes] | None = None) -> None:
        if shutil.which(command[0]) is None:
            raise BackupRefused(f"{command[0]} is missing. On Debian or Ubuntu: apt-get install postgresql-client")
        password = str(connection.settings_dict["PASSWORD"])
        env = {**os.environ, "PGPASSWORD": password} if password else {**os.environ}
        with tempfile.TemporaryFile() as errors:
            process = subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=errors, stderr=errors)
            # A program that ends early breaks the pipe; its own words say why it did.
            with process, contextlib.suppress(BrokenPipeError), process.stdin as stdin:
                if source:
                    shutil.copyfileobj(source, stdin)
            errors.seek(0)
            if process.returncode:
                raise BackupRefused(f"{command[0]} failed: {errors.read().decode(errors='replace').strip()}")
