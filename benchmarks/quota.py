"""Replies per second while 50 processes want the last places: 600 invitations of 27 delegations, 150 places.

`python3 dev.py bench quota`. The real service with all that belongs to a reply: accounts, seat and place or waiting
list, consents, history, the mail in the outbox, the word to the worker. On SQLite and, where TEST_DATABASE_URL is set,
on PostgreSQL, each in a database made for it. The processes are ready when the clock starts, as a web server's are.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from benchmarks._database import ROOT, fresh, server_url
from tests.processes import race

ATTEMPTS, PROCESSES, DELEGATIONS, SEATS, LIMIT = 600, 50, 27, 6, 150


def prepare() -> list[tuple[int, int]]:
    """The conference and its invitations; returns the work: which invitation is accepted for which person.

    The first two for each process are of another conference: by them it gets ready before the clock starts.
    """
    from tests.factories import ConferenceFactory, DelegationFactory, InvitationFactory

    conference = ConferenceFactory(target=LIMIT, hard_limit=LIMIT)
    delegations = [DelegationFactory(conference=conference, seats=SEATS) for _number in range(DELEGATIONS)]
    other = DelegationFactory(conference=ConferenceFactory(target=PROCESSES, hard_limit=PROCESSES), seats=2 * PROCESSES)
    invitations = [
        InvitationFactory(
            delegation=delegations[number % DELEGATIONS] if number >= 0 else other,
            email=f"office{number}@city.example",
            seats=1,
            holds_seats=False,
        )
        for number in range(-2 * PROCESSES, ATTEMPTS)
    ]
    return [(invitation.pk, number) for number, invitation in enumerate(invitations)]


def count_wrong(answers: list[str]) -> int:
    """How many people are not where they should be: oversold, left out, told otherwise, or without their mail."""
    from django.db.models import Count

    from mailings.models import Mail
    from registrations.models import Delegation, Participant

    people = Participant.objects.filter(conference__hard_limit=LIMIT)
    confirmed = people.confirmed().count()
    oversold = max(0, confirmed - LIMIT) + sum(
        max(0, taken - SEATS)
        for taken in Delegation.objects.filter(conference__hard_limit=LIMIT, participants__status="confirmed")
        .annotate(taken=Count("participants"))
        .values_list("taken", flat=True)
    )
    left_out = abs(LIMIT - confirmed) + abs(ATTEMPTS - LIMIT - people.waiting().count())
    told_otherwise = abs(answers.count("confirmed") - confirmed)
    without_mail = abs(ATTEMPTS - Mail.objects.filter(conference__hard_limit=LIMIT).count())
    return oversold + left_out + told_otherwise + without_mail


def measure() -> dict[str, float]:
    """One round on the database of this process's environment."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from tests.races.jobs import accept

    pieces = prepare()
    folder = Path(os.environ["DATA_DIR"])
    result = race(accept, pieces[2 * PROCESSES :], folder=folder, processes=PROCESSES, before=pieces[: 2 * PROCESSES])
    errors = [outcome.error for outcome in result.outcomes if outcome.error]
    for error in errors[:1]:
        print(error, file=sys.stderr)
    wrong = count_wrong([outcome.value for outcome in result.outcomes])
    return {"seconds": result.seconds, "wrong": wrong, "errors": len(errors)}


def main() -> int:
    servers = {"sqlite": "", **({"postgresql": server_url()} if server_url() else {})}
    figures: dict[str, float] = {}
    wrong = errors = 0
    for vendor, server in servers.items():
        with fresh(server) as environment:
            if server:
                environment["REDIS_URL"] = os.environ.get("TEST_REDIS_URL", "")
            command = [sys.executable, "-m", "benchmarks.quota", "here"]
            done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
        round_ = json.loads(done.stdout)
        figures[vendor] = ATTEMPTS / round_["seconds"]
        print(f"{vendor}: {ATTEMPTS} replies by {PROCESSES} processes in {round_['seconds']:.2f} s", flush=True)
        wrong += round_["wrong"]
        errors += round_["errors"]
    first = figures.get("postgresql", figures["sqlite"])
    each = " ".join(f"{vendor}_attempts_per_s={figure:.0f}" for vendor, figure in figures.items())
    print(f"quota attempts_per_s={first:.0f} wrong={wrong} errors={errors} attempts={ATTEMPTS} {each}")
    return 1 if wrong or errors else 0


if __name__ == "__main__":
    if sys.argv[1:] == ["here"]:
        print(json.dumps(measure()))
    else:
        sys.exit(main())
