"""Backup and restore as an operator does it: by commands, on a site with a database of its own."""

import contextlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg2
import pytest
from django.conf import settings

from tests.processes import ROOT

pytestmark = [
    pytest.mark.databases,
    pytest.mark.skipif(
        settings.DATABASES["default"]["ENGINE"].endswith("postgresql")
        and not os.environ.get("CI")
        and shutil.which("pg_restore") is None,
        reason="pg_dump and pg_restore are missing: apt-get install postgresql-client",
    ),
]

# A conference, its mails in every state, a wave that is being sent, sessions and uploads.
PREPARE = """
from pathlib import Path
from uuid import uuid4
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone
from conference.models import Conference
from mailings.models import Mail
from mailings.sealing import seal
from registrations.models import Wave

call_command("migrate", verbosity=0)
call_command("load_concept_note", verbosity=0)
now = timezone.now()
conference = Conference.objects.get()
for status in ("queued", "held", "claimed", "sending", "sent", "failed", "uncertain", "cancelled"):
    mail = Mail(conference=conference, key=f"{status}:1", kind="invitation", to=["mayor@city.example"], status=status)
    mail.subject, mail.sealed = status, seal({"reply_link": status})
    if status in {"claimed", "sending"}:
        mail.claim, mail.lease_until = uuid4(), now
    if status == "sent":
        mail.sent_at = now
    mail.save()
Mail.objects.create(key="code:1", kind="account", to=["mayor@city.example"], subject="code", sealed=seal({"a": "1"}))
Wave.objects.create(conference=conference, name="Wave 1", reply_by=conference.today, status="sending", started_at=now)
Session.objects.create(session_key="a" * 32, session_data="x", expire_date=now)
for name in ("slides/a.pdf", "slides/b.pdf", "photo.png"):
    path = Path(settings.MEDIA_ROOT) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(name)
call_command("backup", BACKUP)
"""
# What happens on the site after the backup was made, by a newer version of the code.
LATER = """
from pathlib import Path
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from conference.models import City, Conference
from mailings.models import Mail

call_command("migrate", verbosity=0)
with connection.cursor() as cursor:
    cursor.execute("INSERT INTO newer (words) VALUES ('later')")
Conference.objects.update(title="Changed later")
City.objects.filter(delegation=None).delete()
uploads = Path(settings.MEDIA_ROOT)
(uploads / "slides" / "a.pdf").write_text("changed later")
(uploads / "slides" / "b.pdf").unlink()
(uploads / "later.pdf").write_text("later")
Mail.objects.all().delete()
call_command("backup", BACKUP)
"""
NEWER_SETTINGS = """
from config.settings import *

MIGRATION_MODULES = {"conference": "newer_migrations"}
"""
NEWER_PACKAGE = """
import os
from conference import migrations

__path__ = [*migrations.__path__, os.path.dirname(__file__)]
"""
NEWER_MIGRATION = """
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("conference", "{latest}")]
    operations = [
        migrations.RunSQL("CREATE TABLE newer (words varchar(20) NOT NULL)"),
        migrations.RunSQL("ALTER TABLE conference_conference ADD COLUMN newer integer NOT NULL DEFAULT 1"),
    ]
"""
# What restoring changes on purpose.
CHANGED = {"mailings_mail", "django_session", "registrations_wave", "conference_historyentry"}


