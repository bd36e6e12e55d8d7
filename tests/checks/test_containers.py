"""docker-compose.yml, Dockerfile and Caddyfile agree with each other and scale out; read, not run."""

import re
from pathlib import Path

import pytest
import yaml
from django.conf import settings

from agenda.exchange.foreign import MAX_BYTES as PROGRAMME
from registrations.guestlist.reading import MAX_BYTES as GUEST_LIST

ROOT = Path(settings.BASE_DIR)
SITE = {"web", "worker", "beat", "migrate"}


@pytest.fixture(scope="module")
def services() -> dict[str, dict]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]


def test_the_services(services):
    assert services.keys() == SITE | {"proxy", "db", "redis"}


def test_each_lasting_service_has_a_health_check(services):
    assert {name for name, service in services.items() if not service["healthcheck"].get("test")} == {"migrate"}


def test_nothing_stands_in_the_way_of_scaling(services):
    assert [name for name, service in services.items() if "container_name" in service] == []
    assert [name for name, service in services.items() if "ports" in service] == ["proxy"]


def test_site_services_keep_nothing_on_disk_but_the_shared_uploads(services):
    for name in SITE:
        assert services[name]["volumes"] == ["uploads:/srv/uploads"]
        assert services[name]["environment"]["MEDIA_ROOT"] == "/srv/uploads"
        assert services[name]["read_only"] is True


def test_all_of_the_site_waits_for_the_migration(services):
    for name in SITE - {"migrate"}:
        assert services[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert services["migrate"]["depends_on"] == {"db": {"condition": "service_healthy"}}


def test_passwords_and_keys_have_no_default(services):
    environment = services["web"]["environment"]

    assert environment["SECRET_KEY"].startswith("${SECRET_KEY:?")
    assert environment["SITE_URL"].startswith("${SITE_URL:?")
    assert services["db"]["environment"]["POSTGRES_PASSWORD"].startswith("${POSTGRES_PASSWORD:?")


def test_the_proxy_finds_the_web_service(services):
    proxy = (ROOT / "Caddyfile").read_text(encoding="utf-8")
    image = (ROOT / "Dockerfile").read_text(encoding="utf-8")

    assert "dynamic a {$PROXY_UPSTREAM:web 8000} {" in proxy
    assert "EXPOSE 8000" in image
    assert services["proxy"]["volumes"][0] == "./Caddyfile:/etc/caddy/Caddyfile:ro"


def test_the_proxy_lets_the_largest_upload_through():
    proxy = (ROOT / "Caddyfile").read_text(encoding="utf-8")
    limits = {
        name: int(size) * 1_000_000 for name, size in re.findall(r"request_body @(\w+) {\s*max_size (\d+)MB", proxy)
    }
    buffered = int(re.search(r"request_buffers (\d+)MB", proxy)[1]) * 1_000_000

    assert limits.keys() == {"slides", "files", "rest"}
    assert limits["slides"] > max(settings.UPLOAD_LIMITS.values())
    assert limits["files"] > max(size for kind, size in settings.UPLOAD_LIMITS.items() if kind != "slides")
    assert limits["files"] > max(GUEST_LIST, PROGRAMME)
    assert limits["rest"] > settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    assert buffered > limits["slides"]


def test_the_image_holds_all_that_the_site_imports():
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    code = {path.parent.name for path in ROOT.glob("*/__init__.py") if path.parent.name not in {"tests", "benchmarks"}}

    assert ignored[0] == "*"
    assert code | {"manage.py", "requirements.txt", "static", "templates"} <= {
        line.removeprefix("!") for line in ignored if line.startswith("!")
    }


def test_the_image_can_make_pdfs_and_runs_without_privileges():
    image = (ROOT / "Dockerfile").read_text(encoding="utf-8")

    assert "libpango-1.0-0 libpangoft2-1.0-0" in image
    assert "\nUSER convoke\n" in image
    assert "--require-hashes" in image
