"""Odd requests to every address of the resolver in four roles: `python3 dev.py bench crawl`.

A site with a few rows of everything is made (`_crawl_site.py`) and looked around in by its links as a stranger, a
participant, an organiser with few rights and one with all. Then each address gets requests with values that no page of
ours sends. An error is an answer of 500 or more; each is printed with all that is needed to repeat it. Anything but
`errors=0` ends with exit code 1.
"""

import logging
import subprocess
import sys
import time

from benchmarks._database import ROOT, fresh, server_url

# Requests to each address, by role.
TIMES = {"stranger": 3, "participant": 5, "limited organiser": 5, "organiser": 10}
SEED = 13


def measure(seed: int) -> None:
    """Runs in a process of its own."""
    import django

    django.setup()
    from django.conf import settings
    from django.test.utils import setup_test_environment

    from benchmarks import _crawl_site
    from benchmarks._crawl import Crawl, Request, signed_in

    setup_test_environment()
    # Every refusal would be a line; errors are printed at the end.
    logging.disable(logging.CRITICAL)
    # One process, and none of its requests is to be limited because of another.
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    # Style sheets under their own names: nothing is collected for this.
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.EMAIL_BACKEND = "mailings.backends.Outbox"
    settings.ALLOWED_HOSTS = ["testserver", "localhost"]

    def tell(request: Request, reason: str) -> None:
        print(f"{reason}\n    {request}", flush=True)

    started = time.monotonic()
    site = _crawl_site.build()
    print(f"# site built in {time.monotonic() - started:.0f} s")
    crawl = Crawl({role: signed_in(user) for role, user in site.roles.items()}, links=site.links, seed=seed, tell=tell)
    crawl.look_around()
    print(f"# looked around with {crawl.outcome.requests} requests until {time.monotonic() - started:.0f} s")
    for role in site.roles:
        crawl.ask_oddly(role, times=TIMES[role])
    outcome = crawl.outcome
    print("# answers: " + ", ".join(f"{status} {number}" for status, number in sorted(outcome.statuses.items())))
    database = "postgresql" if server_url() else "sqlite"
    print(
        f"crawl requests={outcome.requests} errors={len(outcome.errors)} addresses={len(crawl.addresses)} "
        f"seconds={time.monotonic() - started:.0f} seed={seed} database={database}"
    )
    if outcome.errors:
        raise SystemExit(1)


def main() -> None:
    seed = sys.argv[1] if sys.argv[1:] else str(SEED)
    with fresh(server_url()) as environment:
        crawled = subprocess.run(
            [sys.executable, "-m", "benchmarks.crawl", "measure", seed],
            cwd=ROOT,
            env={
                **environment,
                "DJANGO_SETTINGS_MODULE": "config.settings",
                "STAFF_SECOND_FACTOR_REQUIRED": "0",
                "HTTPS": "0",
                "DEBUG": "0",
                "ANYMAIL_WEBHOOK_SECRET": "provider:secret",
            },
            check=False,
        )
    raise SystemExit(crawled.returncode)


if __name__ == "__main__":
    measure(int(sys.argv[2])) if sys.argv[1:2] == ["measure"] else main()
