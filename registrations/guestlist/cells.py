"""What one cell means. Lists come from many hands, so much is forgiven; what is left unclear is refused in words."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import override

from conference.languages import OFFICIAL_LANGUAGES
from registrations.guestlist.columns import Column, Holds, fold

# Seats of one delegation and inhabitants of one city, generously; beyond lies a slip of the keyboard.
_GREATEST = {"seats": 999, "population": 50_000_000}
# Ways to say in a table that there is nothing to say.
_NOTHING = frozenset({"-", "–", "—", "--", "/", "n/a", "n.a.", "?"})
_YES = frozenset(
    {"yes", "y", "x", "1", "true", "oui", "o", "ja", "j", "si", "sim", "tak", "ano", "ok", "✓", "✔", "ναι", "да"}
)
_NO = frozenset({"no", "n", "0", "false", "non", "nein", "nee", "nej", "nao", "nie", "ne", "✗", "✘", "οχι", "не"})
_DEGREE_PLACES = Decimal("0.00001")
_QUOTED_NAME = re.compile(r'"[^"<>]*"\s*(?=<)')
_IN_BRACKETS = re.compile(r"<([^<>]*)>")
# Own names, three-letter codes of the institutions' lists, and country codes that people take for languages.
_LANGUAGE_NAMES = {
    "bg": "български bulgarski bul",
    "es": "español castellano spa",
    "cs": "čeština český cze ces cz",
    "da": "dansk dan dk",
    "de": "deutsch ger deu",
    "et": "eesti est",
    "el": "ελληνικά ellinika gre ell gr",
    "en": "eng",
    "fr": "français fra fre",
    "ga": "gaeilge gle gaelic",
    "hr": "hrvatski hrv",
    "it": "italiano ita",
    "lv": "latviešu lav",
    "lt": "lietuvių lit",
    "hu": "magyar hun",
    "mt": "malti mlt",
    "nl": "nederlands nld dut flemish",
    "pl": "polski pol",
    "pt": "português por",
    "ro": "română ron rum",
    "sk": "slovenčina slk slo",
    "sl": "slovenščina slv",
    "fi": "suomi fin",
    "sv": "svenska swe",
}
_ORGANISATION_KINDS = {
    "network": "network",
    "international organisation": "international organisation",
    "international organization": "international organisation",
    "programme": "programme",
    "program": "programme",
    "project": "project",
    "initiative": "initiative",
}


class Unclear(ValueError):
    """The cell's value cannot be understood; the message is fit for the list's owner."""


def interpret(column: Column, raw: Any) -> Any:
    """The value of a cell of `column`: text, a whole number, a Decimal, a truth value, a list of addresses, a code.

    None where the cell says nothing. States are looked up elsewhere: here they are text. Raises Unclear.
    """
    if isinstance(raw, str) and column.holds not in {Holds.TEXT, Holds.PARAGRAPHS} and raw.strip().lower() in _NOTHING:
        return None
    return _INTERPRETERS[column.holds](column, raw)


def tidy(column: Column, value: Any) -> Any:
    """A stored value as it would come back from a file, so that both can be compared."""
    if value is None or value in ("", []):
        return None
    if column.holds == Holds.TEXT:
        return " ".join(unicodedata.normalize("NFC", str(value)).split())
    if column.holds == Holds.PARAGRAPHS:
        return _paragraphs(unicodedata.normalize("NFC", str(value)))
    if column.holds == Holds.ADDRESSES:
        return [address.strip().lower() for address in ([value] if isinstance(value, str) else value)]
    return value


def display(value: Any) -> str:
    """A value for a reader."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return "; ".join(value)
    return str(value)


def _text(column: Column, raw: Any) -> str | None:
    text = " ".join(_as_text(raw).split())
    return _within(column, text) or None


