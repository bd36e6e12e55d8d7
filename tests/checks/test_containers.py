"""docker-compose.yml, Dockerfile and Caddyfile agree with each other and scale out; read, not run."""

import os
import re
import shutil
import socket
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import redis
import yaml
from django.conf import settings

from agenda.exchange.foreign import MAX_BYTES as PROGRAMME
from registrations.guestlist.reading import MAX_BYTES as GUEST_LIST
from tests.processes import wait_until

ROOT = Path(settings.BASE_DIR)
SITE = {"web", "worker", "beat", "migrate"}


@pytest.fixture(scope="module")
def composition() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def services(composition) -> dict[str, dict]:
    return composition["services"]


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
    assert services["redis"]["environment"]["REDISCLI_AUTH"].startswith("${REDIS_PASSWORD:?")
    assert environment["REDIS_URL"] == "${REDIS_URL:-redis://:${REDIS_PASSWORD:-}@redis:6379/0}"


def test_the_example_names_all_that_compose_reads(composition):
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    example = (ROOT / ".env.example").read_text(encoding="utf-8")

    assert {name for name in re.findall(r"(?<!\$)\$\{(\w+)", text) if f"\n{name}=" not in example} == set()


def test_the_database_and_redis_are_reached_by_the_site_alone(composition, services):
    networks = composition["networks"]

    assert {name: bool(options and options.get("internal")) for name, options in networks.items()} == {
        "front": False,
        "back": True,
        "outside": False,
    }
    assert {name: set(service["networks"]) for name, service in services.items()} == {
        "proxy": {"front"},
        "web": {"front", "back"},
        "worker": {"back", "outside"},
        "beat": {"back", "outside"},
        "migrate": {"back", "outside"},
        "db": {"back"},
        "redis": {"back"},
    }


def test_no_service_can_use_up_memory_processes_or_disk(services):
    for service in services.values():
        assert re.fullmatch(r"\d+[mg]|\$\{\w+_MEMORY:-\d+[mg]\}", service["mem_limit"])
        assert 0 < service["pids_limit"] <= 500
        assert service["logging"]["driver"] == "json-file"
        assert {"max-size", "max-file"} <= service["logging"]["options"].keys()
    for name in SITE:
        assert services[name]["tmpfs"].startswith("/tmp:size=")


def test_images_of_others_are_pinned_by_minor_version_at_least(services):
    images = {service["image"] for name, service in services.items() if name not in SITE}
    images |= set(re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE))

    assert {image for image in images if not re.search(r":\d+\.\d+[\w.-]*(@sha256:[0-9a-f]{64})?$", image)} == set()


def test_the_client_that_makes_backups_is_not_older_than_the_database(services):
    image = (ROOT / "Dockerfile").read_text(encoding="utf-8")

    # Debian 12 has the client of PostgreSQL 15.
    assert "-bookworm" in image
    assert " postgresql-client " in image
    assert services["db"]["image"].startswith("postgres:15.")


@pytest.mark.skipif(not (shutil.which("redis-server") or os.environ.get("CI")), reason="redis-server is missing")
def test_redis_asks_for_a_password_that_the_list_of_processes_does_not_show(services, tmp_path):
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port = probe.getsockname()[1]
    shell, option, script = (part.replace("$$", "$") for part in services["redis"]["command"])
    # The same configuration, on a port and in a folder of this test's own.
    script = script.replace("appendonly no", f"appendonly no\nbind 127.0.0.1\nport {port}\ndir {tmp_path}")
    server = subprocess.Popen(
        [shell, option, script],
        env={**os.environ, "REDISCLI_AUTH": "s3cret"},
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: answers(port), what="Redis listens")
        arguments = Path(f"/proc/{server.pid}/cmdline")
        shown = arguments.read_bytes() if arguments.exists() else b""

        with redis.Redis(port=port) as stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()
        with redis.Redis(port=port, password="s3cret") as client:
            assert client.ping()
            assert client.config_get("maxmemory*")["maxmemory-policy"] == "volatile-lru"
            assert client.config_get("save") == {"save": ""}
        assert b"s3cret" not in shown
    finally:
        server.terminate()
        server.wait(30)


def answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


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
