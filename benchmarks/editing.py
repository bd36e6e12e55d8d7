"""CPU of an edit of a proposed wave, with 1,500 cities to choose from: `python3 dev.py bench editing`.

The cities are those of `balance.py` but for the British ones, with made-up answers to each question; 90 expected seats.
A city is taken out of the proposal and in again by htmx, with all that the page then shows. Printed are the least and
the most of several edits: user and system time of the process that answers, which other work on the machine changes
little. In the dearest, Python looks for garbage in all that it holds.
"""

import subprocess
import sys
import time

from benchmarks._database import ROOT, fresh, manage, server_url

CANDIDATES = 1_500
SEATS = 90
EDITS = 20


def measure() -> None:
    """Runs in a process with Django set up."""
    import django

    django.setup()
    from django.conf import settings
    from django.test import Client
    from django.test.utils import CaptureQueriesContext
    from django.urls import reverse

    from accounts.models import User
    from conference.models import Conference
    from registrations.services import balancing

    settings.ALLOWED_HOSTS = ["testserver"]
    conference = Conference.objects.get()
    _add_cities(conference)
    organiser = User.objects.create_superuser("organiser@convoke.example", "a long enough passphrase")
    client = Client()
    client.force_login(organiser)
    proposal = balancing.make_proposal(conference, seats=SEATS, by=None, seconds=0)
    address = reverse("admin:registrations_balancesettings_edit", args=[proposal.pk])
    city = proposal.chosen[0]

    def edit() -> float:
        started = time.process_time()
        response = client.post(address, {"city": city}, headers={"HX-Request": "true"})
        took = time.process_time() - started
        if response.status_code != 200:
            raise SystemExit(f"The edit was answered with {response.status_code}.")
        return 1000 * took

    edit()
    took = [edit() for _number in range(EDITS)]
    with CaptureQueriesContext(django.db.connection) as captured:
        edit()
    database = "postgresql" if server_url() else "sqlite"
    print(
        f"editing cpu_ms={min(took):.0f} cpu_ms_most={max(took):.0f} candidates={CANDIDATES} "
        f"chosen={len(proposal.chosen)} queries={len(captured)} database={database}"
    )


def _add_cities(conference: object) -> None:
    import numpy as np

    from benchmarks.balance import choice, real_cities
    from conference.models import City
    from registrations.models import Category, Delegation
    from registrations.services.balance_targets import ANSWERS

    by_key = {city.key: city for city in real_cities()}
    drawn, _populations = choice(list(by_key.values()), CANDIDATES, 1)
    random = np.random.default_rng(1)
    known = {}
    for candidate in drawn.candidates:
        city = by_key[candidate.key]
        if city.state != "UK":
            known[city.state, city.name] = city
    cities = City.objects.bulk_create(
        [
            City(
                name=city.name,
                member_state_id=city.state,
                population=city.population,
                latitude=float(random.uniform(36, 65)),
                longitude=float(random.uniform(-9, 30)),
            )
            for city in known.values()
        ],
        batch_size=500,
    )
    Delegation.objects.bulk_create(
        [
            Delegation(
                conference=conference,
                category=Category.CITY,
                city=city,
                member_state_id=city.member_state_id,
                name=city.name,
                seats=2,
                email=f"mayor{city.pk}@city.example",
                **{name: bool(random.integers(2)) for name in ANSWERS},
            )
            for city in cities
        ],
        batch_size=500,
    )


def main() -> None:
    with fresh(server_url()) as environment:
        manage(environment, "load_concept_note", "-v0", "--without-market-place")
        subprocess.run(
            [sys.executable, "-m", "benchmarks.editing", "measure"],
            cwd=ROOT,
            env={
                **environment,
                "DJANGO_SETTINGS_MODULE": "config.settings",
                "STAFF_SECOND_FACTOR_REQUIRED": "0",
                "HTTPS": "0",
                "DEBUG": "0",
            },
            check=True,
        )


if __name__ == "__main__":
    measure() if sys.argv[1:] else main()
