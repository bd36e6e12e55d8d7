"""The cache of a site with Redis: a lost Redis slows pages down, and never breaks them."""

import logging
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError, RedisError
from redis.retry import Retry

from conference.circuit import CircuitBreaker

logger = logging.getLogger(__name__)

# For how long a process leaves a lost Redis alone before it tries again.
SECONDS_WITHOUT = 5.0
# Rate limits are small, and a flood of new keys must not push them out.
ENTRIES_IN_MEMORY = 10_000
# Shared by all threads of the process, like the memory behind LocMemCache; by the address of the server.
_breakers: dict[str, CircuitBreaker] = {}


class TolerantRedisCache(RedisCache):
    """Django's Redis cache that falls back to the memory of the process while Redis cannot be reached.

    What was cached is computed again. Rate limits, which live in the cache, keep working: each process then counts for
    itself and from zero, so that a limit lets through at most as many times more as there are web processes.
    """

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        options = {
            "socket_connect_timeout": 1,
            "socket_timeout": 1,
            # A connection that Redis closed, for example when it was restarted, is replaced at once.
            "retry": Retry(NoBackoff(), 1, supported_errors=(ConnectionError,)),
            **params.get("OPTIONS", {}),
        }
        seconds = options.pop("seconds_without", SECONDS_WITHOUT)
        super().__init__(server, {**params, "OPTIONS": options})
        self._breaker = _breakers.setdefault(server, CircuitBreaker(seconds))
        memory = {key: value for key, value in params.items() if key != "OPTIONS"}
        self._memory = LocMemCache(f"without {server}", {**memory, "MAX_ENTRIES": ENTRIES_IN_MEMORY})

    def _do(self, operation: str, *args: Any, **kwargs: Any) -> Any:
        """The operation with Redis, or with the memory of the process."""
        without = getattr(self._memory, operation)
        if not self._breaker.may_try():
            return without(*args, **kwargs)
        try:
            result = getattr(super(), operation)(*args, **kwargs)
        except (RedisError, OSError) as error:
            if self._breaker.failed():
                # Only the kind of error: its text may hold the address with the password.
                logger.warning("Redis cannot be reached (%s): this process caches alone.", type(error).__name__)
            return without(*args, **kwargs)
        except ValueError:
            # `incr` of a key that does not exist is an answer of Redis, too.
            self._noted_success()
            raise
        self._noted_success()
        return result

    def _noted_success(self) -> None:
        if self._breaker.succeeded():
            # What was counted meanwhile must not come back at the next loss.
            self._memory.clear()
            logger.warning("Redis answers again.")

    # Every operation of Django's backend; all others are made of these.

    def add(self, *args: Any, **kwargs: Any) -> Any:
        return self._do("add", *args, **kwargs)

    def get(self, *args: Any, **kwargs: Any) -> Any:
        return self._do("get", *args, **kwargs)

    def set(self, *args: Any, **kwargs: Any) -> Any:
        return self._do("set", *args, **kwargs)

    def touch(self, *args: Any, **kwargs: Any) -> Any:
        return self._do("touch", *args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        return self._do("delete", *args, **kwargs)

    def get_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._do("get_many", *args, **kwargs)

    def has_key(self, *args: Any, **kwargs: Any) -> Any:
        return self._do("has_key", *args, **kwargs)

    def incr(self, *args: Any, **kwargs: Any) -> Any:
        return self._do("incr", *args, **kwargs)

    def set_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._do("set_many", *args, **kwargs)

    def delete_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._do("delete_many", *args, **kwargs)

    def clear(self, *args: Any, **kwargs: Any) -> Any:
        return self._do("clear", *args, **kwargs)
