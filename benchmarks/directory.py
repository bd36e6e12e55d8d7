"""CPU and queries of the directory and the suggestions of meetings: `python3 dev.py bench directory`.

Measured with 150 and with 5,000 people who want meetings, each with topics, challenges, a text, and some with requests,
absences and meetings. The figures are those of the dearest page: the directory, the same with filters and words, and
the suggestions. `suggestions_5000_s` is how long everybody's list takes by the clock, from the database and back, and
`suggestions_5000_cpu_s` the processor's part of it in the job.
"""

import json
import random
import subprocess
import sys
import time

from benchmarks._database import ROOT, fresh, manage, server_url
from benchmarks._server import Site, running

SIZES = (150, 5_000)
REQUESTS = 200
CITY = "Measured city"
PAGES = {
    "directory": "directory/",
    "filtered": "directory/?q=radicalisation&language=fr",
    "suggestions": "suggestions/",
}
WORDS = [
    "prevention",
    "of",
    "radicalisation",
    "in",
    "schools",
    "and",
    "youth",
    "clubs",
    "training",
    "for",
    "police",
    "and",
    "social",
    "workers",
    "families",
    "who",
    "seek",
    "advice",
    "mentoring",
    "after",
    "prison",
    "dialogue",
    "in",
    "the",
    "neighbourhood",
    "online",
    "propaganda",
    "evaluation",
    "partners",
    "trust",
    "funding",
]


def fill(size: int) -> None:
    """Runs in a process with Django set up: brings the conference to `size` people.

    Prints a participant's session cookie and pages, the queries of each, and the seconds of the suggestions as JSON.
    """
    import django

    django.setup()
    from django.conf import settings
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from conference.models import Conference
    from meetings.models import Profile
    from meetings.services import listing, suggestions

    settings.ALLOWED_HOSTS = ["testserver"]
    conference = Conference.objects.get()
    _add_people(conference, size)
    listing.refresh(conference)
    begin, cpu = time.perf_counter(), time.process_time()
    suggestions.make_lists(conference)
    seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu
    me = Profile.objects.get(participant__user__email="first@city.example").participant
    client = Client()
    client.force_login(me.user)
    queries = {}
    for name, page in PAGES.items():
        path = f"/my/{me.pk}/meetings/{page}"
        client.get(path)
        with CaptureQueriesContext(django.db.connection) as captured:
            response = client.get(path)
        if response.status_code != 200:
            raise SystemExit(f"{path} answered {response.status_code}")
        queries[name] = len(captured)
    print(
        json.dumps(
            {
                "cookie": f"sessionid={client.cookies['sessionid'].value}",
                "prefix": f"/my/{me.pk}/meetings/",
                "queries": queries,
                "seconds": [seconds, cpu],
            }
        )
    )


