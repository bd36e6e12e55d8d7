"""Text that a spreadsheet would take for a formula, made harmless on the way out and restored on the way in.

Rules after the OWASP page on CSV injection. An apostrophe is what spreadsheets themselves use to mark text. Text that
begins with an apostrophe of its own is safe ('s-Hertogenbosch), unless a dangerous sign follows: then it gets another
one, so that the way back is exact.
"""

import re

_DANGEROUS = re.compile(r"'*\s*[=+\-@\t\r\n＝＋－＠]")


def is_dangerous(text: str) -> bool:
    return _DANGEROUS.match(text) is not None


def neutralise(text: str) -> str:
    """`text`, behind an apostrophe where it looks like a formula."""
    return f"'{text}" if is_dangerous(text) else text


def restore(text: str) -> str:
    """What `neutralise` was given."""
    return text[1:] if text.startswith("'") and is_dangerous(text) else text
