"""Seconds to import a guest list of 5,000 cities: `python3 dev.py bench import`.

Measured as the organiser meets it: the file is read, checked and reported (dry run), then read and checked again under
the lock and written (applied); after that the same file once more, with every row changed. On SQLite and, where
TEST_DATABASE_URL is set, on PostgreSQL, each in a database made for it. `seconds` is dry run and application together.
"""

import json
import os
import subprocess
import sys
import time

from benchmarks._database import ROOT, fresh, server_url

ROWS = 5000


def guest_list(version: int) -> bytes:
    """A workbook with every column of the sheet Cities filled in."""
    from registrations.guestlist.columns import CITIES
    from registrations.guestlist.exporting import Table, to_xlsx

    codes = ("AT", "BE", "BG", "CZ", "DE", "EL", "ES", "FR", "HU", "IT", "NL", "PL", "PT", "RO", "SE", "SK")

    def row(number: int) -> list[object]:
        values = {
            "name": f"Městečko {number}",
            "other_names": f"Town {number} / Ville {number}",
            "state": codes[number % len(codes)],
            "population": 10_000 + number + version,
            "latitude": 40 + number / 1000,
            "longitude": number / 1000 - 2,
            "contact_function": "Office of the Mayor",
            "email": f"mayor@town{number}.example; deputy@town{number}.example",
            "copy_to": [f"cabinet@town{number}.example"],
            "language": "French",
            "salutation": f"Dear Mayor, version {version},",
            "seats": 2,
            "has_strategy": number % 2 == 0,
            "has_multi_agency": number % 3 == 0,
            "has_dedicated_staff": True,
            "has_evaluation": False,
            "remarks": f"Remark {number}",
        }
        return [values[column.key] for column in CITIES.columns]

    headings = [(column.label, column.width) for column in CITIES.columns]
    return to_xlsx([Table(CITIES.title, headings, [row(number) for number in range(ROWS)])])


def measure() -> dict[str, float]:
    """One round on the database of this process's environment."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from registrations.guestlist.applying import apply_import
    from registrations.models import Delegation
    from tests import uploads
    from tests.factories import ConferenceFactory

    conference = ConferenceFactory()
    figures: dict[str, float] = {"wrong": 0}
    for version, what in enumerate(("created", "changed"), start=1):
        content = guest_list(version)
        begun = time.perf_counter()
        upload = uploads.guest_list(conference, content)
        checked = time.perf_counter()
        apply_import(upload, by=None)
        figures[f"{what}_dry_run"] = checked - begun
        figures[f"{what}_applied"] = time.perf_counter() - checked
        figures["wrong"] += abs(ROWS - len(upload.report[what])) + len(upload.report["errors"])
    salutation = "Dear Mayor, version 2,"
    figures["wrong"] += ROWS - Delegation.objects.filter(salutation=salutation, city__population__gte=10_002).count()
    return figures


def main() -> int:
    servers = {"sqlite": "", **({"postgresql": server_url()} if server_url() else {})}
    seconds: dict[str, float] = {}
    details = []
    wrong = 0
    for vendor, server in servers.items():
        with fresh(server) as environment:
            command = [sys.executable, "-m", "benchmarks.import", "here"]
            done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
        figures = json.loads(done.stdout)
        seconds[vendor] = figures["created_dry_run"] + figures["created_applied"]
        wrong += int(figures["wrong"])
        details += [
            f"{vendor}_seconds={seconds[vendor]:.2f}",
            f"{vendor}_dry_run={figures['created_dry_run']:.2f}",
            f"{vendor}_applied={figures['created_applied']:.2f}",
            f"{vendor}_change_all={figures['changed_dry_run'] + figures['changed_applied']:.2f}",
        ]
        print(f"{vendor}: {ROWS} cities created in {seconds[vendor]:.2f} s", flush=True)
    first = seconds.get("postgresql", seconds["sqlite"])
    print(f"import rows={ROWS} seconds={first:.2f} wrong={wrong} {' '.join(details)}")
    return 1 if wrong else 0


if __name__ == "__main__":
    if sys.argv[1:] == ["here"]:
        print(json.dumps(measure()))
    else:
        sys.exit(main())
