"""The rules of the house, each held by a test of its own: style, layers, types, migrations, locks, public addresses."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from accounts import reach
from tests.routes import routes

ROOT = Path(settings.BASE_DIR)
TOOLS = Path(sys.executable).parent
# Lowest first; imports and relations may go down only. Apps of one set never know each other.
LAYERS = [{"accounts"}, {"conference"}, {"mailings"}, {"registrations"}, {"agenda", "marketplace"}, {"meetings"}]
OWN_APPS = {app for layer in LAYERS for app in layer}

# Addresses that need no sign-in. Whoever adds one decides here, in the open, that everybody may see it.
# The webhooks of mail providers stand here as one; each asks for the secret of ANYMAIL_WEBHOOK_SECRET itself. Addresses
# that hold a secret, and those that a reply by link opens, are decided in accounts/reach.py: see test_reach.py.
PUBLIC = r"""
/
/<slug:slug>/
/<slug:slug>/<slug:kind>/
/<slug:slug>/market-place/
/<slug:slug>/market-place/<int:stand>/
/<slug:slug>/market-place/missed/
/<slug:slug>/market-place/pictures/<uuid:key>.jpg
/<slug:slug>/programme/
/<slug:slug>/programme/documents/<str:key>/
/<slug:slug>/programme/photos/<str:key>.jpg
/<slug:slug>/programme/programme.csv
/<slug:slug>/programme/programme.ics
/<slug:slug>/programme/programme.pdf
/<slug:slug>/programme/programme.xlsx
/<slug:slug>/programme/schedule.json
/<slug:slug>/programme/schedule.xml
/<slug:slug>/programme/screens/
/<slug:slug>/programme/screens/<str:room>/
/<slug:slug>/programme/screens/<str:room>/data.json
/<slug:slug>/programme/sessions/<str:code>/
/<slug:slug>/programme/sessions/<str:code>/session.ics
/<slug:slug>/programme/speakers/
/<slug:slug>/programme/speakers/<str:code>/
/<slug:slug>/programme/timeline/
/accounts/2fa/authenticate/
/accounts/2fa/webauthn/login/
/accounts/confirm-email/
/accounts/inactive/
/accounts/login/
/accounts/login/code/
/accounts/login/code/confirm/
/accounts/logout/
/accounts/password/reset/
/accounts/password/reset/complete/
/accounts/password/reset/confirm/
/accounts/password/reset/done/
/accounts/signup/
/anymail/…
/healthz
"""


def run(*command: str, **env: str) -> str:
    """Run a command in the project's folder. Returns what it prints; fails with all of it where it fails."""
    # The last is set for the browser journeys that may have run before in this process.
    ours = ("PYTEST_", "COV_", "DJANGO_ALLOW_ASYNC_UNSAFE")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**clean, **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=900,
        check=False,
    )
    if done.returncode:
        pytest.fail(f"{' '.join(map(str, command))} (exit code {done.returncode})\n\n{done.stdout}", pytrace=False)
    return done.stdout


def tool(name: str, *arguments: str, **env: str) -> str:
    return run(str(TOOLS / name), *arguments, **env)


def manage(*arguments: str, **env: str) -> str:
    return run(sys.executable, "manage.py", *arguments, **env)


@pytest.fixture
def production(tmp_path) -> dict[str, str]:
    """What an operator sets, on an empty data folder."""
    return {
        "SECRET_KEY": "y3k-Qm7Zr1vXw9sTb4Lh8Nc2Jf6Gd0PaUeRiOyKtWqVzCxBnMl5D7HgF",
        "SITE_URL": "https://conference.example.org",
        "DATA_DIR": str(tmp_path),
        "DATABASE_URL": "",
        "REDIS_URL": "",
        "DEBUG": "",
        "STAFF_SECOND_FACTOR_REQUIRED": "",
    }


# Style ----------------------------------------------------------------------------------------


def test_ruff_finds_nothing():
    tool("ruff", "check", "--no-cache", ".")


def test_ruff_would_format_nothing():
    tool("ruff", "format", "--no-cache", "--check", "--diff", ".")


def test_djlint_finds_nothing():
    tool("djlint", "--lint", "templates")


def test_services_are_typed():
    tool("mypy")


# Layers ---------------------------------------------------------------------------------------


