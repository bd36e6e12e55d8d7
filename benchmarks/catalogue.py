"""CPU and queries of the catalogue with 50 and with 5,000 initiatives: `python3 dev.py bench catalogue`.

Asked by a participant who is signed in and remembers ten stands, as most who look at it are. The figures are those of
the dearest of four pages: the list, its middle page under a filter, a search for a word that a fifth of all
initiatives have, and one for two beginnings of frequent words. `first_search` stands beside them: two beginnings that
nobody has searched for since the catalogue changed, so that no process remembers what they find, nor most of the cards.
"""

import datetime
import itertools
import json
import random
import subprocess
import sys

from benchmarks._database import ROOT, fresh, manage, server_url
from benchmarks._server import Site, running

SIZES = (50, 5_000)
REQUESTS = 200
# What a fifth of all initiatives speak of.
COMMON = "Prävention"
FIRST = "first_search"


def words_of_a_language() -> list[str]:
    """The same at every call, those used most first."""
    drawn = random.Random(0)
    return ["".join(drawn.choices("eaotinsrlducmpvg", k=drawn.randint(4, 10))) for _word in range(5_000)]


def queries() -> dict[str, list[str]]:
    beginnings = [word[:4] for word in words_of_a_language()[20:45]]
    return {
        "list": [""],
        "filtered": ["?kind=city&page=50"],
        "search": ["?q=pravention"],
        "beginnings": [f"?q={beginnings[0]}+{beginnings[-1]}"],
        FIRST: [f"?q={one}+{other}" for one, other in itertools.combinations(beginnings[:-1], 2)],
    }


def fill(size: int) -> None:
    """Runs in a process with Django set up: brings the market place to `size` initiatives.

    Prints the participant's session cookie, and paths and queries of each page as JSON.
    """
    import django

    django.setup()
    from django.conf import settings
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    settings.ALLOWED_HOSTS = ["testserver"]
    call, user = _market_place(size)
    client = Client()
    client.force_login(user)
    pages = {}
    for name, asked in queries().items():
        paths = [f"/{call.conference.slug}/market-place/{query}" for query in asked]
        client.get(paths[0])
        with CaptureQueriesContext(django.db.connection) as captured:
            response = client.get(paths[-1])
        if response.status_code != 200 or b"card initiative" not in response.content:
            raise SystemExit(f"{paths[-1]} answered {response.status_code} or showed nothing")
        pages[name] = (paths, len(captured))
    print(json.dumps({"cookie": f"sessionid={client.cookies['sessionid'].value}", "pages": pages}))


