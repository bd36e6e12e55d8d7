"""Text as it is compared and searched: without case, accents, and superfluous blanks."""

import re
import unicodedata
from collections.abc import Iterable

# Letters that Unicode does not decompose into a base letter and an accent.
_PLAIN_LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ħ": "h", "ı": "i", "’": "'", "‘": "'"}
)


def fold(text: str) -> str:
    """“Štěpánková” and “STEPANKOVA” become the same; so do Greek and Cyrillic letters with and without accents."""
    lowered = text.casefold().translate(_PLAIN_LETTERS)
    if not lowered.isascii():
        lowered = "".join(
            letter for letter in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(letter)
        )
    return " ".join(lowered.split())


_WORD = re.compile(r"[^\W_]+")


def words_of(text: str) -> list[str]:
    """The folded words of a text, in its order; what stands between letters and digits means nothing."""
    return _WORD.findall(fold(text))


def holds_all(asked: Iterable[str], words: Iterable[str]) -> bool:
    """Whether each of the `asked` words is the beginning of one of these; all are folded."""
    # Each word follows a blank, so that one look finds the beginning of any.
    text = "".join(f" {word}" for word in words)
    return all(f" {word}" in text for word in asked)
