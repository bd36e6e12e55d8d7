"""The cache while Redis comes and goes; Redis is the real one of the tests, behind a cable that can be pulled."""

import logging
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.cache import caches
from django.test import override_settings

from conference.circuit import CircuitBreaker
from tests.processes import wait_until
from tests.servers import cable_to

pytestmark = pytest.mark.databases


@pytest.fixture
def cable():
    if not settings.REDIS_URL:
        pytest.skip("needs Redis: runs in the second part of the tests, with TEST_REDIS_URL")
    server = urlsplit(settings.REDIS_URL)
    with cable_to(server.hostname, server.port or 6379) as cable:
        yield cable


@pytest.fixture
def cache(cable):
    address = settings.REDIS_URL.replace(urlsplit(settings.REDIS_URL).netloc, f"127.0.0.1:{cable.port}")
    options = {"seconds_without": 0.05}
    with override_settings(
        CACHES={
            "default": {
                "BACKEND": "conference.caches.TolerantRedisCache",
                "LOCATION": address,
                "KEY_PREFIX": "cable",
                "OPTIONS": options,
            }
        }
    ):
        yield caches["default"]


def test_every_operation_has_an_answer_without_redis(cable, cache):
    cache.set("kept", "by Redis")
    cable.pull()

    assert cache.get("kept") is None
    cache.set("a", 1)
    assert cache.get("a") == 1
    assert (cache.add("a", 2), cache.add("b", 2)) == (False, True)
    assert (cache.incr("a"), cache.decr("a")) == (2, 1)
    assert cache.get_many(["a", "b", "c"]) == {"a": 1, "b": 2}
    assert cache.get_or_set("c", 3) == 3
    assert ("a" in cache, cache.touch("a", 10)) == (True, True)
    cache.set_many({"d": 4})
    cache.delete_many(["a"])
    assert cache.delete("b") is True
    assert cache.get_many(["a", "b", "d"]) == {"d": 4}
    cache.clear()
    assert cache.get("d") is None


def test_what_is_not_there_cannot_be_counted_with_redis_or_without(cable, cache):
    with pytest.raises(ValueError, match="not found"):
        cache.incr("nothing")
    cable.pull()
    with pytest.raises(ValueError, match="not found"):
        cache.incr("nothing")


def test_redis_is_used_again_as_soon_as_it_answers_and_what_was_counted_without_it_is_gone(cable, cache, caplog):
    caplog.set_level(logging.WARNING, logger="conference.caches")
    cache.set("kept", "by Redis")
    cable.pull()
    cache.set("kept", "by this process")
    cable.plug_in()

    wait_until(lambda: cache.get("kept") == "by Redis", what="Redis is asked again")
    cable.pull()

    assert cache.get("kept") is None
    assert [record.getMessage() for record in caplog.records] == [
        "Redis cannot be reached (ConnectionError): this process caches alone.",
        "Redis answers again.",
        "Redis cannot be reached (ConnectionError): this process caches alone.",
    ]


def test_connections_that_redis_closed_are_replaced_unnoticed(cable, cache, caplog):
    cache.set("kept", "by Redis")
    cable.pull()
    cable.plug_in()

    assert cache.get("kept") == "by Redis"
    assert not caplog.records


class TestCircuitBreaker:
    @pytest.fixture
    def clock(self, monkeypatch):
        now = [1000.0]
        monkeypatch.setattr("conference.circuit.time.monotonic", lambda: now[0])
        return now

    def test_a_lost_server_is_left_alone_for_a_while_then_one_thread_tries(self, clock):
        breaker = CircuitBreaker(seconds=5)

        assert (breaker.may_try(), breaker.failed(), breaker.failed()) == (True, True, False)
        assert not breaker.may_try()
        clock[0] += 5
        assert (breaker.may_try(), breaker.may_try()) == (True, False)

    def test_after_an_answer_all_try_again(self, clock):
        breaker = CircuitBreaker(seconds=5)
        breaker.failed()

        assert breaker.succeeded()
        assert (breaker.may_try(), breaker.may_try(), breaker.succeeded()) == (True, True, False)
