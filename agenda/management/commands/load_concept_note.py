"""The demonstration conference with its day, published as the first release."""

from typing import Any

from django.db import transaction

from agenda.demonstration import load_day, publish_day
from conference.models import Conference
from registrations.management.commands import load_concept_note


class Command(load_concept_note.Command):
    help = "Loads the demonstration conference with its organisations, institutions, Member States and programme."

    @transaction.atomic
    def handle(self, *args: object, **options: Any) -> None:
        super().handle(*args, **options)
        conference = Conference.objects.select_related("venue").get(slug=options["slug"])
        load_day(conference)
        publish_day(conference)