def _paragraphs(text: str) -> str:
    lines = (" ".join(line.split()) for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    return "\n".join(lines).strip()


def _as_text(raw: Any) -> str:
    if isinstance(raw, bool):
        return _("yes") if raw else _("no")
    if isinstance(raw, float) and raw.is_integer():
        return str(int(raw))
    return str(raw)


def _within(column: Column, text: str) -> str:
    if column.max_length and len(text) > column.max_length:
        raise Unclear(
            _("is %(length)d characters long; at most %(limit)d fit")
            % {"length": len(text), "limit": column.max_length}
        )
    return text


def _not(raw: Any, what: str) -> Unclear:
    text = _as_text(raw)
    shown = text if len(text) <= 60 else f"{text[:59]}…"
    return Unclear(_("“%(value)s” is not %(what)s") % {"value": shown, "what": what})


def _count(column: Column, raw: Any) -> int | None:
    number = _whole_number(raw)
    if number is None:
        raise _not(raw, _("a whole number"))
    greatest = _GREATEST[column.key]
    if not 0 <= number <= greatest:
        raise Unclear(
            _("%(number)s is not between 0 and %(greatest)s") % {"number": number, "greatest": f"{greatest:,}"}
        )
    return number


def _whole_number(raw: Any) -> int | None:
    if isinstance(raw, bool):
        return None
    if isinstance(raw, int):
        return raw
    if isinstance(raw, float):
        return int(raw) if raw.is_integer() else None
    text = "".join(str(raw).split())
    # 1019022, or groups of three with one kind of separator: 1.019.022, 1,019,022, 1'019'022.
    if re.fullmatch(r"\d{1,15}", text) or re.fullmatch(r"\d{1,3}([.,'’])\d{3}(\1\d{3}){0,4}", text):
        return int(re.sub(r"\D", "", text))
    if re.fullmatch(r"\d{1,15}[.,]0+", text):
        return int(re.split(r"[.,]", text)[0])
    return None


def _degrees(limit: int) -> Callable[[Column, Any], Decimal]:
    def interpret_degrees(_column: Column, raw: Any) -> Decimal:
        if isinstance(raw, bool):
            raise _not(raw, _("a coordinate in degrees"))
        text = "".join(str(raw).split()).removesuffix("°").replace("−", "-").replace(",", ".")
        try:
            degrees = Decimal(text)
        except InvalidOperation:
            raise _not(raw, _("a coordinate in degrees")) from None
        if not degrees.is_finite() or abs(degrees) > limit:
            raise Unclear(
                _("%(value)s is not between −%(limit)d and %(limit)d degrees") % {"value": text, "limit": limit}
            )
        return degrees.quantize(_DEGREE_PLACES)

    return interpret_degrees


def _addresses(column: Column, raw: Any) -> list[str] | None:
    """All addresses of a cell, in lower case, each once; names around them are ignored."""
    text = _QUOTED_NAME.sub(" ", _as_text(raw))
    pieces: Iterable[str]
    if "<" in text:
        outside = [piece for piece in re.split(r"[\s;,|]+", _IN_BRACKETS.sub(" ", text)) if "@" in piece]
        pieces = [*_IN_BRACKETS.findall(text), *outside]
    else:
        pieces = re.split(r"[\s;,|]+(?:/[\s;,|]+)?|/(?=\S+@)", text)
    addresses: list[str] = []
    for piece in pieces:
        address = re.sub(r"(?i)^mailto:", "", piece.strip(" \t\n\"'()[]<>;,")).split("?")[0].rstrip(".").strip().lower()
        if not address:
            continue
        if len(address) > 254:
            raise Unclear(_("an address is longer than 254 characters"))
        if not _is_address(address):
            raise _not(piece.strip(), _("an e-mail address"))
        if address not in addresses:
            addresses.append(address)
    return addresses or None


@lru_cache(maxsize=50_000)
def _is_address(address: str) -> bool:
    try:
        validate_email(address)
    except ValidationError:
        return False
    return True


def _yes_no(_column: Column, raw: Any) -> bool:
    folded = fold(_as_text(raw)).rstrip(".")
    if isinstance(raw, bool):
        return raw
    if folded in _YES:
        return True
    if folded in _NO:
        return False
    raise _not(raw, _("“yes” or “no”"))


def _language(_column: Column, raw: Any) -> str:
    folded = fold(_as_text(raw))
    code = folded if folded in OFFICIAL_LANGUAGES else _languages().get(folded)
    # A locale such as en-GB or pt_PT.
    code = code or (folded[:2] if re.fullmatch(r"[a-z]{2}[-_][a-z]{2}", folded) else None)
    if code not in OFFICIAL_LANGUAGES:
        raise _not(raw, _("an official language of the European Union or its code"))
    return code


@lru_cache(maxsize=1)
def _languages() -> Mapping[str, str]:
    names = {fold(name): code for code, others in _LANGUAGE_NAMES.items() for name in others.split()}
    with override("en"):
        return names | {fold(str(name)): code for code, name in OFFICIAL_LANGUAGES.items()}


def _organisation_kind(_column: Column, raw: Any) -> str:
    folded = fold(_as_text(raw))
    if folded in {"institution", "eu institution"}:
        raise Unclear(_("an EU institution belongs on the sheet “EU institutions”"))
    kind = _ORGANISATION_KINDS.get(folded) or _ORGANISATION_KINDS.get(folded.removesuffix("s"))
    if kind is None:
        raise _not(raw, _("one of network, international organisation, programme, project, initiative"))
    return kind


_INTERPRETERS: dict[Holds, Callable[[Column, Any], Any]] = {
    Holds.TEXT: _text,
    Holds.PARAGRAPHS: lambda column, raw: _within(column, _paragraphs(_as_text(raw))) or None,
    Holds.STATE: _text,
    Holds.COUNT: _count,
    Holds.LATITUDE: _degrees(90),
    Holds.LONGITUDE: _degrees(180),
    Holds.ADDRESSES: _addresses,
    Holds.LANGUAGE: _language,
    Holds.YES_NO: _yes_no,
    Holds.ORGANISATION_KIND: _organisation_kind,
}
