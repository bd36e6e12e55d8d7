"""The demonstration conference with all that the apps show of it."""

from typing import Any

from django.core.management.base import CommandParser
from django.db import transaction

from agenda.management.commands import load_concept_note
from conference.models import Conference
from marketplace.demonstration import load_market_place
from meetings.demonstration import load_meetings


class Command(load_concept_note.Command):
    help = "Loads the demonstration conference with its guests, programme, market place and meetings."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--without-market-place", action="store_true", help="leave out the stands, and the cities that have them"
        )

    @transaction.atomic
    def handle(self, *args: object, **options: Any) -> None:
        super().handle(*args, **options)
        conference = Conference.objects.select_related("venue").get(slug=options["slug"])
        if not options["without_market_place"]:
            load_market_place(conference)
        load_meetings(conference)
