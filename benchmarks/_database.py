"""Databases of their own for measurements: made empty, migrated, dropped again."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

import psycopg2

ROOT = Path(__file__).resolve().parent.parent


def server_url() -> str:
    """The PostgreSQL server to measure on, or an empty string: then SQLite is measured."""
    return os.environ.get("TEST_DATABASE_URL", "")


@contextlib.contextmanager
def fresh(server: str) -> Iterator[dict[str, str]]:
    """The environment of a site with a migrated database of its own, on the PostgreSQL `server` or, if empty, SQLite.

    The database and the data folder are gone afterwards.
    """
    folder = Path(tempfile.mkdtemp(prefix="convoke-bench-"))
    name = f"convoke_bench_{uuid.uuid4().hex[:12]}"
    url = urlunsplit(urlsplit(server)._replace(path=f"/{name}")) if server else f"sqlite:///{folder}/bench.sqlite3"
    environment = {**os.environ, "DATABASE_URL": url, "DATA_DIR": str(folder), "LOG_LEVEL": "ERROR"}
    environment.setdefault("SECRET_KEY", uuid.uuid4().hex * 2)
    try:
        if server:
            _administer(server, f'CREATE DATABASE "{name}"')
        manage(environment, "migrate", "-v0")
        yield environment
    finally:
        if server:
            _administer(server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        shutil.rmtree(folder, ignore_errors=True)


def manage(environment: dict[str, str], *arguments: str) -> None:
    subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, env=environment, check=True)


def _administer(server: str, statement: str) -> None:
    parts = urlsplit(server)
    connection = psycopg2.connect(
        host=parts.hostname,
        port=parts.port or 5432,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        dbname="postgres",
    )
    connection.autocommit = True
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute(statement)