def _market_place(size: int):
    from django.utils import timezone

    from accounts.models import User
    from conference.models import City, Conference, MemberState
    from marketplace.models import Call, HallPlace, Remembered, Stand, StandApplication, Term
    from marketplace.services import index
    from registrations.models import Category, Delegation, Participant

    # Beside the demonstration, whose market place has stands of its own.
    example = Conference.objects.get(slug="eu-cities-against-radicalisation")
    facts = {
        name: getattr(example, name)
        for name in ("title", "held_on", "venue", "languages", "mailbox", "organiser_name", "target", "hard_limit")
    }
    conference, _created = Conference.objects.get_or_create(slug="measured", defaults=facts)
    now = timezone.now()
    times = {"opens_at": now, "closes_at": now + datetime.timedelta(days=1), "stands": size}
    call, _created = Call.objects.update_or_create(conference=conference, defaults=times)
    present = Stand.objects.filter(call=call).count()
    numbers = range(present, size)
    drawn = random.Random(present)
    states = list(MemberState.objects.all())
    cities = City.objects.bulk_create(
        (City(name=f"City {number:06}", member_state=states[number % len(states)]) for number in numbers),
        batch_size=2000,
    )
    delegations = Delegation.objects.bulk_create(
        (
            Delegation(
                conference=conference,
                category=Category.CITY,
                city=city,
                member_state=city.member_state,
                name=city.name,
                seats=2,
            )
            for city in cities
        ),
        batch_size=2000,
    )
    vocabulary = words_of_a_language()
    # Some words are in nearly every text and most in few, as in any language.
    weights = [1 / (rank + 10) for rank in range(len(vocabulary))]

    def text(words: int) -> str:
        return " ".join(drawn.choices(vocabulary, weights, k=words))

    applications = StandApplication.objects.bulk_create(
        (
            StandApplication(
                conference=conference,
                call=call,
                delegation=delegation,
                kind=drawn.choice(["city", "city", "network", "project"]),
                status="accepted",
                initiative=f"Initiative {delegation.pk} {drawn.choice(vocabulary)}",
                challenge=f"{text(40)} {COMMON if drawn.random() < 0.2 else ''}",
                approach=text(100),
                results=text(60),
                languages=drawn.sample(["en", "fr", "de", "es", "it"], k=2),
                evidence=drawn.choice(["experience", "monitored", "evaluated"]),
                stage="running",
                submitted_at=now,
            )
            for delegation in delegations
        ),
        batch_size=1000,
    )
    terms: dict[str, list[Term]] = {}
    for use in Term.Use.values:
        names = [f"{use} {number}" for number in range(12)]
        terms[use] = [Term.objects.get_or_create(call=call, use=use, name=name)[0] for name in names]
    lists = {"topics": "topic", "target_groups": "group", "sought": "exchange", "offered": "exchange"}
    for field, use in lists.items():
        through = getattr(StandApplication, field).through
        through.objects.bulk_create(
            (
                through(standapplication=application, term=term)
                for application in applications
                for term in drawn.sample(terms[use], k=2)
            ),
            batch_size=2000,
        )
    places = HallPlace.objects.bulk_create(
        (
            HallPlace(conference=conference, number=number + 1, row=number // 70 + 1, spot=number % 70 + 1)
            for number in numbers
        ),
        batch_size=2000,
    )
    stands = Stand.objects.bulk_create(
        (
            Stand(
                call=call,
                application=application,
                kind=application.kind,
                stand_no=number + 1,
                kind_no=number + 1,
                place=place,
            )
            for number, application, place in zip(numbers, applications, places, strict=True)
        ),
        batch_size=2000,
    )
    index.rebuild(call.pk)
    user, is_new = User.objects.get_or_create(email="visitor@city.example")
    if is_new:
        visitor = Participant.objects.create(
            conference=conference,
            delegation=delegations[0],
            category=Category.CITY,
            user=user,
            status="confirmed",
            seat_no=1,
            place_no=1,
            given_name="Given",
            family_name="Family",
            function="Mayor",
            email=user.email,
        )
        Remembered.objects.bulk_create(Remembered(stand=stand, participant=visitor) for stand in stands[:10])
    return call, user


def measure(environment: dict[str, str], size: int) -> tuple[dict[str, float], int]:
    """CPU milliseconds of each page at this size, and the queries of the one that asks most."""
    filled = subprocess.run(
        [sys.executable, "-m", "benchmarks.catalogue", str(size)],
        cwd=ROOT,
        env={
            **environment,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "STAFF_SECOND_FACTOR_REQUIRED": "0",
            "HTTPS": "0",
            "DEBUG": "1",
        },
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    facts = json.loads(filled.stdout.splitlines()[-1])
    with running(environment) as site:
        signed_in = Site(site.port, site.pid, facts["cookie"])
        cpu = {name: signed_in.cpu_ms(*paths, requests=REQUESTS) for name, (paths, _queries) in facts["pages"].items()}
    return cpu, max(queries for _paths, queries in facts["pages"].values())


def main() -> None:
    with fresh(server_url()) as environment:
        manage(environment, "load_concept_note", "-v0")
        (small, small_queries), (large, large_queries) = (measure(environment, size) for size in SIZES)
    first = [figures.pop(FIRST) for figures in (small, large)]
    each = " ".join(f"{name}_5000={cpu:.1f}" for name, cpu in large.items())
    database = "postgresql" if server_url() else "sqlite"
    print(
        f"catalogue cpu_ms_50={max(small.values()):.1f} cpu_ms_5000={max(large.values()):.1f} {each} "
        f"{FIRST}_50={first[0]:.1f} {FIRST}_5000={first[1]:.1f} "
        f"queries={large_queries} queries_grow={large_queries - small_queries} database={database}"
    )


if __name__ == "__main__":
    fill(int(sys.argv[1])) if sys.argv[1:] else main()
