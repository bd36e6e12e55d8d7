"""CPU per request of the public page and of the reply page: `python3 dev.py bench pages`."""

import datetime
import json
import subprocess
import sys

from benchmarks._database import ROOT, fresh, manage, server_url
from benchmarks._server import running

REQUESTS = 400


def prepare() -> None:
    """Runs in a process of its own with Django set up: one sent invitation; prints its path as JSON."""
    import django

    django.setup()
    from django.utils import timezone

    from conference.models import City, Conference, MemberState
    from registrations.models import Category, Delegation, Invitation, Wave
    from registrations.services import invitations, waves

    conference = Conference.objects.get()
    state = MemberState.objects.get(code="DK")
    city = City.objects.create(name="Measured city", member_state=state)
    delegation = Delegation.objects.create(
        conference=conference,
        category=Category.CITY,
        city=city,
        member_state=state,
        name=city.name,
        seats=2,
        email="mayor@city.example",
    )
    reply_by = min(timezone.localdate() + datetime.timedelta(days=7), conference.held_on - datetime.timedelta(days=1))
    wave = Wave.objects.create(conference=conference, name="Wave 1", reply_by=reply_by)
    waves.add_to_wave(wave, [delegation], by=None)
    waves.start_wave(wave, by=None)
    waves.issue_next(wave.pk)
    from django.conf import settings

    link = invitations.show_link(Invitation.objects.get(), by=None).removeprefix(settings.SITE_URL)
    print(json.dumps({"reply": link, "public": conference.get_absolute_url()}))


def main() -> None:
    with fresh(server_url()) as environment:
        manage(environment, "load_concept_note", "-v0")
        prepared = subprocess.run(
            [sys.executable, "-m", "benchmarks.pages", "prepare"],
            cwd=ROOT,
            env={**environment, "DJANGO_SETTINGS_MODULE": "config.settings"},
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        paths = json.loads(prepared.stdout.splitlines()[-1])
        with running(environment) as site:
            public = site.cpu_ms(paths["public"], requests=REQUESTS)
            reply = site.cpu_ms(paths["reply"], requests=REQUESTS)
    database = "postgresql" if server_url() else "sqlite"
    print(f"pages public_cpu_ms={public:.1f} reply_cpu_ms={reply:.1f} requests={REQUESTS} database={database}")


if __name__ == "__main__":
    prepare() if sys.argv[1:] == ["prepare"] else main()
