"""The catalogue, kept in memory for as long as its key is the call's: what changes it sets another key."""

import functools
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from django.utils.translation import get_language

from marketplace import search
from marketplace.catalogue import Catalogue, Matches, Related
from marketplace.listing import read_catalogue
from marketplace.models import Call

# Of a process.
_KEPT = 4
# What they found takes at most four bytes for each stand.
_KEPT_SEARCHES = 100
# Names of cities and delegations, which the market place is not told of, show after this time at the latest.
SECONDS = 300


@dataclass
class Kept:
    """A catalogue with what was made of it; any thread may add to that, since all add the same."""

    catalogue: Catalogue
    good_until: float
    # What the words of `search.asked_words` find: one query, none for words that were searched for before. The index
    # changes together with the call's key, so that no search outlives what it found.
    search: Callable[[tuple[str, ...]], Matches]
    cards: dict[tuple[int, str], str] = field(default_factory=dict)
    options: dict[tuple[str, str, bool, bool], str] = field(default_factory=dict)
    related: dict[int, list[Related]] = field(default_factory=dict)


_kept: OrderedDict[tuple[int, UUID, str | None], Kept] = OrderedDict()
_lock = threading.Lock()


def catalogue_of(call: Call) -> Kept:
    """The call's catalogue. Costs queries only where this process does not have it yet.

    `call` must have been read before: what is kept under its key is then never older than the key.
    """
    key = (call.pk, call.catalogue_key, get_language())
    with _lock:
        found = _kept.get(key)
        if found and found.good_until > time.monotonic():
            _kept.move_to_end(key)
            return found
    catalogue, pk = read_catalogue(call), call.pk

    @functools.lru_cache(_KEPT_SEARCHES)
    def searched(asked: tuple[str, ...]) -> Matches:
        return catalogue.matches(search.find_words(pk, asked))

    made = Kept(catalogue, time.monotonic() + SECONDS, searched)
    with _lock:
        _kept[key] = made
        _kept.move_to_end(key)
        while len(_kept) > _KEPT:
            _kept.popitem(last=False)
    return made


def forget() -> None:
    """Empties the memory of this process, as a new process has it."""
    with _lock:
        _kept.clear()
