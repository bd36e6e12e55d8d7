"""Writes the search index of the market place anew, after names were changed elsewhere or a database was moved."""

from typing import Any

from django.core.management.base import BaseCommand

from marketplace.models import Call
from marketplace.services import index


class Command(BaseCommand):
    help = "Writes the search index of all market places anew, from the stands as they are."

    def handle(self, *args: Any, **options: Any) -> None:
        for call in Call.objects.select_related("conference"):
            number = index.rebuild(call.pk)
            if options["verbosity"]:
                self.stdout.write(f"{call.conference.slug}: {number}")
