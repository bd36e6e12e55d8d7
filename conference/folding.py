"""Text as it is compared and searched: without case, accents, and superfluous blanks."""

import unicodedata

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
