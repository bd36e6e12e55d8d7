"""Writes a backup of the site into one file, while the site may be in use."""

import contextlib
import os
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from conference import backups


class Command(BaseCommand):
    help = "Writes the database and the uploads into one file, which `restore` reads. The site may be in use."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="a file that does not exist yet; - for standard output")

    def handle(self, *args: Any, file: str, **options: Any) -> None:
        try:
            contents = backups.write(sys.stdout.buffer) if file == "-" else self._write(Path(file))
        except (backups.BackupRefused, OSError) as error:
            raise CommandError(str(error)) from error
        self.stderr.write(f"Backed up: {contents}.", self.style.SUCCESS)
        if contents.uploads is None:
            self.stderr.write("The uploads are in S3_BUCKET and not part of this backup.")
        self.stderr.write("Keep SECRET_KEY in another place: personal links that wait in the outbox need both.")

    def _write(self, path: Path) -> backups.Contents:
        """The file appears once it is whole. Only its owner may read it: it holds everybody's data."""
        if path.exists():
            raise backups.BackupRefused(f"{path} exists already.")
        draft = path.with_name(f"{path.name}.draft")
        draft.unlink(missing_ok=True)
        try:
            draft.touch(mode=0o600, exist_ok=False)
            with draft.open("wb") as target:
                contents = backups.write(target)
                target.flush()
                os.fsync(target.fileno())
            draft.rename(path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                draft.unlink()
        return contents