def _add_people(conference, size: int) -> None:
    import datetime

    from django.db.models import Max
    from django.utils import timezone

    from accounts.models import User
    from conference.models import City, MemberState
    from meetings.models import Absence, MeetingRequest, MeetingRules, Profile, ProfileTerm, Slot, Term
    from registrations.models import Category, Delegation, Participant

    chance = random.Random(size)
    MeetingRules.objects.update(opens_at=timezone.now() - datetime.timedelta(days=1), closes_at=None)
    present = Participant.objects.filter(delegation__city__name__startswith=CITY).count()
    states = list(MemberState.objects.on(conference.held_on))
    taken = Participant.objects.aggregate(Max("place_no"))["place_no__max"] or 0
    # Two people of each city.
    cities = City.objects.bulk_create(
        City(name=f"{CITY} {number:05}", member_state=states[number % len(states)])
        for number in range(present // 2, size // 2)
    )
    delegations = Delegation.objects.bulk_create(
        Delegation(
            conference=conference,
            category=Category.CITY,
            city=city,
            member_state=city.member_state,
            name=city.name,
            seats=2,
        )
        for city in cities
    )
    people = Participant.objects.bulk_create(
        [
            Participant(
                conference=conference,
                delegation=delegation,
                category=Category.CITY,
                status="confirmed",
                seat_no=seat,
                place_no=taken + 2 * number + seat,
                given_name="Given",
                family_name=f"Family {present + 2 * number + seat:05}",
                function=chance.choice(["Mayor", "Head of the prevention unit", "Coordinator", "Deputy mayor"]),
                email=f"person{present + 2 * number + seat}@city.example",
                language="en",
            )
            for number, delegation in enumerate(delegations)
            for seat in (1, 2)
        ],
        batch_size=500,
    )
    if not present:
        people[0].user = User.objects.create_user("first@city.example")
        people[0].save()
    profiles = Profile.objects.bulk_create(
        [
            Profile(
                participant=participant,
                conference=conference,
                opted_in=True,
                opted_in_at=timezone.now(),
                names_shown=chance.random() < 0.5,
                languages=chance.sample(["en", "fr", "de", "es", "it", "pl"], chance.randint(1, 3)),
                text=" ".join(chance.choices(WORDS, k=chance.randint(0, 80))),
            )
            for participant in people
        ],
        batch_size=500,
    )
    topics = list(Term.objects.filter(kind="topic").values_list("pk", flat=True))
    challenges = list(Term.objects.filter(kind="challenge").values_list("pk", flat=True))
    ticks = []
    for profile in profiles:
        for sense, terms, most in (("seeks", topics, 4), ("offers", topics, 4), ("challenge", challenges, 3)):
            for term in chance.sample(terms, chance.randint(0, most)):
                level = None if sense == "challenge" else chance.choice([None, 1, 2, 3, 4])
                ticks.append(ProfileTerm(profile=profile, term_id=term, sense=sense, level=level))
    ProfileTerm.objects.bulk_create(ticks, batch_size=500)
    slots = list(Slot.objects.all())
    Absence.objects.bulk_create(
        [
            Absence(participant=participant, starts_at=slot.starts_at, ends_at=slot.ends_at)
            for participant in people[1::5]
            for slot in chance.sample(slots, 1)
        ],
        batch_size=500,
    )
    # Five requests of the one whose pages are measured; the others have two each.
    pairs = {(people[0], other) for other in people[10:15]} if not present else set()
    pairs |= {(people[number], people[(number * 7 + 3) % len(people)]) for number in range(1, len(people))}
    open_ones = {}
    for asker, asked in pairs:
        if asker.pk != asked.pk:
            open_ones.setdefault(frozenset((asker.pk, asked.pk)), (asker, asked))
    MeetingRequest.objects.bulk_create(
        [
            MeetingRequest(
                conference=conference,
                asker=asker,
                asked=asked,
                expires_at=timezone.now() + datetime.timedelta(days=3),
            )
            for asker, asked in open_ones.values()
        ],
        batch_size=500,
    )


def measure(environment: dict[str, str], size: int) -> tuple[dict[str, float], dict[str, int], list[float]]:
    """CPU milliseconds and queries of each page at this size, and the seconds of all suggestions."""
    filled = subprocess.run(
        [sys.executable, "-m", "benchmarks.directory", str(size)],
        cwd=ROOT,
        env={**environment, "DJANGO_SETTINGS_MODULE": "config.settings", "HTTPS": "0", "DEBUG": "1"},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    facts = json.loads(filled.stdout.splitlines()[-1])
    with running(environment) as site:
        signed_in = Site(site.port, site.pid, facts["cookie"])
        cpu = {name: signed_in.cpu_ms(facts["prefix"] + page, requests=REQUESTS) for name, page in PAGES.items()}
    return cpu, facts["queries"], facts["seconds"]


def main() -> None:
    with fresh(server_url()) as environment:
        manage(environment, "load_concept_note", "-v0")
        small_cpu, small_queries, _seconds = measure(environment, SIZES[0])
        large_cpu, large_queries, seconds = measure(environment, SIZES[1])
    for name in PAGES:
        print(f"{name}: {small_cpu[name]:.1f} and {large_cpu[name]:.1f} ms, {large_queries[name]} queries")
    database = "postgresql" if server_url() else "sqlite"
    grow = max(large_queries[name] - small_queries[name] for name in PAGES)
    print(
        f"directory cpu_ms_150={max(small_cpu.values()):.1f} cpu_ms_5000={max(large_cpu.values()):.1f} "
        f"queries_grow={grow} suggestions_5000_s={seconds[0]:.1f} suggestions_5000_cpu_s={seconds[1]:.1f} "
        f"queries={max(large_queries.values())} requests={REQUESTS} database={database}"
    )


if __name__ == "__main__":
    fill(int(sys.argv[1])) if sys.argv[1:] else main()