def test_imports_go_down_only():
    tool("lint-imports", "--no-cache")


def layer_of(app_label: str) -> int | None:
    return next((number for number, layer in enumerate(LAYERS) if app_label in layer), None)


def own_relations() -> Iterator[tuple[str, str, str]]:
    for model in apps.get_models(include_auto_created=True):
        if model._meta.app_label not in OWN_APPS:
            continue
        for field in model._meta.get_fields():
            if field.is_relation and field.concrete and field.related_model is not None:
                yield model._meta.app_label, field.related_model._meta.app_label, f"{model._meta.label}.{field.name}"


def test_relations_go_down_only():
    relations = list(own_relations())
    upwards = [
        f"{name} → {target}"
        for source, target, name in relations
        if source != target and layer_of(target) is not None and layer_of(source) <= layer_of(target)
    ]

    assert relations
    assert upwards == []


def test_the_layers_are_those_of_the_import_contract():
    installed = {config.label for config in apps.get_app_configs()} & OWN_APPS
    contract = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    listed = re.search(r'^layers = \["config", (.*)\]$', contract, flags=re.MULTILINE)

    expected = [" | ".join(sorted(layer & installed)) for layer in reversed(LAYERS) if layer & installed]
    assert listed is not None
    assert listed.group(1) == ", ".join(f'"{names}"' for names in expected)


# Django ---------------------------------------------------------------------------------------


def test_no_migration_is_missing(production):
    manage("makemigrations", "--check", "--dry-run", **production)


def test_production_settings_raise_no_warning(production):
    manage("check", "--deploy", "--fail-level", "WARNING", **production)


@pytest.mark.parametrize(("given", "expected"), [("", "False"), ("1", "True")])
def test_preloading_hsts_is_for_the_owner_of_the_domain_to_decide(production, given, expected):
    settings = manage("diffsettings", "--all", **{**production, "SECURE_HSTS_PRELOAD": given})

    assert re.search(rf"^(?:###)? ?SECURE_HSTS_PRELOAD = {expected}", settings, flags=re.MULTILINE)


def test_a_site_does_not_start_without_a_key(production):
    with pytest.raises(pytest.fail.Exception, match="Set the environment variable SECRET_KEY"):
        manage("check", **{**production, "SECRET_KEY": ""})


def test_the_diagram_of_states_is_that_of_the_tables(production):
    generated = manage("states_diagram", **production)

    assert (ROOT / "docs" / "states.md").read_text(encoding="utf-8") == generated, (
        "python3 dev.py manage states_diagram > docs/states.md"
    )


def test_public_addresses_are_those_that_were_decided():
    links = [way for way in reach.WAYS if way.by_token or way is reach.LINK_GRANT]
    found = {
        re.sub(r"^/anymail/.*", "/anymail/…", route.pattern)
        for route in routes()
        if route.is_open and not any(way.allows(route.view_name) for way in links)
    }

    assert sorted(found) == sorted(PUBLIC.split())


# Templates ------------------------------------------------------------------------------------

# A strict Content-Security-Policy refuses all of these on a page; mails and PDFs are no pages.
NOT_ON_PAGES = {
    # Data for search engines is no script: browsers do not run it, and the policy lets it stand.
    "inline script": re.compile(r'<script(?! type="application/ld\+json">)(?![^>]*\ssrc=)[^>]*>', re.IGNORECASE),
    "inline style sheet": re.compile(r"<style\b", re.IGNORECASE),
    "style attribute": re.compile(r"<[^<>]*\sstyle\s*=", re.IGNORECASE),
    "event attribute": re.compile(r"<[^<>]*\s(?:on[a-z]+|hx-on[\w:.-]*)\s*=", re.IGNORECASE),
    "script address": re.compile(r"[\"']\s*javascript:", re.IGNORECASE),
    "foreign resource": re.compile(
        r"<(?:script|img|iframe|source|video|audio)\b[^>]*\ssrc\s*=\s*[\"'](?:https?:)?//|<link\b[^>]*\shref\s*=\s*[\"'](?:https?:)?//",
        re.IGNORECASE,
    ),
}


