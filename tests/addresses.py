"""All addresses of the site, as its resolver knows them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import URLResolver, get_resolver, reverse
from django.urls.resolvers import URLPattern

# Of a route (`<int:pk>`) and of a regular expression (`(?P<key>.+)`).
_NAME = re.compile(r"<(?:\w+:)?(\w+)>")

# A value for each name that an address may hold, of the form that its converter takes.
EXAMPLES: dict[str, Any] = {
    "slug": "conference",
    "kind": "privacy",
    "code": "ABCDE",
    "room": "hall",
    "key": "7d444840-9dc0-11d1-b245-5ffdce74fad2",
    "uidb36": "1",
    "app_label": "registrations",
    "conference": 1,
    "content": "confirmed",
    "form": "csv",
    "url": "unknown",
    "token": "unknown-token",
}


@dataclass(frozen=True)
class Route:
    """One pattern of the resolver."""

    name: str
    pattern: str
    kwargs: frozenset[str]
    callback: Any

    def address(self, values: Mapping[str, Any] | None = None) -> str:
        """The address with these values, and with an example, or 1, for what they leave out."""
        known = {**EXAMPLES, **(values or {})}
        return reverse(self.name, kwargs={name: known.get(name, 1) for name in self.kwargs})


def routes() -> list[Route]:
    """All that can be reversed: what has no name is a redirect of Django's admin, or its 404 for the rest."""
    return list(_routes(get_resolver().url_patterns))


def _routes(patterns: Iterable[Any], before: str = "", namespaces: tuple[str, ...] = ()) -> Iterator[Route]:
    for entry in patterns:
        route = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = (*namespaces, entry.namespace) if entry.namespace else namespaces
            yield from _routes(entry.url_patterns, route, inner)
        elif isinstance(entry, URLPattern) and entry.name:
            yield Route(":".join([*namespaces, entry.name]), route, frozenset(_NAME.findall(route)), entry.callback)
