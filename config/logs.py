"""What must never reach a log: the secrets in addresses, and the e-mail addresses of people.

Every handler of the settings formats its lines with `MaskingFormatter`. It masks the finished text, so that it does
not matter whether a secret came as a message, as an argument, or in an exception and its traceback.
"""

import functools
import logging
import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.urls import URLResolver, get_resolver

# The names under which addresses hold secrets: whoever has the address has what it leads to.
# `key` also names files whose address is public or behind a sign-in; masking those costs little.
SECRET_NAMES = frozenset({"token", "key", "uidb36"})

_MASK = "…"
_GROUP = re.compile(r"\(\?P<(\w+)>[^()]*\)")
# Inside a query string, an address is quoted once more.
_SLASH = "(?:/|%2F)"
_SECRET = r"(?:(?!%2F)[^/\s?#&\"'<>,;()\[\]{}\\])+"  # noqa: S105 - a pattern
_OTHER_PARTS: tuple[tuple[re.Pattern[str], str], ...] = (
    # User and password of a database, a broker or a mail server.
    (re.compile(r"(://)[^/\s@]+@"), rf"\1{_MASK}@"),
    (
        re.compile(
            r"([?&;][\w-]*(?:token|key|secret|signature|password|credential)[\w-]*=)[^&;\s\"'<>]+", re.IGNORECASE
        ),
        rf"\1{_MASK}",
    ),
    # A token outside of an address, or something encrypted: long, with capitals and small letters, without a dot.
    (re.compile(r"(?<![\w-])(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[A-Za-z0-9_-]{40,}={0,2}(?![\w-])"), _MASK),
    # The domain stays: it says whose mail server refused, and not who was written to.
    (re.compile(r"[^\s@<>\"'(),;:=/\[\]{}]+@(?=[\w.-]*\w)"), f"{_MASK}@"),
)


class MaskingFormatter(logging.Formatter):
    """Formats a line with its traceback, and replaces secrets and e-mail addresses in it."""

    def format(self, record: logging.LogRecord) -> str:
        return mask(super().format(record))


def mask(text: str) -> str:
    """The text without the secrets of addresses, and with e-mail addresses reduced to their domain."""
    if "/" in text or "%2" in text:
        for pattern in _secret_parts():
            text = pattern.sub(rf"\1{_MASK}", text)
    for pattern, replacement in _OTHER_PARTS:
        text = pattern.sub(replacement, text)
    return text


def _secret_parts() -> Iterable[re.Pattern[str]]:
    try:
        return _compiled(settings.ROOT_URLCONF)
    # A site whose addresses cannot be loaded writes down why, through this module. Long tokens are masked all the same.
    except Exception:
        return ()


@functools.cache
def _compiled(urlconf: str) -> tuple[re.Pattern[str], ...]:
    """Patterns of what comes before a secret and of the secret itself; those that others contain come first.

    Only the beginning of an address is compared: a mistyped end must not show the secret.
    """
    found = sorted(set(_beginnings(get_resolver(urlconf).url_patterns)), key=lambda part: (part.count("/"), part))
    return tuple(re.compile(f"({_SLASH}+{_with_slashes(part)}){_SECRET}", re.IGNORECASE) for part in found)


def _beginnings(patterns: Iterable[Any], before: str = "") -> Iterator[str]:
    for entry in patterns:
        route = before + entry.pattern.regex.pattern.removeprefix("^")
        if isinstance(entry, URLResolver):
            yield from _beginnings(entry.url_patterns, route)
            continue
        for group in _GROUP.finditer(route):
            if group[1] in SECRET_NAMES:
                yield _GROUP.sub("\0", route[: group.start()])


def _with_slashes(beginning: str) -> str:
    return beginning.replace("/", f"{_SLASH}+").replace("\0", _SECRET)
