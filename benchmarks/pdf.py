"""Seconds and memory of what is printed: `python3 dev.py bench pdf`.

The demonstration's day with four panels and 20 presentations of people with long names, in a process of its own that
has imported all and rendered nothing: its first rendering counts, the second, that of 300 sessions, and the schedules
of 150 people with twelve meetings each are for comparison.
"""

import json
import subprocess
import sys
from pathlib import Path

from benchmarks._database import ROOT, fresh, manage, server_url


def render() -> None:
    """Runs in a process of its own with Django set up: fills the day, renders it; prints the figures as JSON."""
    import django

    django.setup()
    import io
    import time

    import weasyprint  # noqa: F401
    from pypdf import PdfReader

    from agenda.papers.programme import programme_pdf
    from agenda.queries import working_programme
    from conference.models import Conference
    from meetings.papers import content
    from meetings.papers.schedules import schedules
    from tests.agenda.large_programme import large_programme

    conference = Conference.objects.get()
    _fill(conference)

    def measured(programme) -> tuple[float, int]:
        begun = time.perf_counter()
        document = programme_pdf(programme)
        return time.perf_counter() - begun, len(PdfReader(io.BytesIO(document)).pages)

    programme = working_programme(conference)
    before = _mib("VmRSS")
    first, pages = measured(programme)
    peak = _mib("VmHWM")
    again, _pages = measured(programme)
    large, large_pages = measured(large_programme())
    large_mib = _mib("VmHWM")
    crowd = _with_meetings()
    begun = time.perf_counter()
    read = schedules(crowd)
    reading = time.perf_counter() - begun
    _ending, document = content.write(read, tell=lambda _done: None)
    schedules_s = time.perf_counter() - begun
    print(
        json.dumps(
            {
                "programme_s": round(first, 2),
                "programme_mib": round(peak),
                "pages": pages,
                "again_s": round(again, 2),
                "before_mib": round(before),
                "large_s": round(large, 1),
                "large_mib": round(large_mib),
                "large_pages": large_pages,
                "schedules_read_s": round(reading, 2),
                "schedules_s": round(schedules_s, 1),
                "schedules_pages": len(PdfReader(io.BytesIO(document)).pages),
                "schedules_mib": round(_mib("VmHWM")),
            }
        )
    )


def _fill(conference) -> None:
    """Five presentations a panel, each with a speaker and a summary, and a moderator."""
    from agenda.kinds import Role, SessionKind
    from agenda.models import Appearance, Presentation, Session, Speaker
    from agenda.states import SpeakerStatus
    from tests.agenda.full_day import PEOPLE, SUMMARY, TITLES

    speakers = [
        Speaker.objects.create(
            conference=conference,
            family_name=name,
            function=function,
            organisation=organisation,
            status=SpeakerStatus.ACCEPTED,
        )
        for name, function, organisation in PEOPLE
    ]
    for panel in Session.objects.filter(conference=conference, kind=SessionKind.PANEL):
        Appearance.objects.create(session=panel, speaker=speakers[0], role=Role.MODERATOR)
        panel.presentations.all().delete()
        Presentation.objects.bulk_create(
            Presentation(session=panel, position=position, title=title, speaker=speakers[position], abstract=SUMMARY)
            for position, title in enumerate(TITLES)
        )


def _with_meetings():
    """Another conference, of 150 people who have a meeting in each of twelve slots."""
    from django.db import transaction

    from tests.factories import ConferenceFactory
    from tests.meetings import factories

    with transaction.atomic():
        other = ConferenceFactory(target=150, hard_limit=200)
        factories.rules(other)
        slots = factories.block(other, slots=12, tables=75).slots.all()
        people = [factories.guest(other) for _person in range(150)]
        tables = list(other.meeting_tables.order_by("number"))
        for turn, slot in enumerate(slots):
            for number, table in enumerate(tables):
                # The second half turns by one person a slot, so that nobody meets the same one twice.
                request = factories.request(people[number], people[75 + (number + turn) % 75])
                factories.meeting(request, slot=slot, table=table)
    return other


def _mib(name: str) -> float:
    """Memory of this process: VmRSS as it is, VmHWM at its highest."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1]) / 1024


def main() -> None:
    with fresh(server_url()) as environment:
        manage(environment, "load_concept_note", "-v0")
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.pdf", "render"],
            cwd=ROOT,
            env={**environment, "DJANGO_SETTINGS_MODULE": "config.settings"},
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    figures = json.loads(done.stdout.splitlines()[-1])
    words = " ".join(f"{name}={value}" for name, value in figures.items())
    print(f"pdf {words} database={'postgresql' if server_url() else 'sqlite'}")


if __name__ == "__main__":
    render() if sys.argv[1:] == ["render"] else main()