@pytest.mark.parametrize(
    ("what", "markup", "found"),
    [
        ("inline script", "<script>a()</script>", True),
        ("inline script", '<script type="application/ld+json">{}</script>', False),
        ("inline script", '<script type="module">a()</script>', True),
        ("inline script", '<script src="{% static "js/a.js" %}" defer></script>', False),
        ("inline style sheet", "<style>p {}</style>", True),
        ("style attribute", '<p class="a"\n style="color: red">', True),
        ("style attribute", '<p class="style=">', False),
        ("event attribute", '<button onclick="a()">', True),
        ("event attribute", '<button hx-on::after-request="a()">', True),
        ("event attribute", '<a href="?on=1">', False),
        ("script address", '<a href="javascript:a()">', True),
        ("foreign resource", '<img alt="" src="https://elsewhere.example/a.png">', True),
        ("foreign resource", '<link rel="stylesheet" href="//elsewhere.example/a.css">', True),
        ("foreign resource", '<a href="https://elsewhere.example/">', False),
    ],
)
def test_what_a_page_may_not_hold_is_recognised(what, markup, found):
    assert bool(NOT_ON_PAGES[what].search(markup)) is found


def test_pages_hold_nothing_inline_and_nothing_foreign():
    pages = [
        path
        for path in sorted((ROOT / "templates").rglob("*.html"))
        if path.relative_to(ROOT / "templates").parts[0] not in {"emails", "pdf"}
    ]
    found = []
    for path in pages:
        text = path.read_text(encoding="utf-8")
        for what, pattern in NOT_ON_PAGES.items():
            found += [
                f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, match.start()) + 1}: {what}"
                for match in pattern.finditer(text)
            ]

    assert pages
    assert found == []


# Packages -------------------------------------------------------------------------------------


def direct_dependencies(name: str) -> list[str]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith(("#", "-"))]


def locked(name: str) -> dict[str, tuple[str, int]]:
    """Version and number of hashes of each package in a lock file."""
    found = {}
    for block in re.split(r"\n(?=\S)", (ROOT / name).read_text(encoding="utf-8")):
        if head := re.match(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", block):
            found[normalised(head.group(1))] = (head.group(2), len(re.findall(r"--hash=sha256:[0-9a-f]{64}", block)))
    return found


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("name", ["requirements.in", "requirements-dev.in"])
def test_each_direct_dependency_has_its_reason(name):
    lines = direct_dependencies(name)

    assert lines
    assert [line for line in lines if not re.match(r"\S+\s+# \S", line)] == []


@pytest.mark.parametrize(
    ("sources", "lock"),
    [
        (["requirements.in"], "requirements.txt"),
        (["requirements.in", "requirements-dev.in"], "requirements-dev.txt"),
    ],
)
def test_locks_hold_each_direct_dependency_with_hashes(sources, lock):
    wanted = {normalised(re.split(r"[\[<>=!~; ]", line)[0]) for name in sources for line in direct_dependencies(name)}
    packages = locked(lock)

    assert wanted - packages.keys() == set()
    assert [name for name, (_, hashes) in packages.items() if hashes == 0] == []


def test_the_development_lock_holds_the_runtime_lock():
    runtime, development = locked("requirements.txt"), locked("requirements-dev.txt")

    assert {name: version for name, (version, _) in runtime.items()} == {
        name: version for name, (version, _) in development.items() if name in runtime
    }


# The project speaks of itself alone -----------------------------------------------------------


def test_no_file_of_somebody_else_lies_here():
    """No third-party script, style sheet or font: what we use of them comes from packages."""
    foreign = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "static").rglob("*"))
        if path.is_file() and re.search(r"\.min\.(js|css)$|\.(woff2?|ttf|otf|eot)$", path.name)
    ]

    assert foreign == []


# Requests -------------------------------------------------------------------------------------


def test_numbers_of_requests_are_read_by_one_helper():
    """`int` fails for 5,000 digits, `isdecimal` takes digits of other scripts: conference/requests.py does not."""
    by_hand = re.compile(r"\.is(?:decimal|digit|numeric)\(|\bint\((?:self\.)?request\.")
    pages = [
        path
        for app in sorted(OWN_APPS)
        for path in (ROOT / app).rglob("*.py")
        if {"admin", "views"} & {*path.parts, path.stem}
    ]

    found = [f"{path.relative_to(ROOT)}" for path in pages if by_hand.search(path.read_text(encoding="utf-8"))]

    assert pages
    assert found == []
