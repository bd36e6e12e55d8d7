"""CPU of the public programme, its exports and a 304, and the weight of its page: `python3 dev.py bench programme`.

Two conferences on one site: the demonstration's day with four panels and 20 presentations (keys with `small_`), and one
with 300 sessions over five days. Requests are those of a browser without cookies that takes gzip.
"""

import json
import re
import subprocess
import sys

from benchmarks._database import ROOT, fresh, manage, server_url
from benchmarks._server import Site, running

REQUESTS = 2_000
# What a browser fetches for a page of its own accord.
RESOURCE = re.compile(r'<(?:link rel="(?:stylesheet|icon)" href|script src|img [^>]*src)="([^"]+)"')


def prepare() -> None:
    """Runs in a process of its own with Django set up: publishes both programmes, prints their paths as JSON."""
    import django

    django.setup()
    import dataclasses

    from agenda.kinds import SessionKind
    from agenda.models import Presentation, Release, Session
    from agenda.queries import working_programme
    from conference.models import Conference
    from tests.agenda.large_programme import large_programme

    small = Conference.objects.get()
    # Where the concept note leaves a panel with fewer than five presentations.
    for panel in Session.objects.filter(conference=small, kind=SessionKind.PANEL):
        present = panel.presentations.count()
        for position in range(present, 5):
            Presentation.objects.create(session=panel, position=position, title="A challenge, and what answered it")
    _release(Release, small, working_programme(small))
    programme = large_programme()
    large = Conference.objects.create(
        slug=programme.slug,
        title=programme.title,
        held_on=programme.held_on,
        venue=small.venue,
        languages=small.languages,
        mailbox=small.mailbox,
        organiser_name=small.organiser_name,
        target=150,
        hard_limit=150,
    )
    _release(Release, large, dataclasses.replace(programme, url=f"http://localhost/{large.slug}/programme/"))
    print(json.dumps({"small_": f"/{small.slug}/programme/", "": f"/{large.slug}/programme/"}))


def _release(release, conference, programme) -> None:
    import dataclasses

    from django.utils import timezone

    newest = release.objects.filter(conference=conference).first()
    number = newest.number + 1 if newest else 1
    programme = dataclasses.replace(programme, release=number, published_at=timezone.now())
    release.objects.create(
        conference=conference,
        number=number,
        published_at=programme.published_at,
        content=programme.to_data(),
        working_copy={},
    )


def weight(site: Site, path: str) -> tuple[int, int]:
    """Bytes on the wire, without headers, of a page with all that it loads; and how many requests that is."""
    import gzip
    import http.client

    def fetch(address: str) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
        connection.request("GET", address, headers={"Host": "localhost", "Accept-Encoding": "gzip"})
        response = connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise SystemExit(f"{address} answered {response.status}")
        connection.close()
        return body

    page = fetch(path)
    resources = sorted(set(RESOURCE.findall(gzip.decompress(page).decode())))
    return len(page) + sum(len(fetch(address)) for address in resources), 1 + len(resources)


def main() -> None:
    with fresh(server_url()) as environment:
        manage(environment, "load_concept_note", "-v0")
        prepared = subprocess.run(
            [sys.executable, "-m", "benchmarks.programme", "prepare"],
            cwd=ROOT,
            env={**environment, "DJANGO_SETTINGS_MODULE": "config.settings"},
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        paths: dict[str, str] = json.loads(prepared.stdout.splitlines()[-1])
        figures: dict[str, float] = {}
        with running(environment) as site:
            for prefix, path in paths.items():
                for name, address in (("page", path), ("xml", f"{path}schedule.xml"), ("ics", f"{path}programme.ics")):
                    cpu = site.cpu_ms(address, requests=REQUESTS, Accept_Encoding="gzip")
                    figures[f"{prefix}{name}_cpu_ms"] = cpu
                etag = site.get(path).headers["ETag"]
                figures[f"{prefix}not_modified_cpu_ms"] = site.cpu_ms(
                    path, requests=REQUESTS, expect=304, Accept_Encoding="gzip", If_None_Match=etag
                )
            page_bytes, page_requests = weight(site, paths["small_"])
            large_bytes, _requests = weight(site, paths[""])
    words = " ".join(f"{name}={value:.2f}" for name, value in sorted(figures.items()))
    database = "postgresql" if server_url() else "sqlite"
    print(
        f"programme {words} page_bytes={page_bytes} page_requests={page_requests} "
        f"large_page_bytes={large_bytes} requests={REQUESTS} database={database}"
    )


if __name__ == "__main__":
    prepare() if sys.argv[1:] == ["prepare"] else main()
