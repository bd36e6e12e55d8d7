"""The demonstration conference: “EU Cities Against Radicalisation”, as its concept note describes it."""

import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from conference import history
from conference.models import Conference, MemberState, Room, Venue
from conference.services import publish_page
from registrations.demonstration import INSTITUTIONS, OBJECTIVES, ORGANISATIONS, PAGES
from registrations.models import Category, Delegation, Organisation

SLUG = "eu-cities-against-radicalisation"


def next_26_february(today: datetime.date) -> datetime.date:
    this_year = datetime.date(today.year, 2, 26)
    return this_year if this_year > today else this_year.replace(year=today.year + 1)


class Command(BaseCommand):
    help = "Loads the demonstration conference with its organisations, institutions and Member States."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--date",
            type=datetime.date.fromisoformat,
            help="day of the conference, such as 2019-02-26 (default: the next 26 February)",
        )
        parser.add_argument("--slug", default=SLUG, help="part of its address (default: %(default)s)")

    @transaction.atomic
    def handle(self, *args: object, **options: Any) -> None:
        day = options["date"] or next_26_february(timezone.localdate())
        if Conference.objects.filter(slug=options["slug"]).exists():
            raise CommandError(f"There is a conference {options['slug']} already; choose another with --slug.")
        conference = Conference.objects.create(
            slug=options["slug"],
            title="EU Cities Against Radicalisation",
            objectives=OBJECTIVES,
            held_on=day,
            opens_at=datetime.time(9, 0),
            closes_at=datetime.time(17, 30),
            venue=_venue(),
            languages=["en", "fr", "de"],
            mailbox="cities-conference@convoke.example",
            organiser_name="European Commission, Directorate-General Migration and Home Affairs",
            reimbursement="Travel and one night are reimbursed for one representative of each city.",
            target=150,
            overbooking_tolerance=0,
            hard_limit=150,
        )
        history.record(conference, "created", by=None)
        for kind, body in PAGES.items():
            publish_page(conference, kind, body, by=None)
        delegations = [
            *_organisations(conference),
            *_institutions(conference),
            *_member_states(conference),
        ]
        Delegation.objects.bulk_create(delegations)
        history.record_many(delegations, "created", by=None)
        counts = {
            category.label: sum(delegation.category == category for delegation in delegations)
            for category in Category
            if category != Category.CITY
        }
        self.stdout.write(f"{conference.title}, {day:%d %B %Y}: " + ", ".join(f"{n} {k}" for k, n in counts.items()))


def _venue() -> Venue:
    venue, _created = Venue.objects.get_or_create(
        name="European Committee of the Regions",
        defaults={
            "address": "Rue Belliard 99–101\n1040 Brussels",
            "city": "Brussels",
            "website": "https://cor.europa.eu",
            "accessibility": "Step-free entrance and lifts. Tell us on the reply form what you need.",
        },
    )
    for name in ("Plenary room", "Atrium"):
        Room.objects.get_or_create(venue=venue, name=name)
    return venue


def _organisations(conference: Conference) -> list[Delegation]:
    found = []
    for name, kind in ORGANISATIONS:
        organisation, _created = Organisation.objects.get_or_create(name=name, defaults={"kind": kind})
        found.append(
            Delegation(
                conference=conference,
                category=Category.ORGANISATION,
                organisation=organisation,
                name=name,
                seats=1,
            )
        )
    return found


def _institutions(conference: Conference) -> list[Delegation]:
    found = []
    for name, seats in INSTITUTIONS:
        organisation, _created = Organisation.objects.get_or_create(
            name=name, defaults={"kind": Organisation.Kind.INSTITUTION}
        )
        found.append(
            Delegation(
                conference=conference,
                category=Category.INSTITUTION,
                organisation=organisation,
                name=name,
                seats=seats,
            )
        )
    return found


def _member_states(conference: Conference) -> list[Delegation]:
    return [
        Delegation(conference=conference, category=Category.MEMBER_STATE, member_state=state, name=state.name, seats=1)
        for state in MemberState.objects.on(conference.held_on).in_protocol_order()
    ]
