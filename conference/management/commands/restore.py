"""Replaces the site's database and uploads by those of a backup, after asking."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from conference import backups


class Command(BaseCommand):
    help = "Replaces the database and the uploads by those of a backup. Stop web server, worker and beat first."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", help="what `backup` wrote; - for standard input, with --yes")
        parser.add_argument("--yes", action="store_true", help="do not ask")
        parser.add_argument("--describe", action="store_true", help="only say what would be lost")

    def handle(self, *args: Any, file: str | None, yes: bool, describe: bool, **options: Any) -> None:
        self.stdout.write(f"Restoring deletes what the site holds now: {backups.contents()}.")
        if describe:
            return
        if not file:
            raise CommandError("Name the file of the backup.")
        try:
            with sys.stdin.buffer if file == "-" else Path(file).open("rb") as source:
                self._require_consent(yes, may_ask=file != "-" and sys.stdin.isatty())
                backups.restore(source, report=self.stdout.write)
        except backups.UploadsNotReplaced as error:
            raise CommandError(f"The database is restored, the uploads are not: {error}. Restore again.") from error
        except (backups.BackupRefused, OSError) as error:
            raise CommandError(f"Nothing was replaced. {error}") from error
        self.stdout.write(f"Restored: {backups.contents()}.", self.style.SUCCESS)

    def _require_consent(self, yes: bool, *, may_ask: bool) -> None:
        if yes:
            return
        if not may_ask:
            raise backups.BackupRefused("Nobody can be asked here. With --yes it is done without asking.")
        if input("Type yes to go on: ").strip().lower() != "yes":
            raise backups.BackupRefused("You did not type yes.")
