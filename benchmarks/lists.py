"""CPU and queries of the guest list and the participants list in the admin: `python3 dev.py bench lists`.

Measured with 5,000 and with 50,000 delegations, half of them invited, a tenth of them with two participants.
The figures are those of the dearer of the two lists.
"""

import json
import subprocess
import sys

from benchmarks._database import ROOT, fresh, manage, server_url
from benchmarks._server import Site, running

SIZES = (5_000, 50_000)
REQUESTS = 100
LISTS = ("/admin/registrations/delegation/", "/admin/registrations/participant/")


def fill(size: int) -> None:
    """Runs in a process with Django set up: brings the conference to `size` delegations.

    Prints the organiser's session cookie and the queries of each list as JSON.
    """
    import django

    django.setup()
    from django.conf import settings
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from accounts.models import User

    settings.ALLOWED_HOSTS = ["testserver"]
    _add_delegations(size)
    organiser, _created = User.objects.get_or_create(
        email="organiser@convoke.example", defaults={"is_staff": True, "is_superuser": True}
    )
    client = Client()
    client.force_login(organiser)
    queries = []
    for path in LISTS:
        client.get(path)
        with CaptureQueriesContext(django.db.connection) as captured:
            response = client.get(path)
        if response.status_code != 200:
            raise SystemExit(f"{path} answered {response.status_code}")
        queries.append(len(captured))
    print(json.dumps({"cookie": f"sessionid={client.cookies['sessionid'].value}", "queries": max(queries)}))


def _add_delegations(size: int) -> None:
    from django.utils import timezone

    from conference.models import City, Conference, MemberState
    from registrations.models import Category, Delegation, Invitation, Participant

    conference = Conference.objects.get()
    state = MemberState.objects.get(code="FR")
    present = City.objects.count()
    cities = City.objects.bulk_create(
        (City(name=f"City {number:06}", member_state=state) for number in range(present, size)), batch_size=2000
    )
    delegations = Delegation.objects.bulk_create(
        (
            Delegation(
                conference=conference,
                category=Category.CITY,
                city=city,
                member_state=state,
                name=city.name,
                seats=2,
                email=f"mayor{city.pk}@city.example",
            )
            for city in cities
        ),
        batch_size=2000,
    )
    invitations = Invitation.objects.bulk_create(
        (
            Invitation(
                conference=conference,
                delegation=delegation,
                status="accepted" if number % 10 == 0 else "sent",
                holds_seats=True,
                seats=2,
                email=delegation.email,
                reply_by=conference.held_on,
                **({"replied_at": timezone.now(), "reply_channel": "web"} if number % 10 == 0 else {}),
            )
            for number, delegation in enumerate(delegations)
            if number % 2 == 0
        ),
        batch_size=2000,
    )
    taken = Participant.objects.count()
    accepted = [invitation for invitation in invitations if invitation.status == "accepted"]
    Participant.objects.bulk_create(
        (
            Participant(
                conference=conference,
                delegation_id=invitation.delegation_id,
                invitation=invitation,
                category=Category.CITY,
                status="confirmed",
                seat_no=seat_no,
                place_no=taken + 2 * number + seat_no,
                given_name="Given",
                family_name=f"Family {taken + 2 * number + seat_no:06}",
                function="Mayor",
                email=invitation.email,
            )
            for number, invitation in enumerate(accepted)
            for seat_no in (1, 2)
        ),
        batch_size=2000,
    )


def measure(environment: dict[str, str], size: int) -> tuple[float, int]:
    """CPU milliseconds and queries of the dearer list at this size."""
    filled = subprocess.run(
        [sys.executable, "-m", "benchmarks.lists", str(size)],
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
        cpu = max(signed_in.cpu_ms(path, requests=REQUESTS) for path in LISTS)
    return cpu, facts["queries"]


def main() -> None:
    with fresh(server_url()) as environment:
        manage(environment, "load_concept_note", "-v0")
        (small_cpu, small_queries), (large_cpu, large_queries) = (measure(environment, size) for size in SIZES)
    database = "postgresql" if server_url() else "sqlite"
    print(
        f"lists cpu_ms_5000={small_cpu:.1f} cpu_ms_50000={large_cpu:.1f} queries_5000={small_queries} "
        f"queries_grow={large_queries - small_queries} database={database}"
    )


if __name__ == "__main__":
    fill(int(sys.argv[1])) if sys.argv[1:] else main()
