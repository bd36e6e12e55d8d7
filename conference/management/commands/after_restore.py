"""Makes a restored database safe to run: nothing that happened after the backup was made happens again unasked."""

from typing import Any

from django.contrib.sessions.models import Session
from django.core.management.base import BaseCommand
from django.db import transaction

from conference.signals import database_restored


class Command(BaseCommand):
    help = (
        "Ends all sessions, holds queued mails back and pauses waves that were being sent. `restore` does this itself; "
        "run it where a database was restored in another way, before the worker starts."
    )

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        ended, _details = Session.objects.all().delete()
        self.stdout.write(f"Sessions ended: {ended}")
        for _receiver, lines in database_restored.send(sender=None):
            for line in lines:
                self.stdout.write(line)
