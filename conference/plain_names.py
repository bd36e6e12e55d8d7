"""What names of people and their functions may hold. They go out in mails, so nobody may advertise in them."""

import re
import unicodedata
from collections.abc import Iterator

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# Endings under which web addresses are registered and that no name or title ends with. Two letters are a country's.
_GENERIC = (
    "com|org|net|info|biz|eu|int|gov|edu|mil|mobi|name|pro|tel|travel|jobs|cat|asia|app|dev|page|site|shop|store|online"
    "|website|web|xyz|top|link|click|club|live|life|world|today|news|blog|email|mail|cloud|host|space|tech|digital"
    "|support|help|agency|center|company|group|solutions|services|finance|money|bank|loan|pay|credit|win|bet|casino"
    "|zone|city|berlin|brussels|paris|wien|london|vlaanderen|gent|amsterdam|madrid|swiss|bayern|hamburg|koeln|cologne"
)
# Two letters that end a title and not an address: “Dr.in”, “Ing.et Mgr.”, “Prof.Dr.”, “M.le Maire”.
_TITLES = frozenset({"in", "et", "dr", "hc", "le"})
# A dot between two words, perhaps with a blank before it, and what follows the second one.
_DOTTED = re.compile(r"(?<![\w-])(?P<word>[\w-]+)\s?\.(?P<ending>\w[\w-]*)(?P<after>[/:?#]\w|\.)?")
_GENERIC_ENDING = re.compile(rf"(?:{_GENERIC}|xn--.+)", re.IGNORECASE)
_NUMBERS = re.compile(r"(?<!\d)\d{1,3}(?:\.\d{1,3}){3}(?!\d)")
_OPEN = re.compile(r"://|\bwww\s?\.|@|\b(?:https?|ftp|mailto|tel|javascript)\s?:", re.IGNORECASE)
_WRITTEN_DOT = re.compile(r"\s*[\[({]\s*(?:\.|dot|punkt|point)\s*[\])}]\s*", re.IGNORECASE)
_WRITTEN_AT = re.compile(r"[\[({]\s*(?:at|@)\s*[\])}]", re.IGNORECASE)
# Dots of other scripts that browsers and mail programs read as one.
_DOTS = str.maketrans(dict.fromkeys("。｡․", "."))


def validate_plain_name(value: str) -> None:
    """Raises ValidationError for web addresses, e-mail addresses, line breaks and control characters.

    “St. Gallen”, “Dr. h.c. Müller” and “Vice-Mayor for Youth/Sport” pass.
    """
    if any(unicodedata.category(letter) in {"Cc", "Zl", "Zp"} for letter in value):
        raise ValidationError(_("Names and functions are one line of text."), code="control")
    if holds_address(value):
        message = _("Names and functions cannot contain web addresses or e-mail addresses.")
        raise ValidationError(message, code="address")


def holds_address(value: str) -> bool:
    """Whether mail programs, or people, would read an address of the web or of a mailbox in the text."""
    text = _as_read(value)
    if _OPEN.search(text) or _WRITTEN_AT.search(text) or _NUMBERS.search(text):
        return True
    return any(_is_address(match) for match in _dotted(text))


def _as_read(value: str) -> str:
    """Wide and look-alike characters as the plain ones, without characters that nobody sees."""
    seen = "".join(letter for letter in value if unicodedata.category(letter) != "Cf")
    return _WRITTEN_DOT.sub(".", unicodedata.normalize("NFKC", seen.translate(_DOTS)))


def _dotted(text: str) -> Iterator[re.Match[str]]:
    """Every dot between two words: “a.b.com” is looked at as “a.b” and as “b.com”."""
    position = 0
    while match := _DOTTED.search(text, position):
        yield match
        position = match.start("ending")


def _is_address(match: re.Match[str]) -> bool:
    ending, after = match["ending"], match["after"]
    if after and after != "." and len(ending) > 1 and not ending.isdigit():
        return True
    if _GENERIC_ENDING.fullmatch(ending):
        return True
    is_country = len(ending) == 2 and ending.isalpha() and ending.casefold() not in _TITLES
    # “J.Ch. Bach” is abbreviated, “t.co” is an address.
    return is_country and not (after == "." and len(match["word"]) == 1)
