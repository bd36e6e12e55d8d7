"""What views read from a request themselves, where no form does: numbers, choices and single lines of text.

A request may say anything. None of these functions raises an error: what is not a number, a choice or text that can be
stored counts as not given.
"""

from collections.abc import Container, Iterable

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

# The largest primary key of every database that Convoke runs on.
LARGEST_KEY = 2**63 - 1
# More than any list has; what is left out before a page must be a number that databases take, too.
MOST_PAGES = 10**6
_MOST_DIGITS = len(str(LARGEST_KEY))


def whole_number(text: str | None, *, least: int = 0, most: int = LARGEST_KEY) -> int | None:
    """The number that the text says in the digits 0 to 9, or None where it says none from `least` to `most`."""
    # Python refuses to read thousands of digits, and reads digits of other scripts, which databases do not.
    if not text or len(text) > _MOST_DIGITS or not (text.isascii() and text.isdecimal()):
        return None
    number = int(text)
    return number if least <= number <= most else None


def row_key(text: object) -> int:
    """The primary key that the text says; 0, which no row has, for anything else."""
    return whole_number(str(text)) or 0


def whole_numbers(texts: Iterable[str], *, least: int = 0, most: int = LARGEST_KEY) -> list[int]:
    """The numbers that the texts say, each once and in their order; other texts are left out."""
    found = (whole_number(text, least=least, most=most) for text in texts)
    return list(dict.fromkeys(number for number in found if number is not None))


def one_of(text: str | None, offered: Container[str], *, otherwise: str = "") -> str:
    """The text where it is one of those offered, else `otherwise`."""
    return text if text is not None and text in offered else otherwise


def line(text: str | None, *, most: int) -> str:
    """The text without outer blanks, at most so many letters of it, and without the NUL that databases refuse."""
    return (text or "").replace("\x00", "").strip()[:most].strip()


def next_address(request: HttpRequest, *, otherwise: str) -> str:
    """Where the posted `next` leads, if that is a path of this site, else `otherwise`."""
    address = request.POST.get("next", "")
    # Without a slash, `redirect` would take it for the name of a view.
    is_path = address.startswith("/")
    hosts = {request.get_host()}
    if is_path and url_has_allowed_host_and_scheme(address, hosts, require_https=request.is_secure()):
        return address
    return otherwise


def is_beyond_keys(text: str) -> bool:
    """Whether the text is a whole number that no database can hold, which a look-up would end with an error."""
    digits = text.strip().lstrip("+-").lstrip("0")
    return digits.isdecimal() and (len(digits) > _MOST_DIGITS or int(digits) > LARGEST_KEY)
