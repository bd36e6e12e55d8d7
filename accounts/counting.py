"""Counting in the cache without a lock, for what a whole venue does at the same instant.

allauth's own limits lock their key for each attempt and refuse whoever waits longer than a second. That is right for
one account, and wrong for one network address with 300 people behind it.
"""

from django.core.cache import cache


def count_within(key: str, *, seconds: int) -> int:
    """Counts this attempt, and returns how many there were since the first of these seconds."""
    cache.add(key, 0, seconds)
    try:
        return cache.incr(key)
    except ValueError:  # It expired between the two lines.
        return 1
