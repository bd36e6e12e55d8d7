"""Every address of the site, as the resolver knows it."""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver


@dataclass(frozen=True)
class Route:
    """One address with the name of its view; parts in angle brackets stand for values."""

    view_name: str
    pattern: str
    is_open: bool = False

    @property
    def holds_token(self) -> bool:
        return ":token>" in self.pattern or "<token>" in self.pattern

    def address(self, participant: Any) -> str:
        """The address for what belongs to the participant: their conference, and their number wherever one stands."""
        values = {"slug": participant.conference.slug, "int": str(participant.pk), "uuid": str(uuid.uuid4())}

        def value(match: re.Match[str]) -> str:
            kind, _, name = match[1].rpartition(":")
            return values["slug"] if name == "slug" else values.get(kind, str(participant.pk))

        return re.sub(r"<([^<>]+)>", value, self.pattern)


def routes(
    patterns: list[URLPattern | URLResolver] | None = None, namespace: str = "", prefix: str = "/"
) -> Iterator[Route]:
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        address = prefix + str(pattern.pattern).removeprefix("^").removesuffix("$")
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from routes(pattern.url_patterns, inner, address)
        else:
            is_open = not getattr(pattern.callback, "login_required", True)
            yield Route(f"{namespace}{pattern.name or ''}", address, is_open)
