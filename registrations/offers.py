"""What other apps offer a delegation on the pages of its registrations, without being imported here."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from accounts.models import User
from registrations.models import Delegation


@dataclass(frozen=True)
class Offer:
    """A link with a sentence that says how it stands."""

    title: str
    address: str
    says: str = ""


Source = Callable[[User, Sequence[Delegation]], Iterable[tuple[int, Offer]]]

_sources: dict[str, Source] = {}


def register(app: str, source: Source) -> None:
    """`source` yields offers with the key of the delegation they are for, in a number of queries that does not grow."""
    _sources[app] = source


def to(user: User, delegations: Sequence[Delegation]) -> Mapping[int, list[Offer]]:
    """What the user can do for these delegations, which they manage, by the delegation's key."""
    found: defaultdict[int, list[Offer]] = defaultdict(list)
    if delegations:
        for source in _sources.values():
            for delegation, offer in source(user, delegations):
                found[delegation].append(offer)
    return found