@dataclass
class Site:
    """A site with a database of its own, worked on by commands."""

    folder: Path
    url: str

    @property
    def is_sqlite(self) -> bool:
        return self.url.startswith("sqlite")

    @property
    def uploads(self) -> Path:
        return self.folder / "data" / "media"

    @property
    def environment(self) -> dict[str, str]:
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL") if name in os.environ}
        return {
            **inherited,
            "PYTHONPATH": f"{ROOT}:{self.folder}",
            "SECRET_KEY": "k" * 60,
            "DATA_DIR": str(self.folder / "data"),
            "DATABASE_URL": self.url,
            "REDIS_URL": settings.REDIS_URL,
            "LOG_LEVEL": "ERROR",
        }

    def command(self, *arguments: str, newer: bool = False, **options: Any) -> subprocess.CompletedProcess[str]:
        environment = {**self.environment, **({"DJANGO_SETTINGS_MODULE": "newer_settings"} if newer else {})}
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=environment,
            text=True,
            capture_output=True,
            timeout=180,
            check=False,
            **{"stdin": subprocess.DEVNULL, **options},
        )

    def do(self, code: str, *, newer: bool = False) -> None:
        done = self.command("shell", "--verbosity", "0", "-c", code, newer=newer)
        assert done.returncode == 0, done.stderr

    def connect(self) -> Any:
        if self.is_sqlite:
            return sqlite3.connect(self.folder / "site.sqlite3")
        return psycopg2.connect(self.url)

    def rows(self) -> dict[str, list[dict[str, Any]]]:
        """All rows of all tables, sorted."""
        tables = (
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'sqlite_sequence'"
            if self.is_sqlite
            else "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        )
        found = {}
        with contextlib.closing(self.connect()) as database:
            cursor = database.cursor()
            cursor.execute(tables)
            for (name,) in cursor.fetchall():
                cursor.execute(f'SELECT * FROM "{name}"')
                columns = [column[0] for column in cursor.description]
                found[name] = sorted((dict(zip(columns, row, strict=True)) for row in cursor.fetchall()), key=str)
        return found

    def files(self) -> dict[str, str]:
        return {
            str(path.relative_to(self.uploads)): path.read_text()
            for path in sorted(self.uploads.rglob("*"))
            if path.is_file()
        }


@contextlib.contextmanager
def new_site(folder: Path) -> Iterator[Site]:
    migrations = folder / "newer_migrations"
    migrations.mkdir()
    latest = sorted((ROOT / "conference" / "migrations").glob("0*.py"))[-1].stem
    (folder / "newer_settings.py").write_text(NEWER_SETTINGS)
    (migrations / "__init__.py").write_text(NEWER_PACKAGE)
    (migrations / "9999_newer.py").write_text(NEWER_MIGRATION.format(latest=latest))
    server = os.environ.get("DATABASE_URL", "")
    if not server.startswith("postgresql"):
        yield Site(folder, f"sqlite:///{quote(str(folder / 'site.sqlite3'))}")
        return
    name = f"convoke_backup_{uuid.uuid4().hex[:12]}"

    def administer(statement: str) -> None:
        with contextlib.closing(psycopg2.connect(urlunsplit(urlsplit(server)._replace(path="/postgres")))) as database:
            database.autocommit = True
            database.cursor().execute(statement)

    administer(f'CREATE DATABASE "{name}"')
    try:
        yield Site(folder, urlunsplit(urlsplit(server)._replace(path=f"/{name}")))
    finally:
        administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@dataclass(frozen=True)
class Prepared:
    """A site, what it held when `backup` was made, and a backup of what a newer version made of it."""

    site: Site
    backup: Path
    rows: dict[str, list[dict[str, Any]]]
    files: dict[str, str]
    newer_backup: Path


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    """Making it takes longer than any of the tests, so they share it; each restores what it needs."""
    with new_site(tmp_path_factory.mktemp("site")) as site:
        backup, newer_backup = site.folder / "backup.tar", site.folder / "newer.tar"
        site.do(PREPARE.replace("BACKUP", repr(str(backup))))
        rows, files = site.rows(), site.files()
        site.do(LATER.replace("BACKUP", repr(str(newer_backup))), newer=True)
        yield Prepared(site, backup, rows, files, newer_backup)


def test_a_newer_site_becomes_row_by_row_what_was_backed_up(prepared):
    site, before = prepared.site, prepared.rows
    site.command("restore", str(prepared.newer_backup), "--yes", newer=True)
    assert "newer" in site.rows()

    done = site.command("restore", str(prepared.backup), "--yes")

    assert done.returncode == 0, done.stderr
    after = site.rows()
    assert after.keys() == before.keys()
    assert {name: rows for name, rows in after.items() if name not in CHANGED} == {
        name: rows for name, rows in before.items() if name not in CHANGED
    }
    assert site.files() == prepared.files
    # Entries of the history are only added: the pause of the wave.
    entries = [entry for entry in after["conference_historyentry"] if entry not in before["conference_historyentry"]]
    assert [entry["action"] for entry in entries] == ["paused"]
    assert len(after["conference_historyentry"]) == len(before["conference_historyentry"]) + 1


def packed_by_hand(prepared: Prepared) -> Path:
    """The same backup as the guide says for dumps that were made without `backup`."""
    folder, path = prepared.site.folder / "unpacked", prepared.site.folder / "by-hand.tar"
    folder.mkdir()
    subprocess.run(["tar", "-xf", prepared.backup], cwd=folder, check=True)
    (database,) = (file.name for file in folder.glob("database.*"))
    subprocess.run(["tar", "-cf", path, database, "uploads", "complete"], cwd=folder, check=True)
    return path


def test_nothing_that_was_queued_goes_out_by_itself(prepared):
    done = prepared.site.command("restore", str(packed_by_hand(prepared)), "--yes")

    assert prepared.site.files() == prepared.files
    after = prepared.site.rows()
    mails = {mail["subject"]: mail for mail in after["mailings_mail"]}
    assert {subject: mail["status"] for subject, mail in mails.items()} == {
        "queued": "held",
        "held": "held",
        "claimed": "held",
        "sending": "uncertain",
        "sent": "sent",
        "failed": "failed",
        "uncertain": "uncertain",
        "cancelled": "cancelled",
        "code": "cancelled",
    }
    assert mails["code"]["sealed"] == ""
    assert mails["queued"]["error"] == mails["claimed"]["error"] != ""
    unchanged = ("sent", "failed", "uncertain", "cancelled", "held")
    assert {subject: mails[subject] for subject in unchanged} == {
        mail["subject"]: mail for mail in prepared.rows["mailings_mail"] if mail["subject"] in unchanged
    }
    assert [wave["status"] for wave in after["registrations_wave"]] == ["paused"]
    assert after["django_session"] == []
    assert "Mails held back (invitation): 3" in done.stdout
    assert "Wave paused: Wave 1" in done.stdout
    assert "Sessions ended: 1" in done.stdout


def test_an_older_backup_is_brought_up_to_date(prepared):
    done = prepared.site.command("restore", str(prepared.backup), "--yes", newer=True)

    assert done.returncode == 0, done.stderr
    after = prepared.site.rows()
    assert after["newer"] == []
    assert {row["newer"] for row in after["conference_conference"]} == {1}


def spoilt(prepared: Prepared, kind: str) -> Path:
    """A file that is no whole backup of this site."""
    path = prepared.site.folder / f"{kind}.tar"
    content = prepared.backup.read_bytes()
    if kind == "empty":
        path.write_bytes(b"")
    elif kind == "something else":
        path.write_bytes(b"no archive " * 1000)
    elif kind == "cut in the database":
        path.write_bytes(content[: len(content) // 3])
    else:
        with tarfile.open(prepared.backup) as source, tarfile.open(path, "w") as target:
            for member in source:
                data = source.extractfile(member)
                if kind == "without its end" and member.name == "complete":
                    continue
                if kind == "outside of the uploads" and member.name == "uploads/photo.png":
                    member.name = "uploads/../../photo.png"
                if kind == "of another database" and member.name.startswith("database"):
                    member.name = "database.dump" if member.name.endswith("sqlite3") else "database.sqlite3"
                if kind == "damaged" and member.name.startswith("database"):
                    member.size, data = 4096, io.BytesIO(b"?" * 4096)
                target.addfile(member, data)
    return path


# In one process, since starting one takes longer than refusing a file.
RESTORE_EACH = """
import json, sys
from conference import backups
from pathlib import Path

answers = {}
for name in NAMES:
    try:
        with Path(name).open("rb") as file:
            backups.restore(file, report=print)
    except backups.BackupRefused as refused:
        answers[Path(name).stem] = str(refused)
Path(ANSWERS).write_text(json.dumps(answers))
"""


def test_what_is_no_whole_backup_of_this_site_replaces_nothing(prepared):
    site = prepared.site
    site.command("restore", str(prepared.backup), "--yes")
    before, files = site.rows(), site.files()
    expected = {
        "empty": "This file is not a whole backup",
        "something else": "This file is not a whole backup",
        "cut in the database": "This file is not a whole backup",
        "without its end": "its end is missing",
        "outside of the uploads": "it holds uploads/../../photo.png",
        "of another database": "this site's database needs",
        "damaged": "",
        "newer": "This backup was made by a newer version of Convoke (conference 9999_newer)",
    }
    paths = [str(spoilt(prepared, kind)) for kind in expected if kind != "newer"]
    answers = site.folder / "answers.json"

    site.do(
        RESTORE_EACH.replace("NAMES", repr([*paths, str(prepared.newer_backup)])).replace("ANSWERS", repr(str(answers)))
    )

    found = json.loads(answers.read_text())
    assert {kind: words in found[kind] for kind, words in expected.items()} == dict.fromkeys(expected, True), found
    assert (site.rows(), site.files()) == (before, files)
    assert not (site.folder.parent / "photo.png").exists()
    assert list(site.folder.glob("*.restored*")) == []


def test_a_database_in_use_is_not_replaced(prepared):
    with contextlib.closing(prepared.site.connect()) as used:
        if prepared.site.is_sqlite:
            # As each connection of the site.
            used.execute("PRAGMA journal_mode=WAL")
        used.cursor().execute("SELECT count(*) FROM conference_conference")
        done = prepared.site.command("restore", str(prepared.backup), "--yes")

    assert done.returncode == 1
    assert "Nothing was replaced. " in done.stderr
    assert "in use" in done.stderr or "Another process uses the database" in done.stderr


def test_asks_before_anything_is_lost(prepared):
    before = prepared.site.rows()

    asked = prepared.site.command("restore", str(prepared.backup))

    assert "Restoring deletes what the site holds now: the database " in asked.stdout
    assert " rows in " in asked.stdout
    assert "uploaded files" in asked.stdout
    assert (asked.returncode, "Nobody can be asked here." in asked.stderr) == (1, True)
    assert prepared.site.rows() == before


def test_a_backup_is_for_its_owner_and_overwrites_nothing(prepared):
    again = prepared.site.command("backup", str(prepared.backup))

    assert prepared.backup.stat().st_mode & 0o777 == 0o600
    assert (again.returncode, "exists already" in again.stderr) == (1, True)


# As docker compose does it -----------------------------------------------------------------------

# Stands for docker: notes what it is asked for, and runs the site's own commands for real.
DOCKER = """#!/bin/sh
echo "$*" >>"{log}"
while [ $# -gt 0 ] && [ "$1" != python ]; do shift; done
[ $# -gt 0 ] || exit 0
shift
cd "{root}"
exec "{python}" "$@"
"""


def compose(site: Site, script: str, *arguments: str, said: str = "") -> subprocess.CompletedProcess[str]:
    programs = site.folder / "programs"
    programs.mkdir(exist_ok=True)
    docker = programs / "docker"
    docker.write_text(DOCKER.format(log=site.folder / "docker.log", root=ROOT, python=sys.executable))
    docker.chmod(0o755)
    return subprocess.run(
        [str(ROOT / "ops" / script), *arguments],
        cwd=site.folder,
        env={**site.environment, "PATH": f"{programs}:{site.environment['PATH']}"},
        input=said,
        text=True,
        capture_output=True,
        timeout=180,
        check=False,
    )


def test_in_containers_web_comes_before_the_worker(prepared):
    site, log = prepared.site, prepared.site.folder / "docker.log"
    site.command("restore", str(prepared.backup), "--yes")
    before = site.rows()
    assert compose(site, "backup.sh", "of-containers.tar").returncode == 0
    assert (site.folder / "of-containers.tar").stat().st_mode & 0o777 == 0o600
    with contextlib.closing(site.connect()) as database:
        database.cursor().execute("UPDATE conference_conference SET title = 'Changed later'")
        database.commit()
    log.unlink()

    done = compose(site, "restore.sh", "of-containers.tar", said="yes\n")

    assert done.returncode == 0, done.stderr
    assert log.read_text().splitlines() == [
        "compose up --detach --wait db redis",
        "compose run --rm -T --no-deps migrate python manage.py restore --describe",
        "compose stop web worker beat",
        "compose run --rm -T --no-deps migrate python manage.py restore --yes -",
        "compose up --detach --wait proxy",
    ]
    assert site.rows() == before
    assert "Look at the outbox" in done.stdout


@pytest.mark.parametrize(("said", "words"), [("no\n", "Nothing was changed."), ("yes\n", "Start it as it was")])
def test_in_containers_nothing_changes_without_a_yes_and_a_whole_backup(prepared, said, words):
    site, log = prepared.site, prepared.site.folder / "docker.log"
    before = site.rows()
    log.unlink(missing_ok=True)

    done = compose(site, "restore.sh", str(spoilt(prepared, "without its end")), said=said)

    assert done.returncode == 1
    assert words in done.stderr
    assert ("stop web worker beat" in log.read_text()) is (said == "yes\n")
    assert "up --detach --wait proxy" not in log.read_text()
    assert site.rows() == before
